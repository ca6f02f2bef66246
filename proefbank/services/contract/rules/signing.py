"""itsme Sign says what it offers and who somebody is, and its pages lead back."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from proefbank.judge import NotExercised, rule
from proefbank.verdict import Finding

from ..wire.answers import Answer, readable
from ..wire.signing import (
    Configuration,
    ConfigurationStatus,
    Departed,
    Identification,
    IdentificationStatus,
    Identified,
    IdentifiedStatus,
)
from .findings import https_at, media_type, shown, status, text_at

_BEGIN = "-----BEGIN CERTIFICATE-----"
_POLICY = ("oid", "ref", "url", "status")


def list_at(answer: Answer, path: str) -> Finding | None:
    """Find a member that is no list, or an empty one."""
    value = answer.at(path)
    if isinstance(value, list) and value:
        return None
    return Finding(f"body, {path}", "a list", shown(value))


@rule("contract.configuration.answered-with-200")
def configuration(answer: ConfigurationStatus) -> Finding | None:
    """A client that cannot read it has to guess policies and languages."""
    return status(answer, 200)


@rule("contract.configuration.is-json")
def configuration_json(answer: Configuration) -> Finding | None:
    """A client that goes by the media type does not parse what is said to be something else."""
    return media_type(answer, "application/json")


@rule("contract.configuration.lists-policies")
def policies(answer: Configuration) -> Finding | None:
    """A client that embeds a list of its own uses policies that are gone."""
    return list_at(answer, "sign_policy_templates_supported")


@rule("contract.configuration.lists-commitment-types")
def commitments(answer: Configuration) -> Finding | None:
    """Only a type in this list can be signed for."""
    return list_at(answer, "commitment_types_supported")


@rule("contract.configuration.lists-languages")
def languages(answer: Configuration) -> Finding | None:
    """INVALID_LANG sends a client here to see which there are."""
    return list_at(answer, "sign_languages_supported")


@rule("contract.configuration.policies-are-whole")
def whole_policies(answer: Configuration) -> Finding | None:
    """A client picks a policy by its reference, and only an enabled one."""
    rows = answer.at("sign_policy_templates_supported")
    if not isinstance(rows, list) or not rows:
        raise NotExercised("no policy is listed")
    for place, row in enumerate(rows):
        for name in _POLICY:
            value = row.get(name) if isinstance(row, dict) else None
            if not (isinstance(value, str) and value):
                return Finding(
                    f"body, sign_policy_templates_supported[{place}].{name}", "a text", shown(value)
                )
    return None


@rule("contract.identification.opened-with-200")
def opened(answer: IdentificationStatus) -> Finding | None:
    """Everything else is in the table of errors."""
    return status(answer, 200)


@rule("contract.identification.is-json")
def opened_json(answer: Identification) -> Finding | None:
    """A client that goes by the media type does not parse what is said to be something else."""
    return media_type(answer, "application/json")


@rule("contract.identification.tells-a-status")
def identification_status(answer: Identification) -> Finding | None:
    """It is there always, so clients read it first."""
    return text_at(answer, "status")


@rule("contract.identification.names-the-session")
def identification_session(answer: Identification) -> Finding | None:
    """Without it nobody can ask what became of the person."""
    return text_at(answer, "asyncRespID")


@rule("contract.identification.names-the-page")
def identification_page(answer: Identification) -> Finding | None:
    """It is where the person is to be sent."""
    return https_at(answer, "identificationUrl")


@rule("contract.identification.good-one-has-no-reason")
def no_reason(answer: Identification) -> Finding | None:
    """A reason means a failure, whatever the status says."""
    if "asyncRespID" not in answer.members and "status" not in answer.members:
        raise NotExercised("no session was opened")
    value = answer.at("statusReason")
    return None if value is None else Finding("body, statusReason", "no such member", shown(value))


@rule("contract.identified.answered-with-200")
def identified(answer: IdentifiedStatus) -> Finding | None:
    """Everything else is in the table of errors."""
    return status(answer, 200)


@rule("contract.identified.tells-a-status")
def identified_status(answer: Identified) -> Finding | None:
    """It is there always, so clients read it first."""
    return text_at(answer, "status")


@rule("contract.identified.names-the-person")
def user_code(answer: Identified) -> Finding | None:
    """The code is needed to open the sign session."""
    return text_at(answer, "userCode")


@rule("contract.identified.has-the-certificate")
def certificate(answer: Identified) -> Finding | None:
    """It becomes part of what is signed."""
    text = readable(answer.at("certificate"), "certificate")
    count = text.count(_BEGIN)
    if count == 1:
        return None
    return Finding("body, certificate", "one certificate in PEM", f"{count} of them")


@rule("contract.identified.has-the-full-chain")
def chain(answer: Identified) -> Finding | None:
    """Who verifies the signature in ten years has no other way to the issuer."""
    text = readable(answer.at("fullCertificateChain"), "fullCertificateChain")
    own = readable(answer.at("certificate"), "certificate").strip()
    if text.count(_BEGIN) and (not own or own.split(_BEGIN)[-1].strip() in text):
        return None
    told = "other certificates" if _BEGIN in text else "no certificate"
    return Finding("body, fullCertificateChain", "the certificate with its issuers", told)


@rule("contract.front.own-parameters-come-back")
def own_parameters(departed: Departed) -> Finding | None:
    """It is all by which an application knows whose browser came back."""
    back = parse_qsl(urlsplit(readable(departed.returned_to, "the return")).query)
    if ("mine", departed.added) in back:
        return None
    return Finding("address of the return", f"mine={departed.added} in it", departed.returned_to)


@rule("contract.front.returns-to-the-registered-url")
def returns(departed: Departed) -> Finding | None:
    """Or a person ends up at somebody else's."""
    got = urlsplit(readable(departed.returned_to, "the return"))
    wanted = urlsplit(departed.registered)
    if (got.scheme, got.netloc, got.path) == (wanted.scheme, wanted.netloc, wanted.path):
        return None
    return Finding("address of the return", departed.registered, departed.returned_to)
