"""Senders and their contacts, and who may work in ChaMan (ChaMan FAQ; manual, 4.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.declaration import Declaration
from ..wire.declared import Account, Contact, Person
from .declaration_findings import Wrong, among, finding

TECHNICAL = "technical_user"
GRANTERS = ("access_manager", "group_manager")


@rule("setup.sender.exists-before-any-exchange")
def exists(declared: Declaration) -> Finding | None:
    """No account without a sender: ChaMan asks for one at the first login."""
    owners = dict.fromkeys(item.enterprise for item in declared.accounts)
    known = {item.enterprise for item in declared.senders}
    wrong = [
        (f'senders of "{owner}"', f"no sender for {declared.number(owner)}")
        for owner in among(owners, "no account")
        if owner not in known
    ]
    return finding(declared, wrong, "a sender for every enterprise that has an account")


def _contacts(declared: Declaration) -> list[Contact]:
    found = [contact for sender in declared.senders for contact in sender.contacts]
    return among(found, "no sender has a contact")


@rule("setup.sender.has-one-technical-user")
def has_one_technical_user(declared: Declaration) -> Finding | None:
    """One person stands for the sender, so that everybody knows whom to call."""
    wrong: list[Wrong] = []
    for sender in among(declared.senders, "no sender"):
        count = sum(contact.role == TECHNICAL for contact in sender.contacts)
        if count != 1:
            wrong.append((sender.place, f"{count} technical users"))
    return finding(declared, wrong, "one technical user")


@rule("setup.sender.has-one-person-for-each-role")
def has_one_person_for_each_role(declared: Declaration) -> Finding | None:
    """ChaMan holds one person for each role within the enterprise."""
    wrong: list[Wrong] = []
    for sender in among(declared.senders, "no sender"):
        roles = Counter(contact.role for contact in sender.contacts if contact.role != TECHNICAL)
        told = [f"{count} times {role}" for role, count in roles.items() if count > 1]
        wrong += [(sender.place, item) for item in told]
    return finding(declared, wrong, "one person for each role")


@rule("setup.sender.contact-has-a-name")
def contact_has_name(declared: Declaration) -> Finding | None:
    """The contact identifies the technical user of the sender."""
    wrong = [(item.place, "no name") for item in _contacts(declared) if not item.named]
    return finding(declared, wrong, "the contact's name")


@rule("setup.sender.contact-has-an-email-address")
def contact_has_address(declared: Declaration) -> Finding | None:
    """Notices about updates of the channels are sent there, and nowhere else."""
    wrong = [(item.place, "no address") for item in _contacts(declared) if not item.emails]
    return finding(declared, wrong, "the contact's e-mail address")


@rule("setup.sender.contact-has-one-email-address")
def contact_has_one_address(declared: Declaration) -> Finding | None:
    """ChaMan has room for one address; use a shared mailbox to reach several people."""
    wrong = [
        (item.place, f"{item.emails} addresses") for item in _contacts(declared) if item.emails > 1
    ]
    return finding(declared, wrong, "one e-mail address")


def _configured(declared: Declaration, *types: str) -> Iterator[tuple[Account, Person]]:
    """Yield the accounts of these types with who configured them."""
    accounts = [item for item in declared.accounts if not types or item.type in types]
    if not accounts:
        raise DoesNotApply(f"no account{' of type ' if types else ''}{' or '.join(types)}")
    for account in accounts:
        person = next((item for item in declared.people if item.id == account.configured_by), None)
        if person is None:
            raise NotObservable(
                f"{account.place} does not tell who configured it; configured_by would show it"
            )
        yield account, person


@rule("setup.access.ordinary-user-was-granted-it")
def was_granted(declared: Declaration) -> Finding | None:
    """Managers have access to ChaMan by themselves, an ordinary user only when it is granted."""
    people = dict.fromkeys(person for _, person in _configured(declared))
    users = [item for item in people if item.role == "user"]
    wrong = [
        (item.place, "nobody granted access to ChaMan")
        for item in among(users, "no ordinary user configured an account")
        if not item.granted_by
    ]
    return finding(
        declared,
        wrong,
        "access granted by an access manager or a group manager",
        "they grant ChaMan - Technisch kanaalbeheer in Toegangsbeheer",
    )


@rule("setup.access.is-granted-by-a-manager")
def granted_by_manager(declared: Declaration) -> Finding | None:
    """Only those who answer for access in the enterprise can give it."""
    roles = {item.id: item for item in declared.people}
    granted = [item for item in declared.people if item.granted_by]
    wrong: list[Wrong] = []
    for person in among(granted, "access was granted to nobody"):
        by = roles[person.granted_by]
        if by.role not in GRANTERS or by.enterprise != person.enterprise:
            wrong.append((person.place, f"granted by {by.id}, {by.role} of {by.enterprise}"))
    return finding(declared, wrong, "granted by an access or group manager of the enterprise")


@rule("setup.access.rest-is-configured-within-the-enterprise")
def configured_within(declared: Declaration) -> Finding | None:
    """The access manager, or a technical manager appointed for it, configures the channel."""
    pairs = [pair for pair in _configured(declared, "REST") if pair[1].role != "integrator"]
    wrong = [
        (account.place, f"configured by {person.id}, {person.role} of {person.enterprise}")
        for account, person in among(pairs, "integrators are a requirement of their own")
        if person.enterprise != account.enterprise
    ]
    return finding(
        declared, wrong, "configured by the enterprise's own access manager or technical manager"
    )


@rule("setup.access.integrator-does-not-configure-rest")
def integrator_does_not(declared: Declaration) -> Finding | None:
    """However well an integrator knows the technique, it has no authority to do this."""
    wrong = [
        (account.place, f"configured by {person.id}, an integrator")
        for account, person in _configured(declared, "REST")
        if person.role == "integrator"
    ]
    return finding(declared, wrong, "configured by the enterprise itself")
