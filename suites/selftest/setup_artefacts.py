"""Artefacts made at test time: conforming ones, and for each requirement one that breaks it.

`python suites/selftest/setup_artefacts.py` judges the latter and writes the table of them to
`reports/sample/`; a test holds it to what happens now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12

from proefbank.certificates import key_usage_of, name_of, to_der, to_pem
from proefbank.checking import PACKAGE, Artefact, journal_of, verdicts_on
from proefbank.judge import catalogue
from proefbank.keys import key_for
from proefbank.services.setup.artefacts.certificate_facts import certificate_facts
from proefbank.services.setup.artefacts.certificate_files import open_certificate
from proefbank.services.setup.artefacts.public_keys import public_key_facts
from proefbank.services.setup.artefacts.words import name_facts, password_facts
from proefbank.services.setup.wire.account import Password, PublicKey, UserName
from proefbank.services.setup.wire.certificate import Certificate
from proefbank.verdict import Verdict

TABLE = Path(__file__).parents[2] / "reports" / "sample" / "kill-matrix-setup.md"
HEAD = """# The kill matrix of set-up artefacts

Each artefact is a conforming one with one defect. It breaks exactly the requirement in its row,
by failing a MUST or by a warning for the rest, and no other that is judged on it. Made by
`python suites/selftest/setup_artefacts.py`; a test holds the table to what happens.

