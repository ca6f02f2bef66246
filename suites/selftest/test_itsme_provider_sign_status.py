"""`sign_document` that asks how a session stands: states, ids, signatures."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from proefbank.exchange import Response

from .itsme_bench import Bench, bench, changed, codes, digest, document, each, major, notes, reason


def verify(on: Bench, answer: Response, *names: str) -> None:
    """Verify the signatures under the certificate that the status of identification gives."""
    told = json.loads(on.ask(on.identified()).body)
    key = x509.load_pem_x509_certificate(told["certificate"].encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    signed = {one["whichDoc"]: one["b64Sig"] for one in json.loads(answer.body)["sigObj"]}
    assert signed.keys() == set(names)
    for name in names:
        value = base64.b64decode(signed[name]["value"], validate=True)
        key.verify(value, digest(name), PKCS1v15(), Prehashed(hashes.SHA256()))


def test_states_have_their_answers() -> None:
    on = bench()
    told = json.loads(on.start([document("a"), document("b")]).body)
    session, url = told["respID"], told["optOutp"]["itsme"]["signingUrl"]
    for _ in range(2):
        answer = on.poll(session)
        assert json.loads(answer.body).keys() == {"result", "reqID", "respID"}
        assert major(answer) == "Pending"
        on.visit(url)
    on.visit(url, "approve")
    answer = on.poll(session)
    told = json.loads(answer.body)
    assert told.keys() == {"result", "reqID", "respID", "sigObj"}
    assert told["result"].keys() == {"maj"}
    assert major(answer) == "Success"
    assert (told["reqID"], told["respID"]) == ("ReqID-status", session)
    verify(on, answer, "a", "b")


def test_success_can_be_asked_for_again_or_only_once() -> None:
    on = bench()
    session = on.signing()
    assert on.poll(session).body == on.poll(session).body
    assert notes(on.answers[-1]) == ["asked-after-success"]
    once = bench(delivers_once=True)
    session = once.signing()
    assert once.poll(session).status == 200
    assert (once.poll(session).status, once.answers[-1].body) == (409, b"")


def test_signatures_come_in_any_order() -> None:
    on = bench(varied=True)
    names = [str(number) for number in range(8)]
    orders = set()
    for _ in range(4):
        answer = on.poll(on.signing([document(name) for name in names]))
        orders.add(tuple(one["whichDoc"] for one in json.loads(answer.body)["sigObj"]))
        verify(on, answer, *names)
    assert len(orders) > 1


def test_documents_with_one_id_get_a_signature_each() -> None:
    on = bench()
    answer = on.poll(on.signing([document("a"), document("a")]))
    assert [one["whichDoc"] for one in json.loads(answer.body)["sigObj"]] == ["a", "a"]


def test_a_refused_signature_ends_the_session_for_good() -> None:
    on = bench()
    told = json.loads(on.start().body)
    url = told["optOutp"]["itsme"]["signingUrl"]
    on.walk(url, None, "reject")
    answer = on.poll(told["respID"])
    assert reason(answer) == (409, "REJECTED")
    assert major(answer) == "ResponderError"
    assert json.loads(answer.body)["respID"] == told["respID"]
    on.walk(url, None, "approve")
    assert reason(on.poll(told["respID"])) == (409, "REJECTED")


@pytest.mark.parametrize(("seconds", "end"), [(180.0, None), (180.1, "EXPIRED")])
def test_an_action_lapses_once_it_was_seen(seconds: float, end: str | None) -> None:
    on = bench()
    told = json.loads(on.start().body)
    on.now += 10_000
    assert major(on.poll(told["respID"])) == "Pending"
    on.visit(told["optOutp"]["itsme"]["signingUrl"])
    on.now += seconds
    on.visit(told["optOutp"]["itsme"]["signingUrl"], "approve")
    answer = on.poll(told["respID"])
    if end is None:
        assert major(answer) == "Success"
    else:
        assert reason(answer) == (409, end)


def test_a_session_can_fail_on_our_side() -> None:
    on = bench()
    told = json.loads(on.start().body)
    session = on.provider.sessions.signing_by_id(told["respID"])
    assert session is not None
    session.failed(on.now)
    assert reason(on.poll(told["respID"])) == (409, "TECHNICAL_ERROR")


def test_an_id_of_the_other_kind_has_no_payload() -> None:
    on = bench()
    signing, identified = on.signing(), on.identified()
    for session, code in (
        (identified, "session-of-identification"),
        ("x" * 36, "session-unknown"),
        (signing.upper(), "session-unknown"),
        (5, "session-unknown"),
        ([signing], "session-unknown"),
        ("null", "session-unknown"),
    ):
        answer = on.poll(session)
        assert (answer.status, answer.body, answer.header("Content-Type")) == (409, b"", None)
        assert codes(answer) == [code]
        assert answer.trail.conversation == "sign-status"
    on.certificate = "bb"
    answer = on.poll(signing, optInp={"itsme": on.codes("other")})
    assert (answer.status, answer.body) == (409, b"")
    assert codes(answer) == ["session-foreign"]


@pytest.mark.parametrize("session", [..., None, ""])
def test_without_an_id_and_hashes_there_is_nothing_to_do(session: Any) -> None:
    answer = bench().poll(session)
    assert answer.status == 400
    assert answer.trail.conversation == "sign-status"
    assert reason(answer)[1] in {"NO_HASH_PROVIDED", "MISSING_ASYNC_RESP_ID"}


CHANGES: list[tuple[dict[str, Any], str]] = [
    *[({"reqID": value}, "INCOMPLETE_REQUEST") for value in each(..., None, "", 5)],
    *[
        ({"optInp": value}, "MISSING_PARTNER_CODE")
        for value in each(..., None, {}, [], {"itsme": 5})
    ],
]


@pytest.mark.parametrize(("changes", "name"), CHANGES)
def test_a_wrong_member_is_refused(changes: dict[str, Any], name: str) -> None:
    on = bench()
    assert reason(on.poll(on.signing(), **changes)) == (400, name)


def test_wrong_codes_are_refused() -> None:
    on = bench()
    session = on.signing()
    for changes, name in (
        ({"partnerCode": ""}, "MISSING_PARTNER_CODE"),
        ({"serviceCode": None}, "MISSING_SERVICE_CODE"),
        ({"serviceCode": on.party.login_service_code}, "INVALID_REQUESTOR"),
    ):
        itsme = {"itsme": changed(on.codes(), changes)}
        assert reason(on.poll(session, optInp=itsme)) == (400, name)


def test_an_id_wins_over_hashes_and_polling_opens_nothing() -> None:
    on = bench()
    session = on.signing()
    answer = on.send("/sign_document", {**on.start_request(), "asyncRespID": session})
    assert major(answer) == "Success"
    assert codes(answer) == ["documents-at-status"]
    assert notes(on.poll(session, inDocs=...)) == [
        "documents-absent",
        "asked-after-success",
    ]
    assert on.provider.state()["sessions"]["states"] == {"S_DONE": 1}


def test_a_start_with_an_id_of_nothing_opens_nothing() -> None:
    on = bench()
    for session in ("null", "x", "", on.identified()):
        answer = on.send("/sign_document", {**on.start_request(), "asyncRespID": session})
        assert (answer.status, answer.body) == (409, b"")
        assert answer.trail.conversation == "sign-start"
        assert codes(answer)[0] == "session-id-at-start"
    assert on.provider.state()["sessions"]["states"] == {"READY": 1}
    on.provider.lenient = True
    answer = on.send("/sign_document", {**on.start_request(), "asyncRespID": "null"})
    assert major(answer) == "Pending"
    assert codes(answer) == ["session-id-at-start"]
