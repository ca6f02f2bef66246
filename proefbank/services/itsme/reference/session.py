"""What is remembered of one person's way through identification and signing."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from cryptography import x509

from proefbank.errors import Rejected

from .documents import Document, ToBeSigned

__all__ = ["CONTEXT", "Identity", "Order", "SignSession", "with_parameter"]

CONTEXT = "scaContext"
"""Our own query parameter. The provider has none that finds a session back, and keeps ours."""

Texts = Mapping[str, str]
"""A text by language: `{"en": …, "fr": …, "nl": …, "de": …}`."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the caller wants signed, checked: it can be sent as it is."""

    documents: Sequence[Document]
    lang: str
    description: Texts | None = None
    signer_role: Texts | None = None
    user_code: str | None = None
    policy: str | None = None
    commitment: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who was identified."""

    user_code: str
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]
    """The certificates above it, as far as they were told, in any order."""


@dataclass(slots=True)
class SignSession:
    """One order on its way: `identifying`, then `starting`, then `signing`."""

    order: Order
    identification_id: str
    phase: Literal["identifying", "starting", "signing"] = "identifying"
    handle: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    """Our own name for it, which nobody can guess."""
    identity: Identity | None = None
    to_be_signed: Sequence[ToBeSigned] = ()
    signing_id: str = ""
    redirect: str = ""
    """Where the browser was sent last."""
    contexts: list[str] = field(default_factory=list)
    """What we put into `CONTEXT`, a new value each time the browser leaves; the last one counts."""
    result: dict[str, Any] | None = None
    refusal: Rejected | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def leave_for(self, url: str) -> str:
        """Return `url` with our parameter, for the browser to go to."""
        self.contexts.append(secrets.token_urlsafe(18))
        self.redirect = with_parameter(url, CONTEXT, self.contexts[-1])
        return self.redirect

    def is_repeated(self, returned_to: str | None) -> bool:
        """Whether the browser came back from where it had been sent before the last time.

        Raises Rejected when it came back to another session, as a forged link would. An
        address without our parameter tells nothing, so it is as good as the last one.
        """
        told = parse_qs(urlsplit(returned_to or "").query).get(CONTEXT, self.contexts[-1:])
        if len(told) != 1 or told[0] not in self.contexts:
            raise Rejected("malformed", "the browser came back to another session")
        return told[0] != self.contexts[-1]


def with_parameter(url: str, name: str, value: str) -> str:
    """Append a query parameter; the rest of the address stays as it is, character for character."""
    address, mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{name}={value}{mark}{fragment}"
