"""A TOML table whose complaints show a line that works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.names import nearest
from proefbank.tables import Table

from .numbers import misfit

__all__ = ["Worked", "refer"]

LINES: Mapping[str, str] = {
    "account": 'account = "fla"',
    "accounts": '[[accounts]]\n  id = "fla"',
    "active": "active = true",
    "agreement": "agreement = true",
    "attestations": "[[attestations]]",
    "by": 'by = "Access manager of Voorbeeld NV"',
    "capacities": 'capacities = ["employer"]',
    "capacity": 'capacity = "employer"',
    "central": "central = true",
    "certificates": '[[accounts.certificates]]\n  name = "FLA 2026"',
    "client_id": 'client_id = "self_service_chaman_000000_000001"',
    "configured_by": 'configured_by = "manager"',
    "contacts": '[[senders.contacts]]\n  role = "technical_user"',
    "customers": 'customers = ["employer-1", "employer-2"]',
    "data_of": 'data_of = ["company"]',
    "delegations": "[[delegations]]",
    "dimona": 'dimona = "company"',
    "emails": 'emails = ["channels@company.example"]',
    "enterprise": 'enterprise = "company"',
    "enterprises": '[[enterprises]]\n  id = "company"',
    "environment": 'environment = "PROD"',
    "events": '[[delegations.events]]\n  what = "request"',
    "file": 'file = "company.cer"',
    "fingerprint": f'fingerprint = "{"ab" * 32}"',
    "fla": 'fla = "company"',
    "flow": 'flow = "FLA"',
    "flows": '[[flows]]\n  flow = "FLA"',
    "from": "from = 2026-01-01",
    "granted_by": 'granted_by = "manager"',
    "groups": "[[groups]]",
    "id": 'id = "company"',
    "intermediary": 'intermediary = "partner"',
    "key": 'key = "sftp.pub"',
    "mandatary": 'mandatary = "secretariat"',
    "mandates": "[[mandates]]",
    "members": 'members = ["company-1", "company-2"]',
    "name": 'name = "Voorbeeld NV"',
    "not_after": "not_after = 2029-12-31",
    "not_before": "not_before = 2026-01-01",
    "number": 'number = "0000000196"',
    "ocmw": "ocmw = true",
    "on": "on = 2026-03-31",
    "option": "option = 1",
    "people": '[[people]]\n  id = "manager"',
    "permissions": 'permissions = ["CareerPro - Federal Learning Account - Aangifte"]',
    "principal": 'principal = "employer"',
    "requirement": 'requirement = "setup.attested.enterprise-is-registered-on-the-portal"',
    "role": 'role = "employer"',
    "sender": 'sender = "company"',
    "senders": '[[senders]]\n  enterprise = "company"',
    "service": 'service = "Federal Learning Account"',
    "software": "[[software]]",
    "status": 'status = "active"',
    "times": "times = 1",
    "to": "to = 2026-12-31",
    "type": 'type = "REST"',
    "user": 'user = "voorbeeld01"',
    "validated_by": 'validated_by = ["principal", "mandatary"]',
    "vendor": 'vendor = "vendor"',
    "what": 'what = "request"',
    "workforces": "[[workforces]]",
}
"""A line that works, by key."""


class Worked(Table):
    """A table of a declared set-up."""

    line: str = ""
    """The line to show in the next complaint, if it is another than that of LINES."""

    def complain(self, key: str, message: str, hint: str = "") -> BadInvocation:
        """Return the exception, with a working line below the hint."""
        shown = self.line or LINES.get(key) or LINES.get(nearest(key, LINES), "")
        told = f"{hint} A line that works:" if hint else "A line that works:"
        return super().complain(key, message, f"{told}\n  {shown}")

    def table_of(self, key: str, values: Mapping[str, Any]) -> Worked:
        """Return `values`, taken out under `key` before, as a table to read on."""
        return Worked(values, file=self.file, name=self._inside(key))

    def each(self, key: str) -> Iterable[Worked]:
        """Yield the tables of an array, none if it is absent."""
        for number, values in enumerate(self.mappings(key) or (), 1):
            yield self.table_of(f"{key}[{number}]", values)

    def has(self, key: str) -> bool:
        """Whether a key is there and was not read yet."""
        return key in self._values

    def place(self, mark: str = "") -> str:
        """Return where this table stands, for findings: `accounts[2] "fla"`."""
        return f'{self.name} "{mark}"' if mark else self.name

    def spelled(self, key: str, known: Mapping[str, str], default: str | None = None) -> str:
        """Return the word of ours for a text that may be spelled in several ways."""
        told = self.needed_text(key) if default is None else self.text(key, default)
        return self._word(key, told, known)

    def spelled_list(self, key: str, known: Mapping[str, str]) -> tuple[str, ...]:
        """Return the words of ours for a list of such texts."""
        return tuple(self._word(key, told, known) for told in self.texts(key, None))

    def _word(self, key: str, told: str, known: Mapping[str, str]) -> str:
        found = known.get(" ".join(told.casefold().replace("_", " ").replace("-", " ").split()))
        if found is None:
            words = list(dict.fromkeys(known.values()))
            near = known[nearest(told.casefold(), known)]
            hint = f"Did you mean {near!r}? Known: {', '.join(words)}."
            raise self.complain(key, f"{told!r} is not known", hint)
        return found

    def kbo_number(self, key: str) -> str:
        """Return an enterprise number: ten digits with check digits that fit."""
        told = self.needed_text(key)
        problem, meant = misfit(told)
        if problem:
            self.line = f'{key} = "{meant}"' if meant else ""
            raise self.complain(key, f"{told!r} is not an enterprise number: {problem}")
        return told

    def span(self, first: str, last: str) -> tuple[str, str]:
        """Return two dates as ISO text, or empty; the second may not lie before the first."""
        begins, ends = self.date(first) or "", self.date(last) or ""
        if begins and ends and ends < begins:
            self.line = f"{last} = {date.fromisoformat(begins).replace(month=12, day=31)}"
            raise self.complain(last, f"{ends} lies before {first}, which is {begins}")
        return begins, ends

    def needed_date(self, key: str) -> str:
        """Return a date, which is needed, as ISO text."""
        told = self.date(key)
        if told is None:
            raise self.complain(key, "is missing", f"Add {key} to this table.")
        return told


def refer(table: Worked, key: str, told: str, known: Sequence[str], what: str) -> str:
    """Return an id that `known` has; raise the complaint of `table` for any other, but empty."""
    if told and told not in known:
        near = f"Did you mean {nearest(told, known)!r}?" if known else f"There is no {what} at all."
        raise table.complain(key, f"there is no {what} with the id {told!r}", near)
    return told
