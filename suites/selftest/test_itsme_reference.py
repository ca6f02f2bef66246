"""The reference client of itsme: what it checks, what it makes, and its way through a flow."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import shutil
import subprocess
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from proefbank.errors import Rejected
from proefbank.services.itsme.provider.authority import Authority, Holder, SignerCertificate
from proefbank.services.itsme.provider.signing import signature_values
from proefbank.services.itsme.reference import Configuration, Document, Identity, signatures
from proefbank.services.itsme.reference.documents import ToBeSigned, documents_of
from proefbank.services.itsme.reference.session import with_parameter
from proefbank.services.itsme.reference.texts import DESCRIPTION, SIGNER_ROLE, fitted, fitted_texts

from .small_pdf import small_pdf

DIGEST = base64.b64encode(hashlib.sha256(b"Hello World!").digest()).decode()
ANN = Holder("with-certificate", "Anna", "Voorbeeld", "00000000001")
XML = b"<contract><party>Anna Voorbeeld</party></contract>"


# Texts.


@pytest.mark.parametrize(
    ("text", "limits", "sent"),
    [
        ("Contrat d\N{RIGHT SINGLE QUOTATION MARK}assurance \N{EN DASH} auto", DESCRIPTION,
         "Contrat d'assurance - auto"),
        ("Prix 10 €", DESCRIPTION, "Prix 10 €"),
        ("Prix 10 €", SIGNER_ROLE, "Prix 10 EUR"),
        ("½ part", DESCRIPTION, "1/2 part"),
        ("½ part", SIGNER_ROLE, "1/2 part"),
        ("Maître d\N{RIGHT SINGLE QUOTATION MARK}œuvre", DESCRIPTION, "Maître d'œuvre"),
        ("Maître d\N{RIGHT SINGLE QUOTATION MARK}œuvre", SIGNER_ROLE, "Maître d'oeuvre"),
        ("Geschäftsführer", SIGNER_ROLE, "Geschäftsführer"),
        ("Proprie\N{COMBINING ACUTE ACCENT}taire", SIGNER_ROLE, "Propriétaire"),
        ("two\nlines", DESCRIPTION, "two lines"),
    ],
)  # fmt: skip
def test_a_text_is_brought_within_its_characters(
    text: str, limits: tuple[tuple[str, ...], int], sent: str
) -> None:
    assert fitted(text, *limits) == sent


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("\N{GREEK SMALL LETTER ALPHA}", DESCRIPTION),
        ("nul\0", DESCRIPTION),
        ("", DESCRIPTION),
        ("x" * 256, DESCRIPTION),
        ("x" * 51, SIGNER_ROLE),
        ("x" * 253 + "\N{HORIZONTAL ELLIPSIS}", DESCRIPTION),
    ],
)
def test_what_cannot_be_made_to_fit_is_refused(
    text: str, limits: tuple[tuple[str, ...], int]
) -> None:
    with pytest.raises(Rejected) as refused:
        fitted(text, *limits)
    assert refused.value.reject_class == "malformed"


def test_a_text_is_wanted_in_all_four_languages() -> None:
    whole = {"en": "a", "FR": "b", "nl": "c", "de": "d"}
    assert fitted_texts(whole, DESCRIPTION) == {"en": "a", "fr": "b", "nl": "c", "de": "d"}
    assert fitted_texts(None, DESCRIPTION) is None
    for texts in ({"en": "a"}, {**whole, "es": "e"}, {**whole, "fr": "twice"}):
        with pytest.raises(Rejected):
            fitted_texts(texts, DESCRIPTION)


# Documents.


@pytest.mark.parametrize(
    "told",
    [
        [],
        [{"id": "", "sha256": DIGEST}],
        [{"sha256": DIGEST}],
        [{"id": "a"}],
        [{"id": "a", "sha256": DIGEST, "content": DIGEST}],
        [{"id": "a", "sha256": DIGEST}, {"id": "a", "sha256": DIGEST}],
        [{"id": "a", "sha256": DIGEST.rstrip("=")}],
        [{"id": "a", "sha256": hashlib.sha256(b"").hexdigest()}],
        [{"id": "a", "sha256": base64.b64encode(bytes(64)).decode()}],
        [{"id": "a", "content": "not base64!"}],
        [{"id": str(n), "sha256": DIGEST} for n in range(71)],
    ],
)
def test_documents_that_cannot_be_signed_are_refused(told: list[dict[str, Any]]) -> None:
    with pytest.raises(Rejected) as refused:
        documents_of(told)
    assert refused.value.reject_class == "malformed"


def test_seventy_documents_are_taken_as_they_are() -> None:
    documents = documents_of([{"id": str(n), "sha256": DIGEST} for n in range(70)])
    assert [document.sha256 for document in documents] == [DIGEST] * 70


def test_a_pdf_is_known_by_its_media_type_or_else_by_its_first_letters() -> None:
    assert Document("a", content=b"", media_type="application/pdf; x=1").is_pdf
    assert Document("a", content=b"%PDF-1.7").is_pdf
    assert not Document("a", content=b"%PDF-1.7", media_type="text/plain").is_pdf


# What the provider offers.


def policy(ref: str, status: str = "ENABLED") -> dict[str, str]:
    return {"oid": ref, "ref": ref, "status": status}


OFFER = {
    "sign_policy_templates_supported": [
        policy("1.3.6.1.4.1.49274.1.1.5.1.2"),
        policy("1.3.6.1.4.1.49274.1.1.7.2.0"),
        policy("1.3.6.1.4.1.49274.1.1.7.1.10"),
        policy("1.3.6.1.4.1.49274.1.1.7.9.0", "DISABLED"),
    ],
    "commitment_types_supported": [{"ref": "1.2.840.113549.1.9.16.6.5"}],
    "sign_languages_supported": ["EN", "FR", "NL", "DE"],
}


def test_the_newest_generic_policy_that_is_enabled_is_the_default() -> None:
    offered = Configuration.of(OFFER)
    assert offered.policy(None) == "1.3.6.1.4.1.49274.1.1.7.2.0"
    assert offered.policy("1.3.6.1.4.1.49274.1.1.5.1.2") == "1.3.6.1.4.1.49274.1.1.5.1.2"
    assert Configuration.of({**OFFER, "sign_policy_templates_supported": []}).policy(None) is None


def test_what_is_not_offered_is_refused() -> None:
    offered = Configuration.of(OFFER)
    for ask in (
        lambda: offered.policy("1.3.6.1.4.1.49274.1.1.7.9.0"),
        lambda: offered.policy("ITSME_DEFAULT"),
        lambda: offered.commitment("free text"),
        lambda: offered.language("es"),
        lambda: Configuration.of({}),
        lambda: Configuration.of({**OFFER, "commitment_types_supported": [None]}),
    ):
        with pytest.raises(Rejected):
            ask()
    assert [offered.language(lang) for lang in ("fr", "NL", "fr-BE")] == ["FR", "NL", "FR"]


# Addresses.


@pytest.mark.parametrize(
    ("url", "longer"),
    [
        ("https://a.test/p?q=%7e&language=FR", "https://a.test/p?q=%7e&language=FR&own=1"),
        ("https://a.test/p", "https://a.test/p?own=1"),
        ("https://a.test/p?q=1#part", "https://a.test/p?q=1&own=1#part"),
    ],
)
def test_our_parameter_is_appended_and_nothing_else_is_touched(url: str, longer: str) -> None:
    assert with_parameter(url, "own", "1") == longer


# Signatures.


def entries(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"whichDoc": id, "b64Sig": {"value": value}} for id, value in values.items()]


TWO = [ToBeSigned("a", DIGEST), ToBeSigned("b", DIGEST)]


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        entries({"a": "AAAA"}),
        entries({"a": "AAAA", "b": "AAAA", "c": "AAAA"}),
        entries({"a": "AAAA", "c": "AAAA"}),
        entries({"a": "AAAA", "b": "AAAA"}) + entries({"a": "AAAA"}),
        entries({"a": "AAAA", "b": "A-_A"}),
        [*entries({"a": "AAAA"}), {"whichDoc": "b"}],
        [*entries({"a": "AAAA"}), {"whichDoc": "b", "b64Sig": {"value": None}}],
        [*entries({"a": "AAAA"}), "b"],
    ],
)
def test_signatures_must_be_one_for_each_document(told: object) -> None:
    with pytest.raises(Rejected) as refused:
        signatures.matched(told, TWO)
    assert refused.value.reject_class == "malformed"


def test_signatures_are_matched_by_name() -> None:
    told = entries({"b": "AAAB", "a": "AAAA"})
    told[0]["whichdoc"] = told[0].pop("whichDoc")
    assert list(signatures.matched(told, TWO).items()) == [("a", b"\0\0\0"), ("b", b"\0\0\1")]


# Signed files.


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(now=time.time())


@pytest.fixture(scope="module")
def signer(authority: Authority) -> SignerCertificate:
    return authority.certificate_of(ANN)


def signed_file(signer: SignerCertificate, document: Document) -> bytes:
    """Return what comes of a content: hash, signature of the hash, container."""
    from proefbank.services.itsme.reference.containers import begun

    identity = Identity("somebody", signer.certificate, signer.above)
    one = begun(document, identity, at=time.time())
    assert one.digest != hashlib.sha256(document.content or b"").digest()
    [value] = signature_values(signer, {one.id: one.digest}).values()
    assert one.finish is not None
    return one.finish(base64.b64decode(value))


def validated(pdf: bytes, authority: Authority) -> list[Any]:
    """Return pyHanko's status of every signature in a PDF."""
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    root = Certificate.load(authority.root.public_bytes(Encoding.DER))
    reader = PdfFileReader(BytesIO(pdf))
    return [
        asyncio.run(
            async_validate_pdf_signature(
                embedded, ValidationContext(trust_roots=[root], allow_fetching=False)
            )
        )
        for embedded in reader.embedded_signatures
    ]


