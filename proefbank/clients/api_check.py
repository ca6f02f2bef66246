"""Whether an API under test is ready to be judged, and if not, what to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from proefbank.clients.api_answer import Answer, NoAnswer
from proefbank.errors import NotAssessed, NotObservable

__all__ = ["Configuration", "trouble_with"]

HONEST = "an honest token of the simulated issuer"
DISTRUSTED = (
    "it broke off the TLS handshake with the simulated issuer, so it never got the key set",
    "let it trust the CA file",
)
NEVER_ASKED = (
    "it never asked for the key set of this run",
    "check its jwks_uri; restart it if it keeps the keys of an earlier run",
)
FETCHED = (
    "it did fetch the key set",
    "check its issuer, audience and algorithms, and that it asks for nothing else in a token",
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What an API has to be told before it can verify the tokens of a run."""

    members: Mapping[str, Any]
    """`issuer`, `jwks_uri`, `audience`, `algorithms`, as in a scenario."""
    ca_file: str

    @classmethod
    def of(cls, scenario: Mapping[str, object]) -> Self:
        """Take it from a scenario; raises `NotObservable` if it names several realms."""
        told = scenario.get("ehealth")
        if not isinstance(told, Mapping):
            raise NotObservable(
                "an API has one issuer here, and this takes several; an adapter would show it"
            )
        return cls(dict(told), str(scenario["ca_file"]))

    @property
    def environment(self) -> dict[str, str]:
        """The same as variables for a command that starts the API."""
        algorithms = " ".join(self.members.get("algorithms") or ["RS256"])
        return {
            "PROEFBANK_ISSUER": str(self.members["issuer"]),
            "PROEFBANK_JWKS_URI": str(self.members["jwks_uri"]),
            "PROEFBANK_AUDIENCE": str(self.members["audience"]),
            "PROEFBANK_ALGORITHMS": algorithms,
            "PROEFBANK_CA_FILE": self.ca_file,
        }

    def __str__(self) -> str:
        """What to configure, a line for each."""
        algorithms = " ".join(self.members.get("algorithms") or ["RS256"])
        rows = (
            ("issuer", self.members["issuer"]),
            ("jwks_uri", self.members["jwks_uri"]),
            ("audience", self.members["audience"]),
            ("algorithms", algorithms),
            ("CA file", self.ca_file),
        )
        return "\n".join(f"  {name:10}  {value}" for name, value in rows)


def trouble_with(
    ask: Callable[[str | None], Answer],
    token: Callable[[float], str],
    keys: Callable[[], str],
    told: Configuration,
) -> NotAssessed | None:
    """Return why the API cannot be judged yet; None if it is ready.

    It has to refuse a request without token and accept an honest one. `keys` says what became of
    its way to the key set; see `Assessed`.
    """
    try:
        bare = ask(None)
        if bare.good:
            return NotAssessed(
                f"the API answers {bare.words} to a request without a token, so that nothing"
                " could be seen",
                where="--api",
                hint="name a path that takes a valid token, and nothing less",
            )
        answer = ask(token(0.0))
    except NoAnswer as problem:
        return _unreachable(str(problem))
    if answer.good:
        return None
    return _refused(answer, keys(), told)


def _unreachable(problem: str) -> NotAssessed:
    if "CERTIFICATE_VERIFY_FAILED" in problem:
        return NotAssessed(
            f"the certificate of the API is not trusted: {problem}",
            where="--api",
            hint="name the file of the authority that issued it: --api-ca FILE",
        )
    return NotAssessed(
        f"the API gave no answer: {problem}",
        where="--api",
        hint="start it first, or say how the bench can: --api-command CMD",
    )


def _refused(answer: Answer, keys: str, told: Configuration) -> NotAssessed:
    said = f"the API answered {answer.words} to {HONEST}"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        what, todo = f"it said: {answer.text or 'nothing'}", "look into its log"
    elif answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        what, todo = "there may be nothing there", "name a URL that answers GET with 2xx"
    else:
        what, todo = {"fetched": FETCHED, "distrusted": DISTRUSTED}.get(keys, NEVER_ASKED)
    return NotAssessed(f"{said}; {what}", where="--api", hint=f"{todo}\n{told}")
