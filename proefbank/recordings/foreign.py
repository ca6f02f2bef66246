"""Turns somebody else's traffic into a record of ours, without what nobody should keep.

What is heard goes through here an exchange at a time, so that a recorder can write down each as it
comes and an archive of any size can be read: nothing is written before it went through here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any, Final

from proefbank.doors.heard import Heard
from proefbank.exchange import Request, Response, Trail
from proefbank.journal import Event
from proefbank.recordings.cutting import ForeignCutter
from proefbank.recordings.uncut import secrets_in, size_of
from proefbank.redaction import Redactor
from proefbank.views import Exchange, views_of
from proefbank.wire_journal import WireJournal

__all__ = ["RECORDED", "SETTINGS", "STORY", "TESTIMONY", "Stage", "record_of", "with_settings"]

RECORDED: Final = "recorded"
"""Name of the staging, where there is one."""
STORY: Final = "Traffic that was recorded elsewhere."
_TOKEN = re.compile(r"<redacted:(?:token|jwt) [^>]*>")
SETTINGS = (
    "the recording does not say what the client had been told ({fact}); a profile with its "
    "account, or `proefbank run`, would show it"
)
TESTIMONY = "only the server can tell ({fact}); a run against the simulated service would show it"


class Stage:
    """One staging of a service, made of traffic that is heard bit by bit.

    Each method returns the events to write down; the texts in them are cut already.
    """

    def __init__(
        self, service: str, about: ModuleType, settings: Any, *, name: str = RECORDED
    ) -> None:
        """Go by `about`, the service's `recorded` module, and its settings of one profile."""
        self.name = name
        self.redactor = Redactor()
        self._service, self._about, self._settings = service, about, settings
        self._events: list[Event] = []
        self._journal = WireJournal(self.redactor, self._events.append, keep=1)
        self._journal.stage = name
        self._scenes = _Scenes(settings, testimony=False)
        self._sieve = _Sieve(about)

    def knows(self, request: Request) -> bool:
        """Whether a request belongs to the service."""
        return self._about.conversation_of(request) is not None

    def learn(self, items: Iterable[Heard]) -> None:
        """Learn the secrets of what is not heard yet, where it is at hand."""
        for item in items:
            for secret in secrets_in(item):
                self.redactor.learn(secret)

    def begin(self, at: float, story: str = STORY) -> list[Event]:
        """Open the staging at epoch seconds `at`."""
        self._journal.write(
            "staging",
            service=self._service,
            story=story,
            readings=[reading.__name__ for reading in self._about.READINGS],
            passive=True,
            at=round(at, 3),
        )
        return self._taken()

    def hear(self, item: Heard, facts: Mapping[str, object] | None = None) -> list[Event]:
        """Return an exchange and what must stand before it; nothing if it is left out.

        `facts` are of whoever heard it, e.g. of the connection; they hold no secret.
        """
        conversation = self._about.conversation_of(item.request)
        if not self._sieve.lets_through(item) or conversation is None:
            return []
        self.learn((item,))
        told = {**(facts or {}), **({"only_text_recorded": True} if item.only_text else {})}
        cutter = ForeignCutter(self.redactor, self._about, conversation)
        self._journal.exchange(
            cutter.request(item.request),
            replace(cutter.response(item.response), trail=Trail(conversation, facts=told)),
        )
        return [*self._scenes.before(event := _sized(self._taken()[-1], item)), event]

    def note(self, text: str) -> list[Event]:
        """Write down what is no exchange; what is secret in it is cut, what is personal is not."""
        self._journal.write("note", text=text)
        return self._taken()

    def end(self, state: str = "done", reason: str = "") -> list[Event]:
        """Close the staging."""
        self._journal.write("staged", state=state, reason=reason)
        return self._taken()

    def cut_target(self, request: Request) -> str:
        """Return what may be told of where a request went, whatever became of it."""
        self.learn((Heard(request, Response(0)),))
        conversation = self._about.conversation_of(request)
        if conversation is None:
            return "<redacted:target>"
        cutter = ForeignCutter(self.redactor, self._about, conversation)
        return cutter.request(request).target.partition("?")[0]

    def _taken(self) -> list[Event]:
        taken = self._events[:]
        self._events.clear()
        return taken


