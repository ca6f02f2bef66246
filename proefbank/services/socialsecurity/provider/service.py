"""The provider: one `handle` over the token server, the API and the documents of both."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509

from proefbank.arming import Armable
from proefbank.exchange import Request, Response, Secret, Trail
from proefbank.kept import Kept

from .accounts import Accounts
from .answers import json_bytes, json_response
from .bearer import read_bearer
from .chaman import ChaMan
from .facts import API_PREFIX, OAUTH_PREFIX, TOKEN_PATH
from .findings import Findings
from .fla_api import FlaApi
from .mahis import Mahis
from .profile import Profile
from .shared import Shared
from .simulator_openapi import simulator_document
from .token_request import read_token_request
from .token_server import TokenServer

__all__ = ["SocialSecurity"]

_CONTROL = "/.proefbank/"
_DOCUMENT = "/.proefbank/openapi.json"


class SocialSecurity(Armable):
    """The simulated social security OAuth server with the Federal Learning Account API.

    In lenient mode violations are recorded but a token is granted and data is taken all the
    same, so that one defect of a client does not hide the others; a bad token is refused even
    then.
    """

    _shared: Shared

    lenient = Kept[bool]("Whether violations are only recorded.")
    readable_tokens = Kept[bool](
        "Whether tokens are JWTs whatever the profile says, unless a stimulus wants others."
    )
    assumed = Kept[str | None](
        "Name of the account that a lenient server takes a client for that names none."
    )
    strict_accept = Kept[bool](
        "Whether an Accept that does not cover JSON and problem JSON is answered with 406."
    )

    def __init__(
        self,
        profile: Profile,
        *,
        origin: str | None = None,
        certificates: Mapping[str, Sequence[x509.Certificate]],
        rng: random.Random,
        lenient: bool = False,
    ) -> None:
        """Serve `profile` at `origin`; None takes the origin of each request.

        `certificates` come, by account name, on top of those in the profile. ValueError for an
        unknown account name, BadInvocation for an OpenAPI document that cannot be used.
        """
        self.profile = profile
        self.origin = origin
        accounts = Accounts(profile.accounts, certificates)
        self._shared = Shared(profile, accounts, rng, lenient=lenient)
        self._tokens = TokenServer(self._shared)
        self._api = FlaApi(self._shared)
        self._document = json_bytes(simulator_document(self._api.mount.document))
        self._last_seen = 0.0

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        path = request.path
        self._last_seen = request.received_at
        if request.listener == "elsewhere":
            return _elsewhere(request)
        if path == TOKEN_PATH or _is_token_path(path):
            return self._tokens.handle(request, self.origin or request.origin)
        if path == API_PREFIX or path.startswith(f"{API_PREFIX}/"):
            return self._api.handle(request)
        if path == _DOCUMENT and request.method == "GET":
            headers = (("Content-Type", "application/json"),)
            return Response(200, headers, self._document, trail=Trail("control"))
        conversation = "control" if path.startswith(_CONTROL) else "other"
        answer = json_response(404, {"error": "not_found"})
        trail = Trail(conversation, secrets=_secrets_in(request))
        return Response(answer.status, answer.headers, answer.body, trail=trail)

    def reset(self) -> None:
        """Forget tokens, jti values, registrations, armed stimuli and what was done on the portal.

        Keys and accounts stay, as the profile and `register` have them.
        """
        self._shared.reset()
        self._api.reset()

    @property
    def chaman(self) -> ChaMan:
        """What people do with accounts: certificates, permissions, delegations."""
        return self._shared.chaman

    @property
    def mahis(self) -> Mahis:
        """What people do with mandates."""
        return self._shared.mahis

    def sample_call(self) -> dict[str, Any] | None:
        """Return `method`, `path` and `body` of a call that the mounted document allows.

        The first POST with a JSON body and no variable in its path, else the first plain GET.
        """
        plain = [item for item in self._api.mount.operations if "{" not in item.template]
        for method in ("POST", "PUT", "GET"):
            for item in plain:
                if item.method == method and (method == "GET" or item.sent_example is not None):
                    return {"method": method, "path": item.template, "body": item.sent_example}
        return None

    def revoke_tokens(self) -> None:
        """Revoke every token that was issued."""
        with self._shared.lock:
            self._shared.tokens.revoke_all()

    def register(self, account: str, certificates: Sequence[x509.Certificate]) -> None:
        """Register exactly these certificates on an account, for good; KeyError."""
        with self._shared.lock:
            self._shared.accounts.replace(account, certificates)

    def state(self, now: float | None = None) -> dict[str, Any]:
        """Return accounts, tokens alive at `now` (default: the last request) and what is armed."""
        instant = self._last_seen if now is None else now
        with self._shared.lock:
            return {
                "accounts": [
                    {
                        "name": one.account.name,
                        "client_id": one.account.client_id,
                        "capacity": one.account.capacity,
                        "enterprise_number": one.account.enterprise_number,
                        "environment": one.account.environment,
                        "active": one.account.active,
                        "permissions": list(one.account.authorisations),
                        "certificates": [
                            {"sha256": key.sha256, "key_kind": key.kind} for key in one.keys
                        ],
                    }
                    for one in self._shared.accounts
                ],
                "tokens_alive": self._shared.tokens.alive(instant),
                "armed": self._shared.queue.state(),
                "lenient": self._shared.lenient,
                "strict_accept": self._shared.strict_accept,
                "elsewhere": self._shared.elsewhere,
            }


def _is_token_path(path: str) -> bool:
    """Whether a client would mean a token endpoint, of whatever version."""
    return path.startswith(OAUTH_PREFIX) and path.rstrip("/").endswith("/token")


def _secrets_in(request: Request) -> tuple[Secret, ...]:
    return (*read_bearer(request).secrets, *read_token_request(request, Findings()).secrets)


def _elsewhere(request: Request) -> Response:
    """Answer as another site would that gets a request not meant for it."""
    form = read_token_request(request, Findings())
    facts = {
        "carried_authorization": request.header("authorization") is not None,
        "carried_assertion": form.get("client_assertion") is not None,
    }
    found = _secrets_in(request)
    data: dict[str, Any] = {"items": [], "total": 0}
    if _is_token_path(request.path):
        token = secrets.token_urlsafe(32)
        found = (*found, Secret("token", token))
        data = {"access_token": token, "token_type": "Bearer", "expires_in": 600}
    answer = json_response(200, data)
    trail = Trail("elsewhere", facts=facts, secrets=found)
    return Response(answer.status, answer.headers, answer.body, trail=trail)
