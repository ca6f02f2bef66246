"""One realm: its page, discovery, key set and the endpoints that deal with tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from proefbank.arming import Armed
from proefbank.exchange import Headers, Request, Response, Trail

from .answers import (
    JSON,
    NO_CACHE,
    error,
    faulty,
    json_response,
    method_answer,
    not_found,
    on_the_wire,
    readable_from_anywhere,
)
from .discovery import discovery_document, with_other_issuer
from .facts import CERTS, DISCOVERY, INTROSPECT, OIDC, REALMS, TOKEN, USERINFO, realm_path
from .introspection import introspection_answer, userinfo_answer
from .key_set import KeySetAnswer, key_set_answer
from .shared import Shared
from .token_endpoint import token_answer

__all__ = ["ENDPOINTS", "Realm"]

ENDPOINTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "": ("realm-page", ("GET",)),
    DISCOVERY: ("discovery", ("GET",)),
    CERTS: ("jwks", ("GET",)),
    TOKEN: ("token", ("POST",)),
    INTROSPECT: ("introspect", ("POST",)),
    USERINFO: ("other", ("GET", "POST")),
}
"""By path below the realm: the conversation it belongs to, and its methods."""

_PUBLIC = ("realm-page", "discovery", "jwks")
_NEVER_STORED: Headers = (("Cache-Control", "no-cache, must-revalidate, no-transform, no-store"),)

OUTAGE = "timeline-outage"
"""Name under which an outage of the timeline stands in the trail."""


class Realm:
    """Computes the answers of one realm; the state is shared with its sibling."""

    def __init__(self, shared: Shared, name: str) -> None:
        """Answer for the realm called `name`."""
        self._shared = shared
        self.name = name

    def handle(self, request: Request, suffix: str, origin: str) -> Response:
        """Answer a request to `suffix` below the realm's URL on `origin`."""
        suffix = suffix.removesuffix("/")
        endpoint = ENDPOINTS.get(suffix)
        if endpoint is None:
            return replace(not_found(), trail=Trail(facts={"realm": self.name}))
        conversation, methods = endpoint
        early = method_answer(request, methods)
        if early is not None:
            return replace(early, trail=Trail(conversation, facts={"realm": self.name}))
        answer = self._answer(request, suffix, origin + realm_path(self.name))
        if conversation in _PUBLIC and answer.status == HTTPStatus.OK:
            answer = readable_from_anywhere(request, answer)
        if request.method == "HEAD":
            length = (("Content-Length", str(len(answer.body))),)
            answer = replace(answer, headers=(*answer.headers, *length), body=b"")
        return answer

    def _answer(self, request: Request, suffix: str, issuer: str) -> Response:
        if suffix == CERTS:
            return self._key_set(request)
        if suffix == DISCOVERY:
            return self._discovery(request, issuer)
        if suffix == TOKEN:
            return token_answer(self._shared, self.name, request, issuer)
        if suffix == INTROSPECT:
            armed = self._take("introspect")
            return introspection_answer(self._shared, self.name, request, issuer, armed)
        if suffix == USERINFO:
            return userinfo_answer(self._shared, self.name, request, issuer)
        return self._page(request, issuer)

    def _take(self, layer: str) -> Armed | None:
        with self._shared.lock:
            return self._shared.queue.take(layer, where=self.name)

    def _situation(self, now: float) -> dict[str, Any]:
        timeline = self._shared.timeline
        step = timeline.step_at(now)
        return {
            "realm": self.name,
            "timeline": timeline.id,
            "state": step.state,
            "step": step.name,
            "unsettled": timeline.unsettled(now),
        }

    def _key_set(self, request: Request) -> Response:
        """Answer with the key set; a query makes no difference."""
        now, shared = request.received_at, self._shared
        ring = shared.ring(self.name)
        outage = shared.timeline.outage_at(now)
        signer_kid = ring.signer(now).kid
        stimulus: str | None = OUTAGE
        if outage is not None:
            gone = error(outage.status, "temporarily_unavailable")
            made = KeySetAnswer(gone, ())
        else:
            armed = self._take("jwks")
            stimulus = armed.stimulus.name if armed is not None else None
            made = key_set_answer(
                ring.jwks(now),
                armed,
                elsewhere=shared.elsewhere,
                now=now,
                signer_kid=signer_kid,
            )
        facts = self._situation(now) | {
            "delivered": made.delivered and request.method == "GET",
            "kids": made.kids,
            "signer": signer_kid,
            "order": list(shared.timeline.published(now)),
            "enc_first": made.enc_first,
        }
        return replace(made.response, trail=Trail("jwks", facts=facts, stimulus=stimulus))

    def _discovery(self, request: Request, issuer: str) -> Response:
        shared = self._shared
        armed = self._take("discovery")
        document = discovery_document(issuer)
        document["jwks_uri"] += shared.jwks_query
        answer = None
        if armed is not None:
            answer = faulty(armed, elsewhere=shared.elsewhere)
            if armed.stimulus.kind == "other-issuer":
                other = next(name for name in REALMS if name != self.name)
                sibling = issuer.removesuffix(self.name) + other
                document = with_other_issuer(
                    document, armed, elsewhere=shared.elsewhere, sibling=sibling
                )
        if answer is None:
            answer = json_response(200, document, _NEVER_STORED)
        if armed is not None:
            answer = on_the_wire(armed, answer)
        facts = self._situation(request.received_at) | {"issuer": document.get("issuer")}
        stimulus = armed.stimulus.name if armed is not None else None
        return replace(answer, trail=Trail("discovery", facts=facts, stimulus=stimulus))

    def _page(self, request: Request, issuer: str) -> Response:
        """Answer with the page that has only the key that signs now: a realistic wrong turn."""
        signer = self._shared.ring(self.name).signer(request.received_at)
        page = {
            "realm": self.name,
            "public_key": signer.material.public_key,
            "token-service": issuer + OIDC,
            "account-service": f"{issuer}/account",
            "tokens-not-before": 0,
        }
        facts = self._situation(request.received_at) | {"kids": [signer.kid]}
        answer = json_response(200, page, NO_CACHE, media_type=f"{JSON};charset=UTF-8")
        return replace(answer, trail=Trail("realm-page", facts=facts))