| Requirement | Level | Basis | Shows at | Limit | Found |
|---|---|---|---|---|---|
"""
NOW = 1_795_000_000.0
DAY = 86_400.0
OURS = name_of(("C", "BE"), ("O", "Voorbeeld vzw"), ("CN", "Voorbeeld vzw"))
GLOBALSIGN = name_of(("C", "BE"), ("O", "GlobalSign nv-sa"), ("CN", "Simulated PersonalSign CA"))
EID = name_of(("C", "BE"), ("CN", "Citizen CA"))
STRANGER = name_of(("O", "Voorbeeldautoriteit"), ("CN", "Voorbeeld CA"))
SIGNER = ec.generate_private_key(ec.SECP384R1())
"""The key of whatever authority; nobody verifies the chain."""


def own() -> Any:
    """Return a key that ChaMan takes and that costs little."""
    return key_for("setup", "EC P-384").private


def rsa_public(bits: int) -> rsa.RSAPublicKey:
    """Return an RSA key of exactly so many bits, for which nobody has the private half."""
    return rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) + 1).public_key()


def certified(  # noqa: PLR0913 - a certificate has so many parts
    public: Any = None,
    *,
    subject: x509.Name = OURS,
    issuer: x509.Name | None = None,
    signer: Any = None,
    digest: Any = hashes.SHA256,
    usage: Sequence[Any] | None = ("digital_signature",),
    first: float = NOW - DAY,
    last: float = NOW + 400 * DAY,
    extensions: Sequence[x509.ExtensionType] = (),
) -> x509.Certificate:
    """Make a certificate: self-signed and conforming, unless something else is asked for."""
    private = signer or (own() if issuer is None else SIGNER)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer)
        .public_key(public or own().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(first, UTC))
        .not_valid_after(datetime.fromtimestamp(last, UTC))
    )
    for extension in [*([] if usage is None else [key_usage_of(usage)]), *extensions]:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(private, digest() if digest else None)


def issued(public: Any = None, **how: Any) -> x509.Certificate:
    """Make a certificate that an authority signed, a supported one by default."""
    return certified(public, **{"issuer": GLOBALSIGN} | how)


def stored(key: Any, certificate: x509.Certificate, alias: bytes | None = b"1") -> bytes:
    """Return a key store without a password."""
    return pkcs12.serialize_key_and_certificates(alias, key, certificate, None, NoEncryption())


def judged_file(
    path: Path, channel: str = "rest", *, alias: str | None = None, password: str = ""
) -> list[Verdict]:
    """Judge a file as the command does."""
    facts = certificate_facts(open_certificate(path, lambda _path: password), alias=alias)
    return judged(Artefact(path.name, "certificate", Certificate, facts, channel))


def judged(artefact: Artefact) -> list[Verdict]:
    """Judge one artefact."""
    return verdicts_on(journal_of(artefact, NOW), artefact.reading)


def judged_name(text: str) -> list[Verdict]:
    """Judge a user name."""
    return judged(Artefact("user name", UserName.kind, UserName, name_facts(text)))


def judged_password(text: str) -> list[Verdict]:
    """Judge a password."""
    return judged(Artefact("password", Password.kind, Password, password_facts(text)))


def judged_key(path: Path) -> list[Verdict]:
    """Judge a public key."""
    return judged(Artefact(path.name, PublicKey.kind, PublicKey, public_key_facts(path)))


def ssh_line(public: Any) -> bytes:
    """Return a public key in a line, as OpenSSH writes it."""
    from cryptography.hazmat.primitives.serialization import PublicFormat

    return bytes(public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)) + b" voorbeeld\n"


@dataclass(frozen=True)
class Wayward:
    """One artefact with one defect."""

    requirement: str
    judge: Callable[[Path], list[Verdict]]


def _file(
    make: Callable[[], x509.Certificate | bytes], channel: str = "rest", name: str = "my.cer"
) -> Callable[[Path], list[Verdict]]:
    def judge(folder: Path) -> list[Verdict]:
        made = make()
        path = folder / name
        path.write_bytes(made if isinstance(made, bytes) else to_pem(made))
        return judged_file(path, channel)

    return judge


def _key(bits: int) -> Callable[[Path], list[Verdict]]:
    def judge(folder: Path) -> list[Verdict]:
        path = folder / "sftp.pub"
        path.write_bytes(ssh_line(rsa_public(bits)))
        return judged_key(path)

    return judge


def _ed25519() -> x509.Certificate:
    key = ed25519.Ed25519PrivateKey.generate()
    return certified(key.public_key(), signer=key, digest=None)


def _p256() -> x509.Certificate:
    key = key_for("setup", "EC P-256").private
    return certified(key.public_key(), signer=key)


def _not_its_alias(folder: Path) -> list[Verdict]:
    path = folder / "my.pfx"
    path.write_bytes(stored(own(), certified(), alias=None))
    return judged_file(path)


_AWRY: dict[str, Callable[[Path], list[Verdict]]] = {
    "certificate.key-is-rsa-or-elliptic": _file(_ed25519),
    "certificate.rsa-size-is-supported": _file(lambda: issued(rsa_public(2047))),
    "certificate.curve-is-supported": _file(_p256),
    "certificate.digest-is-supported": _file(lambda: certified(digest=hashes.SHA224)),
    "certificate.self-signed-allows-digital-signature": _file(
        lambda: certified(usage=["key_encipherment"])
    ),
    "certificate.issued-allows-digital-signature": _file(lambda: issued(usage=["key_agreement"])),
    "certificate.self-signed-verifies-with-its-own-key": _file(lambda: certified(signer=SIGNER)),
    "certificate.file-holds-no-private-key": _file(
        lambda: to_pem(certified()) + key_for("setup", "EC P-384").pem_private()
    ),
    "certificate.file-holds-one-certificate": _file(
        lambda: to_pem(issued()) + to_pem(certified(subject=GLOBALSIGN, signer=SIGNER))
    ),
    "certificate.file-is-called-cer": _file(certified, name="my.crt"),
    "certificate.self-signed-names-the-enterprise": _file(
        lambda: certified(subject=name_of(("CN", "localhost")))
    ),
    "certificate.rest-authority-is-supported": _file(lambda: issued(issuer=STRANGER)),
    "certificate.ftp-and-sftp-authority-is-supported": _file(certified, "sftp"),
    "certificate.soap-authority-is-supported": _file(lambda: issued(issuer=EID), "soap"),
    "certificate.has-begun": _file(lambda: certified(first=NOW + DAY)),
    "certificate.has-not-ended": _file(lambda: certified(last=NOW - 60)),
    "certificate.has-a-month-left": _file(lambda: certified(last=NOW + 10 * DAY)),
    "certificate.key-store-has-the-private-key": _file(
        lambda: stored(None, certified()), name="my.pfx"
    ),
    "certificate.key-store-has-the-alias": _not_its_alias,
    "key.has-2048-bits-at-least": _key(2047),
    "key.has-4096-bits-at-most": _key(4097),
    "name.has-letters-and-digits-only": lambda _: judged_name("voor_beeld"),
    "name.has-8-characters-at-least": lambda _: judged_name("voorbee"),
    "name.has-17-characters-at-most": lambda _: judged_name("voorbeeld123456789"[:18]),
    "name.has-no-spaces": lambda _: judged_name("voorbeeld "),
    "password.has-15-characters-at-most": lambda _: judged_password("voorbeeld-12-345"),
    "password.has-two-special-characters": lambda _: judged_password("voorbeeld-1"),
    "password.has-no-spaces": lambda _: judged_password("voor-beeld- 1"),
    "password.special-characters-are-published": lambda _: judged_password("voor-beeld-~1"),
    "password.avoids-characters-in-doubt": lambda _: judged_password("voor-beeld-[1"),
    "password.letters-are-plain": lambda _: judged_password("voor-beeld-é1"),
}
WAYWARD = [Wayward(f"setup.{slug}", judge) for slug, judge in _AWRY.items()]

CONFORMING: dict[str, Callable[[Path], list[Verdict]]] = {
    "self-signed, P-384, PEM": _file(certified),
    "self-signed, P-384, DER": _file(lambda: to_der(certified())),
    "self-signed, P-521, SHA-512": _file(
        lambda: certified(
            key_for("setup", "EC P-521").public,
            signer=key_for("setup", "EC P-521").private,
            digest=hashes.SHA512,
        )
    ),
    "self-signed, RSA-2048, SHA-384": _file(
        lambda: certified(
            key_for("setup", "RSA-2048").public,
            signer=key_for("setup", "RSA-2048").private,
            digest=hashes.SHA384,
        )
    ),
    "self-signed, further usages": _file(
        lambda: certified(usage=["digital_signature", "content_commitment"])
    ),
    "issued, RSA-3072, REST": _file(lambda: issued(rsa_public(3072))),
    "issued, RSA-4096, SOAP": _file(lambda: issued(rsa_public(4096)), "soap"),
    "issued, without key usage, FTP": _file(lambda: issued(usage=None), "ftp"),
    "issued for a person, eID, SFTP": _file(lambda: issued(issuer=EID), "sftp"),
    "key store": _file(lambda: stored(own(), certified()), name="my.pfx"),
    "key, 2048 bits": _key(2048),
    "key, 3000 bits": _key(3000),
    "key, 4096 bits": _key(4096),
    "name of 8": lambda _: judged_name("Beeld001"),
    "name of 17": lambda _: judged_name("voorbeeld12345678"),
    "password of 15": lambda _: judged_password("voorbeeld-12-34"),
    "password of two": lambda _: judged_password("-_"),
}


def page() -> str:
    """Return the table: one row for each wayward artefact, in the requirements' order."""
    rows = []
    order = list(catalogue(PACKAGE))
    for wayward in sorted(WAYWARD, key=lambda item: order.index(item.requirement)):
        with TemporaryDirectory() as folder:
            found = [v.finding for v in wayward.judge(Path(folder)) if v.finding]
        row, (finding,) = catalogue(PACKAGE)[wayward.requirement], found
        cells = [f"`{row.id}`", row.level.value, row.basis.value, finding.where]
        cells += [finding.expected, finding.actual]
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    TABLE.write_text(page(), encoding="utf-8")
