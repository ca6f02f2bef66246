"""A whole set-up file: its tables read, and what only shows when they are laid side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.tables import read_toml

from ..wire.declaration import Declaration
from .channels import Beside, read_account, read_flow
from .parties import read_enterprise, read_person, read_sender
from .relations import (
    read_attestation,
    read_delegation,
    read_group,
    read_mandate,
    read_software,
    read_workforce,
)
from .worked import LINES, Worked, refer

__all__ = ["SetUpFile", "read_set_up", "set_up_in"]

HINT = "Begin with an example: proefbank check setup --example example-2 > setup.toml"


@dataclass(frozen=True, slots=True)
class SetUpFile:
    """What a set-up file declares, and the artefacts that it names."""

    declaration: Declaration
    beside: Beside = field(default_factory=Beside)


def read_set_up(path: Path, *, day: str, attestable: Sequence[str]) -> SetUpFile:
    """Return what the TOML file at `path` declares, to be judged on `day` (an ISO date).

    `attestable` are the requirements that somebody can attest. Raises `BadInvocation`, naming
    file and key and showing a line that works, for whatever cannot be read: an unknown key, an
    id that stands twice or nowhere, a number that is none, dates in the wrong order.
    """
    values = read_toml(path, "the set-up file", hint=HINT)
    return set_up_in(values, path, day=day, attestable=attestable)


def set_up_in(
    values: Mapping[str, Any], path: Path, *, day: str, attestable: Sequence[str]
) -> SetUpFile:
    """Return what the content of the file at `path` declares, as `read_set_up` does."""
    table = Worked(values, file=str(path))
    beside = Beside()
    companies = tuple(read_enterprise(item) for item in table.each("enterprises"))
    if not companies:
        raise table.complain("enterprises", "there is no enterprise", HINT)
    known = _distinct(path, "enterprises", "id", [item.id for item in companies])
    _distinct(path, "enterprises", "number", [item.number for item in companies])
    senders = tuple(read_sender(item, known) for item in table.each("senders"))
    _distinct(path, "senders", "enterprise", [item.enterprise for item in senders])
    people = tuple(read_person(item, known) for item in table.each("people"))
    names = _distinct(path, "people", "id", [item.id for item in people])
    accounts = tuple(
        read_account(item, path.parent, known, beside) for item in table.each("accounts")
    )
    doors = _distinct(path, "accounts", "id", [item.id for item in accounts])
    _distinct(
        path,
        "accounts",
        "client_id",
        [f"{item.client_id} in {item.environment}" for item in accounts if item.client_id],
    )
    for number, person in enumerate(people, 1):
        here = Worked({}, file=str(path), name=f"people[{number}]")
        refer(here, "granted_by", person.granted_by, names, "person")
    for number, account in enumerate(accounts, 1):
        here = Worked({}, file=str(path), name=f"accounts[{number}]")
        refer(here, "configured_by", account.configured_by, names, "person")
    declaration = Declaration(
        file=path.name,
        day=day,
        enterprises=companies,
        senders=senders,
        people=people,
        accounts=accounts,
        flows=tuple(read_flow(item, known, doors) for item in table.each("flows")),
        mandates=tuple(read_mandate(item, known) for item in table.each("mandates")),
        groups=tuple(read_group(item, known) for item in table.each("groups")),
        software=tuple(read_software(item, known) for item in table.each("software")),
        delegations=tuple(
            read_delegation(item, known, doors) for item in table.each("delegations")
        ),
        workforces=tuple(read_workforce(item, known) for item in table.each("workforces")),
        attestations=tuple(
            read_attestation(item, attestable, day) for item in table.each("attestations")
        ),
    )
    table.done()
    stated = [item.requirement for item in declaration.attestations]
    _distinct(path, "attestations", "requirement", stated)
    return SetUpFile(declaration, beside)


def _distinct(path: Path, table: str, key: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return `values`, none of which may stand twice."""
    seen: list[str] = []
    for number, value in enumerate(values, 1):
        if value in seen:
            raise BadInvocation(
                f"{value!r} stands there already, in {table}[{seen.index(value) + 1}]",
                where=f"{path}: {table}[{number}].{key}",
                hint=f"No two of them have the same {key}. A line that works:\n  {LINES[key]}",
            )
        seen.append(value)
    return tuple(seen)
