"""Sign sessions of itsme Sign: opened, pending, and done."""

from __future__ import annotations

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from proefbank.judge import NotExercised, rule
from proefbank.verdict import Finding

from ..wire.answers import readable
from ..wire.signing import Signed, SignPending, SignStart, SignStartStatus
from .findings import https_at, shown, status, text_at

_PENDING = "urn:oasis:names:tc:dss:1.0:profiles:asynchronousprocessing:resultmajor:Pending"
_SUCCESS = "urn:oasis:names:tc:dss:1.0:resultmajor:Success"


@rule("contract.sign-start.answered-with-200")
def started(answer: SignStartStatus) -> Finding | None:
    """Everything else is in the table of errors."""
    return status(answer, 200)


@rule("contract.sign-start.is-pending")
def pending(answer: SignStart) -> Finding | None:
    """Nobody has signed yet."""
    return text_at(answer, "result.maj", among=(_PENDING,))


@rule("contract.sign-start.echoes-the-request")
def echoed(answer: SignStart) -> Finding | None:
    """A client with several requests on their way tells the answers apart by it."""
    return text_at(answer, "reqID", among=(str(answer.asked.get("reqID")),))


@rule("contract.sign-start.names-the-session")
def sign_session(answer: SignStart) -> Finding | None:
    """Without it nobody can ask what became of the signatures."""
    return text_at(answer, "respID")


@rule("contract.sign-start.names-the-page")
def sign_page(answer: SignStart) -> Finding | None:
    """It is where the person is to be sent."""
    return https_at(answer, "optOutp.itsme.signingUrl")


@rule("contract.sign-start.names-the-signer")
def signer(answer: SignStart) -> Finding | None:
    """The application sees that it is the person it meant."""
    return text_at(answer, "optOutp.itsme.userCode")


@rule("contract.sign-start.has-no-signatures")
def unsigned(answer: SignStart) -> Finding | None:
    """Nobody has signed yet."""
    if "result" not in answer.members:
        raise NotExercised("no sign session was opened")
    value = answer.at("sigObj")
    return None if value is None else Finding("body, sigObj", "no such member", shown(value))


@rule("contract.sign-status.pending-is-told-with-200")
def sign_pending(answer: SignPending) -> Finding | None:
    """A client asks as often as it wants while it is pending, and no longer."""
    return status(answer, 200) or text_at(answer, "result.maj", among=(_PENDING,))


@rule("contract.sign-status.success-is-told")
def success(signed: Signed) -> Finding | None:
    """It is the only value that stands for signatures."""
    return text_at(signed.answer, "result.maj", among=(_SUCCESS,))


@rule("contract.sign-status.session-stays-the-same")
def same_session(signed: Signed) -> Finding | None:
    """Or the answer is about somebody else's documents."""
    return text_at(signed.answer, "respID", among=(str(signed.start.at("respID")),))


@rule("contract.sign-status.tells-a-request")
def sign_request(signed: Signed) -> Finding | None:
    """The table has it always; whose request it names, text and example tell differently."""
    return text_at(signed.answer, "reqID")


@rule("contract.sign-status.one-signature-for-each-document")
def one_each(signed: Signed) -> Finding | None:
    """A document without a signature, or one with somebody else's, is worse than none."""
    sent, came = sorted(signed.documents), sorted(name for name, _ in signed.signatures)
    if sent == came:
        return None
    if len(sent) == len(came):
        for name in (*sent, *came):
            readable(name, "whichDoc")
    return Finding("body, sigObj[].whichDoc", ", ".join(sent), ", ".join(came) or "none")


@rule("contract.sign-status.signatures-verify")
def verifies(signed: Signed) -> Finding | None:
    """SHA-256 and PKCS#1 are documented; whatever else it is, nobody will take it."""
    pem = readable(signed.identified.at("certificate"), "certificate")
    if not pem or not signed.signatures:
        raise NotExercised("there is no certificate, or no signature, to verify")
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    for place, (name, value) in enumerate(signed.signatures):
        if name not in signed.documents:
            continue
        where = f"body, sigObj[{place}].b64Sig.value"
        try:
            raw = base64.b64decode(readable(value, where), validate=True)
            digest = base64.b64decode(readable(signed.documents[name], "inDocs"))
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(raw, digest, padding.PKCS1v15(), Prehashed(SHA256()))
        except (InvalidSignature, binascii.Error, ValueError):
            return Finding(where, f"a signature of {name}", "it does not verify")
    return None


@rule("contract.sign-status.does-not-repeat-the-page")
def no_page(signed: Signed) -> Finding | None:
    """Clients tell the two uses of the call apart by it."""
    if "result" not in signed.answer.members:
        raise NotExercised("the answer has no result")
    value = signed.answer.at("optOutp")
    return None if value is None else Finding("body, optOutp", "no such member", shown(value))
