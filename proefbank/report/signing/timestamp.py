r"""Time stamps (RFC 3161) about a signature: asking for one, and reading the answer.

What is stamped is the SHA-256 of the third part of `manifest.jws`, the signature in base64url as
it stands in the file: `cut -d. -f3 manifest.jws | tr -d '\n' | openssl dgst -sha256`. That
shows that the signature, and with it all that it covers, was there at that time.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from proefbank.certificates import sha256_fingerprint, to_der
from proefbank.report.signing.chain import named
from proefbank.report.signing.inside import Damaged

__all__ = ["Stamp", "read_stamp", "request"]

_GRANTED = ("granted", "granted_with_mods")
_DIGESTS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time stamp says, after its signature was found to be good."""

    at: float
    """Epoch seconds, as the authority tells them."""
    authority: str
    fingerprint: str
    trusted: bool
    """Whether the authority's certificate leads to one of the anchors."""


def request(signature: str) -> bytes:
    """Return a time stamp request (DER) about a signature in base64url.

    It has no nonce: whoever sends it need not keep it, and no two signatures are the same.
    """
    from asn1crypto import tsp  # noqa: PLC0415 - slow to import

    imprint = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": hashlib.sha256(signature.encode("ascii")).digest(),
    }
    made = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True})
    return bytes(made.dump())


def read_stamp(raw: bytes, signature: str, anchors: Sequence[x509.Certificate]) -> Stamp:
    """Check a time stamp response (DER) about a signature in base64url.

    Raises `Damaged` if it is refused by the authority, about something else, or not signed well.
    """
    try:
        return _read(raw, signature, anchors)
    except Damaged:
        raise
    except Exception as problem:  # a parser of others, on bytes of others: anything may come
        raise Damaged("no time stamp response that can be read") from problem


def _read(raw: bytes, signature: str, anchors: Sequence[x509.Certificate]) -> Stamp:
    from asn1crypto import core, tsp  # noqa: PLC0415 - slow to import

    # The status first, by itself: a refusal comes without a token.
    inner = core.Sequence.load(raw, strict=True).contents
    status = tsp.PKIStatusInfo.load(inner)["status"].native
    if status not in _GRANTED:
        raise Damaged(f"the authority did not grant a time stamp ({status})")
    answer = tsp.TimeStampResp.load(raw, strict=True)
    token = answer["time_stamp_token"]
    if token["content_type"].native != "signed_data":
        raise Damaged("no signed time stamp token")
    signed = token["content"]
    info = signed["encap_content_info"]["content"].parsed
    if not isinstance(info, tsp.TSTInfo):
        raise Damaged("no time stamp token")
    if info["message_imprint"]["hash_algorithm"]["algorithm"].native not in _DIGESTS:
        raise Damaged("a time stamp over a digest that is too weak")
    moment: datetime = info["gen_time"].native
    told = _validated(signed, signature, anchors, moment)
    if not told["intact"]:
        raise Damaged("a time stamp about something else than this signature")
    if not told["valid"]:
        raise Damaged("a time stamp whose own signature does not hold")
    certificate = x509.load_der_x509_certificate(told["signing_cert"].dump())
    _for_time_stamps(certificate)
    return Stamp(
        at=moment.timestamp(),
        authority=named(certificate),
        fingerprint=sha256_fingerprint(certificate),
        trusted=bool(anchors) and told["trust_problem_indic"] is None,
    )


def _for_time_stamps(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.5.29.37.0")])
    if ExtendedKeyUsageOID.TIME_STAMPING not in usage:
        raise Damaged("a time stamp by a certificate that is not for time stamps")


def _validated(
    signed: Any, signature: str, anchors: Sequence[x509.Certificate], moment: datetime
) -> dict[str, Any]:
    """Let pyHanko check the token; nothing is fetched."""
    from asn1crypto.x509 import Certificate  # noqa: PLC0415 - slow to import
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    context = ValidationContext(
        trust_roots=[Certificate.load(to_der(one)) for one in anchors],
        moment=moment,
        allow_fetching=False,
    )
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # we say it ourselves
    return asyncio.run(validate_tst_signed_data(signed, context, _imprint(signature)))


def _imprint(signature: str) -> Callable[[str], bytes]:
    return lambda name: hashlib.new(name, signature.encode("ascii")).digest()
