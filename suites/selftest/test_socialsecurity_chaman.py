"""ChaMan and MAHIS on trial: each step that the sources know, and what it does on the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from proefbank.exchange import Response
from proefbank.keys import KeyKind, key_for
from proefbank.services.socialsecurity.provider import Profile
from proefbank.services.socialsecurity.provider.chaman import AUTHORISATION
from proefbank.services.socialsecurity.provider.delegations import RESENDS
from proefbank.services.socialsecurity.provider.enterprise_numbers import synthetic
from proefbank.services.socialsecurity.provider.mandates import (
    Mandate,
    quarter_begins,
    quarter_index,
    quarter_of,
)

from .socialsecurity_bench import (
    DAY,
    EMPLOYER,
    MANDATARY,
    NOW,
    Bench,
    certificate,
    codes,
    error,
    fact,
    key_of,
    problem,
)

OCMW = "second-employer"
NUMBER = synthetic(9)
SECOND = key_for("selftest-second", "EC P-384")
BY = {"owner": "intermediary", "intermediary": "owner"}
PRINCIPAL, HOLDER = synthetic(4), synthetic(2)
OTHER = synthetic(11)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def signed(bench: Bench, account: str, key: Any) -> Response:
    return bench.post(bench.assertion(account, key=key))


def send(bench: Bench, token: str, number: str) -> Response:
    return bench.call(token, body={"enterpriseNumber": number, "reference": "r"})


# Certificates.


def test_a_certificate_is_replaced_without_interruption(bench: Bench) -> None:
    chaman, old = bench.provider.chaman, key_of(EMPLOYER)
    assert codes(signed(bench, EMPLOYER, SECOND)) == ["signature-not-registered"]
    added = chaman.add_certificate(EMPLOYER, certificate(SECOND), instant=NOW)
    for key in (old, SECOND):
        assert signed(bench, EMPLOYER, key).status == 200
    assert fact(signed(bench, EMPLOYER, SECOND), "certificate_sha256") == added
    gone = chaman.remove_certificate(EMPLOYER)
    assert signed(bench, EMPLOYER, SECOND).status == 200
    late = signed(bench, EMPLOYER, old)
    assert (late.status, error(late)) == (401, "invalid_client")
    assert fact(late, "removed_certificate_sha256") == gone
    assert [row["is"] for row in chaman.rows()["Certificates"][:2]] == ["registered", "removed"]
    chaman.add_certificate(EMPLOYER, certificate(old), instant=NOW)
    assert signed(bench, EMPLOYER, old).status == 200


def test_a_removed_certificate_is_refused_even_by_a_lenient_server(bench: Bench) -> None:
    bench.provider.lenient = True
    bench.provider.chaman.add_certificate(EMPLOYER, certificate(SECOND), instant=NOW)
    assert signed(bench, EMPLOYER, key_for("selftest-anybody", "EC P-384")).status == 200
    bench.provider.chaman.remove_certificate(EMPLOYER)
    assert signed(bench, EMPLOYER, key_of(EMPLOYER)).status == 401
    assert bench.post(bench.assertion(EMPLOYER, key=SECOND, aud="elsewhere")).status == 200
    bench.provider.reset()
    assert signed(bench, EMPLOYER, key_of(EMPLOYER)).status == 200


def test_what_chaman_says_no_to(bench: Bench) -> None:
    chaman = bench.provider.chaman
    first = chaman.certificates(EMPLOYER)[0].sha256
    with pytest.raises(ValueError, match="another has to be added first"):
        chaman.remove_certificate(EMPLOYER)
    made = certificate(SECOND)
    chaman.add_certificate(EMPLOYER, made, instant=NOW)
    with pytest.raises(ValueError, match="already"):
        chaman.add_certificate(EMPLOYER, made, instant=NOW)
    with pytest.raises(ValueError, match="no certificate whose SHA-256 begins"):
        chaman.remove_certificate(EMPLOYER, "zz")
    assert chaman.remove_certificate(EMPLOYER, first[:8].upper()) == first
    with pytest.raises(KeyError):
        chaman.add_certificate("nobody", made, instant=NOW)
    with pytest.raises(ValueError, match="certificates of employer are the owner's"):
        chaman.add_certificate(EMPLOYER, certificate(SECOND), instant=NOW, by="intermediary")
    with pytest.raises(ValueError, match="has no account"):
        chaman.remove_certificate(EMPLOYER, by="integrator")


@pytest.mark.parametrize(
    ("kind", "start", "end", "why"),
    [
        ("RSA-2048", -DAY, DAY, None),
        ("EC P-521", -DAY, DAY, None),
        ("EC P-256", -DAY, DAY, "its key is EC P-256"),
        ("EC P-384", -2 * DAY, -DAY, "not valid now"),
        ("EC P-384", DAY, 2 * DAY, "not valid now"),
    ],
)
def test_which_certificates_are_taken(
    bench: Bench, kind: KeyKind, start: float, end: float, why: str | None
) -> None:
    made = certificate(key_for("selftest-kinds", kind), start=start, end=end)
    if why is None:
        bench.provider.chaman.add_certificate(EMPLOYER, made, instant=NOW)
        return
    with pytest.raises(ValueError, match=why):
        bench.provider.chaman.add_certificate(EMPLOYER, made, instant=NOW)


def test_digest_and_key_usage_of_a_certificate(bench: Bench) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Voorbeeld")])
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), 7)
        .not_valid_before(datetime.fromtimestamp(NOW - DAY, UTC))
        .not_valid_after(datetime.fromtimestamp(NOW + DAY, UTC))
    )
    for digest, why in ((hashes.SHA224(), "digest is sha224"), (hashes.SHA512(), "key usage")):
        made = builder.sign(key, digest)
        with pytest.raises(ValueError, match=why):
            bench.provider.chaman.add_certificate(EMPLOYER, made, instant=NOW)


# Permissions.


def test_a_permission_is_withdrawn_and_given_back(bench: Bench) -> None:
    chaman, token = bench.provider.chaman, bench.token()
    assert bench.call(token).status == 201
    chaman.withdraw_permission(EMPLOYER)
    for lenient in (False, True):
        bench.provider.lenient = lenient
        refused = bench.call(token)
        assert (refused.status, codes(refused)) == (403, ["scope-missing"])
        assert problem(refused)["type"].endswith("missingScope")
        assert bench.call(bench.token()).status == 403
    bench.provider.lenient = False
    scope = str(bench.profile.scopes.employer)
    assert error(bench.post(bench.assertion(), scope=scope)) == "invalid_scope"
    assert bench.call(bench.token(OCMW), body=_of(bench, OCMW)).status == 201, "another's is left"
    chaman.give_permission(EMPLOYER)
    assert bench.call(bench.token()).status == 201


def _of(bench: Bench, account: str) -> dict[str, str]:
    number = bench.profile.account(account).enterprise_number
    return {"enterpriseNumber": number, "reference": "r"}


def test_only_the_owner_changes_permissions(bench: Bench) -> None:
    chaman = bench.provider.chaman
    for act in (chaman.give_permission, chaman.withdraw_permission):
        with pytest.raises(ValueError, match="only the owner"):
            act(EMPLOYER, by="intermediary")
    with pytest.raises(ValueError, match="already"):
        chaman.give_permission(EMPLOYER, AUTHORISATION)
    with pytest.raises(ValueError, match="employer has CareerPro"):
        chaman.withdraw_permission(EMPLOYER, "WITA Amateur")


def test_a_channel_that_is_not_activated_gives_no_token(bench: Bench) -> None:
    chaman = bench.provider.chaman
    chaman.set_active(EMPLOYER, active=False)
    for lenient in (False, True):
        bench.provider.lenient = lenient
        refused = bench.post(bench.assertion())
        assert (refused.status, codes(refused)) == (401, ["channel-inactive"])
    chaman.set_active(EMPLOYER, active=True)
    assert bench.post(bench.assertion()).status == 200
    with pytest.raises(ValueError, match="only the owner"):
        chaman.set_active(EMPLOYER, active=False, by="intermediary")


# Delegations.


@pytest.mark.parametrize("by", BY)
def test_either_side_asks_and_the_other_accepts(bench: Bench, by: str) -> None:
    chaman = bench.provider.chaman
    chaman.request_delegation(OCMW, NUMBER, by=by)
    with pytest.raises(ValueError, match="the other side answers"):
        chaman.accept_delegation(OCMW, NUMBER, by=by)
    pending = signed(bench, OCMW, SECOND)
    assert (pending.status, error(pending)) == (401, "invalid_client")
    with pytest.raises(ValueError, match="are the owner's"):
        chaman.add_certificate(OCMW, certificate(SECOND), instant=NOW, by="intermediary")
    chaman.accept_delegation(OCMW, NUMBER, by=BY[by])
    chaman.add_certificate(OCMW, certificate(SECOND), instant=NOW, by="intermediary")
    accepted = signed(bench, OCMW, SECOND)
    assert accepted.status == 200
    assert fact(accepted, "account") == OCMW
    for act in (chaman.certificates, chaman.remove_certificate):
        with pytest.raises(ValueError, match="are the intermediary's"):
            act(OCMW)
    chaman.withdraw_permission(OCMW)
    assert chaman.rows()["Delegations"][0]["state"] == "accepted"


def test_nothing_that_nobody_documents_is_done_to_a_delegation(bench: Bench) -> None:
    chaman = bench.provider.chaman
    with pytest.raises(ValueError, match="only those delegate"):
        chaman.request_delegation(EMPLOYER, NUMBER, by="owner")
    with pytest.raises(ValueError, match="not an enterprise number"):
        chaman.request_delegation(OCMW, "12", by="owner")
    with pytest.raises(ValueError, match="his own intermediary"):
        chaman.request_delegation(OCMW, synthetic(6), by="owner")
    with pytest.raises(ValueError, match="no side"):
        chaman.request_delegation(OCMW, NUMBER, by="integrator")
    with pytest.raises(ValueError, match="nobody waits"):
        chaman.accept_delegation(OCMW, NUMBER, by="owner")
    with pytest.raises(ValueError, match="was refused"):
        chaman.resend_delegation(OCMW, NUMBER, by="owner")
    chaman.request_delegation(OCMW, NUMBER, by="owner")
    with pytest.raises(ValueError, match="requested already"):
        chaman.request_delegation(OCMW, OTHER, by="intermediary")
    chaman.accept_delegation(OCMW, NUMBER, by="intermediary")
    for act in (chaman.request_delegation, chaman.refuse_delegation, chaman.resend_delegation):
        with pytest.raises(ValueError, match=r"accepted already|nobody waits|was refused"):
            act(OCMW, NUMBER, by="owner")


def test_the_intermediary_sends_twenty_times_again_and_the_owner_for_ever(bench: Bench) -> None:
    chaman = bench.provider.chaman
    chaman.request_delegation(OCMW, NUMBER, by="intermediary")
    chaman.refuse_delegation(OCMW, NUMBER, by="owner")
    with pytest.raises(ValueError, match="it is sent again"):
        chaman.request_delegation(OCMW, NUMBER, by="intermediary")
    for _ in range(RESENDS):
        chaman.resend_delegation(OCMW, NUMBER, by="intermediary")
        chaman.refuse_delegation(OCMW, NUMBER, by="owner")
    assert signed(bench, OCMW, SECOND).status == 401
    with pytest.raises(ValueError, match="the enterprise itself starts it"):
        chaman.resend_delegation(OCMW, NUMBER, by="intermediary")
    chaman.request_delegation(OCMW, NUMBER, by="owner")
    for _ in range(2 * RESENDS):
        chaman.refuse_delegation(OCMW, NUMBER, by="intermediary")
        with pytest.raises(ValueError, match="the enterprise itself starts it"):
            chaman.request_delegation(OCMW, NUMBER, by="intermediary")
        chaman.resend_delegation(OCMW, NUMBER, by="owner")
    chaman.accept_delegation(OCMW, NUMBER, by="intermediary")
    told = chaman.rows()["Delegations"][0]
    assert (told["state"], told["sent again by the intermediary"]) == ("accepted", RESENDS)
    bench.provider.reset()
    assert chaman.rows()["Delegations"] == []


def test_another_intermediary_has_its_own_count(bench: Bench) -> None:
    chaman = bench.provider.chaman
    for number in (NUMBER, OTHER):
        chaman.request_delegation(OCMW, number, by="intermediary")
        chaman.refuse_delegation(OCMW, number, by="owner")
    chaman.resend_delegation(OCMW, NUMBER, by="intermediary")
    with pytest.raises(ValueError, match="requested already"):
        chaman.resend_delegation(OCMW, OTHER, by="intermediary")
    counts = [row["sent again by the intermediary"] for row in chaman.rows()["Delegations"]]
    assert sorted(counts) == [0, 1]


# Mandates.


@pytest.mark.parametrize(("by", "other"), [("principal", "mandatary"), ("mandatary", "principal")])
def test_a_mandate_is_asked_for_validated_and_begins(bench: Bench, by: str, other: str) -> None:
    mahis, token, number = bench.provider.mahis, bench.token(MANDATARY), synthetic(12)
    assert fact(send(bench, token, number), "mandate") == "none"
    mahis.request(number, HOLDER, by=by, from_quarter="2025Q3", to_quarter="2025Q4")
    assert mahis.rows(NOW)[-1]["state"] == "pending"
    assert send(bench, token, number).status == 403
    with pytest.raises(ValueError, match="both sides validate"):
        mahis.validate(number, HOLDER, by=by)
    mahis.validate(number, HOLDER, by=other)
    seen = []
    for quarter, aside in (("2025Q3", -1), ("2025Q3", 1), ("2026Q1", -1), ("2026Q1", 1)):
        bench.now = quarter_begins(quarter_index(quarter)) + aside
        answer = send(bench, bench.token(MANDATARY), number)
        seen.append((mahis.rows(bench.now)[-1]["state"], fact(answer, "mandate"), answer.status))
    assert seen == [
        ("coming", "none", 403),
        ("active", "active", 201),
        ("active", "active", 201),
        ("ended", "ended", 403),
    ]


def test_a_mandate_ends_at_midnight_in_belgium(bench: Bench) -> None:
    mahis = bench.provider.mahis
    bench.provider.lenient = True
    mahis.end(PRINCIPAL, HOLDER, quarter="2025Q2", instant=NOW)
    midnight = datetime(2025, 6, 30, 22, tzinfo=UTC).timestamp()
    for bench.now, status in ((midnight - 1, 201), (midnight, 403)):
        answer = send(bench, bench.token(MANDATARY), PRINCIPAL)
        assert answer.status == status
    assert problem(answer)["type"].endswith("missingPermission")
    assert send(bench, bench.token(MANDATARY), synthetic(8)).status == 201, "another's goes on"
    bench.provider.reset()
    assert send(bench, bench.token(MANDATARY), PRINCIPAL).status == 201


def test_quarters_are_those_of_belgium() -> None:
    for quarter, hour in (("2026Q1", 23), ("2026Q2", 22), ("2026Q3", 22), ("2026Q4", 22)):
        index = quarter_index(quarter)
        begins = quarter_begins(index)
        assert datetime.fromtimestamp(begins, UTC).hour == hour
        assert (quarter_of(begins - 1), quarter_of(begins)) == (index - 1, index)


def test_an_employer_has_one_mandatary(bench: Bench) -> None:
    mahis = bench.provider.mahis
    mahis.request(PRINCIPAL, OTHER, by="principal", from_quarter="2025Q3")
    with pytest.raises(ValueError, match="one mandatary"):
        mahis.validate(PRINCIPAL, OTHER, by="mandatary")
    mahis.end(PRINCIPAL, HOLDER, quarter="2025Q2", instant=NOW)
    mahis.validate(PRINCIPAL, OTHER, by="mandatary")
    states = {
        row["mandatary"]: row["state"] for row in mahis.rows(NOW) if row["principal"] == PRINCIPAL
    }
    assert states == {HOLDER: "active", OTHER: "coming"}


def test_what_mahis_says_no_to(bench: Bench) -> None:
    mahis = bench.provider.mahis

    def ask(principal: str = PRINCIPAL, mandatary: str = OTHER, **how: str) -> None:
        mahis.request(principal, mandatary, **{"by": "principal", "from_quarter": "2025Q3", **how})

    for told, why in (
        ({"by": "integrator"}, "asks for no mandate"),
        ({"principal": "BE0000000196"}, "not an enterprise number"),
        ({"mandatary": PRINCIPAL}, "of himself"),
        ({"to_quarter": "2025Q2"}, "is before"),
        ({"from_quarter": "summer"}, "not a quarter"),
        ({"mandatary": HOLDER}, "have a mandate"),
    ):
        with pytest.raises(ValueError, match=why):
            ask(**told)
    ask()
    with pytest.raises(ValueError, match="have asked for one"):
        ask(by="mandatary")
    with pytest.raises(ValueError, match="to be ended"):
        mahis.end(PRINCIPAL, OTHER, quarter="2026Q1", instant=NOW)
    with pytest.raises(ValueError, match=r"no mandate .* asked for"):
        mahis.validate(PRINCIPAL, HOLDER, by="principal")
    with pytest.raises(ValueError, match="is past"):
        mahis.end(PRINCIPAL, HOLDER, quarter="2025Q1", instant=NOW)
    mahis.end(PRINCIPAL, HOLDER, quarter="2025Q4", instant=NOW)
    with pytest.raises(ValueError, match="outside the mandate"):
        mahis.end(PRINCIPAL, HOLDER, quarter="2026Q1", instant=NOW)


def test_a_pending_mandate_of_a_profile_is_validated_by_either_side() -> None:
    for by in ("principal", "mandatary"):
        pending = Mandate(PRINCIPAL, HOLDER, status="pending")
        bench = Bench(replace(Profile(), mandates=(pending,)))
        bench.provider.mahis.validate(PRINCIPAL, HOLDER, by=by)
        assert send(bench, bench.token(MANDATARY), PRINCIPAL).status == 201
