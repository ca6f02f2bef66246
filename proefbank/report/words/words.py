"""The words of a page in one language: sentences with places to fill in, plural forms, names.

Three languages need two plural rules and two ways to write a number: Babel would bring the
locales of the world for that, and gettext a compiler for what is data here like everything else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources

from markupsafe import Markup, escape

from proefbank.languages import LANGUAGES

__all__ = ["ENGLISH", "Words", "typographic", "words_in"]

_CODE = re.compile(r"`([^`]+)`")
_FRENCH = re.compile(r" (?=[:;?!»])|(?<=«) ")
_THOUSANDS = {"en": ",", "nl": ".", "fr": "\N{NARROW NO-BREAK SPACE}"}
_POINTS = {"en": ".", "nl": ",", "fr": ","}
_GROUPED_FROM = 10_000
_ONES = {"fr": (0, 1)}
"""Counts that go with the singular, where it is not 1 alone."""

_Text = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says in `language`; keys are those of the words file: `table.key`."""

    language: str = LANGUAGES[0]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a sentence with its places filled in; KeyError for an unknown key or place."""
        return str(_texts(self.language)[key]).format_map(self._said(values))

    def many(self, key: str, count: int, /, **values: object) -> str:
        """Return a sentence in the form that goes with a count, which it calls `{n}`."""
        return self._form(key, count).format_map(self._said({"n": count, **values}))

    def html(self, key: str, /, count: int = 1, **values: object) -> Markup:
        """Return a sentence as markup: `…` is code, and a value stays as it is if it is markup."""
        text = str(escape(self._form(key, count)))
        marked = Markup(_CODE.sub(r"<code>\1</code>", text))  # noqa: S704 - escaped above
        return marked.format_map(self._said({"n": count, **values}))

    def of(self, table: str, name: str | None, unknown: str | None = None) -> str:
        """Return what a value is called; `unknown` or the value itself if no words file knows."""
        told = _texts(self.language).get(f"{table}.{name}")
        if isinstance(told, str):
            return told
        return (name or "").replace("_", " ") if unknown is None else unknown

    def named(self, name: str | None) -> str:
        """Return an outcome or a state as people read it: `not exercised`."""
        return self.of("named", name)

    def known(self, text: str, table: str) -> str | None:
        """Return a sentence that the record has in English, if it is one of a table of ours."""
        return _known(self.language, table).get(text)

    def day(self, text: str) -> str:
        """Return `2026-11-22` as `22 November 2026`, and what is no date as it is."""
        try:
            told = date.fromisoformat(text)
        except ValueError:
            return text
        return self._day(told, "date.months")

    def short_day(self, told: date) -> str:
        """Return a date with its month shortened: `22 Nov 2026`."""
        return self._day(told, "date.short")

    def short_month(self, told: date) -> str:
        """Return day and month: `22 Nov`."""
        return f"{told.day} {self('date.short').split()[told.month - 1]}"

    def moment(self, text: str) -> str:
        """Return an instant in ISO 8601 in words, in UTC; a date, or anything else, like `day`."""
        if len(text) <= len("2026-11-22"):
            return self.day(text)
        try:
            told = datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            return text
        day = self._day(told.date(), "date.months")
        return self("date.moment", day=day, time=f"{told:%H:%M:%S}")

    def _day(self, told: date, months: str) -> str:
        number = "1er" if told.day == 1 and self.language == "fr" else str(told.day)
        return f"{number} {self(months).split()[told.month - 1]} {told.year}"

    def number(self, value: float) -> str:
        """Return an amount: `1.5`, `12,000` in English, `1,5` and `12.000` in Dutch."""
        if not isinstance(value, int):
            return f"{value:.10g}".replace(".", _POINTS[self.language])
        if abs(value) < _GROUPED_FROM:
            return str(value)
        return f"{value:,}".replace(",", _THOUSANDS[self.language])

    def _form(self, key: str, count: int) -> str:
        text = _texts(self.language)[key]
        if isinstance(text, str):
            return text
        few = count in _ONES.get(self.language, (1,))
        return text["one" if few else "many"]

    def _said(self, values: Mapping[str, object]) -> dict[str, object]:
        return {
            name: self.number(value)
            if isinstance(value, int | float) and not isinstance(value, bool)
            else value
            for name, value in values.items()
        }


ENGLISH = Words()


def words_in(language: str) -> Words:
    """Return the words of a language; ValueError for one that there are none of."""
    if language not in LANGUAGES:
        raise ValueError(f"no page is written in {language!r}; there are {', '.join(LANGUAGES)}")
    return Words(language)


def typographic(text: str, language: str) -> str:
    """Return text with the no-break spaces that French wants before and inside some signs."""
    return _FRENCH.sub("\N{NO-BREAK SPACE}", text) if language == "fr" else text


@cache
def _texts(language: str) -> Mapping[str, _Text]:
    page = resources.files("proefbank.report.words").joinpath(f"{language}.toml")
    found: dict[str, _Text] = {}
    for table, rows in tomllib.loads(page.read_text(encoding="utf-8")).items():
        for key, text in rows.items():
            found[f"{table}.{key}"] = (
                {form: typographic(said, language) for form, said in text.items()}
                if isinstance(text, Mapping)
                else typographic(text, language)
            )
    return found


@cache
def _known(language: str, table: str) -> Mapping[str, str]:
    ours = _texts(language)
    return {
        str(text): str(ours[key])
        for key, text in _texts(LANGUAGES[0]).items()
        if key.startswith(f"{table}.")
    }
