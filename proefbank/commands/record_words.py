"""What `proefbank record` says: where the client is to go, and what stays acceptance's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from proefbank.acceptance.recorder import Front, Recorder
from proefbank.commands.serve_words import trust_lines
from proefbank.exchange import Request
from proefbank.service import module_of, service

__all__ = ["greeting"]

_NAMES = {"audience": "aud", "issuer": "issuer"}
"""Facts that name somebody; for the client they stay what they are."""


def greeting(recorder: Recorder, java: Path | None) -> Iterator[str]:
    """Yield the lines that somebody needs to put a client in front of the recorder."""
    for front in recorder.fronts:
        what = "acceptance" if front.known else "acceptance, as the profile tells"
        yield f"{front.service}, {what}; what goes through is recorded."
        yield f"  {'in place of':<16} {front.upstream.origin}"
        yield f"  {'give the client':<16} {front.door.origin}"
        yield from _addresses(front)
        if front.upstream.certificate is not None:
            yield f"  {'certificate':<16} the profile's is shown; the client's is not asked for"
        if front.upstream.connect:
            yield f"  {'dialled':<16} {front.upstream.connect}"
        yield ""
    yield "  Only host and port of addresses change. Everything else stays as acceptance has it:"
    yield "  paths, aud, issuer, client ids, codes, redirect URLs."
    yield ""
    yield from trust_lines(recorder.ca_file, java)


def _addresses(front: Front) -> Iterator[str]:
    """Yield the addresses that are known of a service, leading here; and names that stay."""
    about = module_of(service(front.service), "recorded")
    settings = about.Settings(None) if about else None
    facts = settings.facts_of(Request.to(f"{front.upstream.origin}/")) if settings else {}
    for fact, value in facts.items():
        if not isinstance(value, str) or not value.startswith(f"{front.upstream.origin}/"):
            continue
        text = f"{value}…" if value.endswith("/") else value
        if fact in _NAMES:
            yield f"  {f'{_NAMES[fact]} stays':<16} {text}"
        else:
            here = front.door.origin + text.removeprefix(front.upstream.origin)
            yield f"  {fact.replace('_', ' '):<16} {here}"
