"""Signers, authorities and runs for the self-tests about signing; keys are made at run time."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from proefbank.certificates import KeyUsage, begin, key_usage_of, name_of
from proefbank.cli import cli
from proefbank.clock import Clock
from proefbank.errors import BenchError
from proefbank.keys import KeyKind, PrivateKey, key_for
from proefbank.recordings.judging import judge_recording

TREE = Path(__file__).parents[2]
DAY = 86_400.0
WHO = ("--name", "An Voorbeeld", "--role", "integration lead")


def now() -> float:
    """Return epoch seconds, as the commands see them."""
    return Clock().now()


def certificate(
    name: str,
    key: PrivateKey,
    issuer: tuple[x509.Certificate, PrivateKey] | None = None,
    *,
    authority: bool = False,
    stamps: bool = False,
    validity: tuple[float, float] | None = None,
) -> x509.Certificate:
    """Return a certificate for `key`, by its own key or by an authority."""
    own: list[KeyUsage] = ["key_cert_sign", "crl_sign"] if authority else ["digital_signature"]
    extensions: list[x509.ExtensionType] = [
        x509.BasicConstraints(ca=authority, path_length=None),
        key_usage_of(own),
    ]
    subject = name_of(("C", "BE"), ("O", "Voorbeeld vzw"), ("CN", name))
    above, private = (issuer[0].subject, issuer[1]) if issuer else (subject, key)
    builder = begin(
        *extensions,
        x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key()),
        subject=subject,
        issuer=above,
        private=key,
        validity=validity or (now() - DAY, now() + 300 * DAY),
    )
    if stamps:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(private, hashes.SHA256())


@dataclass(frozen=True)
class Signatory:
    """The files of somebody who signs, and of the authority above."""

    key: Path
    bundle: Path
    trust: Path
    private: PrivateKey
    chain: tuple[x509.Certificate, ...]

    def words(self) -> list[str]:
        """Return the options of `sign`."""
        return ["--key", str(self.key), "--certificate", str(self.bundle), *WHO]


def pem(*certificates: x509.Certificate) -> bytes:
    """Return certificates in PEM."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def private_pem(key: PrivateKey) -> bytes:
    """Return a key in PKCS#8, without a password."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signatory(
    folder: Path,
    kind: KeyKind = "EC P-256",
    name: str = "signer",
    *,
    validity: tuple[float, float] | None = None,
) -> Signatory:
    """Make a signer below a root and an intermediate authority, with all files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate(f"{name} root", root_key, authority=True)
    middle = certificate(f"{name} middle", middle_key, (root, root_key), authority=True)
    key = key_for(name, kind).private
    leaf = certificate(name, key, (middle, middle_key), validity=validity)
    made = Signatory(
        folder / f"{name}.key", folder / f"{name}.pem", folder / f"{name}-root.pem", key,
        (leaf, middle),
    )  # fmt: skip
    made.key.write_bytes(private_pem(key))
    made.bundle.write_bytes(pem(middle, leaf))  # in any order
    made.trust.write_bytes(pem(root))
    return made


def proefbank(*words: object) -> Result:
    """Run a command in this process; a refusal becomes its exit code and its text in stderr."""
    done = CliRunner().invoke(cli, [str(word) for word in words], standalone_mode=False)
    if isinstance(done.exception, BenchError):
        done.exit_code = done.exception.exit_code
        done.stderr_bytes = f"{done.exception}\n".encode()
        done.exception = None
    elif done.exception is None and isinstance(done.return_value, int):
        done.exit_code = done.return_value
    return done


def a_run(reports: Path, cassette: str = "right", service: str = "socialsecurity") -> Path:
    """Make a small run: a cassette that is judged."""
    path = TREE / "cassettes" / service / f"{cassette}.ndjson"
    return judge_recording(path, reports, cassette).folder


@dataclass(frozen=True)
class Stamper:
    """A time stamp authority, played by openssl."""

    folder: Path
    trust: Path

    def answer(self, request: Path, answer: Path) -> None:
        """Answer a request."""
        openssl(
            self.folder,
            *("ts", "-reply", "-queryfile", str(request), "-out", str(answer)),
            *("-config", "tsa.cnf", "-section", "tsa"),
        )


TSA = """
[tsa]
serial = serial
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


def stamper(folder: Path, *, stamps: bool = True) -> Stamper:
    """Make an authority in `folder`; unless `stamps`, one that may not stamp."""
    folder.mkdir(parents=True)
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate("clock root", root_key, authority=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = certificate("clock", key, (root, root_key), stamps=stamps)
    (folder / "tsa.cnf").write_text(TSA, encoding="ascii")
    (folder / "serial").write_text("01\n", encoding="ascii")
    (folder / "tsa.pem").write_bytes(pem(own))
    (folder / "root.pem").write_bytes(pem(root))
    (folder / "tsa.key").write_bytes(private_pem(key))
    return Stamper(folder, folder / "root.pem")


def openssl(folder: Path, *words: str) -> str:
    """Run openssl in a folder; AssertionError if it fails."""
    done = subprocess.run(
        ["openssl", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def files_of(folder: Path) -> Sequence[Path]:
    """Return every file of a run."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
