"""The rules on answers, put to signed files, addresses and clients made by hand."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from proefbank.bench import Bench
from proefbank.clients.python import PythonClient
from proefbank.errors import Rejected
from proefbank.judge import DoesNotApply, judge
from proefbank.service import Settings
from proefbank.services.itsme import SERVICE
from proefbank.services.itsme.provider import PEOPLE
from proefbank.services.itsme.provider.signing import signature
from proefbank.services.itsme.reference import Document, Identity, Order, ReferenceSigner
from proefbank.services.itsme.reference.containers import begun
from proefbank.services.itsme.reference.session import SignSession
from proefbank.services.itsme.rules import front as rules
from proefbank.services.itsme.wire.containers import Container, opened
from proefbank.services.itsme.wire.front import IdentificationDeparture
from proefbank.services.itsme.wire.outcomes import der_in, loose
from proefbank.staging import rules_for, stages_of
from proefbank.verdict import Finding, Outcome

from .itsme_bench import NOW, authority
from .small_pdf import small_pdf

PAGE = "https://front.example/a/b"
GIVEN = f"{PAGE}?language=FR&q=abc%2Bd"


def signed(content: bytes, media_type: str) -> tuple[Container | None, bytes, bytes]:
    """Return what is read of a signed file, the signature in it, and the digest that was signed."""
    signer = authority().certificate_of(PEOPLE[0].holder)
    identity = Identity("code", signer.certificate, ())
    made = begun(Document("one", content=content, media_type=media_type), identity, at=NOW)
    assert made.finish is not None
    value = signature(signer.key, made.digest)
    return opened(made.finish(value)), value, made.digest


@pytest.mark.parametrize(
    ("kind", "content", "media_type"),
    [("CMS", b"a text", "text/plain"), ("PDF", small_pdf(), "application/pdf")],
)
def test_a_signed_file_is_opened(kind: str, content: bytes, media_type: str) -> None:
    made, value, digest = signed(content, media_type)
    assert made is not None
    assert (made.kind, made.value, made.signed_digest) == (kind, value, digest)
    assert made.message_digest == made.content_digest
    certificate = der_in(authority().certificate_of(PEOPLE[0].holder).pem)[0]
    assert hashlib.sha256(certificate).digest() in made.certificates


def test_xml_is_opened_as_far_as_its_value() -> None:
    text = b"<ds:Signature><ds:SignatureValue>\nAQID\n</ds:SignatureValue>"
    made = opened(text + b"<x:SigningCertificateV2/></ds:Signature>")
    assert made is not None
    assert (made.kind, made.value, made.names_certificate) == ("XML", b"\1\2\3", True)


@pytest.mark.parametrize(
    "content", [b"", b"\x30", b"\x30\x82", b"hello", b"\x30\x03\x02\x01\x05", bytes(40), b"0" * 99]
)
def test_anything_else_is_not_opened(content: bytes) -> None:
    assert opened(content) is None


def test_a_pdf_that_nobody_signed_holds_no_value() -> None:
    made = opened(small_pdf())
    assert made is not None
    assert made.value == b""


@pytest.mark.parametrize("value", ["AQID", "AQID\n", "-_8", "+/8=", " + / 8 = "])
def test_base64_of_any_alphabet_is_read(value: str) -> None:
    assert loose(value) is not None


@pytest.mark.parametrize("value", [None, 4, "é", "A", "a.b"])
def test_what_is_no_base64_is_nothing(value: object) -> None:
    assert loose(value) is None


def departure(url: str) -> IdentificationDeparture:
    return IdentificationDeparture(
        url=url,
        signing=False,
        identification_urls=(GIVEN,),
        signing_urls=(),
        pages=(),
        exchange=1,
    )


def own(url: str) -> Finding | str | None:
    try:
        return rules.own_on_identification(departure(url))
    except DoesNotApply as reason:
        return str(reason)


FINE = [GIVEN, f"{GIVEN}&own=1", f"{PAGE}?own=1&q=abc%2bd&language=FR", f"{GIVEN}#top"]


@pytest.mark.parametrize("url", FINE)
def test_added_parameters_are_fine_wherever_they_stand(url: str) -> None:
    assert rules.provider_parameters_stay(departure(url)) is None
    assert rules.goes_to_the_identification_url(departure(url)) is None
    assert not isinstance(own(url), Finding)


@pytest.mark.parametrize(
    ("url", "lost", "added"),
    [
        (f"{PAGE}?language=FR", True, False),
        (f"{PAGE}?language=NL&q=abc%2Bd", True, False),
        (f"{PAGE}?language=FR&q=abc%252Bd", True, False),
        (f"{PAGE}?language=FR&q=abc+d", True, False),
        (f"{GIVEN}&q=x", False, True),
        (f"{GIVEN}&language=NL", False, True),
        (f"{GIVEN}?own=1", False, True),
    ],
)
def test_each_slip_is_found_by_one_rule(url: str, lost: bool, added: bool) -> None:
    assert isinstance(rules.provider_parameters_stay(departure(url)), Finding) == lost
    assert isinstance(own(url), Finding) == added


# Clients that do things otherwise than the reference signer, and are right.


class WithoutParameter(ReferenceSigner):
    """Knows its users by a cookie, and adds nothing to an address."""

    def begin(self, order: Order) -> dict[str, Any]:
        told = super().begin(order)
        return told | {"redirect": told["redirect"].rpartition("&scaContext")[0]}

    def start_signing(self, session: SignSession, told: dict[str, Any]) -> dict[str, Any]:
        found = super().start_signing(session, told)
        return {"redirect": found["redirect"].rpartition("&scaContext")[0]}


class InItsOwnTime(ReferenceSigner):
    """Says pending whenever a browser comes back, and asks the next time."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, str]] = set()

    def sign_resume(self, session: str, returned_to: str | None) -> dict[str, Any]:
        found = self.sessions.get(session)
        if found is not None and (session, found.phase) not in self.seen:
            self.seen.add((session, found.phase))
            return {"pending": True}
        return super().sign_resume(session, returned_to)


