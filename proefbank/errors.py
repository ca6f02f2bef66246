"""What can go wrong with us or with how we were called; never the client's non-conformance."""

from __future__ import annotations

__all__ = [
    "BadInvocation",
    "BenchError",
    "NotAssessed",
    "NotObservable",
    "Rejected",
    "Unsupported",
]


class BenchError(Exception):
    """A problem told in three parts: what is wrong, where, and what to do.

    `exit_code` follows the table of outcomes: 3 not assessed, 4 bad invocation.
    """

    exit_code = 3

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        """Say what is wrong; `where` names the option or file, `hint` a working command."""
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """The whole story on up to three lines."""
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  {self.hint}" if self.hint else head


class BadInvocation(BenchError):  # noqa: N818 - named for what a user did
    """The command line, a profile or another input file cannot be used as it is."""

    exit_code = 4


class NotAssessed(BenchError):  # noqa: N818 - named for the verdict
    """The client could not be started, or the bench is at fault: nothing can be judged."""

    exit_code = 3


class NotObservable(Exception):  # noqa: N818 - a state of affairs, not an error
    """The situation cannot be shown by this door, client or target; says what would."""

    def __init__(self, reason: str) -> None:
        """Give the reason, ending with what would make it observable."""
        super().__init__(reason)
        self.reason = reason


class Rejected(Exception):  # noqa: N818 - an outcome of the adapter protocol, not an error of ours
    """A client written in Python says no; `reject_class` is one of the protocol's classes."""

    def __init__(self, reject_class: str, detail: str = "") -> None:
        """Name the class of the refusal and tell the rest in words."""
        super().__init__(detail or reject_class)
        self.reject_class = reject_class
        self.detail = detail


class Unsupported(Exception):  # noqa: N818 - likewise
    """A client written in Python has no such operation."""

    def __init__(self, reason: str = "") -> None:
        """Say why not."""
        super().__init__(reason)
        self.reason = reason
