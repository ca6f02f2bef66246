"""What was handed in to our stand-in API, so that it can be read back."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Registrations"]

_MOST = 2_000
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class _Kept:
    sender: str
    data: Mapping[str, Any]


class Registrations:
    """Registrations by id; the oldest go first. Not locked: the provider's lock covers it."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def add(self, registration_id: str, sender: str, body: object) -> dict[str, Any]:
        """Keep what `sender` (an enterprise number) handed in; return it as received."""
        members = body if isinstance(body, dict) else {}
        data = {"registrationId": registration_id, "status": "received", **members}
        data["registrationId"] = registration_id
        for name in ("enterpriseNumber", "reference"):
            data.setdefault(name, "")
        self._kept[registration_id] = _Kept(sender, data)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return data

    def get(self, registration_id: str, sender: str) -> Mapping[str, Any] | None:
        """Return the registration if that sender handed it in."""
        kept = self._kept.get(registration_id)
        return kept.data if kept is not None and kept.sender == sender else None

    def list(self, sender: str, number: str | None) -> dict[str, Any]:
        """Return the sender's registrations, for one enterprise number if it is given."""
        found = [
            kept.data
            for kept in self._kept.values()
            if kept.sender == sender and number in (None, kept.data["enterpriseNumber"])
        ]
        return {"items": found[-_SHOWN:], "total": len(found)}
