"""Who sends whose data through which account ("Opzetten kanaal REST API", 2.1 to 2.5 and 4.4)."""

from __future__ import annotations

from collections.abc import Iterator

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.declaration import Declaration
from ..wire.declared import Flow
from .declaration_findings import Wrong, among, finding


def _in_role(declared: Declaration, role: str) -> list[Flow]:
    found = [flow for flow in declared.fla if flow.role == role]
    return among(found, f"nobody sends data of the Federal Learning Account as {role}")


def _stranger(declared: Declaration, flow: Flow) -> str:
    """Return whose account a flow uses, if that is not the sender's."""
    account = declared.account(flow.account)
    return account.enterprise if account and account.enterprise != flow.sender else ""


def _special(declared: Declaration, flow: Flow) -> bool:
    """Whether the account of a flow is asked for by the rules on groups or on software."""
    alone = {name for item in declared.software if not item.vendor_sends for name in item.customers}
    apart = {name for item in declared.groups if not item.sender for name in item.members}
    return flow.sender in alone | apart


@rule("setup.account.one-for-each-capacity")
def one_for_each_capacity(declared: Declaration) -> Finding | None:
    """An account has one capacity; what is sent in another goes under the wrong one."""
    own: dict[str, set[str]] = {}
    used: dict[tuple[str, str], list[Flow]] = {}
    for flow in declared.fla:
        if flow.account and not declared.sends_for_its_group(flow):
            own.setdefault(flow.sender, set()).add(flow.role)
            used.setdefault((flow.sender, flow.account), []).append(flow)
    if not any(len(roles) > 1 for roles in own.values()):
        raise DoesNotApply("nobody sends in several capacities")
    wrong = [
        (flows[-1].place, f"account {account} for {' and '.join(sorted(roles))}")
        for (_, account), flows in used.items()
        if len(roles := {flow.role for flow in flows}) > 1
    ]
    return finding(declared, wrong, "an account for each capacity", "see 4.4 of the manual")


@rule("setup.flow.employer-sends-for-itself")
def employer_for_itself(declared: Declaration) -> Finding | None:
    """An employer without mandatary speaks for itself only, with its own account."""
    wrong: list[Wrong] = []
    for flow in _in_role(declared, "employer"):
        others = [declared.number(item) for item in flow.data_of if item != flow.sender]
        if others:
            wrong.append((flow.place, f"data of {', '.join(others)}"))
        elif _stranger(declared, flow) and not _special(declared, flow):
            wrong.append((flow.place, f"the account of {_stranger(declared, flow)}"))
    return finding(
        declared,
        wrong,
        "the sender's own number and its own account",
        "to send for another company, take the role mandatary and a mandate in MAHIS",
    )


@rule("setup.flow.training-provider-sends-in-its-own-name")
def training_provider_in_own_name(declared: Declaration) -> Finding | None:
    """A training provider needs no mandate since it speaks in its own name, whoever took part."""
    wrong: list[Wrong] = []
    for flow in _in_role(declared, "training_provider"):
        others = [declared.number(item) for item in flow.data_of if item != flow.sender]
        if others:
            wrong.append((flow.place, f"under the number of {', '.join(others)}"))
    return finding(
        declared,
        wrong,
        "the training provider's own number",
        "employers may be mentioned in the data, without a mandate",
    )


@rule("setup.flow.mandatary-sends-for-principals")
def mandatary_for_principals(declared: Declaration) -> Finding | None:
    """A mandatary's own number belongs to its own staff, whom it declares as an employer."""
    flows = [i for i in _in_role(declared, "mandatary") if not declared.sends_for_its_group(i)]
    wrong = [
        (flow.place, f"its own number, {declared.number(flow.sender)}")
        for flow in among(flows, "the sender of a group may send its own data too")
        if flow.sender in flow.data_of
    ]
    return finding(declared, wrong, "numbers of principals")


