"""The signer's certificate and user code: taken from the right place, and used."""

from __future__ import annotations

from dataclasses import replace

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.journeys import said
from ..wire.outcomes import Ended, NoCertificate, OtherSigner, SignerChoice
from ..wire.users import UserEnd
from .failures import failed

LACKING = frozenset({"malformed", "provider_error", "user_rejected", "not_allowed"})


@rule("itsme.certificate.signer-is-the-single-certificate")
def signer_is_the_single_certificate(end: Ended) -> Finding | None:
    """The order of the chain is not documented; the signer may stand at either end of it."""
    given = end.handed_over
    if given[:1] == [end.certificate]:
        return None
    received = end.certificates
    if given and given[0] not in received and given[0] in end.elsewhere:
        raise DoesNotApply("it is the certificate of another session, which is judged elsewhere")
    if not given:
        actual = "none"
    elif given[0] in received:
        actual = "another one of fullCertificateChain"
    else:
        actual = "one that did not come in this session"
    return Finding(
        "sign.resume, certificate",
        expected="the certificate in the member certificate of the status answer",
        actual=actual,
    )


@rule("itsme.certificate.received-user-code-signs")
def received_user_code_signs(choice: SignerChoice) -> Finding | None:
    """Who was identified is who signs, whomever the caller expected."""
    if not choice.signer:
        raise DoesNotApply("nobody is named as signer, which is judged elsewhere")
    if choice.signer == choice.received[-1]:
        return None
    return Finding(
        "sign_document (start), optInp.itsme.signer.userCode",
        expected="the user code that the identification brought",
        actual="another one",
        hint="take userCode from the status answer, and let the caller know if it is not his user",
    )


@rule("itsme.certificate.received-user-code-signs")
def somebody_else_signs_in_their_own_name(other: OtherSigner) -> Finding | None:
    """A caller who names the wrong user must not make that one the signer."""
    for choice in other.choices:
        if finding := received_user_code_signs(choice):
            return replace(finding, exchange=choice.exchange)
    if not other.choices and other.step.call.outcome == "rejected":
        raise DoesNotApply("it does not sign for somebody else than the caller named")
    if other.choices:
        return None
    return Finding(
        f"outcome of {other.step.call.op} when somebody else was identified",
        expected="a sign session for whoever was identified; or rejected",
        actual=said(other.step.call),
    )


@rule("itsme.certificate.no-certificate-no-signing")
def no_certificate_no_signing(lacking: NoCertificate) -> Finding | None:
    """There is nothing to build the data to be signed of, nor to verify the signature with."""
    if lacking.after:
        return Finding(
            "after an identification that brought no certificate",
            expected="no further step",
            actual=lacking.after[0].kind,
            exchange=lacking.after[0].number,
        )
    where = "an identification that brought no certificate"
    return failed(lacking.step.call, where, LACKING, exchange=lacking.exchange)


@rule("itsme.certificate.user-code-is-kept")
def user_code_is_kept(end: Ended) -> Finding | None:
    """It spares the user the phone number the next time, and tells one user from another."""
    if end.step.call.value.get("user_code") in end.journey.codes:
        return None
    return Finding(
        "sign.resume, user_code",
        expected="the user code that was received",
        actual="another one" if end.step.call.value.get("user_code") else "none",
    )


@rule("itsme.signature.certificate-is-that-of-the-session")
def certificate_is_that_of_the_session(user: UserEnd) -> Finding | None:
    """A signature beside somebody else's certificate is no signature at all."""
    given = user.end.handed_over
    if not given or given[0] not in user.others:
        return None
    return Finding(
        "sign.resume, certificate",
        expected="the certificate that was received for this session",
        actual="the one of another user's session",
    )
