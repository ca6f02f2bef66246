"""The flow: identify, build what is to be signed, have it signed, verify.

It speaks the Python adapter protocol. The browser goes away twice, and where it comes back
proves nothing: what happened is only ever asked of the provider, in the session that our own
query parameter names.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from proefbank import __version__
from proefbank.clock import Clock
from proefbank.errors import Rejected

from . import signatures
from .documents import Document, ToBeSigned, documents_of
from .interface import Interface
from .session import Identity, Order, SignSession, Texts
from .texts import DESCRIPTION, SIGNER_ROLE, fitted_texts, is_text

__all__ = ["ReferenceSigner"]

Json = dict[str, Any]


class ReferenceSigner(Interface):
    """A signature creation application without the screens."""

    name = "proefbank reference signer"
    version = __version__
    capabilities = ("sign",)
    concurrency = 16

    def __init__(self) -> None:
        """Start with nothing; `scenario` brings the rest."""
        super().__init__()
        self.time = Clock()
        self.sessions: dict[str, SignSession] = {}

    # The verbs of the adapter protocol.

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget everything and take up the settings of a new scenario."""
        self.close()
        self.sessions = {}
        self.connect(members["itsme"], members["ca_file"])
        self.time.reset()

    def clock(self, now: float) -> None:
        """Live at `now` from here on."""
        self.time.set(now)

    def sign_start(
        self,
        documents: Sequence[Mapping[str, Any]],
        lang: str,
        description: Texts | None = None,
        signer_role: Texts | None = None,
        user_code: str | None = None,
        sign_policy: str | None = None,
        commitment_type: str | None = None,
    ) -> Json:
        """Open an identification session; return where to send the browser."""
        wanted = documents_of(documents)
        self.make_ready(wanted)
        told, role = fitted_texts(description, DESCRIPTION), fitted_texts(signer_role, SIGNER_ROLE)
        offered = self.configuration()
        order = Order(
            documents=wanted,
            lang=offered.language(lang),
            description=told,
            signer_role=role,
            user_code=user_code,
            policy=offered.policy(sign_policy),
            commitment=offered.commitment(commitment_type),
        )
        if order.policy is None and (order.commitment or order.signer_role):
            raise Rejected("malformed", "a commitment type or role needs a policy to go with")
        return self.begin(order)

    def sign_resume(self, session: str, returned_to: str | None) -> Json:
        """Ask how the session stands, now that the browser is back; tell where it goes next."""
        if (found := self.sessions.get(session)) is None:
            raise Rejected("malformed", "there is no such session")
        with found.lock:  # who reloads the page waits for the first answer
            repeated = found.is_repeated(returned_to)
            if found.refusal is not None:
                raise Rejected(found.refusal.reject_class, found.refusal.detail)
            if found.result is not None:
                return found.result
            if repeated:
                return {"redirect": found.redirect}
            try:
                return self.proceed(found)
            except Rejected as refusal:
                if not self.may_ask_again(found, refusal):
                    found.refusal = refusal
                raise

    # The steps.

    def begin(self, order: Order) -> Json:
        """Open the identification; a session of ours exists from here on."""
        answer = self.open_identification(order)
        session = SignSession(order, self.identification_id_in(answer))
        self.sessions[session.handle] = session
        url = self.address_in(answer, "identificationUrl")
        return {"session": session.handle, "redirect": session.leave_for(url)}

    def proceed(self, session: SignSession) -> Json:
        """Take the next step, if the person is through with the last one."""
        if session.phase == "identifying":
            answer = self.ask_identification(session)
            return {"pending": True} if answer is None else self.start_signing(session, answer)
        if session.phase == "starting":
            raise Rejected("transport", "whether there is a sign session was never told")
        answer = self.ask_signing(session)
        return {"pending": True} if answer is None else self.finish(session, answer)

    def may_ask_again(self, session: SignSession, refusal: Rejected) -> bool:
        """Whether nothing is lost: a question got no answer. A start request is never repeated."""
        return refusal.reject_class == "transport" and session.phase != "starting"

    def start_signing(self, session: SignSession, told: Json) -> Json:
        """Hash the data, now that the certificate is known, and open the sign session."""
        session.identity = self.identity_in(told)
        session.phase = "starting"
        session.to_be_signed = [
            self.to_be_signed(document, session.identity) for document in session.order.documents
        ]
        answer = self.open_signing(session)
        itsme = self.output_in(answer)
        session.signing_id = self.text_in(answer, "respID")
        if itsme.get("userCode", session.identity.user_code) != session.identity.user_code:
            raise Rejected("malformed", "the sign session is another person's")
        session.phase = "signing"
        return {"redirect": session.leave_for(self.address_in(itsme, "signingUrl"))}

    def finish(self, session: SignSession, told: Json) -> Json:
        """Verify every signature, and only then say that it is signed."""
        assert session.identity is not None  # noqa: S101 - set before the phase came to signing
        values = signatures.matched(told.get("sigObj"), session.to_be_signed)
        for one in session.to_be_signed:
            self.verify(values[one.id], one, session.identity.certificate)
        session.result = {
            "signatures": [{"id": id, "value": _base64(value)} for id, value in values.items()],
            "certificate": session.identity.certificate.public_bytes(Encoding.PEM).decode("ascii"),
            "user_code": session.identity.user_code,
        }
        if containers := self.containers(session, values):
            session.result["containers"] = containers
        return session.result

    def verify(self, value: bytes, one: ToBeSigned, certificate: x509.Certificate) -> None:
        """Refuse a signature that is not this person's over this hash."""
        signatures.verify(value, one.digest, certificate)

    # Contents: the data to be signed, and the file made of its signature.

    def make_ready(self, documents: Sequence[Document]) -> None:
        """Refuse contents that cannot become a container before anything is sent."""
        if any(document.content is not None for document in documents):
            from .containers import look_at  # noqa: PLC0415 - pyHanko takes a second to import

            for document in documents:
                look_at(document)

    def to_be_signed(self, document: Document, identity: Identity) -> ToBeSigned:
        """Take the hash as it is, or make the data to be signed, certificate included."""
        if document.sha256 is not None:
            return ToBeSigned(document.id, document.sha256)
        from .containers import begun  # noqa: PLC0415 - as above

        return begun(document, identity, at=self.time.now())

    def containers(self, session: SignSession, values: Mapping[str, bytes]) -> list[Json]:
        """Return the signed files of the documents that came with a content."""
        return [
            {"id": one.id, "content": _base64(one.finish(values[one.id]))}
            for one in session.to_be_signed
            if one.finish is not None
        ]

    # What an answer has to hold.

    def identification_id_in(self, answer: Json) -> str:
        """Return the session id; the swagger once wrote its name with a small d."""
        return self.text_in(answer, "asyncRespID" if "asyncRespID" in answer else "asyncRespId")

    def identity_in(self, answer: Json) -> Identity:
        """Return who was identified; the signer's certificate is the one that stands alone."""
        certificates = self.certificates_in(answer, "certificate")
        if len(certificates) != 1:
            raise Rejected("malformed", "there is not exactly one certificate")
        [certificate] = certificates
        chain = certificates
        if "fullCertificateChain" in answer:
            chain = self.certificates_in(answer, "fullCertificateChain")
        if certificate not in chain:
            raise Rejected("malformed", "the certificate chain is another person's")
        self.check_certificate(certificate)
        above = [one for one in chain if one != certificate]
        return Identity(self.text_in(answer, "userCode"), certificate, above)

    def certificates_in(self, answer: Json, name: str) -> list[x509.Certificate]:
        """Return the certificates in a member, in its order."""
        try:
            return x509.load_pem_x509_certificates(self.text_in(answer, name).encode("ascii"))
        except ValueError as problem:
            raise Rejected("malformed", f"{name} holds no certificate") from problem

    def check_certificate(self, certificate: x509.Certificate) -> None:
        """Refuse a certificate that no signature can be made with today."""
        signatures.public_key_of(certificate)
        now = self.time.now()
        if now < certificate.not_valid_before_utc.timestamp():
            raise Rejected("not_yet_valid", "the signer's certificate is not yet valid")
        if now > certificate.not_valid_after_utc.timestamp():
            raise Rejected("expired", "the signer's certificate has expired")

    def output_in(self, answer: Json) -> Json:
        """Return `optOutp.itsme`."""
        output = answer.get("optOutp")
        itsme = output.get("itsme") if isinstance(output, dict) else None
        if not isinstance(itsme, dict):
            raise Rejected("malformed", "the answer has no optOutp.itsme")
        return itsme

    def address_in(self, members: Json, name: str) -> str:
        """Return an address that a browser can be sent to."""
        address = self.text_in(members, name)
        try:
            parts = urlsplit(address)
            usable = parts.scheme in ("https", "http") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable or not address.isprintable() or " " in address:
            raise Rejected("malformed", f"{name} is no address")
        return address

    def text_in(self, members: Json, name: str) -> str:
        """Return a member that has to be there, and be a text."""
        value = members.get(name)
        if not is_text(value):
            raise Rejected("malformed", f"the answer has no {name}")
        return value


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
