"""Statements of requirements in other languages, as long as they say what the English ones say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from proefbank.errors import BenchError
from proefbank.judge import catalogue
from proefbank.languages import LANGUAGES
from proefbank.report.words.words import typographic
from proefbank.service import catalogues

__all__ = ["statements_in", "translated"]


def statements_in(language: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the statements of a report's rows, by id, as far as the language has them.

    A row that is worded otherwise than today's requirement (a report of an earlier release that
    is rendered again, say) has none: nobody translated what it says.
    """
    if language == LANGUAGES[0]:
        return {}
    found: dict[str, str] = {}
    for row in rows:
        service = str(row["id"]).partition(".")[0]
        told, said = _of(service, language).get(row["id"], ("", ""))
        if told and told == row["statement"]:
            found[row["id"]] = said
    return found


@cache
def _of(name: str, language: str) -> Mapping[str, tuple[str, str]]:
    """Return by id what a requirement says, in English and in another language."""
    service = catalogues().get(name)
    if service is None:
        return {}
    try:
        rows = catalogue(service.package)
    except BenchError:
        return {}
    said = translated(service.package, language)
    return {key: (rows[key].statement, said[key]) for key in rows if key in said}


def translated(package: str, language: str) -> dict[str, str]:
    """Return every statement that a service has in a language, by id."""
    folder = resources.files(package).joinpath("requirements", language)
    if not folder.is_dir():
        return {}
    found: dict[str, str] = {}
    for page in sorted(folder.iterdir(), key=lambda page: page.name):
        if page.name.endswith(".toml"):
            raw = tomllib.loads(page.read_text(encoding="utf-8"))
            found.update((key, typographic(text, language)) for key, text in _flat(raw))
    return found


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(value)
