"""Rules at their limits, with no client and no network; and what must hold whatever is judged."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proefbank.errors import NotObservable
from proefbank.exchange import Request, Response, Secret, Trail
from proefbank.journal import Event, Journal, read_lines
from proefbank.judge import Rule, catalogue, judge, rules_of
from proefbank.redaction import Redactor
from proefbank.report.record import build_report
from proefbank.requirement import Basis, Level
from proefbank.services.socialsecurity import SERVICE
from proefbank.services.socialsecurity.wire.assertion import ClientAssertion
from proefbank.services.socialsecurity.wire.token_request import TokenRequest
from proefbank.untold import Untold
from proefbank.verdict import Outcome, Verdict, outcome_of_row, run_verdict

RULES = {
    (rule.requirement.partition(".")[2], rule.reading): rule for rule in rules_of(SERVICE.package)
}
ROWS = catalogue(SERVICE.package)
NOW = 1_795_000_000.0
ORIGIN = "https://127.0.0.1:44885"
TOKEN_URL = f"{ORIGIN}/REST/oauth/v5/token"
CLIENT = "self_service_chaman_000001_proefbank1"
SCOPE = "scope:sigedis:gestion:careerpro-federal-learning-account:employer"
SCENARIO = {
    "token_endpoint": TOKEN_URL,
    "audience": TOKEN_URL,
    "api_base": f"{ORIGIN}/REST/federalLearningAccount/v1",
    "client_id": CLIENT,
    "scope": None,
    "capacity": "employer",
    "capacity_scope": SCOPE,
    "other_client_ids": ["self_service_chaman_000002_proefbank2"],
    "max_lifetime_s": 600,
    "grace_s": 30,
    "skew_s": 60,
}
CLAIMS = {"iss": CLIENT, "sub": CLIENT, "aud": TOKEN_URL, "exp": NOW + 300, "jti": "a-1"}
FORM = {
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}
FACTS = {"signature": "registered", "key_kind": "RSA-2048"}


def b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt_of(claims: Mapping[str, object], header: Mapping[str, object], signature: bytes) -> str:
    return f"{b64(header)}.{b64(claims)}.{b64(signature)}"


def token_request(
    claims: Mapping[str, object] = CLAIMS,
    header: Mapping[str, object] | None = None,
    form: Mapping[str, str] = FORM,
    **over: Any,
) -> Request:
    assertion = jwt_of(claims, header or {"alg": "RS256", "typ": "JWT"}, b"\x01" * 256)
    request = Request.to(
        TOKEN_URL,
        method="POST",
        headers=[("Content-Type", "application/x-www-form-urlencoded")],
        body=urlencode({**form, "client_assertion": assertion}).encode(),
        received_at=NOW,
    )
    return replace(request, **over)


def answer(status: int = 200, stimulus: str | None = None, **headers: str) -> Response:
    body = json.dumps({"access_token": "an-opaque-access-token", "token_type": "Bearer"})
    secrets = (Secret("token", "an-opaque-access-token"),) if status == 200 else ()
    return Response(
        status,
        (("Content-Type", "application/json"), *headers.items()),
        body.encode() if status == 200 else b"{}",
        trail=Trail("token", facts=FACTS, stimulus=stimulus, secrets=secrets),
    )


def journal_of(*requests: Request, scenario: Mapping[str, object] = SCENARIO) -> Journal:
    journal = Journal("token", Redactor())
    journal.write("staging", service="socialsecurity", at=NOW)
    journal.write("scenario", facts=dict(scenario))
    for number, request in enumerate(requests, start=1):
        journal.write("call", call=number, op="token.fetch", args={"scope": None}, note="")
        journal.exchange(request, answer())
        journal.write("outcome", call=number, outcome="accepted")
    journal.write("staged", state="done", reason="")
    return journal


def outcome(slug: str, reading: type, journal: Journal) -> str:
    return judge(RULES[slug, reading], journal).outcome.value


def of_claims(slug: str, **claims: object) -> str:
    kept = {name: value for name, value in (CLAIMS | claims).items() if value is not ...}
    return outcome(slug, ClientAssertion, journal_of(token_request(kept)))


@pytest.mark.parametrize(
    ("slug", "claims", "expected"),
    [
        # Ten minutes, and half a minute of grace for the way.
        ("assertion.lifetime-at-most-10-minutes", {"exp": NOW + 600}, "passed"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": NOW + 630}, "passed"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": NOW + 630.5}, "failed"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": NOW + 631}, "failed"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": NOW + 5000}, "failed"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": NOW - 5000}, "passed"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": (NOW + 300) * 1000}, "not_applicable"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": str(NOW + 300)}, "not_applicable"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": True}, "not_applicable"),
        ("assertion.lifetime-at-most-10-minutes", {"exp": ...}, "not_applicable"),
        ("assertion.exp-is-present", {"exp": ...}, "failed"),
        ("assertion.exp-is-present", {"exp": None}, "passed"),
        ("assertion.exp-lies-ahead", {"exp": NOW}, "passed"),
        ("assertion.exp-lies-ahead", {"exp": NOW - 29}, "passed"),
        ("assertion.exp-lies-ahead", {"exp": NOW - 30}, "failed"),
        ("assertion.exp-lies-ahead", {"exp": 0}, "failed"),
        ("assertion.exp-is-in-seconds", {"exp": NOW + 300}, "passed"),
        ("assertion.exp-is-in-seconds", {"exp": int((NOW + 300) * 1000)}, "failed"),
        ("assertion.exp-is-in-seconds", {"exp": (NOW - 86_000) * 1000}, "failed"),
        ("assertion.exp-is-in-seconds", {"exp": str(int(NOW + 300))}, "failed"),
        ("assertion.exp-is-in-seconds", {"exp": True}, "failed"),
        ("assertion.exp-is-in-seconds", {"exp": None}, "failed"),
        ("assertion.exp-is-in-seconds", {"exp": [NOW]}, "failed"),
        ("assertion.exp-is-in-seconds", {"exp": ...}, "not_applicable"),
        # Clocks may be a minute apart.
        ("assertion.nbf-not-in-the-future", {}, "not_applicable"),
        ("assertion.nbf-not-in-the-future", {"nbf": NOW - 9999}, "passed"),
        ("assertion.nbf-not-in-the-future", {"nbf": NOW + 60}, "passed"),
        ("assertion.nbf-not-in-the-future", {"nbf": NOW + 61}, "failed"),
        ("assertion.iat-not-in-the-future", {"iat": NOW + 60}, "passed"),
        ("assertion.iat-not-in-the-future", {"iat": str(NOW + 999)}, "not_applicable"),
        ("assertion.span-at-most-10-minutes", {"iat": NOW - 330, "exp": NOW + 300}, "passed"),
        ("assertion.span-at-most-10-minutes", {"exp": NOW + 9999, "iat": NOW}, "not_applicable"),
        # One audience, character for character; an array with that one string is the string.
        ("assertion.aud-is-token-url", {"aud": [TOKEN_URL]}, "passed"),
        ("assertion.aud-is-token-url", {"aud": [TOKEN_URL, TOKEN_URL]}, "failed"),
        ("assertion.aud-is-token-url", {"aud": [TOKEN_URL, ORIGIN]}, "failed"),
        ("assertion.aud-is-token-url", {"aud": []}, "failed"),
        ("assertion.aud-is-token-url", {"aud": ...}, "failed"),
        ("assertion.aud-is-token-url", {"aud": TOKEN_URL + "/"}, "failed"),
        ("assertion.aud-is-token-url", {"aud": TOKEN_URL.upper()}, "failed"),
        ("assertion.aud-is-token-url", {"aud": {"url": TOKEN_URL}}, "failed"),
        # Who speaks: one defect, one requirement.
        ("assertion.iss-is-the-client-id", {"iss": "other"}, "failed"),
        ("assertion.sub-is-the-client-id", {"iss": "other"}, "passed"),
        ("assertion.iss-is-the-client-id", {"iss": "other", "sub": "other"}, "passed"),
        ("account.client-id-is-the-one-shown", {"iss": "other", "sub": "other"}, "failed"),
        ("account.client-id-is-the-one-shown", {"iss": "other"}, "not_applicable"),
        ("assertion.iss-is-the-client-id", {"iss": ..., "sub": ...}, "failed"),
        ("assertion.jti-is-present", {"jti": ""}, "failed"),
        ("assertion.jti-is-present", {"jti": 7}, "failed"),
    ],
)
def test_claims(slug: str, claims: dict[str, object], expected: str) -> None:
    found = of_claims(slug, **claims)
    level = ROWS[f"socialsecurity.{slug}"].level
    assert found == ("warned" if expected == "failed" and level is not Level.MUST else expected)


@pytest.mark.parametrize(
    ("algorithm", "key_kind", "signed", "asymmetric", "fits"),
    [
        ("RS256", "RSA-2048", "passed", "passed", "passed"),
        ("PS512", "RSA-2048", "passed", "passed", "passed"),
        ("ES256", "RSA-2048", "passed", "passed", "failed"),
        ("ES384", "EC P-384", "passed", "passed", "passed"),
        ("ES512", "EC P-384", "passed", "passed", "failed"),
        ("ES512", "EC P-521", "passed", "passed", "passed"),
        ("HS256", "RSA-2048", "passed", "failed", "not_applicable"),
        ("none", "RSA-2048", "failed", "not_applicable", "not_applicable"),
        ("NoNe", "RSA-2048", "failed", "not_applicable", "not_applicable"),
        ("", "RSA-2048", "failed", "not_applicable", "not_applicable"),
    ],
)
def test_algorithms(algorithm: str, key_kind: str, signed: str, asymmetric: str, fits: str) -> None:
    reading = next(iter(ClientAssertion.read(journal_of(token_request(header={"alg": algorithm})))))
    one = replace(reading, facts={**FACTS, "key_kind": key_kind})
    found = [
        _said(RULES[f"assertion.{slug}", ClientAssertion], one)
        for slug in ("is-signed", "signature-is-asymmetric", "alg-fits-the-key")
    ]
    assert found == [signed, asymmetric, fits]


def _said(rule: Rule, reading: object) -> str:
    class Ready(Journal):
        """A journal that offers one reading."""

    ready = Ready("one")
    kind = type("Given", (), {"read": classmethod(lambda cls, _: [reading])})
    return judge(replace(rule, reading=kind), ready).outcome.value


OLD_PATH = {"target": "/REST/oauth/v3/token"}
QUERY = {"target": "/REST/oauth/v5/token?a=b"}
LATIN = "application/x-www-form-urlencoded; charset=iso-8859-1"
SHOUTED = "Application/X-WWW-Form-Urlencoded ; charset=UTF-8"


@pytest.mark.parametrize(
    ("slug", "over", "expected"),
    [
        ("method-is-post", {"method": "PUT"}, "failed"),
        ("path-is-the-v5-token-endpoint", OLD_PATH, "failed"),
        ("path-is-the-v5-token-endpoint", QUERY, "passed"),
        ("keeps-parameters-out-of-the-url", QUERY, "failed"),
        ("says-form-urlencoded", {"headers": ()}, "failed"),
        ("says-form-urlencoded", {"headers": (("content-TYPE", SHOUTED),)}, "passed"),
        ("form-is-utf-8", {"headers": (("Content-Type", LATIN),)}, "failed"),
        ("form-is-utf-8", {"body": b"grant_type=\xe9"}, "failed"),
        ("sends-each-parameter-once", {"body": b"a=1&a=1"}, "failed"),
        ("sends-each-parameter-once", {"body": b"a=1&b=1"}, "passed"),
        ("carries-one-assertion", {"body": b"client_assertion="}, "failed"),
        ("carries-one-assertion", {"body": b""}, "failed"),
        ("grant-type-is-client-credentials", {"body": b"grant_type=password"}, "failed"),
        (
            "grant-type-is-client-credentials",
            {"body": b'{"grant_type": "client_credentials"}'},
            "passed",
        ),
        (
            "authenticates-by-assertion-alone",
            {"headers": (("Authorization", "Basic QTpC"),)},
            "failed",
        ),
        ("leaves-scope-out-unless-narrowing", {"body": b"scope=a"}, "failed"),
        ("leaves-scope-out-unless-narrowing", {"body": b"scope="}, "passed"),
    ],
)
def test_token_requests(slug: str, over: dict[str, Any], expected: str) -> None:
    slug = f"token-request.{slug}"
    found = outcome(slug, TokenRequest, journal_of(replace(token_request(), **over)))
    level = ROWS[f"socialsecurity.{slug}"].level
    assert found == ("warned" if expected == "failed" and level is not Level.MUST else expected)


def rule_for(slug: str) -> Rule:
    return next(rule for (name, _), rule in RULES.items() if name == slug)


@pytest.mark.parametrize("times", [1, 2, 3, 5])
def test_jti_is_unique_in_a_series(times: int) -> None:
    rule = rule_for("assertion.jti-is-unique")
    same = journal_of(*[token_request()] * times)
    different = journal_of(*(token_request(CLAIMS | {"jti": f"a-{n}"}) for n in range(times)))
    assert judge(rule, same).outcome == ("failed" if times > 1 else "not_exercised")
    assert judge(rule, different).outcome == ("passed" if times > 1 else "not_exercised")


@pytest.mark.parametrize("header", [{"Retry-After": "3600"}, {}])
@pytest.mark.parametrize("early", [0, 1, 3])
def test_retry_after(header: dict[str, str], early: int) -> None:
    """The client is told to wait, then to act again; no time has passed in between."""
    journal = Journal("token-429-retry-after", Redactor())
    journal.write("staging", service="socialsecurity", at=NOW)
    journal.write("scenario", facts=SCENARIO)
    numbers = itertools.count(1)

    def call(note: str, *answers: Response) -> None:
        number = next(numbers)
        journal.write("call", call=number, op="token.fetch", args={"scope": None}, note=note)
        for one in answers:
            journal.exchange(token_request(CLAIMS | {"jti": f"b-{number}"}), one)
        said: dict[str, object] = {"outcome": "rejected", "class": "provider_error"}
        if note == "control":
            value = {"access_token": "an-opaque-access-token"}
            said = {"outcome": "accepted", "value": value}
        journal.write("outcome", call=number, **said)

    busy = answer(429, "token-429-retry-after", **header)
    call("control", answer())
    call("probe", busy)
    call("probe", *[busy] * early)
    journal.write("staged", state="done", reason="")

    verdict = judge(rule_for("token-response.retry-after-is-respected"), journal)

    assert (verdict.finding is not None) == bool(early)
    if verdict.finding:
        assert verdict.finding.exchange == 3
        assert ("3600" in verdict.finding.expected) == bool(header)


def test_a_stimulus_that_never_struck_is_not_exercised() -> None:
    journal = journal_of(token_request())
    assert judge(rule_for("token-response.retry-after-is-respected"), journal).outcome == (
        "not_exercised"
    )


def test_what_was_not_told_is_not_observable_and_hides_no_finding() -> None:
    told = {"token_endpoint": TOKEN_URL, "audience": TOKEN_URL}
    journal = Journal("recorded", Redactor())
    journal.write("staging", service="socialsecurity", at=NOW)
    untold = {"scenario": "nobody said {fact}", "testimony": "nobody saw {fact}"}
    journal.write("scenario", facts=told, untold=untold)
    for jti, aud in (("a", TOKEN_URL), ("b", ORIGIN)):
        response = replace(answer(), trail=Trail("token"))
        journal.exchange(token_request(CLAIMS | {"jti": jti, "aud": aud}), response)

    signature = judge(rule_for("assertion.signature-fits-a-registered-certificate"), journal)
    assert (signature.outcome, signature.reason) == ("not_observable", "nobody saw key kind")
    assert judge(rule_for("assertion.aud-is-token-url"), journal).outcome == "failed"
    assert judge(rule_for("assertion.iss-is-the-client-id"), journal).outcome == "passed"


def test_untold_facts() -> None:
    facts = Untold({"a": 1}, "no {fact}")
    assert (facts["a"], facts.get("a"), "b" in facts, len(facts), list(facts)) == (
        *(1, 1, False, 1),
        ["a"],
    )
    with pytest.raises(NotObservable, match="no some fact"):
        facts["some_fact"]
    with pytest.raises(NotObservable, match="no some fact"):
        facts.get("some_fact", 3)


# What must hold whatever is judged.

VERDICTS = st.lists(
    st.builds(
        Verdict,
        requirement=st.sampled_from([row.id for row in ROWS.values() if not row.excluded]),
        stage=st.sampled_from(["one", "two", "three"]),
        outcome=st.sampled_from(Outcome),
    ),
    max_size=12,
)


def report_of(verdicts: list[Verdict]) -> dict[str, Any]:
    scope = {"services": [SERVICE.name], "target": "mock", "door": "adapter"}
    run = {"id": "x", "started": "2026-11-22T06:00:00.000+00:00"}
    events: list[Event] = [{"event": "run", "run": run, "scope": scope, "run_selected": True}]
    events += [{"event": "verdict", **verdict.to_json()} for verdict in verdicts]
    return build_report([*events, {"event": "end"}], [ROWS], {})


@given(VERDICTS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_verdict_of_a_run_is_the_fold_of_its_judgements(
    verdicts: list[Verdict], rng: Any
) -> None:
    report = report_of(verdicts)
    by_row: dict[str, list[Outcome]] = {}
    for verdict in verdicts:
        by_row.setdefault(verdict.requirement, []).append(verdict.outcome)
    rows = {row["id"]: row["outcome"] for row in report["requirements"] if row["outcome"]}
    shown = {name: outcome_of_row(ROWS[name], found) for name, found in by_row.items()}
    assert rows == {name: outcome.value for name, outcome in shown.items()}

    folded = run_verdict((ROWS[name], outcome) for name, outcome in shown.items())
    broken = any(verdict.outcome is Outcome.BROKEN for verdict in verdicts)
    assert report["verdict"] == ("not_assessed" if broken else folded.value)

    shuffled = list(verdicts)
    rng.shuffle(shuffled)
    assert report_of(shuffled)["verdict"] == report["verdict"]
    told = sum(report["counts"]["by_outcome"].values()) + sum(
        report["counts"]["hardening"].values()
    )
    assert told == len(by_row)
    practice = [v for v in verdicts if ROWS[v.requirement].basis is Basis.PRACTICE]
    if len(practice) == len(verdicts) and verdicts:
        assert report["verdict"] == "not_assessed"  # hardening decides nothing


@given(VERDICTS)
@settings(deadline=None, max_examples=40)
def test_a_judgement_more_never_makes_a_run_better(verdicts: list[Verdict]) -> None:
    order = ["passed", "incomplete", "failed", "not_assessed"]
    for count in range(1, len(verdicts)):
        before, after = (report_of(verdicts[:n])["verdict"] for n in (count, count + 1))
        if before != "not_assessed":  # nothing that decides was judged yet, or the bench broke
            assert order.index(after) >= order.index(before)


def test_no_warning_hides_that_a_part_of_a_must_was_not_observable() -> None:
    must = next(row for row in ROWS.values() if row.level is Level.MUST)
    should = next(row for row in ROWS.values() if row.level is Level.SHOULD)
    for hiding in (Outcome.WARNED, Outcome.WAIVED):
        seen = [hiding, Outcome.NOT_OBSERVABLE, Outcome.PASSED]
        assert outcome_of_row(must, seen) is Outcome.NOT_OBSERVABLE
        assert outcome_of_row(should, seen) is hiding
    assert outcome_of_row(must, [Outcome.FAILED, Outcome.NOT_OBSERVABLE]) is Outcome.FAILED


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=3,
)
TIMES = st.sampled_from([0, 300, 600, 630, 631, 5000, -29, -30, -31, 60, 61]).map(NOW.__add__)
CLAIM = {
    "iss": st.sampled_from([CLIENT, "other"]) | JSON,
    "sub": st.sampled_from([CLIENT, "other"]) | JSON,
    "aud": st.sampled_from([TOKEN_URL, [TOKEN_URL], ORIGIN]) | JSON,
    "exp": TIMES | TIMES.map(lambda told: told * 1000) | JSON,
    "iat": TIMES | JSON,
    "nbf": TIMES | JSON,
    "jti": st.text(min_size=1, max_size=8) | JSON,
    "naam > {x} claims={": JSON,
}
FORMS = st.dictionaries(
    st.sampled_from([*FORM, "scope", "client_id", "client_secret", "x"]),
    st.sampled_from([*FORM.values(), SCOPE, CLIENT, "", "a b&c=d%é<redacted:token>"]),
    max_size=5,
)
HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(["RS256", "none", "HS256", "ES384", "", "PS256"])},
    optional={"kid": JSON, "typ": JSON},
)
ON_TOKENS = [
    rule for (_, reading), rule in RULES.items() if reading in (TokenRequest, ClientAssertion)
]


def verdicts_of(journal: Journal) -> list[Verdict]:
    return [judge(rule, journal) for rule in ON_TOKENS]


def reread(journal: Journal) -> Iterator[Event]:
    lines = "".join(f"{json.dumps(event, ensure_ascii=False)}\n" for event in journal)
    return read_lines(lines.split("\n"))


@given(
    st.fixed_dictionaries({}, optional=CLAIM), HEADERS, FORMS, st.binary(min_size=40, max_size=64)
)
@settings(deadline=None, max_examples=80)
def test_redaction_keeps_verdicts_and_no_signature(
    claims: dict[str, Any], header: dict[str, Any], form: dict[str, str], signature: bytes
) -> None:
    """What a live journal says, its lines say; and what rules need survives the cutting."""
    assertion = jwt_of(claims, header, signature)
    body = urlencode({**form, "client_assertion": assertion}).encode()
    journal = journal_of(replace(token_request(), body=body))

    live = verdicts_of(journal)
    recorded = Journal("token", events=reread(journal))

    assert verdicts_of(recorded) == live
    assert not [verdict for verdict in live if verdict.outcome is Outcome.BROKEN]
    text = json.dumps(list(journal))
    assert assertion.rpartition(".")[2] not in text
    found = next(iter(ClientAssertion.read(recorded)))
    assert dict(found.claims) == json.loads(json.dumps(claims))
    assert dict(found.header) == json.loads(json.dumps(header))
    cut_again = [Redactor().tree(event) for event in journal]
    twice = Journal("token", events=[event for event in cut_again if isinstance(event, dict)])
    assert verdicts_of(twice) == live


@given(st.binary(max_size=200), st.text(max_size=40), st.text(max_size=60))
@settings(deadline=None, max_examples=80)
def test_no_request_breaks_a_rule_or_its_recording(
    body: bytes, media_type: str, query: str
) -> None:
    """Whatever arrives is the client's affair; a rule that raises would blame nobody."""
    plain = media_type.encode("latin-1", "replace").decode("latin-1")
    request = replace(
        token_request(),
        target=f"/REST/oauth/v5/token?{query}",
        headers=(("Content-Type", plain),),
        body=body,
    )
    journal = journal_of(request)
    live = verdicts_of(journal)
    assert not [verdict for verdict in live if verdict.outcome is Outcome.BROKEN]
    assert verdicts_of(Journal("token", events=reread(journal))) == live
