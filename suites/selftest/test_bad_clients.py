"""Clients that other people write: what is fair passes, each real defect is found, no lie pays."""

from __future__ import annotations

import secrets
import socket
import ssl
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from proefbank.clients.always_failing import AlwaysFailingClient
from proefbank.clients.python import PythonClient
from proefbank.clients.silent import SilentClient
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.staging import Stage, stages_of
from proefbank.verdict import Outcome, Verdict

from . import foreign_clients as foreign
from . import kill_matrix

matrix = kill_matrix.Matrix.of("socialsecurity")
FOREIGN = {**foreign.FAIR, **foreign.FAULTY}
TELLING = (
    "token token-with-scope token-as-mandatary token-with-two-scopes token-again "
    "token-after-a-fault token-error-invalid-client-401 token-redirect-elsewhere tls-unknown-ca "
    "tls-other-host tls-expired api api-read api-again api-as-mandatary api-for-another-account "
    "api-in-another-environment token-outlived api-expired-token api-redirect-elsewhere"
).split()


def named(*names: str) -> list[Stage]:
    stages = {stage.name: stage for stage in stages_of(matrix.package)}
    return [stages[name] for name in names]


def judge(client: Any, *names: str) -> list[Verdict]:
    with matrix.opened(lambda _ca: PythonClient(client)) as bench:
        found: list[Verdict] = matrix.judged(bench, named(*names))
    return found


def told(verdicts: list[Verdict]) -> dict[str, list[str]]:
    return {
        name: [
            f"{v.outcome} in {v.stage}: {v.finding.actual if v.finding else v.reason}" for v in them
        ]
        for name, them in kill_matrix.bad(verdicts).items()
    }


def blamed_for(verdicts: list[Verdict], expected: tuple[str, ...]) -> None:
    found = told(verdicts)
    for end in expected:
        assert any(name.endswith(end) for name in found), f"{end} was not found: {found}"
    assert [name for name in found if not name.endswith(expected or ("-",))] == [], found


@pytest.mark.parametrize("name", FOREIGN)
def test_another_library_is_blamed_for_what_it_does_wrong_alone(name: str) -> None:
    blamed_for(judge(FOREIGN[name], *TELLING), FOREIGN[name].breaks)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(FOREIGN) - {"RetriesBlindly"}))
def test_the_same_in_every_situation(name: str) -> None:
    # RetriesBlindly sleeps for an hour when told to; that is another test's affair.
    blamed_for(judge(FOREIGN[name]), FOREIGN[name].breaks)


@pytest.mark.parametrize("client", [SilentClient, AlwaysFailingClient])
def test_who_sends_nothing_passes_nothing(client: type) -> None:
    outcomes = {verdict.outcome for verdict in judge(client)}
    assert outcomes <= {Outcome.NOT_EXERCISED, Outcome.FAILED}


class Connects(SilentClient):
    """Shakes hands, sends nothing, and calls it a success."""

    def scenario(self, members: Mapping[str, Any]) -> None:
        self.told = members["socialsecurity"]
        self.trust = ssl.create_default_context(cafile=members["ca_file"])

    def reach(self) -> None:
        place = urlsplit(self.told["token_endpoint"])
        with socket.create_connection((str(place.hostname), int(place.port or 443)), 5) as raw:
            self.trust.wrap_socket(raw, server_hostname=place.hostname).close()

    def token_fetch(self, scope: str | None) -> dict[str, object]:
        with suppress(OSError):
            self.reach()
        return super().token_fetch(scope)

    def api_call(self, method: str, path: str, body: object) -> dict[str, object]:
        with suppress(OSError):
            self.reach()
        return super().api_call(method, path, body)


class SendsJunk(Connects):
    """Sends junk everywhere, looks at no answer, and calls it a success."""

    def reach(self) -> None:
        for url in (self.told["token_endpoint"], self.told["api_base"] + "/registrations"):
            order = urllib.request.Request(url, b"\x00\xffjunk", method="POST")
            with suppress(OSError):
                urllib.request.urlopen(order, None, 5, context=self.trust).close()


