"""Each sign session of an application as a journey: orders, what was sent for them, and visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from proefbank.journal import Call, Exchange, Journal
from proefbank.judge import NotExercised

from .members import Members, Missing, at, parse
from .requests import BackCall, Kind, requests_of

__all__ = [
    "PENDING",
    "SUCCESS",
    "Journey",
    "Step",
    "Visit",
    "answer_to",
    "check_controls",
    "journeys_of",
    "listed",
    "major_of",
    "said",
    "signed_documents",
]

PENDING = "urn:oasis:names:tc:dss:1.0:profiles:asynchronousprocessing:resultmajor:Pending"
SUCCESS = "urn:oasis:names:tc:dss:1.0:resultmajor:Success"
_OK = 200
_READ: WeakKeyDictionary[Journal, tuple[int, list[Journey]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Visit:
    """A person's browser that was sent to a page of itsme."""

    url: str
    person: str
    returned_to: str | None
    """Where it came back to; None when it stayed."""
    place: int
    """Counts the events of the staging, so that visits and orders can be put in order."""


@dataclass(frozen=True, slots=True)
class Step:
    """One order, `sign.start` or `sign.resume`, and what was sent meanwhile."""

    call: Call
    sent: tuple[BackCall, ...]
    pages: tuple[Exchange, ...]
    """Pages of itsme that were asked for while the application was at it: by itself, then."""
    place: int

    def of(self, *kinds: Kind) -> list[BackCall]:
        """Return the calls of these kinds."""
        return [call for call in self.sent if call.kind in kinds]

    @property
    def redirect(self) -> str | None:
        """Where the browser was to go."""
        told = self.call.value.get("redirect") if self.call.outcome == "accepted" else None
        return told if isinstance(told, str) else None

    @property
    def pending(self) -> bool:
        """Whether the caller was told to wait."""
        return self.call.outcome == "accepted" and self.call.value.get("pending") is True

    @property
    def signed(self) -> bool:
        """Whether the caller was told that the documents are signed."""
        accepted = self.call.outcome == "accepted"
        return accepted and ("signatures" in self.call.value or "containers" in self.call.value)

    @property
    def exchange(self) -> int | None:
        """The last exchange of it."""
        return self.call.exchanges[-1].number if self.call.exchanges else None


@dataclass(frozen=True, slots=True)
class Journey:
    """One session of the application, from `sign.start` on."""

    steps: tuple[Step, ...]
    visits: tuple[Visit, ...]
    turn: int
    """Counts the scenarios of the staging from 1."""

    @property
    def scenario(self) -> Mapping[str, object]:
        """What the application had been told."""
        return self.steps[0].call.scenario

    @property
    def documents(self) -> list[Mapping[str, object]]:
        """What the caller wanted signed."""
        found = self.steps[0].call.args.get("documents")
        return [item for item in listed(found) if isinstance(item, Mapping)]

    @property
    def note(self) -> str:
        """What the staging calls the order that began it."""
        return self.steps[0].call.note

    @property
    def person(self) -> str:
        """Who was sent to itsme for it first."""
        return self.visits[0].person if self.visits else ""

    def sent(self, *kinds: Kind) -> list[BackCall]:
        """Return the calls of these kinds, of all steps."""
        return [call for step in self.steps for call in step.of(*kinds)]

    def told(self, kind: Kind, *path: str) -> list[str]:
        """Return what stands at `path` of the good answers to calls of this kind, in order."""
        found = (at(answer_to(call), *path) for call in self.sent(kind) if _is_ok(call))
        return [item for item in found if isinstance(item, str)]

    @property
    def identification_ids(self) -> list[str]:
        """Ids of the identification sessions opened for it."""
        ids = self.told("identification", "asyncRespID")
        return ids or self.told("identification", "asyncRespId")  # as the swagger spells it

    @property
    def sign_ids(self) -> list[str]:
        """Ids of the sign sessions opened for it."""
        return self.told("sign-start", "respID")

    @property
    def codes(self) -> list[str]:
        """Holes of the user codes received for it."""
        return self.told("identification-status", "userCode")

    @property
    def successes(self) -> list[BackCall]:
        """Questions for its signatures that were answered with them."""
        return [call for call in self.sent("sign-status") if major_of(call) == SUCCESS]

    @property
    def end(self) -> Step | None:
        """The first step that told the caller that all is signed."""
        return next((step for step in self.steps if step.signed), None)


def _is_ok(call: BackCall) -> bool:
    return call.exchange.response.status == _OK


