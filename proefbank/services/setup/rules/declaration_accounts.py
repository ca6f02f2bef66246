"""Accounts in ChaMan: what each must have, and how many there may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from proefbank.errors import NotObservable
from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.declaration import Declaration
from ..wire.declared import Account
from .declaration_findings import Wrong, among, finding

NO_FLA = "no account is used for data of the Federal Learning Account"


@rule("setup.account.is-made-before-fla-is-sent")
def is_made(declared: Declaration) -> Finding | None:
    """Without an account there is no client id, and without one no token and no call."""
    flows = among(declared.fla, "no data of the Federal Learning Account is sent")
    wrong = [(item.place, "no account") for item in flows if not item.account]
    return finding(declared, wrong, "an account through which the data goes")


@rule("setup.account.is-activated")
def is_activated(declared: Declaration) -> Finding | None:
    """While the channel is not activated, every call to a REST API fails."""
    accounts = among(declared.fla_accounts, NO_FLA)
    wrong = [(item.place, "not active") for item in accounts if not item.active]
    return finding(declared, wrong, "an account that is active in ChaMan")


@rule("setup.account.is-of-type-rest")
def is_rest(declared: Declaration) -> Finding | None:
    """The API takes tokens, and only a REST account has the client id that gets one."""
    accounts = among(declared.fla_accounts, NO_FLA)
    wrong = [(item.place, item.type) for item in accounts if item.type != "REST"]
    return finding(declared, wrong, "type REST", "choose REST in the list Type of ChaMan's form")


@rule("setup.account.permits-fla")
def permits_fla(declared: Declaration) -> Finding | None:
    """The account gets a token for what is ticked; for anything else the call is refused."""
    accounts = among(declared.fla_accounts, NO_FLA)
    wrong = [
        (item.place, ", ".join(item.permissions) or "no authorisation")
        for item in accounts
        if not item.permits_fla
    ]
    return finding(
        declared,
        wrong,
        "the authorisation CareerPro - Federal Learning Account",
        "tick it under Beveiligde machtigingen of the account",
    )


@rule("setup.account.form-is-complete")
def form_is_complete(declared: Declaration) -> Finding | None:
    """ChaMan makes no REST account while one of its starred fields is empty."""
    accounts = among([i for i in declared.accounts if i.type == "REST"], "no REST account")
    wrong = [pair for item in accounts for pair in _empty_fields(declared, item)]
    return finding(declared, wrong, "account name, certificate and certificate name filled in")


def _empty_fields(declared: Declaration, account: Account) -> Iterator[Wrong]:
    if not account.name:
        yield account.place, "no account name"
    if not account.certificates and not declared.may_be_delegated(account):
        yield account.place, "no certificate"
    for certificate in account.certificates:
        if not certificate.name:
            yield certificate.place, "no certificate name"


@rule("setup.account.certificate-is-valid")
def certificate_is_valid(declared: Declaration) -> Finding | None:
    """A REST channel is activated by a company that has a valid electronic certificate."""
    accounts = [i for i in declared.accounts if i.type == "REST" and i.certificates]
    wrong: list[Wrong] = []
    for account in among(accounts, "no REST account has a certificate"):
        told = [i for i in account.certificates if i.not_before and i.not_after]
        if any(item.not_before <= declared.day <= item.not_after for item in told):
            continue
        if len(told) < len(account.certificates):
            raise NotObservable(
                f"{account.place} does not tell the dates of all its certificates; "
                "file, or not_before and not_after, would show them"
            )
        spans = ", ".join(f"{item.not_before} to {item.not_after}" for item in told)
        wrong.append((account.place, f"valid {spans}"))
    return finding(declared, wrong, f"a certificate that is valid on {declared.day}")


@rule("setup.account.client-id-is-kept")
def client_id_is_kept(declared: Declaration) -> Finding | None:
    """The client id that ChaMan shows is what the client needs as iss and sub."""
    accounts = among([i for i in declared.accounts if i.type == "REST"], "no REST account")
    wrong = [(item.place, "no client_id") for item in accounts if not item.client_id]
    return finding(declared, wrong, "the client id that ChaMan showed", "find it in its list")


@rule("setup.account.only-rest-has-a-client-id")
def only_rest_has_client_id(declared: Declaration) -> Finding | None:
    """A client id noted for another account was copied from a wrong line of ChaMan's list."""
    used = declared.fla_accounts
    others = [i for i in declared.accounts if i.type != "REST" and i not in used]
    wrong = [
        (item.place, f"client_id {item.client_id}")
        for item in among(others, "no account but of type REST")
        if item.client_id
    ]
    return finding(declared, wrong, "no client id for an account that is not of type REST")


@rule("setup.account.test-environment-has-its-own")
def test_has_its_own(declared: Declaration) -> Finding | None:
    """The test environment knows nothing of the other: not its accounts, not its client ids."""
    in_use = {item.client_id for item in declared.accounts if item.environment == "PROD"} - {""}
    tests = [item for item in declared.accounts if item.environment == "ACC"]
    elsewhere = [
        (flow.place, f"account {item.id} of {item.environment} used in {flow.environment}")
        for flow in declared.flows
        if flow.environment and (item := declared.account(flow.account))
        if item.environment != flow.environment
    ]
    among([*tests, *elsewhere], "no account in the test environment")
    wrong = [
        (item.place, f"client_id {item.client_id}, which is that of PROD")
        for item in tests
        if item.client_id in in_use
    ] + elsewhere
    return finding(declared, wrong, "a channel made in the test environment", "see 5.3")


@rule("setup.account.test-certificate-is-its-own")
def test_certificate_is_its_own(declared: Declaration) -> Finding | None:
    """A key that is tried out in test environments should open nothing else."""
    in_use = {
        certificate.fingerprint
        for account in declared.accounts
        if account.environment == "PROD"
        for certificate in account.certificates
    } - {""}
    tests = [item for item in declared.accounts if item.environment == "ACC"]
    wrong = [
        (certificate.place, "a certificate that is in use in PROD")
        for item in among(tests, "no account in the test environment")
        for certificate in item.certificates
        if certificate.fingerprint in in_use
    ]
    return finding(declared, wrong, "a certificate for the test environment alone")


@rule("setup.account.one-each-of-ftp-sftp-soap")
def one_each(declared: Declaration) -> Finding | None:
    """ChaMan keeps one account of each of these types; only REST accounts may be several."""
    accounts = [item for item in declared.accounts if item.type != "REST"]
    among(accounts, "no FTP, SFTP or SOAP account")
    seen = Counter(_kind(item) for item in accounts)
    wrong = [
        (item.place, f"{seen[_kind(item)]} {item.type} accounts of {item.enterprise}")
        for item in accounts
        if seen[_kind(item)] > 1
    ]
    return finding(declared, wrong, "at most one account of this type")


def _kind(account: Account) -> tuple[str, str, str, str]:
    return account.enterprise, account.capacity, account.environment, account.type


@rule("setup.account.batch-and-soap-have-one-certificate")
def one_certificate(declared: Declaration) -> Finding | None:
    """The certificate of such an account can be replaced, but no other can stand beside it."""
    accounts = [item for item in declared.accounts if item.type != "REST"]
    wrong = [
        (item.place, f"{len(item.certificates)} certificates")
        for item in among(accounts, "no FTP, SFTP or SOAP account")
        if len(item.certificates) > 1
    ]
    return finding(declared, wrong, "one certificate", "replace the old one with the new one")
