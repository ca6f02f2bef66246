"""Whole flows of itsme over real sockets: the reference client, and the ones in Node and Java."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import random
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from proefbank.clients.adapter import ClientUnderTest, Outcome
from proefbank.clients.process import ProcessClient
from proefbank.clients.python import PythonClient
from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.exchange import Request, Response
from proefbank.pki import CertificateAuthority
from proefbank.services.itsme.provider.authority import Authority
from proefbank.services.itsme.provider.parties import make_party
from proefbank.services.itsme.provider.service import ItsmeSign

from .small_pdf import small_pdf

ROOT = Path(__file__).parents[2]
REDIRECT = "https://sca.example/return?of=ours"
COMMANDS = {
    "node": "node adapters/node/itsme_sign.mjs",
    "java": "java -cp adapters/java/target/classes:adapters/java/target/lib/* ItsmeSign",
}
TEXTS = {"en": "Car contract", "fr": "Contrat d’assurance", "nl": "Contract", "de": "Vertrag"}


@dataclass
class World:
    """A provider behind its doors, and the client that talks to it."""

    provider: ItsmeSign
    clock: Clock
    client: ClientUnderTest
    authority: Authority
    folder: Path
    members: dict[str, Any]
    trust: ssl.SSLContext
    heard: list[tuple[Request, Response]] = field(default_factory=list)

    def call(self, op: str, **args: Any) -> Outcome:
        return self.client.call(op, args, 20.0)

    def start(self, count: int = 1, **more: Any) -> dict[str, Any]:
        """Start signing some hashes, or the `documents` given."""
        more.setdefault("documents", documents(count))
        outcome = self.call("sign.start", **{"lang": "fr", **more})
        assert outcome.kind == "accepted", outcome
        assert outcome.value is not None
        return dict(outcome.value)

    def resume(self, session: dict[str, Any], returned_to: str | None) -> Outcome:
        return self.call("sign.resume", session=session["session"], returned_to=returned_to)

    def resumed(self, session: dict[str, Any], returned_to: str | None) -> dict[str, Any]:
        outcome = self.resume(session, returned_to)
        assert outcome.kind == "accepted", outcome
        assert outcome.value is not None
        return dict(outcome.value)

    def browse(self, url: str, *acts: str, person: str = "with-certificate") -> str:
        """Be the person with a browser; return where it ends up, or nothing if on a page."""
        phone = self.provider.people[person].phone
        with httpx.Client(verify=self.trust, trust_env=False) as browser:
            answer = browser.get(url)
            for act in acts:
                if answer.status_code == 303:
                    break
                answer = browser.post(url, data={"act": act, "phone": phone})
            return str(answer.headers.get("location", ""))

    def identified(self, session: dict[str, Any], **who: str) -> dict[str, Any]:
        """Go through the identification; return what came of it."""
        return self.resumed(session, self.browse(session["redirect"], "approve", "approve", **who))

    def to_sign(self, count: int = 1, **more: Any) -> tuple[dict[str, Any], str]:
        """Go as far as the person has signed; return the session and the address back."""
        session = self.start(count, **more)
        return session, self.browse(self.identified(session)["redirect"], "approve")

    def calls(self) -> int:
        """Return how many calls there were, the pages not counted."""
        return sum(request.listener == "main" for request, _ in self.heard)

    def violations(self) -> list[str]:
        return [
            violation.code
            for _, response in self.heard
            if response.trail is not None
            for violation in response.trail.violations
        ]


def documents(count: int) -> list[dict[str, str]]:
    digests = (hashlib.sha256(str(n).encode()).digest() for n in range(count))
    return [
        {"id": f"doc-{n}", "sha256": base64.b64encode(digest).decode()}
        for n, digest in enumerate(digests)
    ]


def client_for(kind: str, ca_file: Path) -> ClientUnderTest:
    if kind == "reference":
        return PythonClient("proefbank.services.itsme.reference:ReferenceSigner")
    if not shutil.which(kind):
        pytest.skip(f"needs {kind}")
    if (
        kind == "java"
        and not ROOT.joinpath("adapters/java/target/classes/ItsmeSign.class").exists()
    ):
        pytest.skip("needs sh adapters/java/run.sh --build")
    return ProcessClient(COMMANDS[kind], ca_file=ca_file)


SLOW = pytest.mark.slow


@pytest.fixture(
    scope="module",
    params=["reference", pytest.param("node", marks=SLOW), pytest.param("java", marks=SLOW)],
)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with contextlib.chdir(ROOT), contextlib.ExitStack() as stack:
        folder, clock = tmp_path_factory.mktemp("itsme"), Clock()
        now = clock.now()
        tls_authority = CertificateAuthority(now=now)
        client_certificate = tls_authority.issue_client("sca.example", now=now)
        ca_file = folder / "ca.pem"
        ca_file.write_bytes(tls_authority.pem)
        folder.joinpath("client.pem").write_bytes(client_certificate.pem())
        folder.joinpath("client.key").write_bytes(client_certificate.pem_private())
        rng = random.Random(7)
        party = make_party(
            "main", rng=rng, redirect_url=REDIRECT, certificates=(client_certificate.sha256,)
        )
        authority = Authority(now=now)
        provider = ItsmeSign([party], authority=authority, rng=rng)
        heard: list[tuple[Request, Response]] = []

        def door(listener: str) -> LoopbackDoor:
            made = LoopbackDoor(
                provider,
                clock=clock,
                on_exchange=lambda request, response: heard.append((request, response)),
                on_connection=lambda fact: None,
                server_tls=ServerTls(tls_authority, now=now),
                listener=listener,
                request_client_certificate=listener == "main",
            )
            return stack.enter_context(made)

        main, front = door("main"), door("front")
        provider.front = provider.elsewhere = front.origin
        client = client_for(request.param, ca_file)
        stack.callback(client.bye)
        client.hello()
        members = {
            "run": "0",
            "ca_file": str(ca_file),
            "itsme": {
                "base_url": provider.base_url(main.origin),
                "partner_code": party.partner_code,
                "service_code": party.service_code,
                "redirect_url": party.redirect_url,
                "client_certificate_file": str(folder / "client.pem"),
                "client_key_file": str(folder / "client.key"),
            },
        }
        trust = ssl.create_default_context(cafile=ca_file)
        yield World(provider, clock, client, authority, folder, members, trust, heard)


@pytest.fixture
def world(built: World) -> World:
    built.provider.reset()
    built.provider.dialect = "documented"
    built.clock.reset()
    assert built.client.scenario(built.members) is None
    built.heard.clear()
    return built


def check_signatures(value: dict[str, Any], wanted: list[dict[str, str]]) -> None:
    """Verify what the client handed over, as its caller would."""
    public = x509.load_pem_x509_certificate(value["certificate"].encode()).public_key()
    assert isinstance(public, RSAPublicKey)
    assert [one["id"] for one in value["signatures"]] == [one["id"] for one in wanted]
    for document, signed in zip(wanted, value["signatures"], strict=True):
        digest = base64.b64decode(document["sha256"])
        raw = base64.b64decode(signed["value"], validate=True)
        public.verify(raw, digest, PKCS1v15(), Prehashed(hashes.SHA256()))


@pytest.mark.parametrize("count", [1, 5, 70])
def test_documents_are_signed(world: World, count: int) -> None:
    session, returned = world.to_sign(count)
    assert returned.startswith(REDIRECT + "&")
    value = world.resumed(session, returned)
    check_signatures(value, documents(count))
    assert value["user_code"] == world.provider.user_code("with-certificate", "main")
    assert world.violations() == []
    calls = world.calls()
    assert calls == 5
    assert world.resumed(session, returned) == value
    assert world.calls() == calls, "it is not asked again"


@pytest.mark.parametrize("dialect", ["documented", "swagger", "literal"])
def test_whose_words_the_answers_follow_does_not_matter(world: World, dialect: str) -> None:
    world.provider.dialect = dialect  # type: ignore[assignment]
    session = world.start(2)
    assert world.resumed(session, REDIRECT) == {"pending": True}
    signing = world.identified(session)
    assert world.resumed(session, REDIRECT) == {"pending": True}
    returned = world.browse(signing["redirect"], "approve")
    check_signatures(world.resumed(session, returned), documents(2))
    refused = world.start()
    world.browse(refused["redirect"], "approve", "reject", person="without-certificate")
    assert world.resume(refused, REDIRECT).reject_class == "user_rejected"


def test_texts_policy_and_commitment_go_along(world: World) -> None:
    offer = world.provider.offer
    session, returned = world.to_sign(
        description={**TEXTS, "de": "Prix 10 € – œuvre"},
        signer_role=TEXTS,
        sign_policy=offer.policies[0].ref,
        commitment_type=next(iter(offer.commitments)),
    )
    check_signatures(world.resumed(session, returned), documents(1))
    assert world.violations() == []


def test_a_known_person_is_not_asked_who_it_is(world: World) -> None:
    code = world.provider.user_code("another", "main")
    session = world.start(user_code=code)
    returned = world.browse(session["redirect"])
    signing = world.resumed(session, returned)
    value = world.resumed(session, world.browse(signing["redirect"], "approve"))
    assert value["user_code"] == code
    certificate = x509.load_pem_x509_certificate(value["certificate"].encode())
    assert "Exemple" in certificate.subject.rfc4514_string()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"lang": "es"}, "language"),
        ({"documents": documents(71)}, "too many"),
        ({"documents": documents(1) * 2}, "same id"),
        ({"documents": [{"id": "a", "sha256": hashlib.sha256(b"").hexdigest()}]}, "hex"),
        ({"description": {"en": "only one"}}, "languages"),
        ({"description": dict.fromkeys(TEXTS, "x" * 256)}, "long"),
        ({"signer_role": dict.fromkeys(TEXTS, "x" * 51)}, "long"),
        ({"signer_role": dict.fromkeys(TEXTS, "\N{GREEK SMALL LETTER ALPHA}")}, "characters"),
        ({"sign_policy": "ITSME_DEFAULT"}, "unlisted"),
        ({"commitment_type": "free text"}, "unlisted"),
    ],
)
def test_what_the_provider_would_refuse_is_not_sent(
    world: World, more: dict[str, Any], why: str
) -> None:
    outcome = world.call("sign.start", **{"documents": documents(1), "lang": "nl", **more})
    assert (outcome.kind, outcome.reject_class) == ("rejected", "malformed"), why
    sent = [request for request, _ in world.heard if request.method == "POST"]
    assert sent == []


def test_a_disabled_policy_is_not_used(world: World) -> None:
    [disabled] = [policy.ref for policy in world.provider.offer.policies if not policy.enabled]
    args = {"documents": documents(1), "lang": "nl", "sign_policy": disabled}
    assert world.call("sign.start", **args).reject_class == "malformed"


def test_two_people_sign_side_by_side(world: World) -> None:
    ann, bob = world.start(1), world.start(2)
    back = world.browse(bob["redirect"], "approve", person="another")
    at_ann = world.browse(ann["redirect"], "approve")
    assert world.resume(ann, back).reject_class == "malformed", "that was Bob's"
    bob_signs = world.resumed(bob, back)["redirect"]
    ann_signs = world.resumed(ann, at_ann)["redirect"]
    assert world.resume(bob, at_ann).reject_class == "malformed"
    at_ann, back = world.browse(ann_signs, "approve"), world.browse(bob_signs, "approve")
    check_signatures(world.resumed(bob, back), documents(2))
    check_signatures(world.resumed(ann, at_ann), documents(1))


def test_coming_back_proves_nothing_and_a_page_may_be_loaded_again(world: World) -> None:
    session = world.start()
    assert world.resumed(session, REDIRECT) == {"pending": True}, "a forged return"
    first = world.browse(session["redirect"], "approve")
    signing = world.resumed(session, first)
    calls = world.calls()
    assert world.resumed(session, first) == signing, "no second sign session"
    assert world.calls() == calls
    assert world.resumed(session, REDIRECT) == {"pending": True}
    assert world.resume(session, f"{REDIRECT}&scaContext=nobody").reject_class == "malformed"
    assert world.call("sign.resume", session="nobody", returned_to=REDIRECT).kind == "rejected"
    returned = world.browse(signing["redirect"], "approve")
    check_signatures(world.resumed(session, returned), documents(1))


def test_who_refuses_the_certificate_has_not_signed(world: World) -> None:
    session = world.start()
    back = world.browse(session["redirect"], "approve", "reject", person="without-certificate")
    for _ in range(2):
        assert world.resume(session, back).reject_class == "user_rejected"
    assert world.calls() == 3, "a dead session is not asked again"


def test_who_waits_too_long_has_not_signed(world: World) -> None:
    session = world.start()
    world.browse(session["redirect"], "approve", person="without-certificate")
    world.clock.advance(181)
    assert world.resume(session, REDIRECT).reject_class == "user_expired"


def test_who_refuses_to_sign_has_not_signed(world: World) -> None:
    session = world.start()
    signing = world.identified(session, person="without-certificate")
    back = world.browse(signing["redirect"], "reject")
    assert world.resume(session, back).reject_class == "user_rejected"
    assert world.resume(session, back).reject_class == "user_rejected"


def test_who_may_not_sign_is_told_so(world: World) -> None:
    session = world.start()
    back = world.browse(session["redirect"], "approve", person="blocked")
    assert world.resume(session, back).reject_class == "not_allowed"


SIGNATURE_CLASSES = {"malformed", "invalid_signature"}
AT_THE_END = {
    "sign-status-missing-one": {"malformed"},
    "sign-status-duplicate": {"malformed"},
    "sign-status-surplus": {"malformed"},
    "sign-status-unknown-document": {"malformed"},
    "sign-status-no-sigobj": {"malformed"},
    "sign-status-empty-sigobj": {"malformed"},
    "sign-status-bit-flip": {"invalid_signature"},
    "sign-status-double-hash": {"invalid_signature"},
    "sign-status-no-digestinfo": {"invalid_signature"},
    "sign-status-other-key": {"invalid_signature"},
    "sign-status-swapped": {"invalid_signature"},
    "sign-status-cms": SIGNATURE_CLASSES,
    "sign-status-base64url": SIGNATURE_CLASSES,
    "sign-status-unknown-maj": {"malformed", "provider_error"},
    "sign-status-error-maj-200": {"user_rejected"},
    "sign-status-no-payload": {"provider_error"},
    "sign-status-html-500": {"provider_error"},
    "sign-status-truncated-json": {"malformed"},
    "sign-status-unknown-reason": {"provider_error"},
    "sign-status-no-reason": {"provider_error"},
    "sign-status-redirect-elsewhere": {"provider_error"},
    "sign-status-wrong-media-type": {"malformed"},
    "sign-status-empty-body": {"malformed"},
}


@pytest.mark.parametrize("stimulus", AT_THE_END)
def test_no_signature_that_is_not_right_is_handed_over(world: World, stimulus: str) -> None:
    session, returned = world.to_sign(3)
    world.provider.arm(stimulus, 1)
    outcome = world.resume(session, returned)
    assert outcome.kind == "rejected", outcome
    assert outcome.reject_class in AT_THE_END[stimulus], outcome
    calls = world.calls()
    assert world.resume(session, returned).reject_class == outcome.reject_class
    assert world.calls() == calls


@pytest.mark.parametrize(
    "stimulus",
    ["shuffled", "extra-members", "set-cookie", "foreign-req-id", "start-req-id", "pending",
     "reset", "cut-body"],
)  # fmt: skip
def test_what_is_odd_at_the_end_but_right_is_taken(world: World, stimulus: str) -> None:
    session, returned = world.to_sign(3)
    world.provider.arm(f"sign-status-{stimulus}", 1)
    outcome = world.resume(session, returned)
    if stimulus == "pending":
        assert outcome.value == {"pending": True}
    if stimulus in {"reset", "cut-body"}:
        assert outcome.reject_class == "transport"
    check_signatures(world.resumed(session, returned), documents(3))
    calls = [request for request, _ in world.heard if request.listener == "main"]
    assert all(request.header("cookie") is None for request in calls)


ON_IDENTIFICATION_STATUS = {
    "pending": None,
    "set-cookie": None,
    "extra-members": None,
    "chain-first": None,
    "no-chain": None,
    "error-pending-409": None,
    "expired-certificate": {"expired"},
    "not-yet-valid-certificate": {"not_yet_valid"},
    "no-certificate": {"malformed"},
    "no-user-code": {"malformed"},
    "error-rejected-409": {"user_rejected"},
    "error-expired-409": {"user_expired"},
    "error-unexpected-error-409": {"provider_error"},
    "error-unexpected-error-400": {"provider_error"},
    "error-not-allowed-to-sign-400": {"not_allowed"},
    "no-payload": {"provider_error"},
    "html-500": {"provider_error"},
    "truncated-json": {"malformed"},
}


@pytest.mark.parametrize("stimulus", ON_IDENTIFICATION_STATUS)
def test_what_is_told_of_the_person_is_looked_at(world: World, stimulus: str) -> None:
    session = world.start()
    back = world.browse(session["redirect"], "approve")
    world.provider.arm(f"identification-status-{stimulus}", 1)
    outcome = world.resume(session, back)
    if (classes := ON_IDENTIFICATION_STATUS[stimulus]) is not None:
        assert outcome.kind == "rejected", outcome
        assert outcome.reject_class in classes
        assert all("sign_document" not in request.target for request, _ in world.heard)
        return
    if "pending" in stimulus:
        assert outcome.value == {"pending": True}
        outcome = world.resume(session, back)
    assert outcome.value is not None, outcome
    returned = world.browse(str(outcome.value["redirect"]), "approve")
    check_signatures(world.resumed(session, returned), documents(1))


@pytest.mark.parametrize(
    ("stimulus", "reject_class"),
    [
        ("discovery-html-500", "provider_error"),
        ("discovery-truncated-json", "malformed"),
        ("identification-error-unknown-400", "provider_error"),
        ("identification-error-not-allowed-to-sign-400", "not_allowed"),
        ("identification-no-payload", "provider_error"),
        ("identification-no-id", "malformed"),
        ("identification-no-url", "malformed"),
        ("identification-reset", "transport"),
    ],
)
def test_what_goes_wrong_at_the_start_is_told(
    world: World, stimulus: str, reject_class: str
) -> None:
    world.provider.arm(stimulus, 1)
    outcome = world.call("sign.start", documents=documents(1), lang="de")
    assert outcome.reject_class == reject_class, outcome
    world.to_sign()


@pytest.mark.parametrize(
    ("stimulus", "reject_class"),
    [
        ("error-only-single-hash-supported-400", "provider_error"),
        ("error-batch-too-large-400", "provider_error"),
        ("error-not-allowed-to-sign-400", "not_allowed"),
        ("error-technical-error-400", "provider_error"),
        ("foreign-req-id", "malformed"),
        ("success-at-once", "malformed"),
        ("unknown-maj", "malformed"),
        ("no-signing-url", "malformed"),
        ("no-resp-id", "malformed"),
        ("reset", "transport"),
        ("no-payload", "provider_error"),
    ],
)
def test_a_sign_session_that_did_not_start_is_not_started_again(
    world: World, stimulus: str, reject_class: str
) -> None:
    session = world.start()
    back = world.browse(session["redirect"], "approve")
    world.provider.arm(f"sign-start-{stimulus}", 1)
    for _ in range(2):
        assert world.resume(session, back).reject_class == reject_class
    sent = [request for request, _ in world.heard if request.target.endswith("sign_document")]
    assert len(sent) == 1


def test_a_content_stays_here_and_comes_back_signed(world: World) -> None:
    content = b"<contract>Anna Voorbeeld</contract>"
    told = {"id": "it", "content": base64.b64encode(content).decode()}
    session, returned = world.to_sign(documents=[told, *documents(1)])
    value = world.resumed(session, returned)
    [container] = value["containers"]
    assert container["id"] == "it"
    world.folder.joinpath("it.p7m").write_bytes(base64.b64decode(container["content"]))
    root = world.authority.root.public_bytes(Encoding.PEM)
    world.folder.joinpath("root.pem").write_bytes(root)
    command = "openssl cms -verify -cades -in it.p7m -inform DER -CAfile root.pem -binary"
    ran = subprocess.run(command.split(), cwd=world.folder, capture_output=True, check=False)
    assert ran.stdout == content, ran.stderr
    bare = base64.b64encode(hashlib.sha256(content).digest())
    for request, _ in world.heard:
        assert told["content"].encode() not in request.body
        assert bare not in request.body


ODD: list[Any] = [
    None, True, 0, "", "x", "\ud800", [], {}, [None], [[]], {"a": 1}, "https://[", "https:///",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "urn:oasis:names:tc:dss:1.0:resultmajor:Success",
]  # fmt: skip


def bent(data: Any, rng: random.Random) -> Any:
    """Return a JSON value with one member, at any depth, left out or another."""
    if not isinstance(data, dict | list) or not data or rng.random() < 0.3:
        return rng.choice(ODD)
    keys: list[Any] = list(data) if isinstance(data, dict) else list(range(len(data)))
    key, copy = rng.choice(keys), data.copy()
    if rng.random() < 0.15:
        del copy[key]
    else:
        copy[key] = bent(copy[key], rng)
    return copy


@pytest.mark.parametrize("seed", range(4))
def test_no_answer_makes_it_crash_or_say_what_is_not_true(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng, honest = random.Random(seed), ItsmeSign.handle

    def handle(provider: ItsmeSign, request: Request) -> Response:
        answer = honest(provider, request)
        if request.listener != "main" or rng.random() < 0.6:
            return answer
        return replace(answer, body=json.dumps(bent(json.loads(answer.body), rng)).encode())

    monkeypatch.setattr(ItsmeSign, "handle", handle)
    ended = set()
    for _ in range(15):
        outcome = world.call("sign.start", documents=documents(2), lang="nl")
        session = dict(outcome.value or {})
        while "redirect" in (outcome.value or {}):
            url = str((outcome.value or {})["redirect"])
            assert url.startswith(str(world.provider.front)), "an address of the provider"
            outcome = world.resume(session, world.browse(url, "approve", "approve"))
        assert outcome.kind in {"accepted", "rejected"}, outcome
        if "signatures" in (outcome.value or {}):
            check_signatures(dict(outcome.value or {}), documents(2))
        ended.add(outcome.kind)
    assert "rejected" in ended


def test_a_pdf_comes_back_signed(world: World) -> None:
    if not isinstance(world.client, PythonClient):
        pytest.skip("this one makes no PAdES")
    from pyhanko.pdf_utils.reader import PdfFileReader

    told = {"id": "it", "content": base64.b64encode(small_pdf()).decode()}
    session, returned = world.to_sign(documents=[told])
    value = world.resumed(session, returned)
    [container] = value["containers"]
    pdf = base64.b64decode(container["content"])
    assert pdf.startswith(small_pdf())
    [embedded] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    signed = embedded.signer_cert.dump()
    assert signed == x509.load_pem_x509_certificate(value["certificate"].encode()).public_bytes(
        Encoding.DER
    )
    assert base64.b64encode(hashlib.sha256(small_pdf()).digest()) not in world.heard[-2][0].body


def test_hashes_are_signed_without_loading_pyhanko() -> None:
    code = "import sys; sys.modules['pyhanko'] = None; import proefbank.services.itsme.reference"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
