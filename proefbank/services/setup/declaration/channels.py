"""Accounts with their certificates, and the flows that go through them, out of their tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation

from ..artefacts.certificate_facts import certificate_facts
from ..artefacts.certificate_files import open_certificate
from ..artefacts.public_keys import public_key_facts
from ..artefacts.words import name_facts
from ..wire.declared import Account, Certificate, Flow
from .words import CAPACITIES, ROLES, TYPES
from .worked import Worked, refer

__all__ = ["Beside", "read_account", "read_flow"]

_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(slots=True)
class Beside:
    """Artefacts that a declaration names: each of them is judged by itself as well."""

    certificates: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """Channel and facts, for each certificate file."""
    names: list[Mapping[str, Any]] = field(default_factory=list)
    """Facts of each user name of FTP and SFTP."""
    keys: list[Mapping[str, Any]] = field(default_factory=list)
    """Facts of each public key of SFTP."""


def read_account(
    table: Worked, folder: Path, enterprises: Sequence[str], beside: Beside
) -> Account:
    """Return the account in one [[accounts]] table; files that it names lie in `folder`."""
    name = table.needed_text("id")
    kind = table.spelled("type", TYPES)
    _read_batch(table, folder, kind, beside)
    owner = table.needed_text("enterprise")
    account = Account(
        place=table.place(name),
        id=name,
        enterprise=refer(table, "enterprise", owner, enterprises, "enterprise"),
        type=kind,
        name=table.text("name", "").strip(),
        capacity=table.spelled("capacity", CAPACITIES),
        environment=table.text("environment", "PROD", choices=("PROD", "ACC")),
        client_id=table.text("client_id", ""),
        permissions=table.texts("permissions", ()),
        active=table.flag("active", default=True),
        configured_by=table.text("configured_by", ""),
        certificates=tuple(
            _certificate(item, folder, kind.lower(), beside) for item in table.each("certificates")
        ),
    )
    table.done()
    return account


def _read_batch(table: Worked, folder: Path, kind: str, beside: Beside) -> None:
    """Read what only batch accounts have: a user name, and SFTP a public key."""
    if table.has("password"):
        hint = "It is asked for without echo by proefbank check password."
        table.line = 'user = "voorbeeld01"'
        raise table.complain("password", "a password does not belong in a file", hint)
    user, key = table.optional_text("user"), table.optional_text("key")
    if user is not None:
        if kind not in ("FTP", "SFTP"):
            raise table.complain("user", f"a {kind} account has no user name", "Leave it out.")
        beside.names.append(name_facts(user) | {"file": f"{Path(table.file).name}: {table.name}"})
    if key is not None:
        if kind != "SFTP":
            raise table.complain("key", f"a {kind} account has no key of SFTP", "Leave it out.")
        beside.keys.append(_opened(table, "key", lambda: public_key_facts(folder / key)))


def _certificate(table: Worked, folder: Path, channel: str, beside: Beside) -> Certificate:
    name = table.text("name", "").strip()
    file = table.optional_text("file")
    if file is not None:
        facts = _opened(table, "file", lambda: _facts(folder / file))
        beside.certificates.append((channel, facts))
        table.done()
        return Certificate(
            place=table.place(name),
            name=name,
            fingerprint=str(facts["sha256"]),
            not_before=_day(facts["valid_from"]),
            not_after=_day(facts["valid_to"]),
        )
    mark = table.text("fingerprint", "").replace(":", "").replace(" ", "").lower()
    if mark and not _FINGERPRINT.fullmatch(mark):
        hint = "It is the SHA-256 of the certificate: 64 hexadecimal digits."
        raise table.complain("fingerprint", "is not a fingerprint", hint)
    begins, ends = table.span("not_before", "not_after")
    table.done()
    return Certificate(table.place(name), name, mark, begins, ends)


def _facts(path: Path) -> Mapping[str, Any]:
    def no_password(path: Path) -> str:
        raise BadInvocation(
            f"{path} is a key store with a password, which a set-up file has no place for",
            hint=f"Export the certificate: proefbank certificate export {path}.",
        )

    return certificate_facts(open_certificate(path, no_password))


def _opened(table: Worked, key: str, facts: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the facts of a file that `table` names under `key`, or raise its complaint."""
    try:
        return facts()
    except BadInvocation as problem:
        told = f"{problem.where}: {problem.message}" if problem.where else problem.message
        raise table.complain(key, told, problem.hint) from problem
    except Exception as problem:
        # What else may be wrong inside a certificate only its parser knows.
        told = f"cannot be read to its end ({type(problem).__name__})"
        raise table.complain(key, told, "See what OpenSSL says.") from problem


def _day(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def read_flow(table: Worked, enterprises: Sequence[str], accounts: Sequence[str]) -> Flow:
    """Return the flow in one [[flows]] table; without `data_of` it is the sender's own data."""
    kind = table.needed_text("flow")
    if kind.casefold() in ("fla", "federal learning account"):
        kind = "FLA"
    sender = refer(table, "sender", table.needed_text("sender"), enterprises, "enterprise")
    environment = table.text("environment", "", choices=("PROD", "ACC"))
    flow = Flow(
        place=table.place(kind),
        kind=kind,
        sender=sender,
        role=table.spelled("role", ROLES),
        account=refer(table, "account", table.text("account", ""), accounts, "account"),
        data_of=tuple(
            refer(table, "data_of", told, enterprises, "enterprise")
            for told in table.texts("data_of", (sender,), distinct=True)
        ),
        environment=environment,
    )
    table.done()
    return flow
