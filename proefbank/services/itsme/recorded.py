"""What can be made of a product's traffic with itsme that somebody else recorded.

Such a recording holds no orders, no outcomes and no testimony of itsme: only what stands in the
calls of the back end can be judged. The base URL is taken from where they went; codes and
addresses are known where a profile has the partner. Persons and what they sign are cut: codes and
ids get numbers, texts keep their length and their rare characters only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

from proefbank.exchange import Request, Response
from proefbank.judge import Reading

from .profile import PartnerEntry, Profile, load_profile
from .provider.facts import (
    CONFIGURATION,
    IDENTIFICATION,
    IDENTIFICATION_STATUS,
    LANGUAGES,
    ROOT,
    SIGN_DOCUMENT,
)
from .wire.channel import BackEndCall, ConfigurationRead, FlowCall
from .wire.identification import IdentificationRequest, IdentificationStatusRequest
from .wire.sign_start import DescribedStart, SignStart, Starts
from .wire.sign_status import SignStatus
from .wire.texts import LATIN_1

__all__ = [
    "ANYWHERE",
    "FOLLOWS",
    "NEEDS",
    "READINGS",
    "TELLING",
    "WHOLE_PATHS",
    "Settings",
    "begun",
    "conversation_of",
    "treatment",
]

READINGS: tuple[type[Reading], ...] = (
    BackEndCall,
    FlowCall,
    ConfigurationRead,
    IdentificationRequest,
    IdentificationStatusRequest,
    SignStart,
    DescribedStart,
    Starts,
    SignStatus,
)
"""Readings that need no stimulus, no order and no second witness.

The order of the calls is none: a user code may have been kept since before the recording.
"""

ANYWHERE = False

WHOLE_PATHS = True
"""Nothing in the paths is about anybody."""

TELLING: Mapping[str, frozenset[str]] = {
    "discovery": frozenset(),
    "identification": frozenset(),
    "identification-status": frozenset(),
    "sign-start": frozenset(),
    "other": frozenset(),
}
"""What is kept goes by place, not by name alone: `treatment` tells."""

_CONVERSATIONS = {
    CONFIGURATION: "discovery",
    IDENTIFICATION: "identification",
    IDENTIFICATION_STATUS: "identification-status",
    SIGN_DOCUMENT: "sign-start",
}
_WHOLE = frozenset(
    {
        *("partnerCode", "serviceCode", "lang", "alg", "profile", "signPolicyRef"),
        *("commitmentTypeRef", "status", "statusReason", "maj", "min"),
    }
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/{0,2}[^\s@#]*")
_NUMBERED = frozenset({"asyncRespID", "asyncRespId", "respID", "reqID", "userCode", "id"})
_TEXTS = frozenset({"description", "signerRole"})
_SHORTEST, _LONGEST = 8, 64
"""Characters of an id."""
_MANY = 50_000
"""Ids that are remembered."""
_NO_IDS = frozenset({"null", "None", "undefined"})
"""What clients write that mean none; it is about nobody."""

_SESSIONS = ("identification-status.*", "sign-status.*", "identification-answer.*")
_ALL = ("*",)

NEEDS: Mapping[str, tuple[str, ...]] = {
    "request headers": (
        *("*json-post", "*labelled-json", "flow.back-end-calls-come-from-the-back-end"),
    ),
    "request body partnerCode": ("*.partner-code-*",),
    "request body serviceCode": ("*.service-code-*",),
    "request body redirectUrl": ("*.redirect-url-*",),
    "request body userCode": ("identification.user-code-*", "sign-start.signer-*"),
    "request body lang": ("*language*",),
    "request body asyncRespID": (*_SESSIONS, "sign-start.async-resp-id-*"),
    "request body reqID": ("*.request-has-an-id", "sign-start.request-ids-differ"),
    "request body value": ("sign-start.value-*", "description.*", "signer-role.*"),
    "request body alg": ("sign-start.algorithm-*", "sign-start.entries-*"),
    "request body id": ("sign-start.entries-*", "sign-start.ids-*"),
    "request body signPolicyRef": ("policy.*",),
    "request body commitmentTypeRef": ("policy.*",),
    "response body userCode": ("identification.user-code-*", "sign-start.signer-*"),
    "response body asyncRespID": _SESSIONS,
    "response body asyncRespId": _SESSIONS,
    "response body respID": _SESSIONS,
    "response body reqID": (),
    "response body id": (),
    "response body value": (),
    "response body status": (),
    "response body statusReason": (),
    "response body maj": (),
    "response body min": (),
    "discovery response body": ("policy.*",),
    "response body": (*_SESSIONS, "identification.user-code-*", "sign-start.signer-*"),
    "request body": _ALL,
}
"""Which requirements cannot be judged where somebody cut out what stood in a place.

