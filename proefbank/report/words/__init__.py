"""The pages of a run in English, Dutch and French: the same ids, other words."""

from __future__ import annotations

from proefbank.report.words.words import ENGLISH, Words, typographic, words_in

__all__ = ["ENGLISH", "Words", "typographic", "words_in"]
