"""What the script of a stage may do at acceptance: give orders, and wait for a person."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, cast

from proefbank.acceptance.cutting import kept_of_answer, kept_of_order
from proefbank.errors import NotObservable
from proefbank.ordinary import SIMULATED, Ordinary
from proefbank.stagehand import Stagehand
from proefbank.untold import Untold

if TYPE_CHECKING:
    from proefbank.acceptance.bench import AcceptanceBench

__all__ = ["AcceptanceHand", "Nobody", "Person", "at_the_terminal"]

Person = Callable[[str], str | None]
"""Goes to an address, and returns where the browser came back to; None if nobody is there."""
UNTOLD: Mapping[str, object] = {
    "scenario": f"the acceptance environment does not tell it ({{fact}}); {SIMULATED}",
    "testimony": f"only the server can tell ({{fact}}), and acceptance does not; {SIMULATED}",
}


class Nobody(NotObservable):
    """No person is there to go to a page."""


def at_the_terminal(url: str) -> str | None:
    """Ask whoever sits at the terminal to go there; None if nobody does."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    lines = (
        "",
        "A person is needed: open this address in a browser, and do what is asked there.",
        f"  {url}",
        "Then paste the address that the browser came back to (nothing: go on without):",
    )
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201 - standard output is for the verdict
    return sys.stdin.readline().strip() or None


class AcceptanceHand(Stagehand):
    """Carries out what acceptance allows; everything else is not observable there."""

    _untold = MappingProxyType({"untold": UNTOLD})

    def __init__(self, bench: AcceptanceBench) -> None:
        super().__init__(bench)
        self._acceptance = bench

    @property
    def facts(self) -> Mapping[str, object]:
        """Facts of the current scenario; asking for one that is not there is not observable."""
        return Untold(self._facts, str(UNTOLD["scenario"]))

    def _ordered(
        self, op: str, args: Mapping[str, object], note: str
    ) -> tuple[int, Mapping[str, object]]:
        cast_ = cast("Ordinary", self.bench.cast)
        return super()._ordered(op, cast_.ordered(op, args), note)

    def _kept_of(self, op: str, args: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ARG002
        return kept_of_order(self._journal.redactor, args)

    def _kept_of_outcome(self, op: str, told: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        return kept_of_answer(self._journal.redactor, told)

    def visit(
        self, url: object, *, act: str = "approve", person: str = "", language: str = ""
    ) -> str | None:
        """Have a real person go to a page of acceptance; raises `Nobody` if none is there."""
        if act != "approve" or language:
            raise NotObservable(f"needs a person who does {act}; {SIMULATED}")
        if not isinstance(url, str) or not self._journal.exchanges:
            return None  # it is none of acceptance's, which was asked nothing
        returned = self._acceptance.person(url)
        journal = self._journal
        journal.write(
            "visit",
            url=journal.redactor.hole("personal", url),
            act=act,
            person=person,
            returned_to=None if returned is None else journal.redactor.hole("personal", returned),
            status=None,
            pages=0,
            why="" if returned else "nobody was there to go to the page",
        )
        if returned is None:
            nobody = Nobody(
                "nobody was there to go to the page; a person at the terminal would show it, and "
                f"{SIMULATED}"
            )
            self._acceptance.alone(nobody)
            raise nobody
        return returned

    def arrange(self, deed: str, **told: object) -> NoReturn:  # noqa: ARG002
        """Raise `NotObservable`: the people of acceptance have other things to do."""
        raise NotObservable(f"needs people who change the set-up ({deed}); {SIMULATED}")

    def advance(self, seconds: float, *, client: bool = True) -> NoReturn:  # noqa: ARG002
        """Raise `NotObservable`: acceptance has a clock of its own."""
        raise NotObservable(f"needs clocks that are moved; {SIMULATED}")

    def at(self, instant: float) -> NoReturn:  # noqa: ARG002
        """Raise `NotObservable`: acceptance has a clock of its own."""
        raise NotObservable(f"needs clocks that are moved; {SIMULATED}")
