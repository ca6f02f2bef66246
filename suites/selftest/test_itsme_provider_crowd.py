"""Many at once, much at once, and the other ways of answering: lenient, swagger, literal."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import jsonschema_rs
import pytest

from proefbank.exchange import Request, TlsFacts

from .itsme_bench import NOW, Bench, bench, changed, codes, document, major, notes, reason

PEOPLE = ("with-certificate", "another")


def whole_flow(on: Bench, number: int) -> None:
    """Identify somebody and have something signed; nothing of another flow may show."""
    mine = Bench(on.provider, certificate="aa")
    person = PEOPLE[number % 2]
    mine.now += number % 7
    told = json.loads(mine.identify().body)
    back = mine.walk(f"{told['identificationUrl']}&mine={number}", person)
    assert str(back.header("Location")).endswith(f"?mine={number}")
    code = json.loads(mine.ask(told["asyncRespID"]).body)["userCode"]
    assert code == on.provider.user_code(person, "batch")
    names = [f"{number}-{one}" for one in range(number % 3 + 1)]
    answer = mine.start([document(name) for name in names], signer={"userCode": code})
    start = json.loads(answer.body)
    assert start["optOutp"]["itsme"]["userCode"] == code
    assert major(mine.poll(start["respID"])) == "Pending"
    mine.walk(
        start["optOutp"]["itsme"]["signingUrl"], None, "reject" if number % 5 == 0 else "approve"
    )
    if number % 5 == 0:
        assert reason(mine.poll(start["respID"])) == (409, "REJECTED")
    elif number % 20 == 1:  # signing takes its time
        signed = json.loads(mine.poll(start["respID"]).body)["sigObj"]
        assert sorted(one["whichDoc"] for one in signed) == sorted(names)


def test_a_thousand_sessions_at_once_are_neither_lost_nor_mixed_up() -> None:
    on = bench(varied=True)
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda number: whole_flow(on, number), range(1000)))
    assert on.provider.state(NOW)["sessions"]["states"] == {
        "READY": 1000,
        "S_DONE": 800,
        "S_REFUSED": 200,
    }


def test_ten_thousand_hashes_are_refused_quickly() -> None:
    on = bench()
    many = json.dumps(on.start_request([document(str(one)) for one in range(10_000)])).encode()
    nested = json.dumps(on.start_request([["x"] * 3] * 10_000)).encode()
    for body, name in ((many, "BATCH_TOO_LARGE"), (nested, "INCOMPLETE_REQUEST")):
        begin = perf_counter()
        answer = on.send("/sign_document", body)
        assert perf_counter() - begin < 1  # some 0.08 s where nothing else is going on
        assert reason(answer) == (400, name)
        assert len(answer.trail.violations) < 5


def test_ten_megabytes_are_not_read() -> None:
    on = bench()
    body = json.dumps(on.identification(extra="x" * 10_000_000)).encode()
    begin = perf_counter()
    assert reason(on.send("/user_identification", body)) == (400, "UNKNOWN")
    assert perf_counter() - begin < 1
    assert codes(on.answers[-1]) == ["body-too-large"]


def test_a_long_value_is_a_wrong_value() -> None:
    on = bench()
    long = "x" * 100_000
    for member in ("partnerCode", "serviceCode", "redirectUrl", "lang", "userCode"):
        assert on.identify(**{member: long}).status == 400
    assert on.identify(redirectUrl=f"{on.party.redirect_url}?{long}").status == 200
    assert notes(on.answers[-1]) == ["redirect-url-long", "redirect-url-other-query"]
    assert on.ask(long).status == 409


# --- lenient


@pytest.mark.parametrize(
    "changes",
    [
        {"partnerCode": ...},
        {"serviceCode": "x"},
        {"redirectUrl": None},
        {"redirectUrl": "https://sca.example/other"},
        {"lang": "es"},
        {"userCode": "x"},
        {"unknown": 1},
    ],
)
def test_a_lenient_provider_goes_on(changes: dict[str, Any]) -> None:
    on = bench(lenient=True)
    on.provider.set_lenient(lenient=True)
    answer = on.identify(**changes)
    assert answer.status == 200
    assert bool(codes(answer)) == ("unknown" not in changes)
    back = on.walk(json.loads(answer.body)["identificationUrl"], "another")
    assert back.header("Location") == on.party.redirect_url


def test_a_lenient_provider_signs_what_it_can() -> None:
    on = bench(lenient=True)
    on.certificate = None
    on.ask(on.identified())
    documents = [document("a", "x"), {"di": []}, document("c")]
    documents += [document(str(number)) for number in range(80)]
    answer = on.start(documents, signer={}, redirectUrl="x", partnerCode="")
    assert answer.status == 200
    assert answer.trail.facts["user_code"] == "none"
    assert {"certificate-none", "user-code-missing", "hashes-too-many"} <= set(codes(answer))
    told = json.loads(answer.body)
    on.walk(told["optOutp"]["itsme"]["signingUrl"])
    polled = on.poll(told["respID"], reqID=..., optInp={})
    assert major(polled) == "Success"
    assert len(json.loads(polled.body)["sigObj"]) == 82
    assert "req-id-missing" in codes(polled)


def test_a_lenient_provider_refuses_what_no_answer_fits() -> None:
    on = bench(lenient=True)
    assert on.send("/user_identification", b"").status == 400
    assert on.ask("x").status == 409
    assert on.ask(...).status == 400
    assert on.poll("x").status == 409
    assert on.start([]).status == 400
    assert on.start(signer={}).status == 400  # nobody was identified yet
    assert on.identify(userCode=on.provider.user_code("blocked", "batch")).status == 400


# --- the other dialects


TEXT = {"type": "string"}


def shape(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


BASIC = shape("status", status=TEXT, statusReason=TEXT)
MESSAGE = shape("", lang=TEXT, value=TEXT)
RESULT = shape("maj min msg", maj=TEXT, min=TEXT, msg=MESSAGE)
SIGNATURE = shape("b64Sig whichDoc", b64Sig=shape("value", value=TEXT), whichDoc=TEXT)
ITSME = shape("signingUrl userCode", signingUrl=TEXT, userCode=TEXT)
DSS = shape(
    "reqID result",
    result=RESULT,
    reqID=TEXT,
    respID=TEXT,
    optOutp=shape("itsme", itsme=ITSME),
    sigObj={"type": "array", "items": SIGNATURE},
)
OPENED = shape("asyncRespId identificationUrl status", asyncRespId=TEXT, identificationUrl=TEXT)
PERSON = shape("certificate status userCode", certificate=TEXT, userCode=TEXT)


def test_the_swagger_dialect_has_the_members_of_the_swagger() -> None:
    on = bench(dialect="swagger", varied=True)

    def fits(answer: Any, wanted: dict[str, Any]) -> Any:
        data = json.loads(answer.body)
        assert [
            error.message for error in jsonschema_rs.validator_for(wanted).iter_errors(data)
        ] == []
        return data

    opened = fits(on.identify(), OPENED)
    assert "asyncRespID" not in opened
    fits(on.ask(opened["asyncRespId"]), BASIC)
    on.walk(opened["identificationUrl"], "another")
    fits(on.ask(opened["asyncRespId"]), PERSON)
    for answer in (
        on.ask("x"),
        on.ask(...),
        on.identify(lang="es"),
        on.send("/user_identification", b""),
    ):
        fits(answer, BASIC)
    started = fits(on.start([document("a"), document("b")]), DSS)
    fits(on.poll(started["respID"]), DSS)
    on.walk(started["optOutp"]["itsme"]["signingUrl"])
    assert len(fits(on.poll(started["respID"]), DSS)["sigObj"]) == 2
    refused = fits(on.start(), DSS)
    on.walk(refused["optOutp"]["itsme"]["signingUrl"], None, "reject")
    for answer in (
        on.poll(refused["respID"]),
        on.poll("x"),
        on.start([]),
        on.send("/sign_document", b"{"),
    ):
        fits(answer, DSS)


def test_the_swagger_dialect_has_older_names_and_limits() -> None:
    on = bench(dialect="swagger")
    code = on.provider.user_code("blocked", "batch")
    assert reason(on.identify(userCode=code)) == (400, "SIGNATURE_NOT_ALLOWED")
    request = on.start_request()
    request["optInp"]["lang"] = "es"
    assert reason(on.send("/sign_document", request)) == (400, "INVALID_LANGUAGE")
    long = [{"lang": lang, "value": "x" * 51} for lang in ("EN", "FR", "NL", "DE")]
    assert reason(on.start(description=long)) == (400, "TECHNICAL_ERROR")
    two = {**document("a"), "di": document("a")["di"] * 2}
    assert reason(on.start([two])) == (400, "ONLY_SINGLE_DIGEST_INFO_SUPPORTED")


def test_the_literal_dialect_has_one_shape_of_errors() -> None:
    on = bench(dialect="literal")
    assert json.loads(on.start([]).body) == {"status": "NOK", "statusReason": "NO_HASH_PROVIDED"}
    assert json.loads(on.poll(on.signing()).body)["reqID"] == "ReqID-start"
    assert (on.poll("x").status, on.answers[-1].body) == (409, b"")
    assert "asyncRespID" in json.loads(on.identify().body)


def test_answers_vary_in_what_is_nobodys_business() -> None:
    on = bench(varied=True)
    answers = [json.loads(on.identify().body) for _ in range(40)]
    assert len({tuple(sorted(told)) for told in answers}) > 1
    assert len({next(iter(told)) for told in answers}) > 1
    urls = {told["identificationUrl"].partition("?")[2][:2] for told in answers}
    assert urls == {"q=", "la"}
    messages = {"msg" in json.loads(on.start([]).body)["result"] for _ in range(20)}
    assert messages == {True, False}


# --- discovery and the rest


def test_the_configuration_is_another_in_each_run() -> None:
    offers = []
    for seed in (1, 2):
        on = bench(seed=seed)
        answer = on.send("/.well-known/configuration", method="GET")
        assert answer.trail.conversation == "discovery"
        told = json.loads(answer.body)
        assert told["sign_languages_supported"] == ["EN", "FR", "NL", "DE"]
        assert {one["status"] for one in told["sign_policy_templates_supported"]} == {
            "ENABLED",
            "DISABLED",
        }
        offers.append({one["ref"] for one in told["sign_policy_templates_supported"]})
        assert on.send("/.well-known/configuration", {}).status == 405
    assert len(offers[0] & offers[1]) == 8
    assert len(offers[0] - offers[1]) == 1


def test_the_trap_takes_everything_and_tells() -> None:
    on = bench()
    shown = TlsFacts(peer_sha256="aa")
    answer = on.provider.handle(Request("POST", "/x", body=b"{}", listener="elsewhere", tls=shown))
    assert answer.status == 200
    assert answer.trail.facts == {"showed_certificate": True, "carried_body": True}


def test_the_document_is_served() -> None:
    on = bench()
    answer = on.provider.handle(Request("GET", "/.proefbank/openapi.json"))
    assert json.loads(answer.body) == on.provider.openapi()
    assert on.party.partner_code in json.dumps(on.provider.openapi())
    assert on.provider.parties["other"].partner_code in json.dumps(on.provider.openapi("other"))
    assert on.provider.handle(Request("GET", "/.proefbank/x")).status == 404


def test_resetting_forgets_sessions_and_keeps_the_rest() -> None:
    on = bench()
    session = on.identified()
    before = on.provider.base_url("x"), on.provider.offer, changed(on.codes(), {})
    on.provider.reset()
    assert on.ask(session).status == 409
    assert (on.provider.base_url("x"), on.provider.offer, on.codes()) == before


def test_the_next_expiry_is_told() -> None:
    on = bench()
    told = json.loads(on.start().body)
    assert on.provider.state(NOW)["sessions"]["next_expiry"] is None
    on.visit(told["optOutp"]["itsme"]["signingUrl"])
    assert on.provider.state(NOW)["sessions"]["next_expiry"] == NOW + 180
