"""Signatures that are not what they should be."""

from __future__ import annotations

from .stimulated import Stimulated

__all__ = ["FalseSignatures", "ForeignEcho", "NoSignatures", "UnknownMajor", "WrongSet"]


class FalseSignatures(Stimulated):
    """Signatures that do not verify."""

    kinds = ("bit-flip", "double-hash", "no-digestinfo", "other-key", "swapped", "cms")
    layers = ("sign-status",)


class WrongSet(Stimulated):
    """Signatures for other documents than those that were to be signed, or not for all."""

    kinds = ("missing-one", "surplus", "duplicate", "unknown-document")
    layers = ("sign-status",)


class NoSignatures(Stimulated):
    """Success without any signature."""

    kinds = ("no-sigobj", "empty-sigobj")
    layers = ("sign-status",)


class UnknownMajor(Stimulated):
    """A good answer whose result is neither Success nor Pending."""

    kinds = ("unknown-maj", "error-maj-200")
    layers = ("sign-status",)

    @property
    def is_error(self) -> bool:
        """Whether it is a documented error."""
        return self.stimulus.endswith("error-maj-200")


class ForeignEcho(Stimulated):
    """An answer to the start that repeats the id of another request."""

    kinds = ("foreign-req-id",)
    layers = ("sign-start",)