class AsksTwice(ReferenceSigner):
    """Sends a request once more when there was no answer, or a 500."""

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            answer = super().send(method, path, body)
        except Rejected:
            return super().send(method, path, body)
        return super().send(method, path, body) if answer.status_code == 500 else answer


class Forgetful(ReferenceSigner):
    """Knows nothing of a session once it was refused."""

    def sign_resume(self, session: str, returned_to: str | None) -> dict[str, Any]:
        try:
            return super().sign_resume(session, returned_to)
        except Rejected:
            self.sessions.pop(session, None)
            raise


class Vague(ReferenceSigner):
    """Has one class for all that itsme refuses."""

    def refusal(self, status: int, reason: str) -> Rejected:
        return Rejected("provider_error", f"{status} {reason}")


class BeginsAnew(ReferenceSigner):
    """Sends the user to be identified anew when the identification ended without a certificate."""

    def proceed(self, session: SignSession) -> dict[str, Any]:
        try:
            return super().proceed(session)
        except Rejected as refusal:
            ended = refusal.reject_class in ("user_rejected", "user_expired")
            if session.phase != "identifying" or not ended:
                raise
        answer = self.open_identification(session.order)
        session.identification_id = self.identification_id_in(answer)
        return {"redirect": session.leave_for(self.address_in(answer, "identificationUrl"))}


FAIR = [WithoutParameter, InItsOwnTime, AsksTwice, Forgetful, Vague, BeginsAnew]


@pytest.mark.slow
@pytest.mark.parametrize("client", FAIR)
def test_who_is_right_in_another_way_is_not_blamed(client: type) -> None:
    bench = Bench(
        SERVICE, settings=Settings(), seed=1, make_client=lambda _ca: PythonClient(client)
    )
    blamed = []
    try:
        for stage in stages_of(SERVICE.package):
            journal = bench.run(stage)
            for reading in stage.readings:
                verdicts = [judge(rule, journal) for rule in rules_for(stage, reading)]
                blamed += [
                    (one.stage, one.requirement, one.finding or one.reason)
                    for one in verdicts
                    if one.outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE)
                ]
    finally:
        bench.close()
    assert blamed == []