@rule("setup.flow.mandatary-uses-one-account")
def mandatary_uses_one_account(declared: Declaration) -> Finding | None:
    """One account and one certificate serve all principals; none of them lends its own."""
    seen: dict[tuple[str, str, str], list[Flow]] = {}
    wrong: list[Wrong] = []
    for flow in _in_role(declared, "mandatary"):
        account = declared.account(flow.account)
        if account and account.enterprise != flow.sender:
            wrong.append((flow.place, f"account {account.id} of {account.enterprise}"))
        elif account:
            key = (flow.sender, account.capacity, account.environment)
            seen.setdefault(key, []).append(flow)
    for flows in seen.values():
        used = sorted({flow.account for flow in flows})
        if len(used) > 1:
            wrong.append((flows[-1].place, f"accounts {' and '.join(used)}"))
    return finding(declared, wrong, "the mandatary's own account, the same for all principals")


@rule("setup.group.each-company-has-its-own-account")
def group_own_account(declared: Declaration) -> Finding | None:
    """In the first option every KBO number is a client of its own."""
    flows = _apart(declared)
    wrong = [
        (flow.place, f"the account of {_stranger(declared, flow)}")
        for flow in flows
        if _stranger(declared, flow)
    ]
    senders = {flow.sender for flow in flows}
    wrong += [
        (group.place, f"{declared.number(member)} sends nothing itself")
        for group in declared.groups
        if not group.sender
        for member in group.members
        if member not in senders
    ]
    return finding(declared, wrong, "an account of the company's own", "see 2.3, option 1")


@rule("setup.group.each-company-has-its-own-certificate")
def group_own_certificate(declared: Declaration) -> Finding | None:
    """One certificate for each KBO number: a shared one would speak for several companies."""
    owners: dict[str, str] = {}
    wrong: list[Wrong] = []
    used = {flow.account for flow in _apart(declared)}
    for account in (item for item in declared.accounts if item.id in used):
        for certificate in account.certificates:
            mark = certificate.fingerprint
            if mark and owners.setdefault(mark, account.enterprise) != account.enterprise:
                wrong.append((certificate.place, f"the certificate of {owners[mark]}"))
    return finding(declared, wrong, "a certificate of the company's own", "see 2.3, option 1")


def _apart(declared: Declaration) -> list[Flow]:
    groups = among(
        [item for item in declared.groups if not item.sender],
        "no group in which each company sends for itself",
    )
    members = {name for group in groups for name in group.members}
    return [flow for flow in declared.fla if flow.sender in members]


@rule("setup.group.sender-is-mandatary-of-the-others")
def group_sender_is_mandatary(declared: Declaration) -> Finding | None:
    """Belonging to one group gives no right to send: each of the others gives a mandate."""
    groups = [item for item in declared.groups if item.sender]
    wrong = [
        (group.place, f"no mandate of {declared.number(member)} to {group.sender}")
        for group in among(groups, "no group in which one company sends for all")
        for member in group.members
        if member != group.sender and not declared.mandates_of(member, group.sender)
    ]
    return finding(declared, wrong, "a mandate of every other company of the group", "see 2.3")


@rule("setup.software.sending-vendor-is-mandatary")
def vendor_is_mandatary(declared: Declaration) -> Finding | None:
    """Central software, or an agreement to send, makes the vendor a mandatary like any other."""
    wrong = [
        (item.place, f"no mandate of {declared.number(customer)} to {item.vendor}")
        for item in among(
            [item for item in declared.software if item.vendor_sends],
            "no vendor sends on behalf of employers",
        )
        for customer in item.customers
        if not declared.mandates_of(customer, item.vendor)
    ]
    return finding(declared, wrong, "a mandate of every employer", "see 2.4 (1)")


@rule("setup.software.each-employer-has-its-own-account")
def employer_has_own_account(declared: Declaration) -> Finding | None:
    """Software that an employer runs itself sends with the employer's client id and certificate."""
    software = [item for item in declared.software if not item.vendor_sends]
    among(software, "no software is run by employers themselves")
    wrong = [pair for item in software for pair in _without(declared, item.customers, item.place)]
    return finding(declared, wrong, "an account of each employer's own", "see 2.4 (2)")


def _without(declared: Declaration, customers: tuple[str, ...], place: str) -> Iterator[Wrong]:
    for customer in customers:
        flows = [flow for flow in declared.fla if flow.sender == customer]
        if not flows:
            yield place, f"{declared.number(customer)} sends nothing itself"
        for flow in flows:
            if _stranger(declared, flow):
                yield flow.place, f"the account of {_stranger(declared, flow)}"
