"""The answer to eHealth's notice: a mail that claims what a run showed, and no more."""

from __future__ import annotations

from proefbank.report.letter.letter import Sender, letter

__all__ = ["Sender", "letter"]
