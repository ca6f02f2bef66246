"""What the provider can do on purpose: each stimulus changes what it says, and nothing else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from proefbank.exchange import Response
from proefbank.services.itsme.provider import CATALOGUE
from proefbank.services.itsme.provider.stimuli import ERRORS, LAYERS, SIGNATURE_FAULTS

from .itsme_bench import Bench, authority, bench, digest, document, major, reason

NAMES = ("a", "b", "c")


def answered(on: Bench, layer: str) -> Response:
    """Have a conversation of that layer that would be a success."""
    match layer:
        case "discovery":
            return on.send("/.well-known/configuration", method="GET")
        case "identification":
            return on.identify()
        case "identification-status":
            return on.ask(on.identified())
        case "sign-start":
            return on.start()
    return on.poll(on.signing([document(name) for name in NAMES]))


def told(answer: Response) -> Any:
    return json.loads(answer.body)


def names_of(suffix: str, *layers: str) -> list[str]:
    return [f"{layer}-{suffix}" for layer in layers or LAYERS[:-1]]


CALLS = LAYERS[1:-1]


@pytest.mark.parametrize("name", [one for one in CATALOGUE if CATALOGUE[one].layer in LAYERS[:-1]])
def test_a_stimulus_is_used_up_by_one_answer(name: str) -> None:
    on = bench()
    layer = CATALOGUE[name].layer
    usual = answered(on, layer)
    assert usual.status == 200
    on.provider.arm(name)
    shaped = answered(on, layer)
    assert shaped.trail.stimulus == name
    assert shaped.trail.conversation == layer
    different = [
        shaped.status != usual.status,
        shaped.headers != usual.headers,
        shaped.wire != usual.wire,
        members(shaped) != members(usual),
        name == "sign-status-foreign-resp-id",  # looked at below
    ]
    assert any(different)
    after = answered(on, layer)
    assert after.trail.stimulus is None
    assert after.status == 200


def members(answer: Response) -> Any:
    """Return what is not random in an answer."""
    try:
        data = json.loads(answer.body)
    except ValueError:
        return answer.body
    for path in ("asyncRespID", "identificationUrl", "respID", "optOutp"):
        if path in data:
            data[path] = len(str(data[path]))
    return list(data.items())


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_can_be_had(name: str) -> None:
    on, error = bench(), ERRORS[name]
    on.provider.arm(name)
    answer = answered(on, CATALOGUE[name].layer)
    assert reason(answer) == (error.status, error.name)
    assert answer.trail.facts["reason"] == error.name


def test_errors_of_signing_come_in_both_shapes() -> None:
    on = bench()
    name = "sign-start-error-batch-too-large-400"
    for shape, kept in (("basic", "status"), ("dss", "result"), ("dialect", "result")):
        on.provider.arm(name, shape=shape)
        assert kept in told(on.start())
    on.provider.dialect = "literal"
    for shape, kept in (("basic", "status"), ("dss", "result"), ("dialect", "status")):
        on.provider.arm(name, shape=shape)
        assert kept in told(on.start())


def test_an_error_at_the_start_opens_nothing() -> None:
    on = bench()
    on.provider.arm("sign-start-error-unknown-400")
    on.provider.arm("identification-error-unexpected-error-400")
    on.start()
    on.identify()
    assert on.provider.state()["sessions"]["states"] == {}


@pytest.mark.parametrize(
    ("slug", "status"), [("rejected", 409), ("expired", 409), ("not-allowed-to-sign", 400)]
)
def test_a_final_error_stays(slug: str, status: int) -> None:
    on = bench()
    session = on.identified()
    on.provider.arm(f"identification-status-error-{slug}-{status}")
    first = on.ask(session)
    assert reason(on.ask(session)) == reason(first)


def test_a_passing_error_passes() -> None:
    on = bench()
    session = on.identified()
    on.provider.arm("identification-status-error-unexpected-error-409")
    on.provider.arm("identification-status-pending", times=2)
    told_so = [reason(on.ask(session))[1] for _ in range(3)]
    assert told_so == ["UNEXPECTED_ERROR", "PENDING", "PENDING"]
    assert on.ask(session).status == 200


def test_what_needs_a_success_waits_for_one() -> None:
    on = bench()
    on.provider.arm("sign-status-shuffled")
    start = told(on.start([document(name) for name in NAMES]))
    assert major(on.poll(start["respID"])) == "Pending"
    on.walk(start["optOutp"]["itsme"]["signingUrl"])
    answer = on.poll(start["respID"])
    assert answer.trail.stimulus == "sign-status-shuffled"
    assert sorted(one["whichDoc"] for one in told(answer)["sigObj"]) == list(NAMES)
    assert [one["whichDoc"] for one in told(answer)["sigObj"]] != list(NAMES)


LISTS = {
    "missing-one": ["b", "c"],
    "duplicate": ["a", "b", "c", "a"],
    "surplus": ["a", "b", "c", ...],
    "unknown-document": [..., "b", "c"],
    "empty-sigobj": [],
}


@pytest.mark.parametrize(("kind", "expected"), LISTS.items())
def test_lists_of_signatures_can_be_wrong(kind: str, expected: list[Any]) -> None:
    on = bench()
    on.provider.arm(f"sign-status-{kind}")
    seen = [one["whichDoc"] for one in told(answered(on, "sign-status"))["sigObj"]]
    assert len(seen) == len(expected)
    for name, wanted in zip(seen, expected, strict=True):
        assert name not in NAMES if wanted is ... else name == wanted


@pytest.mark.parametrize("fault", [None, *SIGNATURE_FAULTS])
def test_signatures_can_be_wrong(fault: str | None) -> None:
    on = bench()
    signer = authority().certificate_of(on.provider.people["with-certificate"].holder)
    key: Any = signer.key.private.public_key()
    if fault:
        on.provider.arm(f"sign-status-{fault}")
    for one in told(answered(on, "sign-status"))["sigObj"]:

        def verify(one: Any = one) -> None:
            value = base64.b64decode(one["b64Sig"]["value"], validate=True)
            key.verify(value, digest(one["whichDoc"]), PKCS1v15(), Prehashed(hashes.SHA256()))

        if fault is None:
            verify()
        else:
            with pytest.raises((InvalidSignature, ValueError)):
                verify()


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("expired-certificate", -1, -1),
        ("not-yet-valid-certificate", 1, 1),
        ("revoked-certificate", -1, 1),
    ],
)
def test_certificates_can_be_unfit(kind: str, before: int, after: int) -> None:
    on = bench()
    on.provider.arm(f"identification-status-{kind}")
    shown = told(answered(on, "identification-status"))
    certificate = x509.load_pem_x509_certificate(shown["certificate"].encode())
    assert (certificate.not_valid_before_utc.timestamp() > on.now) == (before > 0)
    assert (certificate.not_valid_after_utc.timestamp() > on.now) == (after > 0)
    listed = x509.load_der_x509_crl(authority().revocation_list(on.now))
    revoked = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
    assert (revoked is not None) == (kind == "revoked-certificate")


def test_the_certificate_of_somebody_else() -> None:
    on = bench()
    on.provider.arm("identification-status-other-person")
    shown = told(answered(on, "identification-status"))
    certificate = x509.load_pem_x509_certificate(shown["certificate"].encode())
    assert certificate.subject != on.provider.people["with-certificate"].holder.name
    assert shown["userCode"] == on.provider.user_code("with-certificate", "batch")


def test_the_chain_the_other_way_round() -> None:
    on = bench()
    on.provider.arm("identification-status-chain-first")
    shown = told(answered(on, "identification-status"))
    assert shown["fullCertificateChain"].endswith(shown["certificate"])


def test_echoes_can_be_foreign() -> None:
    on = bench()
    on.provider.arm("sign-start-foreign-req-id")
    assert told(on.start())["reqID"] != "ReqID-start"
    session = on.signing()
    on.provider.arm("sign-status-start-req-id")
    assert told(on.poll(session))["reqID"] == "ReqID-start"
    on.provider.arm("sign-status-foreign-resp-id")
    assert told(on.poll(session))["respID"] != session
    on.provider.arm("sign-status-error-maj-200", reason="EXPIRED")
    answer = on.poll(session)
    assert (answer.status, reason(answer)[1]) == (200, "EXPIRED")


@pytest.mark.parametrize("name", names_of("no-payload", *CALLS))
def test_nothing_can_be_said(name: str) -> None:
    on = bench()
    on.provider.arm(name)
    answer = answered(on, CATALOGUE[name].layer)
    assert (answer.status, answer.headers, answer.body) == (409, (), b"")


def test_transport_can_fail() -> None:
    on = bench()
    for layer in LAYERS[:-1]:
        on.provider.arm(f"{layer}-truncated-json")
        with pytest.raises(ValueError, match=r"char"):
            told(answered(on, layer))
        on.provider.arm(f"{layer}-cut-body")
        cut = answered(on, layer)
        assert (cut.wire.cut_after, cut.wire.close) == (len(cut.body) - 12, True)
        on.provider.arm(f"{layer}-delay", seconds=3)
        assert answered(on, layer).wire.delay == 3
        on.provider.arm(f"{layer}-reset")
        assert answered(on, layer).wire.reset
        on.provider.arm(f"{layer}-redirect-elsewhere")
        place = answered(on, layer).header("Location")
        assert place is not None
        assert place.startswith("https://localhost:5555/")
        on.provider.arm(f"{layer}-set-cookie")
        assert "JSESSIONID" in str(answered(on, layer).header("Set-Cookie"))


def test_what_is_armed_is_told_and_forgotten() -> None:
    on = bench()
    on.provider.arm("sign-start-500", times=2)
    on.provider.arm("front-delay", seconds=1)
    assert [one["name"] for one in on.provider.state()["armed"]] == [
        "sign-start-500",
        "front-delay",
    ]
    on.provider.disarm("front-delay")
    on.provider.reset()
    assert on.provider.state()["armed"] == []
    with pytest.raises(ValueError, match="nearest"):
        on.provider.arm("sign-start-501")
    with pytest.raises(ValueError, match="door"):
        on.provider.arm("tls-expired")
