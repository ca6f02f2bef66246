"""Clients that mistake one certificate or user code for another."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..reference import Identity, SignSession
from ..reference.documents import ToBeSigned
from .registry import Askew, Json, breaks


def pem(certificate: x509.Certificate) -> str:
    """Return a certificate as text."""
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


class OtherEnd(Askew):
    """Base: hands over something else in the end than it was given."""

    def other(self, session: SignSession, result: Json) -> None:
        """Change the result."""

    def finish(self, session: SignSession, told: Json) -> Json:
        """Hand over the changed one, from now on."""
        result = super().finish(session, told)
        self.other(session, result)
        return result


@breaks("certificate.signer-is-the-single-certificate")
class LastOfTheChain(OtherEnd):
    """Hands over the last certificate of the chain."""

    def other(self, session: SignSession, result: Json) -> None:
        """Take it from above the signer."""
        assert session.identity is not None  # noqa: S101 - it is the end
        result["certificate"] = pem(session.identity.chain[-1])


@breaks("signature.certificate-is-that-of-the-session")
class CachedCertificate(OtherEnd):
    """Hands over the certificate of the first user it met."""

    def other(self, session: SignSession, result: Json) -> None:  # noqa: ARG002
        """Take it from the first session."""
        first = next(iter(self.sessions.values()))
        if first.identity is not None:
            result["certificate"] = pem(first.identity.certificate)


@breaks("certificate.user-code-is-kept")
class OwnUserNumber(OtherEnd):
    """Hands over a number of its own making for the user."""

    def other(self, session: SignSession, result: Json) -> None:  # noqa: ARG002
        """Count."""
        result["user_code"] = f"user-{len(self.sessions)}"


@breaks("certificate.received-user-code-signs")
class SignsWithTheGuess(Askew):
    """Signs with the user code that the caller handed over, whoever was identified."""

    def sign_body(self, session: SignSession) -> Json:
        """Name whom the caller expects."""
        body = super().sign_body(session)
        if session.order.user_code:
            self.itsme_of(body)["signer"] = {"userCode": session.order.user_code}
        return body


@breaks("certificate.no-certificate-no-signing")
class SignsRegardless(Askew):
    """Opens a sign session though the status brought no certificate."""

    def start_signing(self, session: SignSession, told: Json) -> Json:
        """Send the hashes all the same."""
        if "certificate" not in told:
            session.identity = Identity(told["userCode"], None, ())  # type: ignore[arg-type]
            session.to_be_signed = [
                ToBeSigned(one.id, one.sha256 or "") for one in session.order.documents
            ]
            self.send("POST", "/sign_document", self.sign_body(session))
        return super().start_signing(session, told)
