"""Clients that believe signatures, lose some, or hand over something else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography import x509

from ..reference import Document, Identity, SignSession
from ..reference.documents import ToBeSigned
from ..reference.interface import ERRORS, PENDING, SUCCESS
from .certificates import OtherEnd, pem
from .registry import Askew, Json, breaks


@breaks("signature.matched-by-document")
class MatchesByPosition(Askew):
    """Takes the signatures in the order of its documents."""

    def finish(self, session: SignSession, told: Json) -> Json:
        """Deal them out anew, though they were right."""
        result = super().finish(session, told)
        values = [entry["b64Sig"]["value"] for entry in told["sigObj"]]
        for one, value in zip(result["signatures"], values, strict=True):
            one["value"] = value
        return result


@breaks("signature.is-a-bare-pkcs-1-value")
class TurnsIntoBase64Url(OtherEnd):
    """Hands the values over in the alphabet for addresses."""

    def other(self, session: SignSession, result: Json) -> None:  # noqa: ARG002
        """Rewrite them."""
        for one in result["signatures"]:
            one["value"] = one["value"].translate(str.maketrans("+/", "-_")).rstrip("=")


@breaks("signature.is-verified")
class NeverVerifies(Askew):
    """Hands over any signature."""

    def verify(self, value: bytes, one: ToBeSigned, certificate: x509.Certificate) -> None:
        """Find it good."""


@breaks("signature.set-is-complete")
class CountsWhatCame(Askew):
    """Verifies the signatures that came, and does not count them."""

    def finish(self, session: SignSession, told: Json) -> Json:
        """Forget the documents without one, and the signatures without document."""
        ours = {one.id: one for one in session.to_be_signed}
        entries = told.get("sigObj") or []
        known = {entry["whichDoc"]: entry for entry in entries if entry["whichDoc"] in ours}
        if known:
            session.to_be_signed = [one for one in session.to_be_signed if one.id in known]
            told = told | {"sigObj": list(known.values())}
        return super().finish(session, told)


@breaks("signature.success-needs-signatures")
class EmptySuccess(Askew):
    """Takes Success without any signature for signed."""

    def finish(self, session: SignSession, told: Json) -> Json:
        """Hand over what there is."""
        if told.get("sigObj") or session.identity is None:
            return super().finish(session, told)
        session.result = {
            "signatures": [],
            "certificate": pem(session.identity.certificate),
            "user_code": session.identity.user_code,
        }
        return session.result


@breaks("sign-answer.only-documented-majors-count")
class WaitsOnAnything(Askew):
    """Takes a result that it does not know for Pending."""

    def major_of(self, answer: Mapping[str, Any]) -> str:
        """Wait."""
        major = answer.get("result", {}).get("maj")
        return PENDING if major not in (*ERRORS, PENDING, SUCCESS) else super().major_of(answer)


@breaks("sign-answer.echoed-id-is-compared")
class IgnoresTheEcho(Askew):
    """Never looks at the id in the answer to the start."""

    def open_signing(self, session: SignSession) -> Json:
        """Read what counts."""
        answer = self.answer(self.send("POST", "/sign_document", self.sign_body(session)))
        self.major_of(answer)
        return answer


@breaks("flow.data-to-be-signed-includes-the-certificate")
class HashesTheBareFile(Askew):
    """Sends the SHA-256 of the document as it was handed over."""

    def to_be_signed(self, document: Document, identity: Identity) -> ToBeSigned:
        """Hash it; there is no file to make of that."""
        if document.content is None:
            return super().to_be_signed(document, identity)
        digest = hashlib.sha256(document.content).digest()
        return ToBeSigned(document.id, base64.b64encode(digest).decode("ascii"))


@breaks("flow.signature-goes-into-an-ades-container")
class ContainerWithoutSignature(Askew):
    """Hands over a file in which there are zeros for the signature."""

    def containers(self, session: SignSession, values: Mapping[str, bytes]) -> list[Json]:
        """Fill it with nothing."""
        return super().containers(session, {id: bytes(len(one)) for id, one in values.items()})
