"""What an answer must hold to be understood, whichever way it came.

Unknown members are ignored. What cannot be understood is never guessed at: a hello raises,
an outcome becomes `crashed`. An answer's value is never quoted in a message.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Literal

from proefbank.clients.adapter import (
    CAPABILITIES,
    OPERATIONS,
    REJECT_CLASSES,
    Hello,
    Implementation,
    Outcome,
)
from proefbank.clients.log import shorten

__all__ = ["TIME_RAN_OUT", "hello_from", "outcome_from", "settle", "setup_from"]

TIME_RAN_OUT = "time ran out"


def hello_from(answer: Mapping[str, object]) -> Hello:
    """Read the answer to `hello`. Raises `ValueError` with a sentence about the client."""
    if "outcome" in answer:
        raise ValueError(f"it answered hello with {_quote(answer['outcome'])}: {_text(answer)}")
    if "protocol" not in answer:
        raise ValueError("its hello has no member protocol")
    protocol = answer["protocol"]
    if protocol is None:
        raise ValueError("it speaks none of the protocol versions that the bench offers (1)")
    if isinstance(protocol, bool) or protocol != 1:
        raise ValueError(f"it answered protocol {_quote(protocol)}, the bench offered only 1")
    clock: Literal["settable", "system"]
    match answer.get("clock"):
        case "settable":
            clock = "settable"
        case "system":
            clock = "system"
        case other:
            raise ValueError(f'its clock is {_quote(other)}, not "settable" or "system"')
    concurrency = answer.get("concurrency", 1)
    if isinstance(concurrency, float) and concurrency.is_integer():
        concurrency = int(concurrency)
    if type(concurrency) is not int or concurrency < 1:
        raise ValueError(f"its concurrency is {_quote(concurrency)}, not a number from 1 up")
    return Hello(
        implementation=_implementation(answer.get("implementation")),
        capabilities=_capabilities(answer.get("capabilities")),
        clock=clock,
        concurrency=concurrency,
    )


def _implementation(members: object) -> Implementation:
    if not isinstance(members, Mapping):
        raise ValueError("its hello has no object implementation {name, version, language}")  # noqa: TRY004 - the client's slip
    told = {name: members.get(name) for name in ("name", "version", "language")}
    for name, value in told.items():
        if not isinstance(value, str) or not value:
            raise ValueError(f"its implementation has {_quote(value)} for {name}, not a text")
    homepage = members.get("homepage")
    return Implementation(
        **{name: str(value) for name, value in told.items()},
        homepage=homepage if isinstance(homepage, str) else None,
    )


def _capabilities(claimed: object) -> tuple[str, ...]:
    if not isinstance(claimed, list | tuple):
        raise ValueError("its hello has no list capabilities")  # noqa: TRY004 - the client's slip
    for name in claimed:
        if name not in CAPABILITIES:
            near = difflib.get_close_matches(str(name), CAPABILITIES, n=1)
            meant = f"; did it mean {near[0]}?" if near else ""
            raise ValueError(
                f"it claims the capability {_quote(name)}, and protocol 1 knows"
                f" {', '.join(CAPABILITIES)}{meant}"
            )
    return tuple(name for name in CAPABILITIES if name in claimed)


def outcome_from(answer: Mapping[str, object]) -> Outcome:
    """Read the answer to a call; what cannot be understood is crashed."""
    match answer.get("outcome"):
        case "accepted":
            value = answer.get("value")
            if not isinstance(value, Mapping):
                return _not_understood("accepted without an object value")
            return Outcome.accepted(value)
        case "rejected":
            return _rejected(answer.get("class"), _text(answer))
        case "unsupported":
            return Outcome.unsupported(_text(answer, "reason"))
        case "crashed":
            return Outcome.crashed(_text(answer) or "the adapter says it crashed, not why")
        case other:
            return _not_understood(
                f"outcome is {_quote(other)}, not accepted, rejected, unsupported or crashed"
            )


def _rejected(reject_class: object, detail: str) -> Outcome:
    if isinstance(reject_class, str) and reject_class in REJECT_CLASSES:
        return Outcome.rejected(reject_class, detail)
    what = "no class" if reject_class is None else f"the unknown class {_quote(reject_class)}"
    note = f"(the adapter gave {what})"
    return Outcome.rejected("unclassified", f"{detail} {note}" if detail else note)


def setup_from(cmd: str, answer: Mapping[str, object]) -> Outcome | None:
    """Read the answer to `scenario` or `clock`: None if fine, else crashed."""
    match answer.get("outcome"):
        case None | "accepted":
            return None
        case "crashed":
            return Outcome.crashed(_text(answer) or f"the adapter crashed in {cmd}, not saying why")
        case other:
            detail = _text(answer) or _text(answer, "reason")
            return Outcome.crashed(f"{cmd} was answered with {_quote(other)}: {detail}")


def settle(outcome: Outcome, op: str, capabilities: Collection[str]) -> Outcome:
    """Turn `unsupported` for an operation of a claimed capability into crashed.

    Otherwise a client could choose its exam.
    """
    capability = OPERATIONS.get(op)
    if outcome.kind != "unsupported" or capability not in capabilities:
        return outcome
    reason = f" ({outcome.detail})" if outcome.detail else ""
    return Outcome.crashed(
        f"the client claims {capability} and answers {op} with unsupported{reason}"
    )


def _not_understood(why: str) -> Outcome:
    return Outcome.crashed(f"answer not understood: {why}")


def _text(answer: Mapping[str, object], member: str = "detail") -> str:
    value = answer.get(member)
    return "" if value is None else shorten(str(value))


def _quote(value: object) -> str:
    """Name a short value; of anything else only the kind, for it could hold a secret."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f'"{shorten(value, 40)}"'
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return "a list" if isinstance(value, list | tuple) else "an object"
