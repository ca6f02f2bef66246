"""The parties in a profile file: accounts with their certificate files, and mandates."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from proefbank.errors import BadInvocation
from proefbank.tables import Table

from .enterprise_numbers import check_digits_fit, well_formed
from .facts import CAPACITIES, FLA_SERVICE
from .mandates import STATUSES, Mandate, quarter_index
from .profile import Account

__all__ = ["load_certificate", "read_account", "read_mandate"]


def read_account(table: Table, folder: Path, environments: tuple[str, ...]) -> Account:
    """Return the account in one [[accounts]] table; certificate files lie in `folder`."""
    default = Account("", "", "", "")
    name = table.needed_text("name")
    files = table.texts("certificates", ())
    capacity = table.text("capacity", "", choices=CAPACITIES)
    if not capacity:
        raise table.complain("capacity", "is missing", f"Choose from: {', '.join(CAPACITIES)}.")
    account = Account(
        name=name,
        client_id=table.needed_text("client_id"),
        capacity=capacity,
        enterprise_number=_number(table, "enterprise_number"),
        environment=table.text("environment", default.environment, choices=environments),
        authorisations=table.texts("authorisations", default.authorisations),
        certificate_files=files,
        certificates=tuple(
            load_certificate(folder / file, where=f"{table.file}: {table.name}.certificates")
            for file in files
        ),
        active=table.flag("active", default=default.active),
        ocmw=table.flag("ocmw", default=default.ocmw),
    )
    table.done()
    return account


def _number(table: Table, key: str) -> str:
    number = table.needed_text(key)
    if not well_formed(number):
        raise table.complain(
            key,
            f"{number!r} is not an enterprise number",
            "Ten digits as a text, the first one 0 or 1, without dots and without BE.",
        )
    if not check_digits_fit(number):
        raise table.complain(
            key, f"the check digits of {number} do not fit", "Look the number up again."
        )
    return number


def read_mandate(table: Table) -> Mandate:
    """Return the mandate in one [[mandates]] table."""
    default = Mandate("", "")
    mandate = Mandate(
        principal=_number(table, "principal"),
        mandatary=_number(table, "mandatary"),
        service=table.text("service", FLA_SERVICE),
        status=table.text("status", default.status, choices=STATUSES),
        from_quarter=table.text("from_quarter", default.from_quarter),
        to_quarter=table.optional_text("to_quarter"),
    )
    for key, quarter in (
        ("from_quarter", mandate.from_quarter),
        ("to_quarter", mandate.to_quarter),
    ):
        try:
            quarter_index(quarter or mandate.from_quarter)
        except ValueError as problem:
            raise table.complain(key, str(problem), "Write a quarter as 2024Q3.") from problem
    table.done()
    return mandate


def load_certificate(path: Path, *, where: str) -> x509.Certificate:
    """Return the certificate in a PEM or DER file; BadInvocation if it holds anything else."""
    hint = "ChaMan takes the public certificate: export it as .cer (PEM or DER)."
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise BadInvocation(
            f"{path} cannot be read: {problem.strerror or problem}", where=where, hint=hint
        ) from problem
    if b"PRIVATE KEY-----" in data:
        raise BadInvocation(f"{path} holds a private key", where=where, hint=hint)
    try:
        if b"-----BEGIN CERTIFICATE-----" in data:
            certificate = x509.load_pem_x509_certificate(data)
        else:
            certificate = x509.load_der_x509_certificate(data)
        certificate.public_key()
    except Exception as problem:
        raise BadInvocation(f"{path} is not a certificate", where=where, hint=hint) from problem
    return certificate
