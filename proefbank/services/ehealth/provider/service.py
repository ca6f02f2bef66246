"""The provider: one `handle` over both realms, the trap and the document of the simulator."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from proefbank.arming import Armable
from proefbank.exchange import Request, Response, Trail
from proefbank.kept import Kept
from proefbank.keys import SigningKey
from proefbank.stimuli import Stimulus

from .answers import json_bytes, json_response, not_found
from .claims import Party
from .elsewhere import trap_answer
from .facts import LIFETIME, REALMS, REALMS_PATH
from .keyring import KeyRing
from .realm import Realm
from .shared import Order, Shared
from .simulator_openapi import simulator_openapi
from .state import state_of
from .timeline import Timeline
from .timeline_file import load_timeline
from .tokens import token_recipe

__all__ = ["EHealth"]

_CONTROL = "/.proefbank/"
_DOCUMENT = "/.proefbank/openapi.json"
DEFAULT_TIMELINE = "ehealth-2024-acc"


class EHealth(Armable):
    """The simulated realms of I.AM Connect, whose keys are renewed along a timeline.

    It never looks at a clock: requests bring their instant, tokens are asked for with one.
    """

    _shared: Shared

    party = Kept[Party]("The audience and the client that tokens name.")
    origin = Kept[str | None]("Origin under which the realms stand.")
    other_origin = Kept[str | None](
        "Origin of the other environment; without one its issuer is a name that never resolves."
    )
    jwks_query = Kept[str](
        "Query, with its question mark, that the published address of the key set has."
    )

    def __init__(
        self,
        timeline: Timeline | str | Path = DEFAULT_TIMELINE,
        *,
        origin: str | None = None,
        party: Party | None = None,
        rng: random.Random,
    ) -> None:
        """Serve at `origin`; None takes that of each request, and tokens then need it set.

        BadInvocation for a timeline that cannot be used. No key is made yet.
        """
        loaded = timeline if isinstance(timeline, Timeline) else load_timeline(timeline)
        self._shared = Shared(loaded, party or Party(), rng, origin)
        self._realms = {name: Realm(self._shared, name) for name in REALMS}
        self._document: bytes | None = None
        self._last_seen = loaded.begins

    @property
    def timeline(self) -> Timeline:
        """The timeline in force; the keys of its environment go with it."""
        return self._shared.timeline

    @timeline.setter
    def timeline(self, value: Timeline | str | Path) -> None:
        loaded = value if isinstance(value, Timeline) else load_timeline(value)
        with self._shared.lock:
            self._shared.timeline = loaded

    def issuer(self, realm: str = REALMS[0]) -> str:
        """Return the URL of a realm; ValueError for an unknown one, or without an origin."""
        self._shared.ring(realm)
        return self._shared.issuer(realm)

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self._last_seen = request.received_at
        if request.listener == "elsewhere":
            return trap_answer(request)
        path = request.path
        if path.startswith(REALMS_PATH):
            name, slash, rest = path.removeprefix(REALMS_PATH).partition("/")
            realm = self._realms.get(name)
            if realm is None:
                answer = json_response(404, {"error": "Realm does not exist"})
                return replace(answer, trail=Trail())
            return realm.handle(request, slash + rest, self.origin or request.origin)
        if path == _DOCUMENT and request.method == "GET":
            return replace(json_response(200, self._openapi()), trail=Trail("control"))
        conversation = "control" if path.startswith(_CONTROL) else "other"
        return replace(not_found(), trail=Trail(conversation))

    def _openapi(self) -> bytes:
        if self._document is None:
            self._document = json_bytes(simulator_openapi())
        return self._document

    def reset(self) -> None:
        """Forget armed stimuli and used `jti` values; keep timeline, clients and keys."""
        self._shared.reset()

    def arm(
        self, stimulus: str | Stimulus, times: int = 1, *, realm: str | None = None, **params: Any
    ) -> None:
        """Let a stimulus shape the next `times` answers of its layer, after those armed.

        With `realm` it touches that one only. ValueError for an unknown name, realm or
        parameter, for one that a door carries out (`tls-…`), and for a redirect while
        `elsewhere` is not set.
        """
        if realm is not None:
            self._shared.ring(realm)
        self._arm(stimulus, times, params, where=realm)

    def register(self, client_id: str, key: SigningKey | None, *, realm: str = "M2M") -> None:
        """Register a client with its public key, or as a public client with None."""
        self._shared.ring(realm)
        with self._shared.lock:
            self._shared.clients[realm].keys[client_id] = None if key is None else key.public

    def ring(self, realm: str = REALMS[0]) -> KeyRing:
        """Return the keys of a realm; ValueError for an unknown one."""
        return self._shared.ring(realm)

    def kid(self, key: str, *, realm: str = REALMS[0]) -> str:
        """Return the kid of a key by its name in the timeline; ValueError for an unknown one."""
        return self._shared.ring(realm).named(key).kid

    def mint(
        self,
        kind: str,
        *,
        at: float,
        realm: str = REALMS[0],
        key: str | None = None,
        lifetime: int = LIFETIME,
        claims: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """Return a well-formed token of `kind`: access, exchanged, machine, id or refresh.

        The key that signs at `at` signs it, or the one called `key`, whether published or not.
        `claims` and `header` change what would be in it; `DROP` as a value leaves a member out.
        """
        order = Order(realm, at, key, lifetime, claims, header)
        made = self._shared.workshop(order, self.issuer(realm))
        return made.well_formed(made.claims(kind))

    def token(
        self,
        name: str,
        *,
        at: float,
        realm: str = REALMS[0],
        key: str | None = None,
        lifetime: int = LIFETIME,
        claims: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """Return the token of that name in `TOKENS`, made at `at`; the rest as in `mint`.

        ValueError for an unknown name, and for one that leads elsewhere while `elsewhere` is
        not set.
        """
        recipe = token_recipe(name)
        order = Order(realm, at, key, lifetime, claims, header)
        return recipe.make(self._shared.workshop(order, self.issuer(realm)))

    def state(self, now: float | None = None) -> dict[str, Any]:
        """Return timeline, keys by name, clients and what is armed at `now`, or of late."""
        return state_of(self._shared, self._last_seen if now is None else now)
