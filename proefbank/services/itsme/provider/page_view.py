"""What a page shows a person, and its drawing: HTML that needs no script, only a keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Literal
from zoneinfo import ZoneInfo

import jinja2

from .page_texts import PAGE_TEXTS

__all__ = ["Step", "View", "draw"]

Step = Literal["identify", "create-certificate", "sign"]
_EXAMPLE = "0400 00 00 01"
_BELGIUM = "Europe/Brussels"


@dataclass(frozen=True, slots=True)
class View:
    """One page, in one language."""

    step: Step
    state: str
    """State of the session; one that has ended has nothing to decide any more."""
    lang: str
    """EN, FR, NL or DE."""
    label: str
    """The partner, as people know it."""
    problem: str = ""
    """`phone-unknown`, `nothing-chosen`, or nothing."""
    description: str | None = None
    role: str | None = None
    commitment: str | None = None
    policy: str | None = None
    documents: int = 0
    ends_at: float | None = None
    """Epoch seconds until which the person can decide."""
    now: float = 0.0

    @property
    def asks_phone(self) -> bool:
        """Whether the person is still to say who it is."""
        return self.step == "identify" and self.state == "AT_PAGE"

    @property
    def decides(self) -> bool:
        """Whether there is something to approve or reject."""
        return self.state in {"AT_PAGE", "CERT_ACTION", "S_AT_PAGE"}

    @property
    def seconds_left(self) -> int | None:
        """Seconds after which the browser asks again, since it is too late by then."""
        if self.ends_at is None or not self.decides:
            return None
        return max(1, ceil(self.ends_at - self.now) + 1)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is shown of the request, and only if it was in there: none has a default."""
        shown = {
            "description": self.description,
            "role": self.role,
            "commitment": self.commitment,
            "policy": self.policy,
        }
        return [(name, text) for name, text in shown.items() if text]


@cache
def _template() -> jinja2.Template:
    text = files(__package__).joinpath("page.html.j2").read_text("utf-8")
    made = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return made.from_string(text)


def draw(view: View) -> bytes:
    """Return the page in HTML: one form, which comes back to the same address."""
    say = PAGE_TEXTS[view.lang]
    told = "sign-told-one" if view.step == "sign" and view.documents == 1 else f"{view.step}-told"
    ends = view.ends_at
    page = _template().render(
        view=view,
        say=say,
        told=say[told].format(label=view.label, documents=view.documents),
        problem=say.get(view.problem, ""),
        facts=view.facts,
        hint=say["phone-hint"].format(example=_EXAMPLE),
        until="" if ends is None else f"{datetime.fromtimestamp(ends, _zone()):%H:%M:%S}",
        until_iso="" if ends is None else datetime.fromtimestamp(ends, UTC).isoformat(),
    )
    return page.encode("utf-8", "replace")


@cache
def _zone() -> ZoneInfo:
    return ZoneInfo(_BELGIUM)