def answer_to(call: BackCall) -> object:
    """Return what the answer to a call says; `Missing` if it is no JSON."""
    return parse(call.exchange.response.body.decode("utf-8", "replace"))


def major_of(call: BackCall) -> object:
    """Return `result.maj` of the good answer to a call; `Missing` if it is none."""
    return at(answer_to(call), "result", "maj") if _is_ok(call) else Missing


def listed(value: object) -> list[object]:
    """Return a list as it is, and anything else as an empty one."""
    return list(value) if isinstance(value, list | tuple) else []


def said(call: Call) -> str:
    """Return what came of an order, in a few words."""
    why = call.reject_class or (call.detail.strip().splitlines() or [""])[-1]
    if call.outcome == "accepted":
        told = next((name for name in _TOLD if call.value.get(name)), "")
        return f"accepted: {told}" if told else "accepted"
    return f"{call.outcome}, {why}" if why else call.outcome or "no answer"


_TOLD = ("signatures", "containers", "redirect", "pending", "session")


def check_controls(journal: Journal) -> None:
    """Raise `NotExercised` unless there are ordinary orders, and all of them were accepted."""
    controls = [call for call in journal.calls if call.note == "control"]
    if not controls:
        raise NotExercised("no ordinary order was given before")
    for call in controls:
        if call.outcome != "accepted":
            raise NotExercised(
                f"the application did not manage an ordinary order: {call.op} was {said(call)}"
            )


def journeys_of(journal: Journal) -> list[Journey]:
    """Return every session, in the order in which they began; read once for all readings."""
    length, found = _READ.get(journal, (-1, []))
    if length != len(journal):
        length, found = len(journal), _journeys(journal)
        _READ[journal] = length, found
    return list(found)


def _journeys(journal: Journal) -> list[Journey]:
    sent = {call.number: call for call in requests_of(journal)}
    turns = _turns(journal.calls)
    places, visits = _places(journal)
    steps: dict[tuple[int, str], list[Step]] = {}
    for call in journal.calls:
        if call.op not in ("sign.start", "sign.resume"):
            continue
        handle = call.value.get("session") if call.op == "sign.start" else call.args.get("session")
        # A start that was not accepted is a journey of its own.
        key = (turns[call.number], str(handle) if handle else f"start {call.number}")
        step = Step(
            call=call,
            sent=tuple(sent[item.number] for item in call.exchanges if item.number in sent),
            pages=tuple(item for item in call.exchanges if item.request.listener == "front"),
            place=places.get(call.number, 0),
        )
        if call.op == "sign.start" or key in steps:
            steps.setdefault(key, []).append(step)
    return [
        Journey(tuple(found), _visits_of(found, visits, places), turn)
        for (turn, _), found in steps.items()
        if found[0].call.op == "sign.start"
    ]


def _turns(calls: Iterable[Call]) -> dict[int, int]:
    """Return the scenario of each order, counted from 1."""
    turns: dict[int, int] = {}
    turn, scenario = 0, None
    for call in calls:
        if call.scenario is not scenario:
            turn, scenario = turn + 1, call.scenario
        turns[call.number] = turn
    return turns


def _places(journal: Journal) -> tuple[dict[int, int], list[Visit]]:
    places: dict[int, int] = {}
    visits: list[Visit] = []
    for place, event in enumerate(journal):
        if event["event"] == "call":
            places[int(str(event["call"]))] = place
        elif event["event"] == "visit":
            back = event.get("returned_to")
            visits.append(
                Visit(
                    url=str(event.get("url")),
                    person=str(event.get("person") or ""),
                    returned_to=back if isinstance(back, str) else None,
                    place=place,
                )
            )
    return places, visits


def _visits_of(
    steps: list[Step], visits: Iterable[Visit], places: Mapping[int, int]
) -> tuple[Visit, ...]:
    began = places.get(steps[0].call.number, 0)
    redirects = {step.redirect for step in steps} - {None}
    return tuple(one for one in visits if one.url in redirects and one.place > began)


def signed_documents(call: BackCall) -> list[tuple[str, str]]:
    """Return document and value of each signature in an answer, in its order."""
    found = []
    for entry in listed(at(answer_to(call), "sigObj")):
        if isinstance(entry, Members):
            name = entry.get("whichDoc", entry.get("whichdoc", Missing))
            value = at(entry, "b64Sig", "value")
            if isinstance(name, str) and isinstance(value, str):
                found.append((name, value))
    return found
