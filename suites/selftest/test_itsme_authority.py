"""The simulated trust service of itsme: what it issues, and what it signs, right and wrong."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proefbank.clock import real_seconds
from proefbank.services.itsme.provider.authority import CONDITIONS, Authority, Holder
from proefbank.services.itsme.provider.signing import FAULTS, signature_values

ANN = Holder("with-certificate", "Testje", "Voorbeeld", "00000000001")
BOB = Holder("another", "Ander", "Voorbeeld", "00000000002")
NOW = time.time()
DIGESTS = {f"doc-{n}": hashlib.sha256(bytes([n])).digest() for n in range(3)}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(now=NOW)


def openssl(*arguments: str, cwd: Path) -> str:
    ran = subprocess.run(
        ["openssl", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    return f"{ran.returncode} {ran.stdout} {ran.stderr}"


def write_chain(authority: Authority, folder: Path, pem: str) -> None:
    folder.joinpath("user.pem").write_text(pem)
    folder.joinpath("root.pem").write_bytes(authority.root.public_bytes(Encoding.PEM))
    folder.joinpath("issuing.pem").write_bytes(authority.issuing.public_bytes(Encoding.PEM))


def verifies(certificate: x509.Certificate, digest: bytes, value: bytes) -> bool:
    public = certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    try:
        public.verify(value, digest, PKCS1v15(), Prehashed(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def test_the_chain_is_the_persons_own_then_the_issuers_then_the_root(authority: Authority) -> None:
    signer = authority.certificate_of(ANN)
    assert signer.chain_pem.startswith(signer.pem)
    assert signer.pem.endswith("-----END CERTIFICATE-----\n")
    assert "\r" not in signer.chain_pem
    found = x509.load_pem_x509_certificates(signer.chain_pem.encode())
    assert found == [signer.certificate, authority.issuing, authority.root]
    last = x509.load_pem_x509_certificates(signer.chain_pem_root_first.encode())
    assert last == [authority.root, authority.issuing, signer.certificate]


def test_openssl_verifies_the_chain(authority: Authority, tmp_path: Path) -> None:
    write_chain(authority, tmp_path, authority.certificate_of(ANN).pem)
    chain = ("-CAfile", "root.pem", "-untrusted", "issuing.pem", "-x509_strict")
    assert "user.pem: OK" in openssl("verify", *chain, "user.pem", cwd=tmp_path)


@pytest.mark.parametrize(
    ("condition", "told"), [("expired", "has expired"), ("not-yet-valid", "not yet valid")]
)
def test_openssl_sees_what_is_wrong(
    authority: Authority, tmp_path: Path, condition: str, told: str
) -> None:
    assert condition in CONDITIONS
    write_chain(authority, tmp_path, authority.certificate_of(ANN, condition).pem)
    chain = ("-CAfile", "root.pem", "-untrusted", "issuing.pem")
    assert told in openssl("verify", *chain, "user.pem", cwd=tmp_path)


def test_a_revoked_certificate_is_on_the_list_and_a_valid_one_is_not(
    authority: Authority, tmp_path: Path
) -> None:
    revoked, valid = authority.certificate_of(ANN, "revoked"), authority.certificate_of(ANN)
    listed = x509.load_der_x509_crl(authority.revocation_list(NOW))
    assert listed.get_revoked_certificate_by_serial_number(revoked.certificate.serial_number)
    assert not listed.get_revoked_certificate_by_serial_number(valid.certificate.serial_number)
    tmp_path.joinpath("list.pem").write_bytes(listed.public_bytes(Encoding.PEM))
    check = ("-crl_check", "-CRLfile", "list.pem", "-CAfile", "root.pem")
    for signer, told in ((valid, "user.pem: OK"), (revoked, "certificate revoked")):
        write_chain(authority, tmp_path, signer.pem)
        said = openssl("verify", *check, "-untrusted", "issuing.pem", "user.pem", cwd=tmp_path)
        assert told in said


def test_a_persons_certificate_has_the_profile_of_the_document(
    authority: Authority, tmp_path: Path
) -> None:
    tmp_path.joinpath("user.pem").write_text(authority.certificate_of(ANN).pem)
    said = openssl("x509", "-in", "user.pem", "-noout", "-text", cwd=tmp_path)
    for part in (
        "X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation\n",
        "TLS Web Client Authentication, E-mail Protection, 1.3.6.1.4.1.311.10.3.12",
        "Policy: 0.4.0.194112.1.2",
        "CA Issuers - URI:",
        "OCSP - URI:",
        "X509v3 CRL Distribution Points",
        "sha256WithRSAEncryption",
        "Public-Key: (2048 bit)",
        "serialNumber = 00000000001, SN = Voorbeeld, GN = Testje, CN = Voorbeeld Testje",
    ):
        assert part in said or part.replace(" = ", "=") in said, part
    assert "Basic Constraints" not in said
    assert "Subject Alternative Name" not in said
    extensions = authority.certificate_of(ANN).certificate.extensions
    extension = extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"))
    assert not extension.critical
    tmp_path.joinpath("statements.der").write_bytes(extension.value.public_bytes())
    parsed = openssl("asn1parse", "-inform", "DER", "-in", "statements.der", cwd=tmp_path)
    assert parsed.startswith("0 ")
    for oid in ("0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6.1", "0.4.0.194121.1.1"):
        assert f":{oid}\n" in parsed
    assert "/disclosure" in parsed


def test_people_have_keys_of_their_own_and_keep_their_certificates(authority: Authority) -> None:
    ann, bob = authority.certificate_of(ANN), authority.certificate_of(BOB)
    assert ann is authority.certificate_of(ANN)
    assert ann.key.thumbprint != bob.key.thumbprint
    assert authority.certificate_of(ANN, "expired").key is ann.key
    assert Authority(now=NOW).certificate_of(ANN).pem != ann.pem


def test_openssl_agrees_on_the_signature_of_a_known_digest(
    authority: Authority, tmp_path: Path
) -> None:
    """The document's first sample hash is that of "Hello World!"."""
    digest = base64.b64decode("f4OxZX/x/FO5LcGBSKHWXfwtSx+j1ncoSt3SABJtkGk=")
    assert digest == hashlib.sha256(b"Hello World!").digest()
    signer = authority.certificate_of(ANN)
    value = signature_values(signer, {"it": digest})["it"]
    assert len(value) == 344
    tmp_path.joinpath("sig.bin").write_bytes(base64.b64decode(value, validate=True))
    tmp_path.joinpath("digest.bin").write_bytes(digest)
    public = signer.certificate.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    tmp_path.joinpath("pub.pem").write_bytes(pem)
    options = ("-pkeyopt", "digest:sha256", "-pkeyopt", "rsa_padding_mode:pkcs1")
    files = ("-inkey", "pub.pem", "-in", "digest.bin", "-sigfile", "sig.bin")
    said = openssl("pkeyutl", "-verify", "-pubin", *files, *options, cwd=tmp_path)
    assert "Signature Verified Successfully" in said
    assert signature_values(signer, {"it": digest})["it"] == value, "the scheme is deterministic"


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"base64url", "cms"}))
def test_no_faulty_signature_verifies(authority: Authority, fault: str) -> None:
    signer = authority.certificate_of(ANN)
    values = signature_values(signer, DIGESTS, fault)
    assert values.keys() == DIGESTS.keys()
    for document, value in values.items():
        raw = base64.b64decode(value, validate=True)
        assert len(raw) == 256
        assert not verifies(signer.certificate, DIGESTS[document], raw)