def test_a_signed_pdf_is_valid_to_pyhanko(authority: Authority, signer: SignerCertificate) -> None:
    pdf = signed_file(signer, Document("one", content=small_pdf()))
    [status] = validated(pdf, authority)
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.bottom_line


def test_a_pdf_that_somebody_signed_before_stays_signed(
    authority: Authority, signer: SignerCertificate
) -> None:
    other = authority.certificate_of(Holder("another", "Bram", "Exemple", "00000000002"))
    once = signed_file(other, Document("one", content=small_pdf()))
    twice = signed_file(signer, Document("one", content=once))
    assert twice.startswith(once)
    assert [status.bottom_line for status in validated(twice, authority)] == [True, True]


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="needs pdfsig of poppler-utils")
def test_a_signed_pdf_is_valid_to_poppler(signer: SignerCertificate, tmp_path: Path) -> None:
    file = tmp_path / "signed.pdf"
    file.write_bytes(signed_file(signer, Document("one", content=small_pdf())))

    def said() -> str:
        return subprocess.run(
            ["pdfsig", str(file)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    assert "Signature is Valid." in said()
    assert "ETSI.CAdES.detached" in said()
    assert "Total document signed" in said()
    file.write_bytes(file.read_bytes().replace(b"/MediaBox", b"/CropBoxx", 1))
    assert "Signature is Valid." not in said()


def test_a_signed_content_is_valid_to_openssl(
    authority: Authority, signer: SignerCertificate, tmp_path: Path
) -> None:
    document = Document("one", content=XML, media_type="application/xml")
    tmp_path.joinpath("it.p7m").write_bytes(signed_file(signer, document))
    tmp_path.joinpath("root.pem").write_bytes(authority.root.public_bytes(Encoding.PEM))
    command = "openssl cms -verify -in it.p7m -inform DER -CAfile root.pem -binary -cades"
    ran = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)
    assert ran.stdout == XML, ran.stderr
    assert re.search(rb"verification successful", ran.stderr, re.IGNORECASE)


@pytest.mark.parametrize("content", [b"no PDF at all", b"%PDF-1.7\nbut broken"])
def test_a_pdf_that_cannot_be_read_is_refused(content: bytes) -> None:
    from proefbank.services.itsme.reference.containers import look_at

    with pytest.raises(Rejected) as refused:
        look_at(Document("one", content=content, media_type="application/pdf"))
    assert refused.value.reject_class == "malformed"
