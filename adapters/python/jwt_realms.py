"""What Python adapters for ``jwt.verify`` share: a verifier for each issuer, and refusals.

A class of theirs is named to ``--client``, or runs as a process of its own, from the root:

    proefbank run ehealth --client adapters.python.jwt_pyjwt:Default
    python -m proefbank.clients.runner adapters.python.jwt_pyjwt:Default
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from proefbank.errors import Rejected

Json = dict[str, Any]
CLAIMS = {
    "nbf": "not_yet_valid",
    "iat": "not_yet_valid",
    "aud": "wrong_audience",
    "iss": "wrong_issuer",
}
"""Which class a claim is refused by, where a library names no more than the claim."""


def class_of(error: Exception, kinds: dict[Any, str]) -> str | None:
    """Return the class of the first kind of exception that fits."""
    return next((kind for known, kind in kinds.items() if isinstance(error, known)), None)


def wanted_of(realm: Json) -> list[tuple[str, str | None]]:
    """Return the claims that a token needs, with the value of those that have to be exact."""
    return [("iss", realm["issuer"]), ("aud", realm["audience"]), ("exp", None)]


class Consumer:
    """An API with several threads that verifies the tokens of one issuer or more."""

    distribution = ""
    """What the library is called by pip; the version is read from what is installed."""
    concurrency = 8

    def __init__(self) -> None:
        self.name, self.version = self.distribution, version(self.distribution)
        self.realms: dict[str, Callable[[str], Json]] = {}

    def scenario(self, members: Json) -> None:
        """Make everything anew; a list of realms is for an API with several issuers."""
        told = members["ehealth"]
        realms = told if isinstance(told, list) else [told]
        self.realms = {realm["issuer"]: self.open(realm, members["ca_file"]) for realm in realms}

    def open(self, realm: Json, ca_file: str) -> Callable[[str], Json]:
        """Return what gives the claims of a token, or raises."""
        raise NotImplementedError

    def classify(self, error: Exception) -> str | None:
        """Return the outcome class of an exception; None is a crash."""
        raise NotImplementedError

    def jwt_verify(self, token: str, issuer: str | None = None) -> Json:
        verify = self.realms[issuer] if issuer else next(iter(self.realms.values()))
        try:
            return {"claims": verify(token)}
        except Exception as error:
            kind = self.classify(error)
            if kind is None:
                raise
            raise Rejected(kind, f"{type(error).__name__}: {error}") from error
