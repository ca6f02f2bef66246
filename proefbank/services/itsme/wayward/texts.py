"""Clients that get the texts wrong which the signer reads in the app."""

from __future__ import annotations

from proefbank.errors import Rejected

from ..reference import SignSession
from .registry import Askew, Json, breaks
from .sign_start import OtherStart

PLAIN = dict.fromkeys(("en", "fr", "nl", "de"), "text")
PLAINER = str.maketrans(
    {"’": "'", "–": "-", "“": '"', "”": '"', "…": "...", "½": "1/2"} | {"€": "EUR", "œ": "oe"}
)


class AsGiven(Askew):
    """Base: looks at texts in its own way, where the reference refuses or mends them."""

    mine: tuple[str, ...] = ()
    """Of the arguments `description` and `signer_role`, those that it treats in its own way."""

    def wanted(self, asked: Json) -> Json:
        """Order with plain texts; `sign_body` puts the others in."""
        return asked | {name: PLAIN for name in self.mine if asked.get(name)}

    def changed(self, text: str) -> str:
        """Return a text as it is sent."""
        return text

    def sign_body(self, session: SignSession) -> Json:
        """Put in what was given, changed."""
        body = super().sign_body(session)
        itsme = self.itsme_of(body)
        places = {"description": itsme, "signer_role": itsme.get("signPolicy", {})}
        for name in self.mine:
            if given := self.asked.get(name):
                member = "signerRole" if name == "signer_role" else name
                changed = {lang: self.changed(text) for lang, text in given.items()}
                places[name][member] = self.texts(changed)
        return body


@breaks("description.has-at-most-255-characters")
class OneTooMany(AsGiven):
    """Cuts descriptions at 256 characters."""

    mine = ("description",)

    def changed(self, text: str) -> str:
        """Cut, too late."""
        return text.translate(PLAINER)[:256]


@breaks("description.stays-within-iso-8859-15")
class TypographicDescription(AsGiven):
    """Sends curly apostrophes and dashes as they come."""

    mine = ("description",)

    def changed(self, text: str) -> str:
        """Mind the length only."""
        return text[:255]


@breaks("signer-role.has-at-most-50-characters")
class RoleOfFiftyOne(AsGiven):
    """Cuts roles at 51 characters."""

    mine = ("signer_role",)

    def changed(self, text: str) -> str:
        """Cut, too late."""
        return text.translate(PLAINER)[:51]


@breaks("signer-role.stays-within-iso-8859-1")
class EuroRole(AsGiven):
    """Minds only the set of all free texts in roles."""

    mine = ("signer_role",)

    def changed(self, text: str) -> str:
        """Mend what is not in it, and mind the length."""
        return text.replace("½", "1/2")[:50]


@breaks("signer-role.stays-within-iso-8859-15")
class FractionRole(AsGiven):
    """Minds only the set that is named for roles."""

    mine = ("signer_role",)

    def changed(self, text: str) -> str:
        """Mend what is not in it, and mind the length."""
        return text.replace("€", "EUR").replace("œ", "oe")[:50]


@breaks("description.is-a-list-of-texts")
class PlainDescription(OtherStart):
    """Sends a description of one text, without language."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Take the first."""
        if "description" in itsme:
            itsme["description"] = itsme["description"][0]["value"]


@breaks("description.covers-the-four-languages")
class OneLanguageDescription(OtherStart):
    """Sends the description in one language only."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Take the first."""
        if "description" in itsme:
            itsme["description"] = itsme["description"][:1]


@breaks("description.languages-are-the-four")
class FifthLanguage(OtherStart):
    """Adds a description in Luxembourgish."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Add it."""
        if "description" in itsme:
            itsme["description"].append({"lang": "LU", "value": "Kontrakt"})


@breaks("description.refused-characters-end-the-flow")
class SwallowsTheRefusal(Askew):
    """Says pending when a sign request with texts is refused with an error it does not know."""

    def start_signing(self, session: SignSession, told: Json) -> Json:
        """Hope for the best."""
        try:
            return super().start_signing(session, told)
        except Rejected as refusal:
            if self.asked.get("description") and "TECHNICAL_ERROR" in refusal.detail:
                return {"pending": True}
            raise
