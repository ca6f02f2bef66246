"""`user_identification` and its status: what is refused, with which words, and what is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography import x509

from .itsme_bench import REDIRECT, authority, bench, codes, each, fact, reason


def test_a_session_is_opened() -> None:
    on = bench()
    answer = on.identify()
    told = json.loads(answer.body)
    assert answer.status == 200
    assert told.keys() == {"status", "asyncRespID", "identificationUrl"}
    assert told["status"] == "OK"
    assert len(told["asyncRespID"]) == 36
    assert told["asyncRespID"].isalnum()
    assert told["identificationUrl"].startswith("https://localhost:4444/")
    assert answer.trail.conversation == "identification"
    assert codes(answer) == []


NOTHING = each(..., None, "")
REFUSED: list[tuple[dict[str, Any], int, str]] = [
    *[({"partnerCode": value}, 400, "MISSING_PARTNER_CODE") for value in NOTHING],
    *[({"serviceCode": value}, 400, "MISSING_SERVICE_CODE") for value in NOTHING],
    *[({"partnerCode": value}, 400, "INVALID_REQUESTOR") for value in each("x", 5, [], "PB" * 300)],
    *[({"serviceCode": value}, 400, "INVALID_REQUESTOR") for value in each("x", {}, 1.5, " ")],
    *[
        ({"redirectUrl": value}, 400, "INVALID_URL")
        for value in each(..., None, "", "return", "//sca.example/x", "https://", "https://a b/", 7)
    ],
    *[({"redirectUrl": value}, 400, "INVALID_URL") for value in each("https://[x", "https://a:b/")],
    *[
        ({"redirectUrl": value}, 400, "UNAUTHORIZED_URL")
        for value in each(
            f"{REDIRECT}/",
            "http://sca.example/return",
            "https://sca.example:444/return",
            "https://SCA.example/return",
            "https://sca.example/other?x=1",
            f"{REDIRECT}#x",
        )
    ],
    *[
        ({"lang": value}, 400, "INVALID_LANG")
        for value in each(..., None, "", "es", "fr-BE", 1, ["FR"])
    ],
    *[
        ({"userCode": value}, 400, "NOT_ALLOWED_TO_SIGN")
        for value in each("", "x", "a" * 36, 1, [])
    ],
]


@pytest.mark.parametrize(("changes", "status", "name"), REFUSED)
def test_a_wrong_member_is_refused(changes: dict[str, Any], status: int, name: str) -> None:
    assert reason(bench().identify(**changes)) == (status, name)


@pytest.mark.parametrize("body", [b"", b"  \r\n"])
def test_without_a_body_there_is_no_request(body: bytes) -> None:
    for path in ("/user_identification", "/user_identification/status"):
        assert reason(bench().send(path, body)) == (400, "NO_REQUEST")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"1",
        b"NaN",
        b"[" * 100_000,
        b"\xff\xfe{\0}\0",
        b"\xef\xbb\xbf{}",
        b'{"partnerCode":' + b"9" * 5000 + b"}",
        b'{"a":1,"a":1}x',
        b'{"partnerCode":"a","partnerCode":"b"}',
        b" " * (5 * 1024 * 1024) + b"{}",
    ],
)
def test_what_is_no_json_object_is_unknown(body: bytes) -> None:
    answer = bench().send("/user_identification", body)
    assert answer.status == 400
    assert reason(answer)[1] in {"UNKNOWN", "MISSING_PARTNER_CODE"}


def test_a_member_that_stands_twice_is_refused() -> None:
    on = bench()
    right = json.dumps(on.identification())
    answer = on.send("/user_identification", right.replace("{", '{"lang":"EN",', 1).encode())
    assert reason(answer) == (400, "UNKNOWN")
    assert codes(answer) == ["member-twice"]


def test_the_first_thing_found_is_answered_and_everything_written_down() -> None:
    on = bench()
    answer = on.identify(serviceCode="", redirectUrl="x", lang="es")
    assert reason(answer) == (400, "MISSING_SERVICE_CODE")
    assert codes(answer) == ["service-code-missing", "redirect-url-invalid", "lang-unsupported"]
    answer = on.identify(serviceCode="nobody's", redirectUrl="https://sca.example/other")
    assert reason(answer) == (400, "INVALID_REQUESTOR")
    assert codes(answer) == ["service-code-unknown", "redirect-url-other"]


def test_the_code_of_a_login_service_signs_nothing() -> None:
    on = bench()
    answer = on.identify(serviceCode=on.party.login_service_code)
    assert reason(answer) == (400, "INVALID_REQUESTOR")
    assert codes(answer) == ["service-not-for-signing"]


@pytest.mark.parametrize("lang", ["fr", "Nl", "DE", "en"])
def test_languages_are_taken_in_any_case(lang: str) -> None:
    answer = bench().identify(lang=lang)
    assert answer.status == 200
    assert f"language={lang.upper()}" in json.loads(answer.body)["identificationUrl"]


def test_another_query_is_noted_or_refused() -> None:
    on = bench()
    sent = f"{REDIRECT}?sessionID=7"
    answer = on.identify(redirectUrl=sent)
    assert answer.status == 200
    assert answer.trail.facts["redirect"] == "other-query"
    on.provider.exact_redirect = True
    assert reason(on.identify(redirectUrl=sent)) == (400, "UNAUTHORIZED_URL")
    assert on.identify().status == 200


def test_a_user_code_is_taken_from_its_own_partner_only() -> None:
    on = bench()
    for party, known in (("batch", "own"), ("other", "foreign")):
        code = on.provider.user_code("with-certificate", party)
        answer = on.identify(userCode=code)
        assert answer.trail.facts["user_code"] == known
        assert answer.status == (200 if known == "own" else 400)
    assert on.identify(userCode=None).trail.facts["user_code"] == "none"


def test_codes_are_stable_for_a_person_at_a_partner() -> None:
    on = bench()
    code = on.provider.user_code
    seen = {
        code(person.name, party.name)
        for person in on.provider.people
        for party in on.provider.parties
    }
    assert len(seen) == 4 * 3
    first = code("another", "batch")
    on.provider.reset()
    assert code("another", "batch") == first


def test_a_blocked_account_is_refused_at_once_or_later() -> None:
    on = bench()
    code = on.provider.user_code("blocked", "batch")
    assert reason(on.identify(userCode=code)) == (400, "NOT_ALLOWED_TO_SIGN")
    session = on.identified("blocked")
    assert reason(on.ask(session)) == (400, "NOT_ALLOWED_TO_SIGN")
    on.provider.blocked_at_sign = True
    assert on.identify(userCode=code).status == 200
    assert on.ask(on.identified("blocked")).status == 200


# --- status


def test_states_have_their_answers() -> None:
    on = bench()
    told = json.loads(on.identify().body)
    session, url = told["asyncRespID"], told["identificationUrl"]
    assert reason(on.ask(session)) == (409, "PENDING")
    on.visit(url)
    assert reason(on.ask(session)) == (409, "PENDING")
    on.visit(url, "approve", phone="0400 00 00 03")
    assert fact(on.answers[-1], "state") == "AT_PAGE"
    assert reason(on.ask(session)) == (409, "PENDING")
    assert fact(on.answers[-1], "state") == "CERT_ACTION"
    on.visit(url, "approve")
    first = on.ask(session)
    assert first.status == 200
    assert on.ask(session).body == first.body


def test_a_person_who_leaves_early_has_failed() -> None:
    on = bench()
    assert reason(on.ask(on.identified("with-certificate", "reject"))) == (409, "UNEXPECTED_ERROR")


def test_a_refused_certificate_ends_the_session_for_good() -> None:
    on = bench()
    told = json.loads(on.identify().body)
    on.walk(told["identificationUrl"], "without-certificate", "approve", "reject")
    assert reason(on.ask(told["asyncRespID"])) == (409, "REJECTED")
    on.walk(told["identificationUrl"], "without-certificate", "approve", "approve")
    assert reason(on.ask(told["asyncRespID"])) == (409, "REJECTED")
    assert on.ask(on.identified("without-certificate", "approve", "approve")).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(179.9, 200), (180.0, 200), (180.1, 409)])
def test_three_minutes_are_enough_and_more_are_too_many(seconds: float, status: int) -> None:
    on = bench()
    session = on.identified("without-certificate", "approve")
    url = json.loads(on.answers[0].body)["identificationUrl"]
    assert reason(on.ask(session)) == (409, "PENDING")
    on.now += seconds
    assert reason(on.ask(session)) == (409, "PENDING" if status == 200 else "EXPIRED")
    on.visit(url, "approve")
    answer = on.ask(session)
    assert answer.status == status
    if status != 200:
        assert reason(answer) == (409, "EXPIRED")


def test_a_session_without_an_action_does_not_expire() -> None:
    on = bench()
    told = json.loads(on.identify().body)
    on.now += 86_400
    on.walk(told["identificationUrl"], "with-certificate")
    on.now += 86_400
    assert on.ask(told["asyncRespID"]).status == 200


def test_person_and_certificate_are_told() -> None:
    on = bench()
    answer = on.ask(on.identified())
    told = json.loads(answer.body)
    assert told.keys() == {"status", "userCode", "certificate", "fullCertificateChain"}
    assert told["userCode"] == on.provider.user_code("with-certificate", "batch")
    assert told["fullCertificateChain"].startswith(told["certificate"])
    chain = x509.load_pem_x509_certificates(told["fullCertificateChain"].encode())
    assert [one.subject for one in chain[1:]] == [
        authority().issuing.subject,
        authority().root.subject,
    ]
    assert answer.trail.facts["person"] == "with-certificate"


@pytest.mark.parametrize("session", [..., None, ""])
def test_an_id_must_be_there(session: Any) -> None:
    assert reason(bench().ask(session)) == (400, "MISSING_ASYNC_RESP_ID")


def test_an_id_that_means_nothing_here_has_no_payload() -> None:
    on = bench()
    identified = on.identified()
    for session in ("x", 5, ["x"], on.signing(), identified.upper(), identified + " "):
        answer = on.ask(session)
        assert (answer.status, answer.body) == (409, b"")
    on.certificate = "bb"
    answer = on.ask(identified, **on.codes("other"))
    assert (answer.status, answer.body) == (409, b"")
    assert codes(answer) == ["session-foreign"]
