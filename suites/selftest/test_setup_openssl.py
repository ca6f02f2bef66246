"""Certificates, key stores and keys made with OpenSSL and ssh-keygen, which are not ours."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from proefbank.clock import Clock
from proefbank.errors import BadInvocation
from proefbank.services.setup.artefacts.public_keys import public_key_facts
from proefbank.verdict import Outcome

from . import setup_artefacts as made

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")

KEYS = {
    "rsa-1024": ("rsa:1024", "certificate.rsa-size-is-supported"),
    "rsa-2048": ("rsa:2048", ""),
    "rsa-2056": ("rsa:2056", "certificate.rsa-size-is-supported"),
    "rsa-3072": ("rsa:3072", ""),
    "rsa-4096": ("rsa:4096", ""),
    "P-256": ("ec:prime256v1", "certificate.curve-is-supported"),
    "P-384": ("ec:secp384r1", ""),
    "P-521": ("ec:secp521r1", ""),
    "secp256k1": ("ec:secp256k1", "certificate.curve-is-supported"),
    "brainpool": ("ec:brainpoolP384r1", "certificate.curve-is-supported"),
    "P-224": ("ec:secp224r1", "certificate.curve-is-supported"),
    "Ed25519": ("ed25519", "certificate.key-is-rsa-or-elliptic"),
    "Ed448": ("ed448", "certificate.key-is-rsa-or-elliptic"),
}
DIGESTS = {
    "sha1": "certificate.digest-is-supported",
    "sha224": "certificate.digest-is-supported",
    "sha256": "",
    "sha384": "",
    "sha512": "",
    "sha3-256": "certificate.digest-is-supported",
    "md5": "certificate.digest-is-supported",
}
GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
SUBJECT = "/C=BE/O=Voorbeeld vzw/CN=Voorbeeld vzw"
USAGE = "keyUsage=critical,digitalSignature"


def openssl(*words: str) -> bytes:
    """Run OpenSSL; a failure fails the test."""
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def key_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Keys by name, made when first asked for."""
    folder = tmp_path_factory.mktemp("keys")

    @cache
    def key(name: str) -> Path:
        kind, _, size = KEYS[name][0].partition(":")
        words = {
            "rsa": ("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{size}"),
            "ec": ("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{size}"),
        }.get(kind, ("-algorithm", kind.upper()))
        path = folder / f"{name}.key"
        openssl("genpkey", *words, "-out", str(path))
        return path

    return key


def certificate(
    key: Path, path: Path, *more: str, digest: str = "", usage: str | None = USAGE
) -> Path:
    """Make a self-signed certificate."""
    words = ["req", "-x509", "-key", str(key), "-out", str(path), "-days", "400"]
    words += ["-subj", SUBJECT, *([f"-{digest}"] if digest else [])]
    openssl(*words, *(["-addext", usage] if usage else []), *more)
    return path


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL goes by the system's clock."""
    monkeypatch.setattr(made, "NOW", Clock().now() + 60)


def bad(path: Path, channel: str = "rest", **how: str) -> list[str]:
    """Return the slugs that were found wanting."""
    verdicts = made.judged_file(path, channel, **how)
    return [v.requirement.split(".", 1)[1] for v in verdicts if v.outcome not in GOOD]


@pytest.mark.parametrize("name", KEYS)
def test_keys(name: str, key_of: Callable[[str], Path], tmp_path: Path) -> None:
    path = certificate(key_of(name), tmp_path / "my.cer")
    assert bad(path) == ([KEYS[name][1]] if KEYS[name][1] else [])


@pytest.mark.parametrize("key", ["rsa-2048", "P-384"])
@pytest.mark.parametrize("digest", DIGESTS)
def test_digests(digest: str, key: str, key_of: Callable[[str], Path], tmp_path: Path) -> None:
    if (key, digest) == ("P-384", "md5"):
        pytest.skip("OpenSSL makes none such")
    path = certificate(key_of(key), tmp_path / "my.cer", digest=digest)
    assert bad(path) == ([DIGESTS[digest]] if DIGESTS[digest] else [])


def test_a_signature_with_padding_pss(key_of: Callable[[str], Path], tmp_path: Path) -> None:
    path = certificate(key_of("rsa-2048"), tmp_path / "my.cer", "-sigopt", "rsa_padding_mode:pss")
    assert bad(path) == []


@pytest.mark.parametrize("usage", [None, "keyUsage=keyEncipherment", "keyUsage=keyCertSign"])
def test_key_usage(usage: str | None, key_of: Callable[[str], Path], tmp_path: Path) -> None:
    path = certificate(key_of("P-384"), tmp_path / "my.cer", usage=usage)
    assert bad(path) == ["certificate.self-signed-allows-digital-signature"]