class MakesUpTokens(foreign.Requests):
    """Asks as it should, ignores the answer, and uses tokens that nobody issued."""

    def token_fetch(self, scope: str | None) -> dict[str, object]:
        with suppress(Exception):
            self.post_form(self.form(scope))
        return {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer"}

    def api_call(self, method: str, path: str, body: object) -> dict[str, object]:
        self.token_fetch(None)
        with suppress(Exception):
            self.call(method, path, body, secrets.token_urlsafe(32))
        return {"status": 200, "body": None}


def test_a_handshake_is_no_conversation() -> None:
    assert {verdict.outcome for verdict in judge(Connects)} == {Outcome.NOT_EXERCISED}


@pytest.mark.parametrize("client", [SendsJunk, MakesUpTokens])
def test_who_ignores_the_answers_passes_nothing_about_them(client: type) -> None:
    """A negative check needs a control that went well by both witnesses."""
    answered = [
        verdict.requirement.partition(".")[2]
        for verdict in judge(client)
        if verdict.outcome is Outcome.PASSED
    ]
    about = ("token-response.", "api-problem.", "transport.unknown", "transport.other")
    resting = ("is-opaque", "carried-whole", "kept-per-scope", "kept-per-client-id", "after-expiry")
    assert [name for name in answered if name.startswith(about) or name.endswith(resting)] == []


def test_who_says_yes_to_everything_is_found_out() -> None:
    class SaysYes(foreign.Requests):
        def token_fetch(self, scope: str | None) -> dict[str, object]:
            try:
                return dict(super().token_fetch(scope))
            except Exception:  # noqa: BLE001 - this is the defect
                return {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer"}

        def api_call(self, method: str, path: str, body: object) -> dict[str, object]:
            try:
                return dict(super().api_call(method, path, body))
            except Exception:  # noqa: BLE001 - this is the defect
                return {"status": 200, "body": None}

    found = set(told(judge(SaysYes)))
    assert {
        "token-response.failed-answer-yields-no-token",
        "token-response.answer-without-token-is-refused",
        "token-response.unknown-token-type-is-not-used",
        "transport.unknown-ca-is-refused",
        "api-problem.status-decides",
    } <= found
    assert all(name.startswith(("token-response", "transport", "api-problem")) for name in found)


def test_who_cuts_the_token_in_its_answer_is_not_believed() -> None:
    class Cuts(ReferenceClient):
        def token_fetch(self, scope: str | None) -> dict[str, object]:
            value = super().token_fetch(scope)
            return value | {"access_token": str(value["access_token"])[:-2]}

    found = judge(Cuts, "token-type-lowercase", "token-long", "token-extra-members")
    assert {verdict.outcome for verdict in found} == {Outcome.NOT_EXERCISED}


def test_a_replayed_request_is_found() -> None:
    class Replays(foreign.Requests):
        """Sends the bytes of its first token request again and again."""

        first: bytes = b""

        def post_form(self, form: dict[str, Any]) -> foreign.Answer:
            cls = type(self)
            cls.first = cls.first or urlencode(form).encode()
            kind = {"Content-Type": foreign.FORM}
            return self.send("POST", self.told["token_endpoint"], kind, cls.first)

        def scenario(self, members: Mapping[str, Any]) -> None:
            super().scenario(members)
            type(self).first = b""

    found = told(judge(Replays, "token", "token-again", "token-after-a-fault"))
    assert set(found) <= {"assertion.jti-is-unique", "assertion.is-fresh-for-each-request"}
    assert "assertion.jti-is-unique" in found


@pytest.mark.parametrize(
    ("capability", "foreign_part"), [("token", "api-request."), ("api", "token-response.")]
)
def test_who_claims_half_is_judged_by_half(capability: str, foreign_part: str) -> None:
    half = type("Half", (ReferenceClient,), {"hello": lambda _: {"capabilities": [capability]}})
    found = judge(half)
    assert kill_matrix.bad(found) == {}
    rows = [verdict for verdict in found if foreign_part in verdict.requirement]
    assert {verdict.outcome for verdict in rows} == {Outcome.NOT_APPLICABLE}


def test_a_crash_is_told_where_the_conversation_is_missing() -> None:
    class Crashes(ReferenceClient):
        def api_call(self, method: str, path: str, body: object) -> dict[str, object]:
            raise KeyError("no idea")

    found = judge(Crashes, "token", "api", "api-html-502")
    well = {v.outcome for v in found if v.stage == "token"}
    assert well <= {Outcome.PASSED, Outcome.NOT_APPLICABLE}
    missing = [v for v in found if v.stage != "token"]
    assert {v.outcome for v in missing} == {Outcome.NOT_EXERCISED}
    assert all("no idea" in v.reason or "nothing to leak" in v.reason for v in missing), missing


class Rude(ReferenceClient):
    """Does to the door whatever clients do to doors, and then what it was asked."""

    open_ends: list[socket.socket]

    def scenario(self, members: Mapping[str, Any]) -> None:
        super().scenario(members)
        place = urlsplit(self.settings["token_endpoint"])
        self.place = (str(place.hostname), int(place.port or 443))
        self.trusted = self.trust(members["ca_file"])
        self.open_ends = [socket.create_connection(self.place, 5) for _ in range(6)]
        self.open_ends[0].sendall(b"\x16\x03\x01")
        self.open_ends[1].sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
        self.pour(b"Content-Length: 10485760\r\n\r\n", b"x" * 10_485_760)
        self.pour(b"".join(b"X-%d: %b\r\n" % (n, b"y" * 900) for n in range(2000)), b"\r\n")
        self.pour(b"\xff\x00garbage\r\n\r\n", b"")

    def pour(self, *parts: bytes) -> None:
        with (
            suppress(OSError),
            socket.create_connection(self.place, 5) as raw,
            self.trusted.wrap_socket(raw, server_hostname=self.place[0]) as wire,
        ):
            wire.sendall(b"POST /REST/oauth/v5/token HTTP/1.1\r\nHost: x\r\n")
            for part in parts:
                wire.sendall(part)
            wire.recv(1000)

    def close(self) -> None:
        super().close()
        for end in getattr(self, "open_ends", []):
            end.close()


def test_bad_manners_at_the_door_do_not_break_a_run() -> None:
    found = judge(Rude, "token-with-two-scopes", "api-for-another-account", "tls-expired")
    assert {verdict.outcome for verdict in found} <= {Outcome.PASSED, Outcome.NOT_APPLICABLE}, found