def record_of(
    heard: Sequence[Heard], service: str, about: ModuleType, settings: Any
) -> tuple[list[Event], int]:
    """Return the events of one staging that holds this traffic, and how much was left out.

    `about` is the service's `recorded` module. No events if nothing belongs to the service.
    """
    stage = Stage(service, about, settings)
    mine = [item for item in heard if stage.knows(item.request)]
    stage.learn(mine)
    found: list[Event] = []
    kept = 0
    instants: list[float] = []
    for item in mine:
        if events := stage.hear(item):
            found += events
            kept += 1
            instants.append(item.request.received_at)
    if not kept:
        return [], len(heard)
    began = next((instant for instant in instants if instant), 0.0)
    return [*stage.begin(began), *found, *stage.end()], len(heard) - kept


def with_settings(events: Iterable[Event], settings: Any, *, testimony: bool) -> Iterator[Event]:
    """Put before each exchange the scenario it was made in, where that is another one.

    `testimony` says whether the exchanges hold what the server found.
    """
    scenes = _Scenes(settings, testimony=testimony)
    for event in events:
        if event["event"] == "scenario":  # nothing is known of it but that it began
            scenes.begin_anew()
            continue
        if event["event"] == "exchange":
            yield from scenes.before(event)
        yield event


class _Scenes:
    """Tells which scenario an exchange was made in, as far as it can be known."""

    def __init__(self, settings: Any, *, testimony: bool) -> None:
        self._settings = settings
        self._untold = {"scenario": SETTINGS} | ({} if testimony else {"testimony": TESTIMONY})
        self._account: dict[str, Any] = {}
        self._of_token: dict[str, dict[str, Any]] = {}
        self._several = False
        self._last: tuple[object, object] = (None, None)
        self._anew: dict[str, bool] = {}

    def begin_anew(self) -> None:
        """Take whatever comes next for another scenario."""
        self._last, self._anew = (None, None), {"anew": True}

    def before(self, event: Event) -> Iterator[Event]:
        """Yield the scenario that an exchange begins."""
        view = views_of([event])[0]
        assert isinstance(view, Exchange)  # noqa: S101 - what is made of an exchange
        stage, request = str(event["stage"]), view.request
        facts = self._settings.facts_of(request) | self._account_in(view)
        if (stage, facts) != self._last:
            self._last, anew, self._anew = (stage, facts), self._anew, {}
            told = {"facts": facts, "untold": self._untold}
            yield {"event": "scenario", "stage": stage, **told} | anew

    def _account_in(self, view: Exchange) -> dict[str, Any]:
        """Return the account that speaks: the one that a token was issued to, where that shows."""
        if view.conversation == "token":
            account = self._settings.account_of(view.request) or {}
            self._several = self._several or bool(self._of_token and account != self._account)
            self._account = account
            for token in _TOKEN.findall(view.response.body.decode("utf-8", "replace")):
                self._of_token[token] = account
            return account
        shown = _TOKEN.findall(view.request.header("authorization") or "")
        known = next((self._of_token[one] for one in shown if one in self._of_token), None)
        return known if known is not None else {} if self._several else self._account


class _Sieve:
    """Leaves out what a service can make nothing of, an exchange at a time."""

    def __init__(self, about: ModuleType) -> None:
        begun: Callable[[Iterable[Heard]], Iterator[Heard]] = getattr(about, "begun", iter)
        self._next: list[Heard] = []
        self._left = iter(begun(self._fed()))
        # Of no service, so it always comes through: then what went in before it was left out.
        self._mark = Heard(Request("GET", "/"), Response(0))

    def _fed(self) -> Iterator[Heard]:
        while True:
            yield self._next.pop(0)

    def lets_through(self, item: Heard) -> bool:
        """Say whether this one is kept."""
        self._next = [item, self._mark]
        if next(self._left) is not item:
            return False
        next(self._left)
        return True


def _sized(event: Event, item: Heard) -> Event:
    """Return an exchange with what its bodies were before they were cut: size and coding."""
    changed: dict[str, Any] = dict(event)
    for name, body in (("request", item.request.body), ("response", item.response.body)):
        part = changed[name]
        changed[name] = part | {"body": part["body"] | size_of(body)}
    return changed
