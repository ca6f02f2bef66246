"""How each stimulus of a call shapes its answer: instead of it, within it, or around it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from proefbank.arming import SHORT, Armed, wire_plan
from proefbank.exchange import Response
from proefbank.stimuli import Params

from .call import Call
from .dialects import basic_refusal, dss_refusal, html, json_answer
from .facts import MAJ_PENDING, MAJ_RESPONDER, MAJ_SUCCESS
from .people import identifier
from .reasons import Refusal
from .stimuli import ERRORS

__all__ = ["around", "extra_members", "provoked", "refused", "replaced", "within"]

_UNKNOWN_REASON = "ERR_4711"
_UNKNOWN_MAJ = MAJ_SUCCESS.replace("Success", "PartialSuccess")
_COOKIE = ("Set-Cookie", "JSESSIONID=0000nobody-needs-this; Path=/; Secure; HttpOnly")


def refused(call: Call, refusal: Refusal, *, shape: str = "dialect") -> Response:
    """Return the answer to a refused call, with the body that this kind of call has."""
    dss = call.conversation.startswith("sign") if shape == "dialect" else shape == "dss"
    if not dss:
        return basic_refusal(refusal, call.dialect)
    dialect = "documented" if shape == "dss" else call.dialect
    return dss_refusal(refusal, dialect, echo=call.echo, message=call.message())


def provoked(armed: Armed | None) -> Refusal | None:
    """Return the documented error that a stimulus wants, or None."""
    if armed is None:
        return None
    if armed.stimulus.name == "identification-status-pending":
        return Refusal(409, "PENDING")
    reason = ERRORS.get(armed.stimulus.name)
    return Refusal(reason.status, reason.name) if reason else None


def replaced(armed: Armed, call: Call, *, elsewhere: str | None) -> Response | None:
    """Return the answer that comes instead of any other, or None if the stimulus has none."""
    if (refusal := provoked(armed)) is not None:
        return refused(call, refusal, shape=armed.params.get("shape", "dialect"))
    make = _REPLACING.get(armed.stimulus.kind)
    if make is None or armed.stimulus.needs_success:
        return None
    return make(call, {"elsewhere": elsewhere or "", **armed.params})


def _redirect(call: Call, params: Params) -> Response:
    place = f"{params['elsewhere']}{call.request.target}"
    return Response(params["status"], (("Location", place),))


def _no_reason(call: Call, params: Params) -> Response:
    told = {"result": {"maj": MAJ_RESPONDER}, **call.echo}
    dss = call.conversation.startswith("sign")
    return json_answer(params["status"], told if dss else {"status": "NOK"})


def _result(call: Call, major: str, **more: Any) -> Response:
    return json_answer(200, {"result": {"maj": major, **more}, **call.echo})


_REPLACING: Mapping[str, Callable[[Call, Params], Response]] = {
    "html-500": lambda _, params: html(params["status"], "Error", "<p>Something went wrong.</p>"),
    "500": lambda call, params: refused(call, Refusal(params["status"], "UNEXPECTED_ERROR")),
    "wrong-media-type": lambda _, __: html(200, "Maintenance", "<p>Please come back later.</p>"),
    "reset": lambda _, __: Response(500),
    "redirect-elsewhere": _redirect,
    "no-payload": lambda _, __: Response(409),
    "unknown-reason": lambda call, params: refused(
        call, Refusal(params["status"], _UNKNOWN_REASON)
    ),
    "no-reason": _no_reason,
    # of sign-status only
    "error-maj-200": lambda call, params: _result(call, MAJ_RESPONDER, min=params["reason"]),
    "unknown-maj": lambda call, _: _result(call, _UNKNOWN_MAJ),
    "pending": lambda call, _: _result(call, MAJ_PENDING),
}


def within(armed: Armed, data: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return the members of a success as the stimulus would have them; the lock is held."""
    kind = armed.stimulus.kind
    if kind in _LEFT_OUT:
        return {name: value for name, value in data.items() if name not in _LEFT_OUT[kind]}
    if kind in _SIGNATURE_LISTS:
        return {**data, "sigObj": _SIGNATURE_LISTS[kind](data["sigObj"], rng)}
    change = _CHANGES.get(kind)
    return change(data, rng) if change else data


def _with_maj(data: dict[str, Any], major: str) -> dict[str, Any]:
    return {**data, "result": {**data["result"], "maj": major}}


def extra_members(data: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return the members with some that nobody defined; the lock is held."""
    extra = {f"x{rng.randrange(10**6):06d}": {"nested": [None, 1]}, "newOfTomorrow": True}
    return {**data, **extra}


_CHANGES: Mapping[str, Callable[[dict[str, Any], random.Random], dict[str, Any]]] = {
    "extra-members": extra_members,
    "id-spelled-otherwise": lambda data, _: {
        ("asyncRespId" if name == "asyncRespID" else name): value for name, value in data.items()
    },
    "foreign-req-id": lambda data, rng: {**data, "reqID": f"ReqID{identifier(rng, 20)}"},
    "foreign-resp-id": lambda data, rng: {**data, "respID": identifier(rng)},
    "success-at-once": lambda data, _: _with_maj(data, MAJ_SUCCESS),
    "unknown-maj": lambda data, _: _with_maj(data, _UNKNOWN_MAJ),
    "empty-sigobj": lambda data, _: {**data, "sigObj": []},
}

_LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "no-id": ("asyncRespID", "asyncRespId"),
    "no-url": ("identificationUrl",),
    "no-certificate": ("certificate", "fullCertificateChain"),
    "no-chain": ("fullCertificateChain",),
    "no-user-code": ("userCode",),
    "no-signing-url": ("optOutp",),
    "no-resp-id": ("respID",),
    "no-sigobj": ("sigObj",),
}


def _stranger(signed: list[Any], rng: random.Random) -> Any:
    return {**signed[0], "whichDoc": f"doc-{identifier(rng, 12)}"}


_SIGNATURE_LISTS: Mapping[str, Callable[[list[Any], random.Random], list[Any]]] = {
    # never the order it had, if there are two
    "shuffled": lambda signed, _: [*signed[1:], signed[0]],
    "missing-one": lambda signed, _: signed[1:],
    "duplicate": lambda signed, _: [*signed, signed[0]],
    "surplus": lambda signed, rng: [*signed, _stranger(signed, rng)],
    "unknown-document": lambda signed, rng: [_stranger(signed, rng), *signed[1:]],
}


def around(armed: Armed, response: Response) -> Response:
    """Return the answer with what its headers, its end or its way are to be."""
    match armed.stimulus.kind:
        case "set-cookie":
            response = replace(response, headers=(*response.headers, _COOKIE))
        case "empty-body":
            response = replace(response, body=b"")
        case "truncated-json":
            response = replace(response, body=response.body[:-SHORT])
    return replace(response, wire=wire_plan(armed, response))
