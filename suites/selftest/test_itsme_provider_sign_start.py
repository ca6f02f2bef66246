"""`sign_document` that starts a session: hashes, contract, signer, texts and policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proefbank.services.itsme.provider.discovery import RECOMMENDED

from .itsme_bench import Bench, bench, changed, codes, document, each, major, notes, reason

LANGUAGES = ("EN", "FR", "NL", "DE")


def labels(text: str = "Contract", *languages: str) -> list[dict[str, str]]:
    return [{"lang": lang, "value": text} for lang in languages or LANGUAGES]


def started(on: Bench, request: dict[str, Any]) -> Any:
    return on.send("/sign_document", request)


def test_a_session_is_started() -> None:
    on = bench()
    answer = on.start([document("a"), document("b")])
    told = json.loads(answer.body)
    assert answer.status == 200
    assert told.keys() == {"result", "reqID", "respID", "optOutp"}
    assert told["result"].keys() == {"maj"}
    assert major(answer) == "Pending"
    assert told["reqID"] == "ReqID-start"
    assert told["optOutp"]["itsme"]["userCode"] == on.provider.user_code(
        "with-certificate", "batch"
    )
    assert told["optOutp"]["itsme"]["signingUrl"].startswith("https://localhost:4444/")
    assert answer.trail.conversation == "sign-start"
    assert answer.trail.facts["hashes"] == 2
    assert codes(answer) == []


def test_the_two_kinds_of_page_have_other_addresses() -> None:
    on = bench()
    identify = json.loads(on.identify().body)["identificationUrl"]
    sign = json.loads(on.start().body)["optOutp"]["itsme"]["signingUrl"]
    assert identify.partition("?")[0] != sign.partition("?")[0]


ITSME: list[tuple[dict[str, Any], str]] = [
    *[({"partnerCode": value}, "MISSING_PARTNER_CODE") for value in each(..., None, "")],
    *[({"serviceCode": value}, "MISSING_SERVICE_CODE") for value in each(..., None, "")],
    *[({"partnerCode": value}, "INVALID_REQUESTOR") for value in each("x", 5, [])],
    *[({"redirectUrl": value}, "INVALID_URL") for value in each(..., None, "", "return", 5)],
    ({"redirectUrl": "https://sca.example/other"}, "UNAUTHORIZED_URL"),
    *[({"signer": value}, "INCOMPLETE_REQUEST") for value in each(..., None, "x", {}, [])],
    *[({"signer": {"userCode": value}}, "INCOMPLETE_REQUEST") for value in each(None, "")],
    *[
        ({"signer": {"userCode": value}}, "NOT_ALLOWED_TO_SIGN")
        for value in each("x", 5, ["x"], {})
    ],
    *[({"description": value}, "INCOMPLETE_REQUEST") for value in each("x", [], {}, [1], [{}], 5)],
    ({"description": labels("x", "EN", "FR", "NL")}, "INCOMPLETE_REQUEST"),
    ({"description": labels("")}, "INCOMPLETE_REQUEST"),
    ({"description": labels("x", *LANGUAGES, "LU")}, "INVALID_LANG"),
    ({"description": labels("x", *LANGUAGES, "en")}, "INVALID_LANG"),
    ({"description": labels("x" * 256)}, "TECHNICAL_ERROR"),
    *[({"description": labels(text)}, "TECHNICAL_ERROR") for text in "’–…½¤\ud800😀"],
    *[({"signPolicy": value}, "INCOMPLETE_REQUEST") for value in each("x", [], {}, 5)],
    *[({"signPolicy": {"signPolicyRef": value}}, "INCOMPLETE_REQUEST") for value in each(None, "")],
    *[
        ({"signPolicy": {"signPolicyRef": value}}, "INVALID_POLICY")
        for value in each("1.2.3", 5, [])
    ],
]


@pytest.mark.parametrize(("changes", "name"), ITSME)
def test_a_wrong_member_is_refused(changes: dict[str, Any], name: str) -> None:
    answer = bench().start(**changes)
    assert reason(answer) == (400, name)
    assert major(answer) == ("ResponderError" if name == "TECHNICAL_ERROR" else "RequesterError")
    assert json.loads(answer.body)["reqID"] == "ReqID-start"


TOP: list[tuple[dict[str, Any], str]] = [
    *[({"optInp": value}, "MISSING_PARTNER_CODE") for value in each(..., None, {}, [], "x")],
    *[({"optInp": {"itsme": value}}, "MISSING_PARTNER_CODE") for value in each(None, [], "x", {})],
    *[({"reqID": value}, "INCOMPLETE_REQUEST") for value in each(..., None, "", 5, {})],
    *[({"inDocs": value}, "NO_HASH_PROVIDED") for value in each({}, [], "x", {"docHash": []})],
    *[({"inDocs": {"docHash": value}}, "NO_HASH_PROVIDED") for value in each(None, {}, "x")],
]


@pytest.mark.parametrize(("changes", "name"), TOP)
def test_a_wrong_frame_is_refused(changes: dict[str, Any], name: str) -> None:
    on = bench()
    assert reason(started(on, changed(on.start_request(), changes))) == (400, name)


@pytest.mark.parametrize("lang", ["es", "", 5, ["FR"], "fr-BE"])
def test_an_unsupported_language_is_refused(lang: Any) -> None:
    on = bench()
    request = on.start_request()
    request["optInp"]["lang"] = lang
    assert reason(started(on, request)) == (400, "INVALID_LANG")


def test_what_is_optional_may_be_left_out_or_null() -> None:
    on = bench()
    request = on.start_request(description=None, signPolicy=None)
    del request["optInp"]["lang"], request["asyncRespID"]
    assert started(on, request).status == 200


def test_texts_policy_and_commitment_are_taken() -> None:
    on = bench()
    offer = on.provider.offer
    policy = {
        "signPolicyRef": RECOMMENDED,
        "commitmentTypeRef": next(iter(offer.commitments)),
        "signerRole": labels("Geschäftsführer", "DE", "FR"),
    }
    answer = on.start(description=labels("Prix 10 € " + "x" * 245), signPolicy=policy)
    assert answer.status == 200
    assert codes(answer) == []
    seen = notes(answer)
    assert {
        "description-longer-than-50",
        "description-not-in-latin-1",
        "role-language-missing",
    } == set(seen)


ROLES = [
    (labels("x" * 51), "TECHNICAL_ERROR"),
    *[(labels(text), "TECHNICAL_ERROR") for text in "€œŠ’"],
    (labels("x", "ES"), "INVALID_LANG"),
    ("x", "INCOMPLETE_REQUEST"),
]


@pytest.mark.parametrize(("role", "name"), ROLES)
def test_a_wrong_role_is_refused(role: Any, name: str) -> None:
    policy = {"signPolicyRef": RECOMMENDED, "signerRole": role}
    assert reason(bench().start(signPolicy=policy)) == (400, name)


def test_policies_are_those_of_the_configuration() -> None:
    on = bench()
    for policy in on.provider.offer.policies:
        answer = on.start(signPolicy={"signPolicyRef": policy.ref})
        told = (200, None) if policy.enabled else (400, "INVALID_POLICY_STATUS")
        assert (answer.status == 200) == policy.enabled
        if answer.status != 200:
            assert reason(answer) == told
    answer = on.start(signPolicy={"signPolicyRef": "ITSME_DEFAULT", "commitmentTypeRef": "x"})
    assert answer.status == 200
    assert notes(answer) == ["policy-of-the-example", "commitment-unknown"]


def test_who_cannot_sign_is_refused() -> None:
    on = bench()
    for person, party in (
        ("blocked", "batch"),
        ("without-certificate", "batch"),
        ("with-certificate", "other"),
    ):
        code = on.provider.user_code(person, party)
        assert reason(on.start(signer={"userCode": code})) == (400, "NOT_ALLOWED_TO_SIGN")
    on.identified("without-certificate", "approve", "approve")
    code = on.provider.user_code("without-certificate", "batch")
    assert on.start(signer={"userCode": code}).status == 200


def test_whether_the_person_was_identified_before_is_told() -> None:
    on = bench()
    assert on.start().trail.facts["identified"] is False
    on.ask(on.identified())
    assert on.start().trail.facts["identified"] is True


@pytest.mark.parametrize("body", [b"", b" ", b"{", b"[]", b"null", b"{}"])
def test_what_is_no_request_is_refused_in_the_words_of_this_call(body: bytes) -> None:
    answer = bench().send("/sign_document", body)
    assert answer.status == 400
    told = json.loads(answer.body)
    assert told["reqID"] == ""
    assert told["result"]["min"] in {"NO_REQUEST", "UNKNOWN", "MISSING_PARTNER_CODE"}
