"""Keys and certificates: what they are, and that nothing costly happens unasked."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
import threading

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from proefbank.keys import KINDS, KeyKind, SigningKey, key_for, mint_key
from proefbank.pki import (
    DAY,
    CertificateAuthority,
    certificate_from,
    self_signed,
    sha256_fingerprint,
    to_der,
    to_pem,
)

NOW = 1_750_000_000.0
EC_KINDS: tuple[KeyKind, ...] = ("EC P-256", "EC P-384", "EC P-521")


@pytest.mark.parametrize("kind", [*EC_KINDS, "RSA-2048"])
def test_a_key_signs_and_its_jwk_verifies(kind: KeyKind) -> None:
    """PyJWT, which is not ours, accepts the public JWK for what the private key signed."""
    key = key_for("signs", kind)
    token = jwt.encode({"iss": "someone"}, key.private, algorithm=key.alg)
    public = jwt.PyJWK.from_dict(key.jwk(kid="one", alg=key.alg))
    assert jwt.decode(token, public.key, algorithms=[key.alg]) == {"iss": "someone"}
    assert set(key.public_jwk).isdisjoint({"d", "p", "q", "dp", "dq", "qi", "kid"})


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    """Against an independent computation (joserfc) for each shape of key."""
    jwk = pytest.importorskip("joserfc.jwk")
    for kind in (*EC_KINDS, "RSA-2048"):
        key = key_for("thumb", kind)
        assert jwk.import_key(dict(key.public_jwk)).thumbprint() == key.thumbprint


@pytest.mark.parametrize("kind", EC_KINDS)
def test_pem_round_trip(kind: KeyKind) -> None:
    """The PEM is PKCS#8 without a password, and the public one belongs to it."""
    key = mint_key(kind)
    loaded = load_pem_private_key(key.pem_private(), None)
    assert key.pem_private().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert load_pem_public_key(key.pem_public()) == loaded.public_key() == key.public


def test_coordinates_keep_their_width() -> None:
    """A P-521 coordinate is 66 octets, 88 characters, also when it starts with zeros."""
    for _ in range(40):
        jwk = mint_key("EC P-521").public_jwk
        assert len(jwk["x"]) == len(jwk["y"]) == 88


def test_the_same_name_gives_the_same_key_to_every_thread() -> None:
    """Eight threads ask at once and get one key; another name is another key."""
    found: list[SigningKey] = []
    threads = [
        threading.Thread(target=lambda: found.append(key_for("race", "RSA-2048"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(key) for key in found}) == 1
    assert key_for("one", "EC P-256") != key_for("other", "EC P-256")


def test_a_key_does_not_print_itself() -> None:
    """Neither the private key nor the modulus shows in a repr."""
    assert "private" not in repr(mint_key("EC P-256"))


def test_an_unknown_kind_is_refused_with_the_list() -> None:
    """A slip of the pen does not give some other key."""
    with pytest.raises(ValueError, match="RSA-3072"):
        mint_key("RSA-1024")  # type: ignore[arg-type]
    assert len(KINDS) == 6


def test_nothing_makes_an_rsa_key_at_import() -> None:
    """Importing keys, pki and the doors mints none."""
    code = (
        "from cryptography.hazmat.primitives.asymmetric import rsa\n"
        "def no(*a, **k): raise SystemExit('minted')\n"
        "rsa.generate_private_key = no\n"
        "import proefbank.keys, proefbank.pki, proefbank.doors.loopback\n"
        "from proefbank.doors.tls import ServerTls\n"
        "ServerTls(proefbank.pki.CertificateAuthority(now=0.0), now=0.0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_server_leaf_names_its_hosts_and_outlives_a_moved_clock() -> None:
    """Names and addresses are in the SAN; a year either side of now is inside the validity."""
    authority = CertificateAuthority(now=NOW)
    leaf = authority.issue_server(["127.0.0.1", "localhost", "::1"], now=NOW)
    names = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert ipaddress.ip_address("::1") in names.get_values_for_type(x509.IPAddress)
    leaf.certificate.verify_directly_issued_by(authority.certificate)
    for certificate in (leaf.certificate, authority.certificate):
        assert certificate.not_valid_before_utc.timestamp() <= NOW - 730 * DAY
        assert certificate.not_valid_after_utc.timestamp() >= NOW + 730 * DAY


def test_an_expired_leaf_is_expired_under_every_useful_clock() -> None:
    """It ends before the good one begins, and is within its authority's validity."""
    authority = CertificateAuthority(now=NOW)
    good, expired = (
        authority.issue_server(["localhost"], now=NOW, expired=late).certificate
        for late in (False, True)
    )
    assert expired.not_valid_after_utc <= good.not_valid_before_utc
    assert expired.not_valid_before_utc >= authority.certificate.not_valid_before_utc


@pytest.mark.parametrize("kind", ["EC P-384", "EC P-521", "RSA-2048"])
def test_a_self_signed_certificate_is_as_chaman_wants_it(kind: KeyKind) -> None:
    """Enterprise's name and number, digitalSignature, SHA-256, verified by its own key."""
    key = key_for("chaman", kind)
    certificate = self_signed(
        key,
        organisation="Opleidingen Zevenster",
        enterprise_number="0000000196",
        valid_from=NOW,
        valid_to=NOW + 365 * DAY,
    )
    certificate.verify_directly_issued_by(certificate)
    assert certificate.public_key() == key.public
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_encipherment
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    subject = certificate.subject.rfc4514_string()
    assert "O=Opleidingen Zevenster" in subject
    assert "0000000196" in subject
    assert certificate.not_valid_before_utc.timestamp() == NOW


def test_a_certificate_can_lack_its_key_usage_and_have_another_digest() -> None:
    """What a wayward setup uploads can be made too."""
    certificate = self_signed(
        mint_key("EC P-384"),
        organisation="Opleidingen Zevenster",
        enterprise_number="0000000196",
        valid_from=NOW,
        valid_to=NOW + DAY,
        key_usage=(),
        digest="SHA-384",
    )
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA384)


def test_pem_der_and_fingerprint_agree() -> None:
    """A certificate read back from either form has the same SHA-256."""
    leaf = CertificateAuthority(now=NOW).issue_client("client", now=NOW)
    certificate = leaf.certificate
    prints = {
        leaf.sha256,
        sha256_fingerprint(certificate_from(to_pem(certificate))),
        sha256_fingerprint(certificate_from(to_der(certificate))),
        sha256_fingerprint(to_der(certificate)),
        certificate.fingerprint(hashes.SHA256()).hex(),
    }
    assert len(prints) == 1
    with pytest.raises(ValueError, match=r"."):
        certificate_from(b"no certificate")
