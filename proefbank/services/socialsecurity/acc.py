"""The acceptance environment of the portal: where it stands, and who the client is there.

    [acc.socialsecurity]
    client_id = "…"                           # of the account in ChaMan of acceptance
    private_key = { file = "acc.key" }        # PEM, without password
    certificate = { file = "acc.cer" }        # PEM; the one that ChaMan has
    scope = "scope:…"                         # what `token.fetch` asks for where it names one
    capacity = "employer"                     # or provider, training_provider
    call = { method = "GET", path = "/…" }    # a harmless call below the API's base

Addresses are those of the documents (5.3) unless `origin` tells another; `ca_file` and `connect`
are for whoever reaches it in a way of their own.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from proefbank.clock import Clock
from proefbank.errors import NotObservable
from proefbank.exchange import Request, Response, Secret
from proefbank.ordinary import Ordinary, told_in
from proefbank.profile.credentials import Reference, reference
from proefbank.profile.key_pairs import KeyPair, key_pair
from proefbank.service import Settings
from proefbank.tables import Table
from proefbank.upstream import Environment, Upstream, acc_table, upstream

from .provider.accounts import Accounts
from .provider.assertion import take_apart
from .provider.facts import API_BASE, CAPACITIES, EMPLOYER, ENVIRONMENTS, TOKEN_PATH
from .provider.findings import Findings
from .provider.profile import Account, AssertionPolicy
from .provider.signatures import check_signature
from .recorded import READINGS as RECORDED
from .wire.token_request import ScopedTokenRequest
from .wire.trust import ClientLog

__all__ = ["PLAYED", "PRODUCTION", "PROVOKING", "READINGS", "environment", "make_cast"]

PRODUCTION = frozenset(
    {
        urlsplit(ENVIRONMENTS["prod"].token_url).hostname or "",
        *("oauth.socialsecurity.be", "www.socialsecurity.be", "chaman.socialsecurity.be"),
    }
)
READINGS = (*RECORDED, ScopedTokenRequest, ClientLog)
"""Readings that need nothing of what only a simulated server testifies."""
PLAYED: Mapping[str, int] = {
    "token": 1,
    "token-with-scope": 1,
    "token-again": 3,
    "api": 2,
    "api-again": 4,
}
"""Stages that need no stimulus and do no harm, with the requests that each makes."""
PROVOKING: Mapping[str, int] = {"token-with-two-scopes": 1}
"""Stages in which a client asks for what its account may not have, likewise."""
_ORIGIN = ENVIRONMENTS["acc"].token_url.removesuffix(TOKEN_PATH)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class _Told:
    upstream: Upstream
    client_id: str | None
    private_key: Reference | None
    certificate: Reference | None
    scope: str | None
    capacity: str | None
    call: Mapping[str, Any] | None
    table: Table


def _told(profile: Path | None) -> _Told:
    table = acc_table(profile, "socialsecurity")
    folder = profile.parent if profile else Path()
    told = _Told(
        upstream(table, folder=folder, production=PRODUCTION, origin=_ORIGIN),
        table.optional_text("client_id"),
        reference(table, "private_key", folder=folder),
        reference(table, "certificate", folder=folder),
        table.optional_text("scope"),
        table.optional_text("capacity", choices=CAPACITIES),
        _call(table),
        table,
    )
    table.done()
    return told


def _call(table: Table) -> Mapping[str, Any] | None:
    inner = table.optional_table("call")
    if inner is None:
        return None
    method = inner.text("method", "GET", choices=_METHODS)
    path = inner.needed_text("path")
    body = inner.mapping("body")
    inner.done()
    if not path.startswith("/"):
        raise inner.complain("path", f"{path!r} does not begin with /", f"Write it as /{path}")
    return {"method": method, "path": path, "body": body}


def environment(profile: Path | None) -> Environment:
    """Return where acceptance stands; BadInvocation for a table that cannot be used."""
    return Environment("socialsecurity", (_told(profile).upstream,), PRODUCTION)


class AcceptanceCast(Ordinary):
    """The account of the profile, at the recorder's door."""

    def __init__(self, told: _Told) -> None:
        """Read what is referred to; BadInvocation, naming the key, for what is missing."""
        super().__init__()
        table, hint = told.table, "A run needs it: the client is told to be this account."
        for key in ("client_id", "private_key", "certificate"):
            if getattr(told, key) is None:
                raise table.complain(key, "is missing", hint)
        self.told = told
        self.upstreams = (told.upstream,)
        assert told.private_key is not None  # noqa: S101 - just looked at
        assert told.certificate is not None  # noqa: S101
        self.pair: KeyPair = key_pair(told.private_key, told.certificate)
        account = Account(
            "acc",
            told.client_id or "",
            told.capacity or EMPLOYER,
            enterprise_number="",
            certificates=(self.pair.certificate,),
        )
        self._registered = Accounts([account], {})

    def scenario(
        self, account: str, scope: str | None, folder: Path
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the members for the account of the profile, and the facts for the journal."""
        self.only(account)
        here, there = self.origins["main"], self.told.upstream.origin
        key_file, certificate_file = self.pair.files(folder, "acc")
        members = {
            "token_endpoint": here + TOKEN_PATH,
            "audience": there + TOKEN_PATH,
            "api_base": here + API_BASE,
            "client_id": self.told.client_id,
            "scope": scope,
        }
        policy = AssertionPolicy()
        facts = {
            **members,
            "environment": "acc",
            "max_lifetime_s": policy.max_lifetime_s,
            "grace_s": policy.grace_s,
            "skew_s": policy.skew_s,
        }
        more = {"capacity_scope": self.told.scope, "capacity": self.told.capacity}
        facts |= {name: value for name, value in more.items() if value is not None}
        files = {"private_key_file": str(key_file), "certificate_file": str(certificate_file)}
        return members | files, facts

    def sample(self, kind: str, facts: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ARG002
        """Return the harmless call of the profile; not observable without one."""
        if self.told.call is None or kind:
            raise NotObservable(
                "the profile names no harmless call for it; call = { method, path, body } in "
                "[acc.socialsecurity] would show it, as do the simulated services"
            )
        return copy.deepcopy(dict(self.told.call))

    def withheld(self) -> Mapping[str, str]:
        """Return readings, by name, that this profile cannot show, with what would show them."""
        if self.told.call is not None and self.told.call["body"] is None:
            why = "the call of the profile has no body; one with a body would show it"
            return {"PayloadRequest": why}
        return {}

    def testimony(self, request: Request, response: Response) -> Mapping[str, object]:  # noqa: ARG002
        """Return what the certificate of the profile tells of an assertion's signature."""
        if not request.path.endswith(TOKEN_PATH):
            return {}
        told = parse_qs(request.body.decode("utf-8", "replace")).get("client_assertion", [])
        mine = next(iter(self._registered))
        facts: dict[str, object] = {"key_kind": mine.keys[0].kind}
        noted = Findings()
        assertion = take_apart(told[0] if len(told) == 1 else "", noted)
        if noted.refusal is not None:  # there is no single one that can be taken apart
            return facts | {"signature": "absent"}
        check = check_signature(assertion, mine, self._registered, request.received_at, noted)
        return facts | {"signature": check.state}

    def answers(self, request: Request, response: Response) -> bool:
        """Whether an answer of the token server holds a token."""
        if not request.path.endswith(TOKEN_PATH):
            return True
        told = told_in(response)
        return isinstance(told, Mapping) and isinstance(told.get("access_token"), str)

    def secrets(self) -> Sequence[Secret]:
        """Return the private key that is handed out."""
        return self.pair.secrets()


def make_cast(
    settings: Settings,
    clock: Clock,  # noqa: ARG001 - acceptance has its own
    rng: random.Random,  # noqa: ARG001 - nothing is made up
) -> AcceptanceCast:
    """Make the cast of a run against acceptance; BadInvocation for a profile without account."""
    return AcceptanceCast(_told(settings.profile))
