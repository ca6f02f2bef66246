"""Who the certificate is for, and who issued it: that depends on the channel."""

from __future__ import annotations

import re

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.certificate import Certificate
from ..wire.limits import LIMITS, listed
from ..wire.measures import measure

_COMPUTER = re.compile(r"(\d{1,3}(\.\d{1,3}){3}|localhost|[^\s.]+(\.[^\s.]+)+|\*.*)", re.IGNORECASE)


def _names(channel: str) -> str:
    return listed(tuple(LIMITS.authorities[key].name for key in LIMITS.channels[channel]))


def _subject(certificate: Certificate) -> str:
    told = [f"{label}={value}" for label, value in certificate.facts["subject"]]
    return ", ".join(told) or "an empty name"


NAME = measure(
    "setup.certificate.self-signed-names-the-enterprise",
    "subject",
    limit="the name of the enterprise, as organisation (O) for example",
    found=_subject,
    hint='for example: proefbank certificate new --organisation "Voorbeeld vzw"',
)
REST = measure(
    "setup.certificate.rest-authority-is-supported",
    "issuer",
    limit=f"{_names('rest')}, or self-signed",
    found=lambda it: it.issuer_words,
    hint="ChaMan may still take it, as one of no recognised authority",
)
FTP = measure(
    "setup.certificate.ftp-and-sftp-authority-is-supported",
    "issuer",
    limit=_names("sftp"),
    found=lambda it: it.issuer_words,
    hint="REST takes self-signed certificates; FTP and SFTP do not",
)
SOAP = measure(
    "setup.certificate.soap-authority-is-supported",
    "issuer",
    limit=_names("soap"),
    found=lambda it: it.issuer_words,
    hint="REST takes self-signed certificates; SOAP does not",
)


@rule("setup.certificate.self-signed-names-the-enterprise")
def name(certificate: Certificate) -> Finding | None:
    """Nobody else vouches for it, so its name is all that tells whose it is."""
    if not certificate.self_issued:
        raise DoesNotApply("the certificate is not self-signed")
    if any(word.strip() for word in certificate.parts("subject", "O")):
        return None
    names = [word.strip() for word in certificate.parts("subject", "CN") if word.strip()]
    if any(not _COMPUTER.fullmatch(word) for word in names):
        return None
    return NAME.off(certificate)


@rule("setup.certificate.rest-authority-is-supported")
def rest(certificate: Certificate) -> Finding | None:
    """From a supported authority it is accepted for sure; from others nobody promises it."""
    if certificate.channel != "rest":
        raise DoesNotApply("the channel is not REST")
    if certificate.self_issued:
        raise DoesNotApply("the certificate is self-signed, which REST takes")
    return None if certificate.authority in LIMITS.channels["rest"] else REST.off(certificate)


@rule("setup.certificate.ftp-and-sftp-authority-is-supported")
def ftp(certificate: Certificate) -> Finding | None:
    """The batch channels take certificates of two kinds only."""
    if certificate.channel not in ("ftp", "sftp"):
        raise DoesNotApply("the channel is neither FTP nor SFTP")
    known = LIMITS.channels[certificate.channel]
    return None if certificate.authority in known else FTP.off(certificate)


@rule("setup.certificate.soap-authority-is-supported")
def soap(certificate: Certificate) -> Finding | None:
    """SOAP takes certificates of one kind only."""
    if certificate.channel != "soap":
        raise DoesNotApply("the channel is not SOAP")
    return None if certificate.authority in LIMITS.channels["soap"] else SOAP.off(certificate)
