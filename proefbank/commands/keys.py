"""`proefbank keys`: a key set as a person wants to see it, and what has changed in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from proefbank.keywatch.keyset import Key
    from proefbank.keywatch.watch import Past

__all__ = ["command"]

CHANGED = 10
"""Exit code of --watch when something is new."""


@click.command(
    "keys",
    context_settings={"max_content_width": 100},
    epilog=(
        "Exit code: 0 nothing new, or shown without --watch; 10 something has changed (--watch);"
        " 3 no key set was to be had; 4 bad invocation."
    ),
)
@click.argument("url")
@click.option("--watch", is_flag=True, help="Tell what is new since the last look.")
@click.option(
    "--history",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where looks are written down; without --watch it is only read."
    "  [default: proefbank/keys.json in the user's state folder]",
)
@click.option(
    "--ca", metavar="FILE", type=click.Path(path_type=Path), help="Trust this authority (PEM)."
)
@click.option("--long", "whole", is_flag=True, help="Show every kid whole.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    url: str, *, watch: bool, history: Path | None, ca: Path | None, whole: bool, as_json: bool
) -> int:
    """Show the keys at URL: a Keycloak realm, a discovery document or a JWKS address.

    A nightly job with --watch learns that a passive key has appeared, that another key signs,
    or that the old key is gone. Which step of a renewal a set looks like is a guess, and says
    so: a key set does not tell which key signs.

    \b
      proefbank keys https://127.0.0.1:4433/auth/realms/healthcare --ca ca.pem
      proefbank keys https://idp.example/auth/realms/M2M --watch || mail-the-team
    """
    from proefbank.clock import Clock  # noqa: PLC0415 - after --help
    from proefbank.keywatch.fetch import checked, fetch  # noqa: PLC0415
    from proefbank.keywatch.history import default_history, read, write  # noqa: PLC0415
    from proefbank.keywatch.keyset import keys_in, notes_on  # noqa: PLC0415
    from proefbank.keywatch.steps import looks_like  # noqa: PLC0415
    from proefbank.keywatch.watch import look  # noqa: PLC0415

    checked(url)
    page = history or default_history()
    known = read(page) if watch or history else {}
    fetched = fetch(url, ca)
    now = Clock().now()
    keys = keys_in(fetched.members)
    past = known.get(fetched.url)
    after, news = look(past, keys, fetched.active, now)
    if watch:
        write(page, {**known, fetched.url: after})
    told = {
        "url": fetched.url,
        "looked": now,
        "keys": [
            {
                **key.to_json(),
                "active": fetched.active and key.fingerprint == fetched.active,
                "first_seen": _first(after if past or watch else None, key),
            }
            for key in keys
        ],
        "looks_like": looks_like(keys, fetched.active, after if past else None),
        "notes": [*notes_on(keys, now), *fetched.notes, *_strange(keys, fetched.active)],
        "watch": {
            "history": str(page),
            "last_look": past and past.looked,
            "news": [{"kind": one.kind, "kid": one.kid, "text": one.text} for one in news],
        }
        if watch
        else None,
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=True, indent=1))
    else:
        _print(told, whole=whole)
    return CHANGED if watch and news else 0


def _first(past: Past | None, key: Key) -> float | None:
    seen = past.key(key) if past else None
    return seen.first if seen else None


def _strange(keys: Sequence[Key], active: str | None) -> Iterator[str]:
    if active is not None and all(key.fingerprint != active for key in keys):
        yield "the page of the realm shows a key that the set does not list"


def _print(told: Mapping[str, Any], *, whole: bool) -> None:
    from proefbank.commands.rules_words import table  # noqa: PLC0415 - after --help
    from proefbank.report.text import plural  # noqa: PLC0415

    click.echo(f"{_shown(told['url'])}: {plural(len(told['keys']), 'key')}\n")
    seen = any(key["first_seen"] for key in told["keys"])
    heads = ("", "kid", "use", "alg", "key", "certificate", "valid", "")
    rows = [
        [
            str(key["place"]),
            *(_shown(cell) for cell in _cells(key, whole=whole)),
            f"first seen {_date(key['first_seen'])}" if seen else "",
        ]
        for key in told["keys"]
    ]
    table(heads, rows)
    look = told["looks_like"]
    guess = f"{look['state']}, a guess: " if look["guess"] else ""
    click.echo(f"\nlooks like  {guess}{_shown(look['text'])}")
    for note in told["notes"]:
        click.echo(f"note        {_shown(note)}")
    if told["watch"] is not None:
        for text in _news(told["watch"]):
            click.echo(f"news        {_shown(text)}")


def _cells(key: Mapping[str, Any], *, whole: bool) -> tuple[str, ...]:
    certificate = key["certificate"]
    valid = certificate and f"{_date(certificate['since'])} to {_date(certificate['until'])}"
    signs = " signs" if key["active"] else ""
    return (
        key["kid"] or key["short"] if whole else key["short"],
        f"{key['use'] or '-'}{signs}",
        key["alg"] or "-",
        key["size"],
        certificate["subject"] if certificate else "-",
        valid or "-",
    )


def _news(watch: Mapping[str, Any]) -> Iterator[str]:
    if watch["last_look"] is None:
        yield f"first look: written down in {watch['history']}"
    elif not watch["news"]:
        yield f"nothing new since {_date(watch['last_look'])}"
    for item in watch["news"]:
        yield item["text"]


def _date(instant: float | None) -> str:
    from proefbank.clock import to_iso  # noqa: PLC0415 - after --help

    return to_iso(instant)[:10] if instant is not None else "-"


def _shown(text: str) -> str:
    """Return a stranger's text so that a terminal does nothing but show it."""
    from proefbank.report.text import printable  # noqa: PLC0415 - after --help

    return printable(text).encode("utf-8", "backslashreplace").decode()