def test_swapped_values_are_each_others(authority: Authority) -> None:
    signer = authority.certificate_of(ANN)
    honest, swapped = (signature_values(signer, DIGESTS, fault) for fault in (None, "swapped"))
    assert sorted(honest.values()) == sorted(swapped.values())
    assert not set(honest.items()) & set(swapped.items())


def test_ill_dressed_values_hold_the_right_signature(authority: Authority, tmp_path: Path) -> None:
    signer = authority.certificate_of(ANN)
    content = b"Hello World!"
    digests = {"it": hashlib.sha256(content).digest()}
    honest = base64.b64decode(signature_values(signer, digests)["it"])
    plain = signature_values(signer, digests, "base64url")["it"]
    assert "=" not in plain
    assert base64.urlsafe_b64decode(plain + "==") == honest
    cms = base64.b64decode(signature_values(signer, digests, "cms")["it"], validate=True)
    assert honest in cms
    write_chain(authority, tmp_path, signer.pem)
    tmp_path.joinpath("it.p7s").write_bytes(cms)
    tmp_path.joinpath("it.txt").write_bytes(content)
    files = ("-inform", "DER", "-in", "it.p7s", "-content", "it.txt", "-binary")
    trust = tmp_path.joinpath("root.pem").read_text() + tmp_path.joinpath("issuing.pem").read_text()
    tmp_path.joinpath("trust.pem").write_text(trust)
    said = openssl("cms", "-verify", *files, "-CAfile", "trust.pem", cwd=tmp_path)
    assert "verification successful" in said.lower()


def test_seventy_signatures_take_a_moment(authority: Authority) -> None:
    signer = authority.certificate_of(ANN)
    many = {str(n): hashlib.sha256(str(n).encode()).digest() for n in range(70)}
    began = real_seconds()
    signature_values(signer, many)
    assert real_seconds() - began < 1.0