All of them for a place that is not named.
"""

FOLLOWS = ("identification-status.id-*", "sign-status.id-*", "identification-answer.id-*")
"""Requirements on requests that follow others; `begun` leaves out what follows nothing."""


class _Heard(Protocol):
    @property
    def request(self) -> Request: ...

    @property
    def response(self) -> Response: ...


_Any = TypeVar("_Any", bound=_Heard)
Treatment = Literal["whole", "numbered", "masked", "cut"]


def conversation_of(request: Request) -> str | None:
    """Return the conversation that a request belongs to; None if it is none of the back end."""
    if request.method == "OPTIONS":
        return None
    _, found, below = request.path.partition(ROOT)
    return _CONVERSATIONS.get(ROOT + below, "other") if found else None


def treatment(conversation: str, path: Sequence[str], text: str) -> tuple[Treatment, str]:
    """Return how much of a text is kept that stands at the end of a path of members, and what.

    `numbered` leaves it to whoever asks to number the value, so that the same one is known again.
    """
    name = path[-1] if path else ""
    if conversation == "discovery" or name in _WHOLE:
        return "whole", text
    if name in _NUMBERED:
        return ("whole" if text in _NO_IDS else "numbered"), text
    if name == "redirectUrl":
        base, mark, query = text.partition("?")
        kept = base if _ADDRESS.fullmatch(base) else _masked(base)
        return "masked", kept + mark + _masked(query)
    if name == "value" and "di" in path:
        # What a strict decoder looks at in the end stays.
        return "masked", _masked(text[:-4]) + text[-4:]
    if name == "value" and _TEXTS & set(path):
        return "masked", _masked(text)
    return "cut", ""


def _masked(text: str) -> str:
    """Return a text of the same length, letters replaced by one of their kind."""
    return "".join(map(_like, text))


def _like(sign: str) -> str:
    if not sign.isascii():
        return "x" if sign in LATIN_1 and sign.isalpha() else sign
    for kind, stands in (("0123456789", "0"), ("abcdef", "a"), ("ABCDEF", "A")):
        if sign in kind:
            return stands
    return sign if not sign.isalpha() else "x" if sign.islower() else "X"


def begun(heard: Sequence[_Any]) -> Iterator[_Any]:
    """Yield the calls, without those about sessions that were opened before the recording.

    An id that came up in another part (in an address, as that of a request) is no such session's.
    """
    told: dict[str, None] = {}
    for item in heard:
        kind = conversation_of(item.request)
        said = _members(item.request.body)
        asked = said.get("asyncRespID")
        asks = kind in ("identification-status", "sign-start") and isinstance(asked, str)
        if not asks or asked in told or asked in _NO_IDS:
            yield item
        told |= dict.fromkeys(_ids({"reqID": said.get("reqID")}))
        told |= dict.fromkeys(_ids(_members(item.response.body)))
        if len(told) > _MANY:
            told = dict.fromkeys(list(told)[_MANY // 2 :])


def _ids(said: object) -> Iterator[str]:
    """Yield every text that can be an id, those in the query of an address included."""
    match said:
        case dict() | list():
            for inner in said.values() if isinstance(said, dict) else said:
                yield from _ids(inner)
        case str() if "://" in said:
            yield from (value for _, value in parse_qsl(urlsplit(said).query))
        case str() if _SHORTEST <= len(said) <= _LONGEST:
            yield said


def _members(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


class Settings:
    """What the product must have been told, as far as a profile and its own calls show."""

    def __init__(self, profile: Path | None = None) -> None:
        """Go by this profile; raises `BadInvocation` if it cannot be read."""
        self.profile: Profile = load_profile(profile)

    def target_of(self, host: str) -> str:
        """Return `mock` for a loopback address, else `other`: addresses are told at onboarding."""
        return "mock" if host in ("127.0.0.1", "::1", "localhost") else "other"

    def facts_of(self, request: Request) -> dict[str, Any]:
        """Return the facts of the scenario in which a redacted request was made."""
        prefix, found, _ = request.path.partition(ROOT)
        if not found:
            return {}
        facts: dict[str, Any] = {
            # One that was asked without TLS is the same; that it was so is judged by itself.
            "base_url": f"https{request.origin.removeprefix(request.scheme)}{prefix}",
            "languages": list(LANGUAGES),
        }
        partner = self._partner(_members(request.body))
        if partner is not None:
            told = {
                "partner": partner.name,
                "partner_code": partner.partner_code,
                "service_code": partner.service_code,
                "redirect_url": partner.redirect_url,
                "batch": partner.batch,
            }
            facts |= {name: value for name, value in told.items() if value is not None}
        return facts

    def _partner(self, said: Mapping[str, Any]) -> PartnerEntry | None:
        """Return the partner that a call names, or the only one that it can be."""
        known = [one for one in self.profile.partners if one.partner_code]
        inner = said.get("optInp")
        itsme = inner.get("itsme") if isinstance(inner, Mapping) else None
        code = (itsme if isinstance(itsme, Mapping) else said).get("partnerCode")
        named = [one for one in known if one.partner_code == code]
        return next(iter(named or (known if len(known) == 1 else ())), None)

    def account_of(self, request: Request) -> dict[str, Any] | None:  # noqa: ARG002 - see facts_of
        """Return None: each call says on its own for whom it is made."""
        return None
