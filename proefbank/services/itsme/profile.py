"""Whose signing service it is: partners of one's own, and choices that the document leaves open.

    [itsme]
    dialect = "swagger"
    prefix = "/signing"  # between origin and /qes-partners; otherwise another in each session

    [[itsme.partners]]
    name = "mine"
    redirect_url = "https://localhost:9000/signed"
    certificates = ["client.pem"]

All of it stands in the table `itsme`; other tables of the file are for other services.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography import x509

from proefbank.errors import BadInvocation
from proefbank.pki import certificate_from
from proefbank.profile.file import open_profile
from proefbank.tables import Table

from .provider.facts import ACTION_SECONDS, DIALECTS, Dialect
from .provider.urls import judge_redirect

__all__ = ["ADDRESSES", "PartnerEntry", "Profile", "is_address", "load_certificate", "load_profile"]

TABLE = "itsme"
ADDRESSES = ("127.0.0.1", "::1")
"""From which calls come, unless a profile tells."""
_FLAGS = ("exact_redirect", "single_digest", "delivers_once", "ready_at_once", "blocked_at_sign")
_PREFIX = re.compile(r"(/[A-Za-z0-9_.~-]+)+")
_ALPHABETS = ("any", "base64", "base64url")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PartnerEntry:
    """One partner of a profile; what is not told is made up."""

    name: str
    redirect_url: str
    partner_code: str | None = None
    service_code: str | None = None
    label: str | None = None
    certificates: tuple[x509.Certificate, ...] = ()
    """Registered besides the one that is made for it."""
    addresses: tuple[str, ...] = ADDRESSES
    """None means that addresses are not looked at."""
    batch: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody chose about the signing service."""

    dialect: Dialect = "documented"
    """Of the service served; stagings choose their own."""
    partners: Sequence[PartnerEntry] = ()
    choices: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    """Settings of the provider by name."""


def load_profile(path: Path | None) -> Profile:
    """Return the profile in a TOML file, or the defaults for None.

    Raises BadInvocation, naming file and key, for a file that cannot be read, an unknown key, a
    value that does not fit, or a certificate file that is none.
    """
    if path is None:
        return Profile()
    outer = open_profile(path)
    table = outer.table(TABLE)
    dialect = table.text("dialect", DIALECTS[0], choices=DIALECTS)
    choices: dict[str, Any] = {name: table.flag(name, default=False) for name in _FLAGS}
    choices["hash_alphabet"] = table.text("hash_alphabet", _ALPHABETS[0], choices=_ALPHABETS)
    choices["sign_lifetime"] = float(table.number("sign_lifetime", round(ACTION_SECONDS), least=1))
    if prefix := table.optional_text("prefix"):
        if not _PREFIX.fullmatch(prefix):
            raise table.complain("prefix", f"{prefix!r} is no path", "For example: /signing/test")
        choices["prefix"] = prefix
    partners = [_partner(one, path.parent) for one in table.tables("partners") or ()]
    table.done()
    for key in ("name", "partner_code"):
        told = [value for one in partners if (value := getattr(one, key))]
        if doubled := next((value for value in told if told.count(value) > 1), None):
            raise outer.complain(TABLE, f"two partners have the {key} {doubled!r}")
    return Profile(next(one for one in DIALECTS if one == dialect), tuple(partners), choices)


def _partner(table: Table, folder: Path) -> PartnerEntry:
    name, url = table.needed_text("name"), table.needed_text("redirect_url")
    if not is_address(url):
        raise table.complain("redirect_url", f"{url!r} is no URL", "Write it with https:// or so.")
    certificates = []
    for file in table.texts("certificates", ()):
        try:
            certificates.append(load_certificate(folder / file))
        except ValueError as problem:
            raise table.complain("certificates", str(problem), "Name a PEM or DER file.") from None
    entry = PartnerEntry(
        name=name,
        redirect_url=url,
        partner_code=table.optional_text("partner_code"),
        service_code=table.optional_text("service_code"),
        label=table.optional_text("label"),
        certificates=tuple(certificates),
        addresses=table.texts("addresses", ADDRESSES),
        batch=table.flag("batch", default=True),
    )
    table.done()
    if not name.replace("-", "").replace("_", "").isalnum():
        raise BadInvocation(
            f"{name!r} is no name", where=f"{table.file}: {table.name}.name", hint="Letters only."
        )
    return entry


def is_address(url: str) -> bool:
    """Whether browsers can be sent there."""
    return judge_redirect(url, url) == "same"


def load_certificate(source: Path | str) -> x509.Certificate:
    """Return the first certificate of a file, or of a text in PEM; ValueError if there is none."""
    try:
        if isinstance(source, str) and "-----BEGIN" in source:
            return certificate_from(source.encode())
        return certificate_from(Path(source).read_bytes())
    except OSError as problem:
        raise ValueError(f"{source} cannot be read: {problem.strerror or problem}") from problem
    except ValueError as problem:
        told = "the text" if isinstance(source, str) and "-----BEGIN" in source else source
        raise ValueError(f"{told} holds no certificate in PEM or DER") from problem
