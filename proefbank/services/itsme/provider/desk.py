"""How every call is answered once it has been examined: as it is, or as a stimulus would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from proefbank.arming import Armed
from proefbank.exchange import Request, Response

from .arrival import check_connection, check_method, read_body
from .call import Call
from .dialects import json_answer
from .facts import Conversation
from .reasons import Refusal
from .shaping import around, extra_members, provoked, refused, replaced, within
from .shared import Shared

__all__ = ["Desk", "Perform"]

Perform = Callable[[Call, str | None], dict[str, Any]]
"""Does what was asked, given the kind of the stimulus, and returns the members of the answer."""

_EXTRA_ONE_IN = 3


class Desk:
    """Takes calls in and hands answers out."""

    def __init__(self, shared: Shared) -> None:
        """Serve what `shared` holds."""
        self._shared = shared

    def receive(self, request: Request, conversation: Conversation, *, method: str) -> Call:
        """Begin a call: who is calling, and how."""
        shared = self._shared
        call = Call(request, shared.lenient, shared.dialect, conversation)
        check_connection(call, shared.parties)
        check_method(call, method)
        return call

    def read(self, call: Call) -> None:
        """Read the body of a call that has come so far."""
        if call.refusal is None or call.refusal.status == 403:  # noqa: PLR2004 - still readable
            read_body(call, dialect=call.dialect)

    def hand_out(
        self,
        call: Call,
        perform: Perform,
        *,
        success: bool = True,
        make_true: Callable[[str], None] | None = None,
    ) -> Response:
        """Answer a call that was examined.

        `success` tells whether it would end as one, unless refused. `make_true` hears, with the
        lock held, which documented reason a stimulus answers with.
        """
        shared = self._shared
        good = success and call.refusal is None
        with shared.lock:
            armed = shared.queue.take(call.conversation, success=good)
            if armed and make_true and (wanted := provoked(armed)) and wanted.reason:
                make_true(wanted.reason)
            if shared.varied and call.dialect == "documented":
                call.tells = shared.rng.random() < 0.5  # noqa: PLR2004 - as often as not
        reason = call.refusal
        response = replaced(armed, call, elsewhere=shared.elsewhere) if armed else None
        if response is not None:
            reason = provoked(armed)
        elif call.refusal is not None:
            response = refused(call, call.refusal)
        else:
            kind = armed.stimulus.kind if armed and armed.stimulus.needs_success else None
            response = json_answer(200, self._dressed(perform(call, kind), armed))
        if armed is not None:
            response = around(armed, response)
        name = armed.stimulus.name if armed else None
        return replace(response, trail=call.trail(name, _said(reason)))

    def _dressed(self, data: dict[str, Any], armed: Armed | None) -> dict[str, Any]:
        shared = self._shared
        with shared.lock:
            if armed is not None:
                data = within(armed, data, shared.rng)
            if not shared.varied:
                return data
            if shared.rng.randrange(_EXTRA_ONE_IN) == 0:
                data = extra_members(data, shared.rng)
            names = list(data)
            shared.rng.shuffle(names)
        return {name: data[name] for name in names}


def _said(refusal: Refusal | None) -> str | None:
    return refusal.reason if refusal else None
