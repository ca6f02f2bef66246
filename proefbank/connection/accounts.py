"""What a profile says of an account at acceptance, looked at before anybody is asked.

Whether key and certificate go together, whether the certificate holds today, and whether it is one
of those that the account has by the profile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from cryptography import x509

from proefbank.acceptance.known import acceptance_of
from proefbank.certificates import sha256_fingerprint
from proefbank.clock import Clock
from proefbank.connection.reaching import Row
from proefbank.errors import BadInvocation
from proefbank.profile.credentials import reference
from proefbank.service import Service, Settings
from proefbank.tables import read_toml
from proefbank.upstream import acc_table

__all__ = ["account_rows"]

_SOON = 30
"""Days before its end from which a certificate is worth a word."""


def account_rows(settings: Settings, service: Service) -> list[Row]:
    """Look whether what the profile says of the account holds together: key, certificate, days."""
    check, made = f"{service.name}: account", replace(service, maker=acceptance_of(service).maker)
    try:
        made.open(settings, clock=Clock(), rng=Random(0))  # noqa: S311 - made up of nothing
    except BadInvocation as problem:
        where = problem.where.partition(": ")[2] or problem.where
        return [Row(check, "failed", f"{where}: {problem.message}", problem.hint)]
    rows = [Row(check, "passed", "what the profile refers to is there, and fits together")]
    return [*rows, *_certificate(settings.profile, service)]


def _certificate(profile: Path | None, service: Service) -> Iterator[Row]:
    if profile is None:
        return
    table = acc_table(profile, service.name)
    told = reference(table, "certificate", folder=profile.parent)
    if told is None:
        return
    shown = x509.load_pem_x509_certificate(told.read())
    check, now = f"{service.name}: certificate", datetime.fromtimestamp(Clock().now(), UTC)
    start, end = shown.not_valid_before_utc, shown.not_valid_after_utc
    name = sha256_fingerprint(shown)[:16]  # and not its subject, which may name a person
    said = f"SHA-256 {name}…, valid from {start:%Y-%m-%d} to {end:%Y-%m-%d}"
    if not start <= now <= end:
        when = "is not valid yet" if now < start else "has expired"
        hint = "register a certificate that is valid now: proefbank certificate"
        yield Row(check, "failed", f"it {when}: {said}", hint)
        return
    left = (end - now).days
    yield Row(
        check,
        "noted" if left < _SOON else "passed",
        f"{said}; it is that of the private key" + (f"; {left} days left" if left < _SOON else ""),
    )
    yield from _registered(profile, table.optional_text("client_id"), shown, check)


def _registered(
    profile: Path, client_id: str | None, shown: x509.Certificate, check: str
) -> Iterator[Row]:
    """Compare with the certificates that the profile lists for the same account, if it does."""
    accounts = read_toml(profile, "the profile").get("accounts", [])
    mine = [one for one in accounts if one.get("client_id") == client_id]
    files = [profile.parent / name for one in mine for name in one.get("certificates", ())]
    if not files or client_id is None:
        return
    held = [_loaded(path.read_bytes()) for path in files if path.is_file()]
    if shown in held:
        yield Row(f"{check} of the account", "passed", "[[accounts]] lists it")
        return
    yield Row(
        f"{check} of the account",
        "failed",
        f"[[accounts]] lists {len(files)} for this client id, and not this one",
        "use the key whose certificate ChaMan has, or correct the list in [[accounts]]",
    )


def _loaded(content: bytes) -> x509.Certificate | None:
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificate(content)
        return x509.load_der_x509_certificate(content)
    except ValueError:
        return None
