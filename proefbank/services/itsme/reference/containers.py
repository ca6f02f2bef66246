"""Signed files: PAdES for a PDF, CAdES with the content inside for anything else.

Both are made in two goes. First the signed attributes, which name the signer's certificate: so
it has to be known, and their hash is what the person signs. Then the container around them,
once there is a signature. pyHanko does the work.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import ExternalSigner, PdfSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata
from pyhanko_certvalidator.registry import SimpleCertificateStore

from proefbank.errors import Rejected

from .documents import Document, ToBeSigned
from .session import Identity
from .signatures import public_key_of

__all__ = ["begun", "look_at"]

DIGEST = "sha256"


def look_at(document: Document) -> None:
    """Refuse a content that no signature can be put into."""
    if document.content is not None and document.is_pdf:
        _pdf_writer(document)


def begun(document: Document, identity: Identity, *, at: float) -> ToBeSigned:
    """Make the data to be signed, at epoch seconds `at`; the rest follows the signature."""
    if document.is_pdf:
        return _pades(document, identity)  # the PDF itself says when, not what is signed in it
    return _cades(document, identity, datetime.fromtimestamp(at, UTC))


def _pades(document: Document, identity: Identity) -> ToBeSigned:
    writer = _pdf_writer(document)
    taken = {name for name, _, _ in enumerate_sig_fields(writer.prev)}
    field = next(name for n in range(len(taken) + 1) if (name := f"itsme{n + 1}") not in taken)
    signer = _signer(identity)
    metadata = PdfSignatureMetadata(
        field_name=field, md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES
    )
    try:
        byte_range, _, output = asyncio.run(
            PdfSigner(metadata, signer).async_digest_doc_for_signing(writer)
        )
    except (PdfError, SigningError) as problem:
        raise Rejected("malformed", f"PDF {document.id} cannot be signed") from problem
    attributes = asyncio.run(
        signer.signed_attrs(byte_range.document_digest, DIGEST, use_pades=True)
    )

    def finish(signature: bytes) -> bytes:
        byte_range.fill_with_cms(output, _signed(identity, attributes, signature))
        output.seek(0)
        return bytes(output.read())

    return ToBeSigned.of(document.id, attributes.dump(), finish)


def _cades(document: Document, identity: Identity, at: datetime) -> ToBeSigned:
    content = document.content or b""
    attributes = asyncio.run(
        _signer(identity).signed_attrs(
            hashlib.sha256(content).digest(),
            DIGEST,
            attr_settings=PdfCMSSignedAttributes(signing_time=at),
            use_pades=True,
            is_pdf_sig=False,
        )
    )
    inside = {"content_type": "data", "content": content}

    def finish(signature: bytes) -> bytes:
        return bytes(_signed(identity, attributes, signature, inside).dump())

    return ToBeSigned.of(document.id, attributes.dump(), finish)


def _signed(
    identity: Identity,
    attributes: cms.CMSAttributes,
    signature: bytes,
    inside: Mapping[str, object] | None = None,
) -> cms.ContentInfo:
    """Put signature, attributes and certificates together."""
    signer = _signer(identity, signature)
    return asyncio.run(
        signer.async_sign_prescribed_attributes(DIGEST, attributes, encap_content_info=inside)
    )


def _signer(identity: Identity, signature: bytes | None = None) -> ExternalSigner:
    """Return what stands in for the signer; without a signature, a placeholder of its length."""
    [certificate] = _certificates([identity.certificate])
    return ExternalSigner(
        signing_cert=certificate,
        cert_registry=_store(identity.chain),
        signature_value=signature or public_key_of(identity.certificate).key_size // 8,
        signature_mechanism=SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        embed_roots=False,
    )


def _store(certificates: Sequence[x509.Certificate]) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(_certificates(certificates))
    return store


def _certificates(certificates: Sequence[x509.Certificate]) -> list[asn1_x509.Certificate]:
    return [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in certificates]


def _pdf_writer(document: Document) -> IncrementalPdfFileWriter:
    """Open a PDF for an addition at its end: what others signed in it stays signed."""
    try:
        return IncrementalPdfFileWriter(BytesIO(document.content or b""))
    except (PdfError, ValueError) as problem:
        raise Rejected(
            "malformed", f"document {document.id} is no PDF that we can read"
        ) from problem
