"""Clients that name the wrong enterprise, write its number wrongly, or use the wrong account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..reference import ReferenceClient
from .api_messages import OtherPayload
from .registry import breaks

EMPLOYER, PRINCIPAL, ENDED = "0000000196", "0000000493", "0000000790"
MANDATARY, SISTER = "0000000295", "0000000691"


class OtherNumber(OtherPayload):
    """Base: writes an enterprise number it was given in its own way."""

    meant = EMPLOYER

    def changed(self, number: str) -> object:
        """Return the number as it is sent."""
        return number

    def other(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change the number if it is the one that is meant."""
        if body.get("enterpriseNumber") != self.meant:
            return body
        return body | {"enterpriseNumber": self.changed(self.meant)}


@breaks("api-request.enterprise-number-has-ten-digits")
class DottedNumber(OtherNumber):
    """Writes the number with dots."""

    def changed(self, number: str) -> object:
        """Add them."""
        return f"{number[:4]}.{number[4:7]}.{number[7:]}"


@breaks("api-request.enterprise-number-keeps-its-zero")
class NineDigits(OtherNumber):
    """Loses the leading zero."""

    def changed(self, number: str) -> object:
        """Drop it."""
        return number[1:]


@breaks("api-request.enterprise-number-starts-with-0-or-1")
class EstablishmentNumber(OtherNumber):
    """Sends the number of an establishment unit."""

    def changed(self, number: str) -> object:
        """Begin with a 2."""
        return f"2{number[1:]}"


@breaks("api-request.enterprise-number-has-good-check-digits")
class MistypedNumber(OtherNumber):
    """Mistypes the last digit."""

    def changed(self, number: str) -> object:
        """Take the next one."""
        return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


@breaks("account.employer-sends-own-number")
class SisterNumber(OtherNumber):
    """Sends under the number of a sister company."""

    def changed(self, number: str) -> object:  # noqa: ARG002
        """Take the sister's."""
        return SISTER


@breaks("account.mandatary-sends-principals-number")
class MandataryOwnNumber(OtherNumber):
    """Sends a principal's data under the mandatary's number."""

    meant = PRINCIPAL

    def changed(self, number: str) -> object:  # noqa: ARG002
        """Take the mandatary's."""
        return MANDATARY


@breaks("account.mandatary-has-active-mandate")
class UnmandatedPrincipal(OtherNumber):
    """Sends under a company whose mandate has ended."""

    meant = PRINCIPAL

    def changed(self, number: str) -> object:  # noqa: ARG002
        """Take that company's."""
        return ENDED


@breaks("account.mandatary-uses-one-account")
class AccountPerPrincipal(ReferenceClient):
    """Takes another of the mandatary's accounts for the second principal."""

    seen: str = ""

    def api_call(self, method: str, path: str, body: object) -> dict[str, object]:
        """Switch the client id when the principal changes."""
        number = str(body.get("enterpriseNumber")) if isinstance(body, dict) else ""
        mine = str(self.settings["client_id"])
        if "000002_" in mine and self.seen and number != self.seen:
            self.settings = {**self.settings, "client_id": mine.replace("000002_", "000005_")}
            self.tokens.clear()
        self.seen = number
        return super().api_call(method, path, body)

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget the principal."""
        super().scenario(members)
        self.seen = ""


@breaks("account.training-provider-sends-own-number")
class ParticipantsEmployerAsSender(OtherPayload):
    """Puts the participant's employer where the sender belongs."""

    def other(self, body: dict[str, Any]) -> dict[str, Any]:
        """Swap them."""
        for participant in body.get("participants") or []:
            if employer := participant.get("employerEnterpriseNumber"):
                return body | {"enterpriseNumber": employer}
        return body
