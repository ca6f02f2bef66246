"""What `proefbank sign` is told about a sign-off: who, what for, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from proefbank.errors import BadInvocation

__all__ = ["EXAMPLE", "last_day", "signatories_told", "text_told"]

EXAMPLE = (
    "for example: proefbank sign RUN --key my.key --certificate my.pem"
    ' --name "An Voorbeeld" --role "integration lead"'
)
_DAYS = 365
_LONGEST = 300


def signatories_told(names: Sequence[str], roles: Sequence[str]) -> list[tuple[str, str]]:
    """Return who signs off, each with a role; raises `BadInvocation`."""
    if not names or len(names) != len(roles):
        wrong = f"{len(names)} names and {len(roles)} roles" if names else "nobody signs off"
        raise BadInvocation(
            f"{wrong}: each --name goes with a --role", where="--name", hint=EXAMPLE
        )
    return [
        (text_told(name, "--name"), text_told(role, "--role"))
        for name, role in zip(names, roles, strict=True)
    ]


def text_told(told: str, option: str) -> str:
    """Return a text on one printable line; raises `BadInvocation` naming the option."""
    text = " ".join(told.split())
    if not text or not text.isprintable() or len(text) > _LONGEST:
        raise BadInvocation(f"a text of 1 to {_LONGEST} printable characters", where=option)
    return text


def last_day(told: str | None, days: int | None, now: float) -> date:
    """Return the last day of a sign-off that is made now; raises `BadInvocation`."""
    today = datetime.fromtimestamp(now, UTC).date()
    if told is None:
        return today + timedelta(days=days or _DAYS)
    if days is not None:
        raise BadInvocation("only one of them", where="--valid-until and --valid-days")
    try:
        until = date.fromisoformat(told)
    except ValueError as problem:
        raise BadInvocation(
            "this is no date", where="--valid-until", hint="for example: --valid-until 2027-06-30"
        ) from problem
    if until < today:
        raise BadInvocation("this day is over", where="--valid-until")
    return until
