"""Turns somebody else's traffic into a record of ours, without what nobody should keep.

Values are cut unless they are known to be needed, not the other way round: a recording from
production holds tokens, keys and people. Nothing is written before it went through here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

from proefbank.doors.heard import Heard
from proefbank.exchange import Headers, Request, Response, Secret, Trail
from proefbank.holes import HOLE
from proefbank.journal import Event, Journal
from proefbank.redaction import Redactor

__all__ = ["SETTINGS", "TESTIMONY", "record_of", "with_settings"]

SETTINGS = (
    "the recording does not say what the client had been told ({fact}); a profile with its "
    "account, or `proefbank run`, would show it"
)
TESTIMONY = "only the server can tell ({fact}); a run against the simulated service would show it"
_SECRET = {
    "access_token": "token",
    "refresh_token": "token",
    "id_token": "token",
    "client_assertion": "assertion",
    "client_secret": "client-secret",
    "password": "client-secret",
}
_HEADERS = frozenset(
    {
        *("accept", "authorization", "belgov-trace-id", "content-length", "content-type"),
        *("date", "host", "retry-after", "transfer-encoding", "user-agent"),
    }
)
_HOLES = re.compile(r"<redacted:(?:token|jwt|assertion|client-secret)\b[^>]*>")
_Treatment = Callable[[str, Sequence[str], str], tuple[str, str]]
"""How a service that goes by place has a text kept: conversation, path of members, text."""
_RESOURCE = re.compile(r"\.?[a-z][A-Za-z-]*|v\d+")


def record_of(
    heard: Sequence[Heard], service: str, about: ModuleType, settings: Any
) -> tuple[list[Event], int]:
    """Return the events of one staging that holds this traffic, and how much was left out.

    `about` is the service's `recorded` module. No events if nothing belongs to the service.
    """
    begun: Callable[[Sequence[Heard]], Iterable[Heard]] = getattr(about, "begun", iter)
    mine = [(item, about.conversation_of(item.request)) for item in begun(heard)]
    kept = [(item, conversation) for item, conversation in mine if conversation is not None]
    if not kept:
        return [], len(heard)
    redactor = Redactor(secret for item, _ in kept for secret in _secrets(item))
    journal = Journal("recorded", redactor)
    journal.write(
        "staging",
        service=service,
        story="Traffic that was recorded elsewhere.",
        readings=[reading.__name__ for reading in about.READINGS],
        passive=True,
        at=round(next((i.request.received_at for i, _ in kept if i.request.received_at), 0.0), 3),
    )
    for item, conversation in kept:
        facts: dict[str, object] = {"only_text_recorded": True} if item.only_text else {}
        cutter = _Cutter(redactor, about, conversation)
        journal.exchange(
            cutter.request(item.request),
            replace(cutter.response(item.response), trail=Trail(conversation, facts=facts)),
        )
    journal.write("staged", state="done", reason="")
    events = _sized(journal, [item for item, _ in kept])
    return list(with_settings(events, settings, testimony=False)), len(heard) - len(kept)


def with_settings(events: Iterable[Event], settings: Any, *, testimony: bool) -> Iterator[Event]:
    """Put before each exchange the scenario it was made in, where that is another one.

    `testimony` says whether the exchanges hold what the server found.
    """
    untold = {"scenario": SETTINGS} | ({} if testimony else {"testimony": TESTIMONY})
    last: tuple[object, object] = (None, None)
    account: dict[str, Any] = {}
    events = list(events)
    views = {
        (stage, view.number): view.request
        for stage in {str(event.get("stage")) for event in events}
        for view in Journal(stage, events=[e for e in events if e.get("stage") == stage]).exchanges
    }
    anew: dict[str, bool] = {}
    for event in events:
        if event["event"] == "scenario":  # nothing is known of it but that it began
            last, anew = (None, None), {"anew": True}
            continue
        if event["event"] == "exchange":
            stage = str(event["stage"])
            request = views[stage, int(str(event["exchange"]))]
            if _conversation(event) == "token":
                account = settings.account_of(request) or {}
            facts = settings.facts_of(request) | account
            if (stage, facts) != last:
                last = stage, facts
                yield {"event": "scenario", "stage": stage, "facts": facts, "untold": untold} | anew
                anew = {}
        yield event


def _conversation(event: Event) -> object:
    trail = event["trail"]
    return trail.get("conversation") if isinstance(trail, Mapping) else None


def _sized(journal: Journal, heard: Sequence[Heard]) -> list[Event]:
    """Return the events with the sizes that bodies had before they were cut."""
    events: list[Event] = []
    places = iter(heard)
    for event in journal:
        if event["event"] != "exchange":
            events.append(event)
            continue
        item = next(places)
        changed: dict[str, Any] = dict(event)
        for name, body in (("request", item.request.body), ("response", item.response.body)):
            part = changed[name]
            changed[name] = part | {"body": part["body"] | {"bytes": len(body)}}
        events.append(changed)
    return events


def _secrets(item: Heard) -> Iterator[Secret]:
    credentials = (item.request.header("authorization") or "").partition(" ")[2].strip()
    if credentials:
        yield Secret("token", credentials)
    sent = item.request.body.decode("utf-8", "replace")
    for name, value in [*parse_qsl(item.request.query), *parse_qsl(sent)]:
        if kind := _SECRET.get(name.lower()):
            yield Secret(kind, value)
    for text in (sent, item.response.body.decode("utf-8", "replace")):
        for name, value in _members(_json(text)):
            if kind := _SECRET.get(name.lower()):
                yield Secret(kind, value)


def _members(value: object) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, inner in value.items():
                if isinstance(inner, str):
                    yield name, inner
                yield from _members(inner)
        case list():
            for inner in value:
                yield from _members(inner)


def _json(text: str) -> object:
    try:
        return json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None


class _Cutter:
    """Cuts one exchange down to what may be kept."""

    def __init__(self, redactor: Redactor, about: ModuleType, conversation: str) -> None:
        self._redactor = redactor
        self._telling: frozenset[str] = about.TELLING[conversation]
        self._conversation = conversation
        self._token = conversation == "token"
        self._whole_path = self._token or getattr(about, "WHOLE_PATHS", False)
        self._treatment: _Treatment | None = getattr(about, "treatment", None)

    def request(self, request: Request) -> Request:
        return replace(
            request,
            target=self._target(request),
            headers=self._headers(request.headers),
            body=self._body(request.body, form=self._token),
            source="",
        )

    def response(self, response: Response) -> Response:
        headers = self._headers(response.headers)
        return replace(response, headers=headers, body=self._body(response.body, form=False))

    def _target(self, request: Request) -> str:
        path = "/".join(
            part if self._whole_path or not part or place <= 3 or _RESOURCE.fullmatch(part)  # noqa: PLR2004
            else quote(_hole("segment", part))
            for place, part in enumerate(request.path.split("/"))
        )  # fmt: skip
        return f"{path}?{self._pairs(request.query)}" if request.query else path

    def _headers(self, headers: Headers) -> Headers:
        return tuple(
            (name, value if name.lower() in _HEADERS else self._leaf(value))
            for name, value in headers
        )

    def _body(self, body: bytes, *, form: bool) -> bytes:
        text = body.decode("utf-8", "replace")
        if not text:
            return b""
        parsed = _json(text)
        if parsed is not None:
            return json.dumps(self._tree(parsed, ())).encode()
        return (self._pairs(text) if form and "=" in text else self._leaf(text)).encode()

    def _pairs(self, text: str) -> str:
        return "&".join(
            f"{quote_plus(self._redactor.text(name))}={quote_plus(self._named(name, value))}"
            for name, value in parse_qsl(text, keep_blank_values=True)
        )

    def _named(self, name: str, value: str, path: tuple[str, ...] = ()) -> str:
        clean = self._redactor.value(name, value)
        if clean == "" or name in self._telling:
            return clean
        how, kept = "cut", ""
        if self._treatment is not None:
            how, kept = self._treatment(self._conversation, path or (name,), clean)
        if how == "numbered":
            return clean if HOLE.match(clean) else self._redactor.hole("personal", clean)
        return self._leaf(clean) if how == "cut" else kept

    def _tree(self, value: object, path: tuple[str, ...]) -> object:
        match value:
            case dict():
                return {
                    self._redactor.text(key): self._tree(inner, (*path, key))
                    for key, inner in value.items()
                }
            case list():
                return [self._tree(inner, path) for inner in value]
            case str():
                return self._named(path[-1] if path else "", value, path)
            case bool() | None:
                return value
            case _:
                telling = bool(path) and path[-1] in self._telling
                return value if telling else _hole("number", str(value))

    def _leaf(self, text: str) -> str:
        """Return what may be kept of a text that could be about anybody: the holes in it."""
        holes = _HOLES.findall(self._redactor.text(text))
        return " ".join(holes) if holes or not text else _hole("personal", text)


def _hole(kind: str, text: str) -> str:
    return f"<redacted:{kind} length={len(text)}>"