def test_der_and_text_in_front(key_of: Callable[[str], Path], tmp_path: Path) -> None:
    path = certificate(key_of("P-384"), tmp_path / "my.cer")
    der = tmp_path / "der.cer"
    openssl("x509", "-in", str(path), "-outform", "DER", "-out", str(der))
    assert bad(der) == []
    told = tmp_path / "told.cer"
    told.write_bytes(openssl("x509", "-in", str(path), "-text"))
    assert bad(told) == []
    windows = tmp_path / "windows.cer"
    windows.write_text(path.read_text().replace("\n", "\r\n"), encoding="utf-16", newline="")
    assert bad(windows) == []


@pytest.mark.parametrize("name", ["rsa-2048", "P-384"])
def test_a_foreign_signature_of_any_kind(
    name: str, key_of: Callable[[str], Path], tmp_path: Path
) -> None:
    """Issuer and subject are the same, but the key that signed is another, of either kind."""
    other = "P-384" if name == "rsa-2048" else "rsa-2048"
    for signer in (other, "P-521"):
        path = tmp_path / "my.cer"
        request = ["req", "-new", "-key", str(key_of(name)), "-subj", SUBJECT]
        (tmp_path / "my.csr").write_bytes(openssl(*request, "-addext", USAGE))
        authority = certificate(key_of(signer), tmp_path / "ca.cer")
        words = ["x509", "-req", "-in", str(tmp_path / "my.csr"), "-copy_extensions", "copyall"]
        words += ["-CA", str(authority), "-CAkey", str(key_of(signer)), "-out", str(path)]
        openssl(*words, "-days", "400")
        assert bad(path) == ["certificate.self-signed-verifies-with-its-own-key"]


@pytest.mark.parametrize("how", [[], ["-legacy"], ["-descert", "-legacy"]], ids=str)
def test_key_stores(how: list[str], key_of: Callable[[str], Path], tmp_path: Path) -> None:
    key = key_of("rsa-2048")
    path, store = certificate(key, tmp_path / "my.cer"), tmp_path / "my.pfx"
    words = ["pkcs12", "-export", "-in", str(path), "-inkey", str(key), "-name", "1", *how]
    openssl(*words, "-passout", "pass:geheim-1", "-out", str(store))
    assert bad(store, password="geheim-1") == []
    assert bad(store, password="geheim-1", alias="1") == []
    assert bad(store, password="geheim-1", alias="2") == ["certificate.key-store-has-the-alias"]
    with pytest.raises(BadInvocation, match="the password does not open"):
        bad(store, password="geheim-2")


def test_key_stores_without_password_or_key(key_of: Callable[[str], Path], tmp_path: Path) -> None:
    key = key_of("P-384")
    path, store = certificate(key, tmp_path / "my.cer"), tmp_path / "my.p12"
    words = ["pkcs12", "-export", "-in", str(path), "-passout", "pass:", "-out", str(store)]
    openssl(*words, "-inkey", str(key), "-name", "one")
    assert bad(store) == []
    openssl(*words, "-nokeys", "-caname", "one")
    assert bad(store)[0] == "certificate.key-store-has-the-private-key"


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
@pytest.mark.parametrize(
    ("words", "fails"),
    [
        (["-t", "rsa", "-b", "2048"], ""),
        (["-t", "rsa", "-b", "1024"], "key.has-2048-bits-at-least"),
        (["-t", "ed25519"], "key.has-2048-bits-at-least"),
        (["-t", "ecdsa", "-b", "521"], "key.has-2048-bits-at-least"),
    ],
    ids=str,
)
def test_ssh_keys_in_every_form(words: list[str], fails: str, tmp_path: Path) -> None:
    key = tmp_path / "sftp"
    subprocess.run(["ssh-keygen", "-q", "-N", "", *words, "-f", str(key)], check=True)
    public = tmp_path / "sftp.pub"
    forms = [public.read_bytes(), b'from="192.0.2.1" ' + public.read_bytes()]
    for form in ("RFC4716", "PKCS8"):
        told = ["ssh-keygen", "-e", "-m", form, "-f", str(public)]
        done = subprocess.run(told, check=False, capture_output=True)
        forms += [done.stdout] if done.returncode == 0 else []
    assert len(forms) >= 3
    known = subprocess.run(["ssh-keygen", "-lf", str(public)], check=True, capture_output=True)
    for form_text in forms:
        public.write_bytes(form_text)
        assert f"SHA256:{public_key_facts(public)['sha256']} ".encode() in known.stdout
        found = [v.requirement.split(".", 1)[1] for v in made.judged_key(public) if v.finding]
        assert found == ([fails] if fails else [])
    with pytest.raises(BadInvocation, match="private key"):
        made.judged_key(key)
