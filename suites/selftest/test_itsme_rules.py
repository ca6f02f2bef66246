"""The rules on requests to itsme, put to requests made by hand: fair to those that are right."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proefbank.exchange import Request, Response, Secret, TlsFacts, Trail
from proefbank.journal import Journal
from proefbank.judge import Rule, judge, rules_of
from proefbank.redaction import Redactor
from proefbank.services.itsme.wire.members import Missing, Twice, at, parse, told
from proefbank.services.itsme.wire.texts import LATIN_1, LATIN_9
from proefbank.verdict import Outcome, Verdict

ROOT = "/free/qes-partners/1.0.0"
CODE = "u" * 36
FACTS = {
    "base_url": "https://127.0.0.1/free",
    "partner_code": "PB12345678",
    "service_code": "ABCDEF_SIGN",
    "redirect_url": "https://sca.example/a/return",
    "languages": ["EN", "FR", "NL", "DE"],
    "policies": {
        "1.3.6.1.4.1.49274.1.1.7.2.0": "ENABLED",
        "1.3.6.1.4.1.49274.1.1.7.1.0": "ENABLED",
        "1.3.6.1.4.1.32473.1.9.1": "DISABLED",
    },
    "commitment_types": ["1.2.840.113549.1.9.16.6.5"],
    "known_user_codes": {"with-certificate": CODE},
    "addresses": ["127.0.0.1"],
    "certificate_sha256": ["aa"],
}
OPENED = {
    "status": "OK",
    "asyncRespID": "i" * 36,
    "identificationUrl": "https://front.example/?q=1",
}
IDENTIFIED = {"status": "OK", "userCode": CODE, "certificate": "PEM"}
STARTED = {
    "result": {},
    "respID": "s" * 36,
    "optOutp": {"itsme": {"signingUrl": "https://f.e/?q=2"}},
}
PENDING = {"result": {}, "respID": "s" * 36}
DIGEST = base64.b64encode(hashlib.sha256(b"Hello World!").digest()).decode()
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
FOUR = ("en", "FR", "nl", "De")
RULES: dict[str, list[Rule]] = {
    rule.requirement: [] for rule in rules_of("proefbank.services.itsme")
}
for _rule in rules_of("proefbank.services.itsme"):
    RULES[_rule.requirement].append(_rule)


def who() -> dict[str, Any]:
    return {"partnerCode": FACTS["partner_code"], "serviceCode": FACTS["service_code"]}


def identification(**more: Any) -> dict[str, Any]:
    return {**who(), "redirectUrl": FACTS["redirect_url"], "lang": "FR", **more}


def status(**more: Any) -> dict[str, Any]:
    return {**who(), "asyncRespID": "i" * 36, **more}


def texts(*values: str) -> list[dict[str, str]]:
    given_texts = values * 4 if len(values) == 1 else values
    return [{"lang": lang, "value": text} for lang, text in zip(FOUR, given_texts, strict=False)]


def start(value: object = DIGEST, **itsme: Any) -> dict[str, Any]:
    return {
        "inDocs": {"docHash": [{"id": "a.pdf", "di": [{"alg": SHA256, "value": value}]}]},
        "reqID": "one",
        "asyncRespID": None,
        "optInp": {
            "lang": "fr",
            "itsme": {
                "signer": {"userCode": CODE},
                **who(),
                "redirectUrl": FACTS["redirect_url"],
                **itsme,
            },
        },
    }


def asked(**more: Any) -> dict[str, Any]:
    body = {
        "inDocs": None,
        "reqID": "two",
        "asyncRespID": "s" * 36,
        "optInp": {"itsme": who()},
    }
    return body | more


def policy(ref: object = "1.3.6.1.4.1.49274.1.1.7.2.0", **more: Any) -> dict[str, Any]:
    return {"signPolicyRef": ref, **more}


class Talk:
    """A conversation as it would stand in a journal."""

    def __init__(self, **wishes: Any) -> None:
        self.journal = Journal("made", Redactor([Secret("personal", CODE)]))
        self.journal.write("scenario", facts=FACTS)
        orders = {"documents": [{"id": "a.pdf", "sha256": DIGEST}], "lang": "FR", **wishes}
        self.journal.call("sign.start", orders)
        self.said("/user_identification", identification(), OPENED)
        self.journal.write("outcome", call=1, outcome="accepted", value={"session": "x"})
        self.journal.call("sign.resume", {"session": "x", "returned_to": None})

    def said(
        self, path: str, body: object, answer: object = None, *, status: int = 200, **how: Any
    ) -> Talk:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(
            method=how.get("method", "POST"),
            target=ROOT + path,
            headers=(("Content-Type", how.get("media_type", "application/json; charset=utf-8")),),
            body=raw,
            tls=TlsFacts(peer_sha256="aa"),
        )
        said = json.dumps(answer).encode() if answer is not None else b""
        self.journal.exchange(request, Response(status, (), said, trail=Trail(path)))
        return self

    def identified(self) -> Talk:
        return self.said("/user_identification/status", status(), IDENTIFIED)

    def started(self, body: object = None) -> Talk:
        return self.identified().said("/sign_document", start() if body is None else body, STARTED)

    def done(self) -> Journal:
        self.journal.write("outcome", call=2, outcome="accepted", value={"pending": True})
        return self.journal


def verdicts(slug: str, journal: Journal) -> list[Verdict]:
    return [judge(rule, journal) for rule in RULES[f"itsme.{slug}"]]


def found(slug: str, journal: Journal) -> bool:
    """Whether the requirement is broken, by any reading that came."""
    outcomes = {verdict.outcome for verdict in verdicts(slug, journal)}
    assert Outcome.BROKEN not in outcomes
    assert outcomes - {Outcome.NOT_EXERCISED, Outcome.NOT_APPLICABLE} or slug.startswith(
        ("policy", "description", "signer-role", "sign-start", "identification")
    )
    return bool(outcomes & {Outcome.FAILED, Outcome.WARNED})


def all_found(journal: Journal) -> Iterator[str]:
    for slug in RULES:
        if found_any := [v for v in verdicts(slug.removeprefix("itsme."), journal) if v.finding]:
            yield found_any[0].requirement


@pytest.mark.parametrize(
    "talk",
    [
        Talk().started().said("/sign_document", asked(), PENDING),
        Talk().started(start(description=texts("Contrat d'assurance, 10 €, œuvre"))),
        Talk().started(start(signPolicy=policy(signerRole=texts("Geschäftsführer")))),
        Talk().started(start(description=None, signPolicy=None)),
        Talk().started({k: v for k, v in start().items() if k != "asyncRespID"}),
        Talk().started(start() | {"optInp": {"itsme": start()["optInp"]["itsme"]}}),
        Talk().started(start() | {"unknown": [1, {"more": None}]}),
        Talk().started(start(description=texts("x" * 255))),
    ],
    ids=["plain", "description", "role", "nulls", "no-id", "no-language", "unknown", "255"],
)
def test_what_is_right_is_not_found_wrong(talk: Talk) -> None:
    assert list(all_found(talk.done())) == []


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("identification.partner-code-is-the-issued-one", identification(partnerCode=None)),
        ("identification.language-is-given", identification(lang="")),
        ("identification.language-is-supported", identification(lang="es")),
        ("identification.redirect-url-is-well-formed", identification(redirectUrl="/return")),
        ("identification.redirect-url-is-well-formed", identification(redirectUrl=None)),
        ("identification.redirect-url-is-well-formed", identification(redirectUrl="sca.example/a")),
        (
            "identification.redirect-url-is-the-registered-one",
            identification(redirectUrl="http://sca.example/a/return"),
        ),
        (
            "identification.redirect-url-query-is-the-registered-one",
            identification(redirectUrl="https://sca.example/a/return?x=1"),
        ),
        ("identification.user-code-is-one-of-itsme", identification(userCode="jan@voorbeeld.be")),
        ("identification.user-code-is-one-of-itsme", identification(userCode=7)),
        (
            "identification.names-are-spelled-as-documented",
            {("redirectURL" if k == "redirectUrl" else k): v for k, v in identification().items()},
        ),
        (
            "identification.names-are-spelled-as-documented",
            {("redirect_uri" if k == "redirectUrl" else k): v for k, v in identification().items()},
        ),
    ],
)
def test_identification_defects_are_found_alone(slug: str, body: dict[str, Any]) -> None:
    journal = Talk().said("/user_identification", body, OPENED).done()
    assert list(all_found(journal)) == [f"itsme.{slug}"]


@pytest.mark.parametrize("code", [None, CODE])
def test_a_user_code_may_be_null_or_issued(code: str | None) -> None:
    journal = Talk().said("/user_identification", identification(userCode=code), OPENED).done()
    assert list(all_found(journal)) == []


HEX = base64.b64decode(DIGEST).hex()
BASE64 = "sign-start.value-is-base64"
OCTETS = "sign-start.value-is-a-sha-256-digest"
EXAMPLES = "sign-start.value-has-alphabet-and-padding-of-the-examples"
PAD_BITS = "sign-start.value-has-zero-pad-bits"
MIXED = "+_" + DIGEST[2:]


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        (DIGEST, None),
        ("t9I89IEOCiue980A23A+ep/iAJM50+87BxgG65gVwtF=", PAD_BITS),
        ("f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk", EXAMPLES),
        ("f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk=", EXAMPLES),
        (DIGEST.rstrip("="), EXAMPLES),
        (HEX, BASE64),
        (HEX.upper(), BASE64),
        (hashlib.sha512(b"x").hexdigest(), BASE64),
        (f"{DIGEST[:20]}\n{DIGEST[20:]}", BASE64),
        (f"{DIGEST}\r\n", BASE64),
        (MIXED, BASE64),
        ("", BASE64),
        (None, BASE64),
        (7, BASE64),
        ("AAAAA", BASE64),
        (base64.b64encode(HEX.encode()).decode(), OCTETS),
        (base64.b64encode(hashlib.sha1(b"x").digest()).decode(), OCTETS),
        (base64.b64encode(hashlib.sha512(b"x").digest()).decode(), OCTETS),
        (base64.b64encode(b"the whole document" * 9).decode(), OCTETS),
    ],
)
def test_each_encoding_of_a_hash_has_its_own_finding(value: object, slug: str | None) -> None:
    journal = Talk().started(start(value)).done()
    assert list(all_found(journal)) == ([f"itsme.{slug}"] if slug else [])


@pytest.mark.parametrize(
    ("text", "description", "role_1", "role_15"),
    [
        ("Propriétaire", False, False, False),
        ("Geschäftsführer", False, False, False),
        ("Prix 10 €", False, True, False),
        ("œuvre, Ÿ, Š", False, True, False),
        ("½ part", True, False, True),
        ("\u00a4 \u00a6 \u00a8 \u00b4 \u00b8 \u00bc \u00be", True, False, True),
        ("d’assurance", True, True, False),
        ("\u2018a\u2019 \u201cb\u201d", True, True, False),
        ("a – b — c", True, True, False),
        ("enzovoort…", True, True, False),
        ("🖊", True, True, False),
        ("Łódź", True, True, False),
        ("a\u00a0b", False, False, False),
        ("twee\nregels", False, False, False),
    ],
)
def test_characters_one_by_one(text: str, description: bool, role_1: bool, role_15: bool) -> None:
    told_text = Talk(description={}).started(start(description=texts(text))).done()
    assert found("description.stays-within-iso-8859-15", told_text) is description
    told_role = Talk().started(start(signPolicy=policy(signerRole=texts(text)))).done()
    assert found("signer-role.stays-within-iso-8859-1", told_role) is role_1
    assert found("signer-role.stays-within-iso-8859-15", told_role) is role_15


def test_the_repertoires_are_those_of_the_codecs() -> None:
    for codec, repertoire in (("iso8859-1", LATIN_1), ("iso8859-15", LATIN_9)):
        codes = [*range(0x20, 0x7F), *range(0xA0, 0x100), 9, 10, 13]
        assert {bytes([code]).decode(codec) for code in codes} == repertoire


@pytest.mark.parametrize(
    ("slug", "changes"),
    [
        ("description.is-a-list-of-texts", {"description": "Contract"}),
        ("description.is-a-list-of-texts", {"description": []}),
        ("description.is-a-list-of-texts", {"description": [{"lang": "EN"}]}),
        ("description.covers-the-four-languages", {"description": texts("a")[:3]}),
        (
            "description.languages-are-the-four",
            {"description": [*texts("a"), {"lang": "lu", "value": "a"}]},
        ),
        (
            "description.languages-are-the-four",
            {"description": [*texts("a"), {"lang": "EN", "value": "b"}]},
        ),
        ("description.has-at-most-255-characters", {"description": texts("x" * 256)}),
        ("policy.has-a-reference", {"signPolicy": {}}),
        ("policy.has-a-reference", {"signPolicy": {"signPolicyRef": None}}),
        ("policy.is-listed-and-enabled", {"signPolicy": policy("1.2.3")}),
        ("policy.is-listed-and-enabled", {"signPolicy": policy("1.3.6.1.4.1.32473.1.9.1")}),
        ("policy.is-not-the-name-of-the-example", {"signPolicy": policy("ITSME_DEFAULT")}),
        ("policy.commitment-type-is-listed", {"signPolicy": policy(commitmentTypeRef="approval")}),
        (
            "signer-role.has-at-most-50-characters",
            {"signPolicy": policy(signerRole=texts("x" * 51))},
        ),
        (
            "signer-role.covers-the-four-languages",
            {"signPolicy": policy(signerRole=texts("x")[:1])},
        ),
        ("sign-start.signer-is-named", {"signer": {}}),
        ("sign-start.redirect-url-is-the-registered-one", {"redirectUrl": None}),
        ("sign-start.redirect-url-is-the-registered-one", {"redirectUrl": "https://sca.example/b"}),
        ("sign-start.service-code-is-the-issued-one", {"serviceCode": ["ABCDEF_SIGN"]}),
    ],
)
def test_sign_start_defects_are_found_alone(slug: str, changes: dict[str, Any]) -> None:
    journal = Talk().started(start(**changes)).done()
    assert list(all_found(journal)) == [f"itsme.{slug}"]


@pytest.mark.parametrize("wrong", ["null", "i" * 36, 0, False, ""])
def test_a_start_has_no_id(wrong: object) -> None:
    journal = Talk().started(start() | {"asyncRespID": wrong}).done()
    assert list(all_found(journal)) == ["itsme.sign-start.async-resp-id-is-null"]


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("documents-are-null", asked(inDocs="null")),
        ("documents-are-null", asked(inDocs=start()["inDocs"])),
        ("documents-are-null", {k: v for k, v in asked().items() if k != "inDocs"}),
        ("id-is-that-of-the-start", asked(asyncRespID="z" * 36)),
        ("id-is-not-that-of-the-identification", asked(asyncRespID="i" * 36)),
        ("id-is-there", asked(asyncRespID=None)),
        ("id-is-there", {k: v for k, v in asked().items() if k != "asyncRespID"}),
        ("request-has-an-id", asked(reqID="")),
        (
            "partner-code-is-the-issued-one",
            asked(optInp={"itsme": {"serviceCode": FACTS["service_code"]}}),
        ),
    ],
)
def test_sign_status_defects_are_found_alone(slug: str, body: dict[str, Any]) -> None:
    journal = Talk().started().said("/sign_document", body, PENDING).done()
    assert list(all_found(journal)) == [f"itsme.sign-status.{slug}"]


def test_a_status_sent_by_get_belongs_to_the_status() -> None:
    journal = Talk().started().said("/sign_document", b"", None, status=405, method="GET").done()
    assert list(all_found(journal)) == ["itsme.sign-status.asked-on-the-same-endpoint"]


def test_another_call_of_the_swagger_is_nobodys_business() -> None:
    journal = Talk().started().said("/verify_document", {}, None, status=404).done()
    assert list(all_found(journal)) == []


def test_calls_out_of_order_are_found() -> None:
    early = Talk().said("/sign_document", start(), STARTED).done()
    assert found("flow.calls-come-in-order", early)


def test_seventy_hashes_count_over_all_entries() -> None:
    body = start()
    one = body["inDocs"]["docHash"][0]
    body["inDocs"]["docHash"] = [one | {"id": str(number)} for number in range(70)]
    assert not found("sign-start.at-most-seventy-hashes", Talk().started(body).done())
    body["inDocs"]["docHash"][0] = one | {"di": one["di"] * 2}
    assert found("sign-start.at-most-seventy-hashes", Talk().started(body).done())


def test_json_is_read_as_it_was_sent() -> None:
    body = parse('{"a": null, "b": "null", "c": 1, "c": 2, "d": {"e": []}}')
    assert (at(body, "a"), at(body, "b"), at(body, "z")) == (None, "null", Missing)
    assert at(body, "c") == Twice((1, 2))
    assert at(body, "d", "e") == []
    assert at(body, "d", "e", "f") is Missing
    assert parse("{") is Missing
    assert told(body).startswith('{"a": null')


def test_a_member_sent_twice_is_not_the_issued_one() -> None:
    raw = json.dumps(identification())[:-1] + ', "partnerCode": "PB12345678", "userCode": null}'
    journal = Talk().said("/user_identification", raw.encode(), OPENED).done()
    assert list(all_found(journal)) == ["itsme.identification.partner-code-is-the-issued-one"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
PLACES = (
    ("/user_identification", identification),
    ("/user_identification/status", status),
    ("/sign_document", start),
    ("/sign_document", asked),
)


def _put(body: Any, path: list[int], value: object) -> Any:
    """Put a value in place of something inside the body that the numbers lead to."""
    if not path or not isinstance(body, dict | list) or not body:
        return value
    keys: Any = list(body) if isinstance(body, dict) else list(range(len(body)))
    key = keys[path[0] % len(keys)]
    made = dict(body) if isinstance(body, dict) else list(body)
    made[key] = _put(body[key], path[1:], value)
    return made


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(PLACES), path=st.lists(st.integers(0, 9), max_size=6), value=JSON)
def test_no_body_makes_a_rule_stumble(place: Any, path: list[int], value: object) -> None:
    where, make = place
    body = (
        make(description=texts("a"), signPolicy=policy(signerRole=texts("b")))
        if make is start
        else make()
    )
    journal = Talk().started().said(where, _put(body, path, value), PENDING).done()
    for rules in RULES.values():
        for rule in rules:
            verdict = judge(rule, journal)
            assert verdict.outcome is not Outcome.BROKEN, verdict.reason
