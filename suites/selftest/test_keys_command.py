"""`proefbank keys`: a key set shown, watched over a whole renewal, and never fetched rashly."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from proefbank.cli import cli
from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response
from proefbank.keys import key_for
from proefbank.keywatch.fetch import NotReachable, checked
from proefbank.keywatch.history import default_history, read
from proefbank.keywatch.keyset import Key, keys_in, notes_on
from proefbank.keywatch.steps import looks_like
from proefbank.keywatch.watch import Past, look, seen_now
from proefbank.pki import CertificateAuthority
from proefbank.services.ehealth.provider import EHealth, load_timeline

ACC = load_timeline("ehealth-2024-acc")
IN = {
    "S0": ACC.begins,
    "S1": ACC.first("S1") + 86_400,
    "S2": ACC.first("S2") + 86_400,
    "S3": ACC.first("S3") + 86_400,
}
CERTS = "/protocol/openid-connect/certs"
DISCOVERY = "/.well-known/openid-configuration"


@dataclass
class Server:
    """The simulated realms behind a loopback door, and what was asked of them."""

    clock: Clock
    provider: EHealth
    door: LoopbackDoor
    asked: list[str] = field(default_factory=list)

    @property
    def realm(self) -> str:
        return f"{self.door.origin}/auth/realms/healthcare"

    def to(self, state: str) -> None:
        self.clock.set(IN[state])

    def kid(self, name: str) -> str:
        return self.provider.kid(name)


def opened(server_tls: ServerTls | None = None) -> Server:
    asked: list[str] = []
    provider = EHealth(ACC, rng=random.Random(7))
    clock = Clock(frozen_at=IN["S0"])

    def on_exchange(request: Request, _response: Response) -> None:
        asked.append(request.path)

    door = LoopbackDoor(
        provider,
        clock=clock,
        on_exchange=on_exchange,
        on_connection=lambda _fact: None,
        scheme="https" if server_tls else "http",
        server_tls=server_tls,
    )
    return Server(clock, provider, door, asked)


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    made = opened()
    with made.door:
        yield made


@pytest.fixture
def server(shared: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Server:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # not for this machine
    shared.provider.reset()
    shared.provider.timeline = ACC
    shared.provider.elsewhere = "http://localhost:1"
    shared.to("S0")
    shared.asked.clear()
    return shared


def keys(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["keys", *map(str, words)], standalone_mode=False)


def shown(*words: str | Path) -> dict[str, Any]:
    result = keys(*words, "--json")
    assert result.exception is None, result.exception
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def refused(*words: str | Path) -> Exception:
    problem = keys(*words).exception
    assert isinstance(problem, Exception), words
    return problem


@pytest.mark.parametrize("suffix", ["", "/", DISCOVERY, CERTS, f"{CERTS}?client_id=x"])
def test_any_address_of_the_realm_leads_to_its_keys(server: Server, suffix: str) -> None:
    told = shown(server.realm + suffix)
    assert told["url"].partition("?")[0] == server.realm + CERTS
    assert [(key["kid"], key["active"]) for key in told["keys"]] == [
        (server.kid("ENC"), False),
        (server.kid("OLD"), True),
    ]
    assert server.asked.count(f"/auth/realms/healthcare{CERTS}") == 1


def test_a_set_is_shown_as_people_read_it(server: Server) -> None:
    server.to("S2")
    text = keys(server.realm).stdout
    lines = text.splitlines()
    assert lines[0] == f"{server.realm}{CERTS}: 3 keys"
    assert [line.split()[0] for line in lines[2:5]] == ["1", "2", "3"]
    for words in ("RS256", "RSA 2048", "CN=healthcare", "2023-12-31 to 2034-01-01", "sig signs"):
        assert words in text
    assert f"{server.kid('NEW')[:10]}…" in text
    assert server.kid("NEW") not in text
    assert server.kid("NEW") in keys(server.realm, "--long").stdout
    assert "is for encryption: it verifies no signature, though it comes first" in text
    assert "looks like  two signing keys: a renewal is under way; by the page" in text
    assert "first seen" not in text
    assert "news" not in text
    assert not default_history().exists()


def test_a_renewal_is_watched_from_end_to_end(server: Server, tmp_path: Path) -> None:
    page = tmp_path / "deep" / "keys.json"
    old, new = server.kid("OLD"), server.kid("NEW")

    def night() -> tuple[int, list[tuple[str, str, str]], str, bool]:
        result = keys(server.realm, "--watch", "--history", page, "--json")
        told = json.loads(result.stdout)
        news = [(item["kind"], item["kid"], item["text"]) for item in told["watch"]["news"]]
        look = told["looks_like"]
        return result.return_value, news, look["state"], look["guess"]

    assert night() == (0, [], "S0 or S3", False)
    assert night() == (0, [], "S0 or S3", False)
    server.to("S1")
    text = f"a passive key has appeared (step 1 of a renewal): {new}, RS256"
    assert night() == (10, [("appeared", new, text)], "S1", True)
    assert night() == (0, [], "S1", True)
    server.to("S2")
    text = f"another key signs now: {new}, RS256 (step 2 of a renewal)"
    assert night() == (10, [("activated", new, text)], "S2", True)
    server.to("S3")
    text = f"the old key is gone (step 3 of a renewal): {old}, RS256"
    assert night() == (10, [("gone", old, text)], "S3", True)
    assert night() == (0, [], "S3", True)
    server.to("S1")
    code, news, _, _ = night()
    assert code == 10
    assert [item[0] for item in news] == ["returned", "activated"]
    assert "a step back" in news[1][2]


def test_a_watch_without_the_page_of_the_realm_says_what_it_cannot_know(server: Server) -> None:
    members = {}
    for state in ("S0", "S1", "S2", "S3"):
        ring = server.provider._shared.ring("healthcare")
        members[state] = keys_in(ring.jwks(IN[state]))
    past, news = look(None, members["S0"], None, 1.0)
    assert news == []
    past, news = look(past, members["S1"], None, 2.0)
    assert "presumably passive" in news[0].text
    told = looks_like(members["S1"], None, past)
    assert (told["state"], told["guess"]) == ("S1 or S2", False)
    assert "nothing in the set says which one signs" in told["text"]
    past, news = look(past, members["S2"], None, 3.0)
    assert news == []
    past, news = look(past, members["S3"], None, 4.0)
    assert [one.text.partition(" (")[0] for one in news] == ["the old key is gone"]
    assert looks_like(members["S3"], None, past)["state"] == "S3"


def test_the_history_is_kept_in_the_state_folder_and_shows_ages(server: Server) -> None:
    first = keys(server.realm, "--watch")
    assert first.return_value == 0
    assert f"first look: written down in {default_history()}" in first.stdout
    second = keys(server.realm, "--watch").stdout
    assert re.search(r"news        nothing new since \d{4}-\d\d-\d\d$", second, re.MULTILINE)
    assert re.search(r"first seen \d{4}-\d\d-\d\d$", second, re.MULTILINE)
    shown(f"{server.door.origin}/auth/realms/M2M", "--watch")
    assert len(read(default_history())) == 2
    server.to("S1")
    before = default_history().read_bytes()
    assert keys(server.realm, "--history", default_history()).return_value == 0
    assert default_history().read_bytes() == before, "only --watch writes"


def test_an_outage_is_no_removal(server: Server, tmp_path: Path) -> None:
    page = tmp_path / "keys.json"
    words = (server.realm + CERTS, "--watch", "--history", page)
    assert keys(*words).return_value == 0
    before = page.read_bytes()
    for stimulus in (
        *("503", "html-200", "truncated-json", "cut-body", "reset", "empty-keys"),
        *("no-keys-member", "bare-list", "empty-body", "429-retry-after"),
    ):
        server.provider.arm(f"jwks-{stimulus}")
        problem = refused(*words)
        assert isinstance(problem, NotReachable), stimulus
        assert problem.exit_code == 3
    assert page.read_bytes() == before
    assert keys(*words).return_value == 0
    server.provider.arm("jwks-oversized", bytes=1_200_000)
    assert "longer than 1000000 bytes" in str(refused(*words))


def test_nobody_leads_elsewhere(server: Server) -> None:
    for suffix, stimulus in ((CERTS, "jwks"), (DISCOVERY, "discovery")):
        server.provider.arm(f"{stimulus}-redirect-elsewhere")
        problem = refused(server.realm + suffix)
        assert isinstance(problem, NotReachable)
        assert "on another server" in str(problem)
        assert "if you trust it: proefbank keys http://localhost:1/" in str(problem)
    server.provider.arm("discovery-other-issuer")
    notes = shown(server.realm)["notes"]
    assert any("names the issuer 'http://localhost:1" in note for note in notes)


class Odd:
    """A server with one key, odd ways to it, and a discovery document that leads away."""

    def handle(self, request: Request) -> Response:
        """Answer as the path says."""
        member = {"kid": "a", "kty": "XYZ", "use": "sig", "alg": "XY1"}
        body: bytes = json.dumps({"keys": [member]}).encode()
        headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
        status = 200
        if request.path in ("/moved", "/round"):
            to = {"/moved": "keys", "/round": "/round"}[request.path]
            status, headers = 302, (("Location", to),)
        elif request.path == "/packed":
            headers = (*headers, ("Content-Encoding", "gzip"))
        elif request.path == "/deep":
            body = b"[" * 200_000
        elif request.path == "/.well-known/openid-configuration":
            body = json.dumps({"issuer": "x", "jwks_uri": "https://other.example/keys"}).encode()
        elif request.path != "/keys":
            status = 404
        return Response(status, headers, body)

    def reset(self) -> None:
        """Forget nothing."""


def test_ways_on_the_same_server_are_followed(tmp_path: Path) -> None:
    door = LoopbackDoor(
        Odd(),
        clock=Clock(),
        on_exchange=lambda _request, _response: None,
        on_connection=lambda _fact: None,
        scheme="http",
    )
    with door:
        assert shown(f"{door.origin}/moved")["url"] == f"{door.origin}/moved"
        for path, said in (
            ("/round", "more than 3 redirects"),
            ("/packed", "compressed"),
            ("/deep", "no JSON"),
            ("", "if you trust it: proefbank keys https://other.example/keys"),
        ):
            problem = refused(door.origin + path)
            assert isinstance(problem, NotReachable)
            assert said in str(problem)


@pytest.mark.parametrize(
    ("stimulus", "note"),
    [
        ("missing-alg", "has no alg"),
        ("missing-use", "has no use"),
        ("duplicate-kid", "stands 2 times: keys"),
        ("mismatching-x5c", "x5c is the certificate of another key than n and e"),
        ("two-certificates", "x5c holds 2 certificates"),
        ("oct-member", "PUBLISHES A SECRET: the member k"),
        ("unknown-kty", "is of the type AKP, which is not understood here"),
        ("unknown-crv", "cannot be read as a public key"),
        ("malformed-members", "is of the type (none)"),
        ("non-object-members", "is no object but a NoneType"),
        ("max-age", "Cache-Control allows keeping the set for 2592000 s"),
    ],
)
def test_what_is_odd_is_noted(server: Server, stimulus: str, note: str) -> None:
    ring = server.provider._shared.ring("healthcare")
    plain = [server.kid(name) for name in ("ENC", "OLD")]
    server.provider.arm(f"jwks-{stimulus}", 2)
    told = shown(server.realm + CERTS)
    assert any(note in said for said in told["notes"]), told["notes"]
    assert set(plain) <= {key["kid"] for key in told["keys"]}
    text = keys(server.realm + CERTS).stdout
    assert note in text
    for member in ring.jwks(IN["S0"]):
        assert member["n"] not in text


@pytest.mark.parametrize("stimulus", ["missing-x5c", "extra-members", "member-order", "no-store"])
def test_what_is_not_odd_is_not_noted(server: Server, stimulus: str) -> None:
    server.provider.arm(f"jwks-{stimulus}")
    notes = shown(server.realm + CERTS)["notes"]
    assert [note for note in notes if "is for encryption" not in note] == []


def test_a_secret_in_the_set_is_not_repeated() -> None:
    secret = "c2VjcmV0LXZhbHVlLW9mLWE"
    found = keys_in([{"kid": "s", "kty": "oct", "alg": "HS256", "use": "sig", "k": secret}])
    assert secret not in json.dumps(found[0].to_json()) + str(notes_on(found, 0.0))
    assert not found[0].signs


@pytest.mark.parametrize(
    "url",
    [
        "",
        "idp.example/auth/realms/x",
        "ftp://idp.example/x",
        "https://",
        "http://idp.example/auth/realms/x",
        "http://127.0.0.1.example/x",
        "http://192.0.2.1/x",
        "https://user:secret@idp.example/x",
        "https://idp.example:port/x",
        "https://[::1/x",
    ],
)
def test_bad_addresses_are_told(url: str) -> None:
    problem = refused(url)
    assert isinstance(problem, BadInvocation)
    assert problem.exit_code == 4


def test_addresses_that_will_do() -> None:
    for url in ("http://127.0.0.2:8/x", "http://[::1]:8/x", "http://localhost/x", "https://a.test"):
        assert checked(f"{url}#part") == url


def test_nobody_there_and_other_paths(server: Server) -> None:
    problem = refused("http://127.0.0.1:9/auth/realms/x")
    assert isinstance(problem, NotReachable)
    assert "no answer" in str(problem)
    assert "404" in str(refused(f"{server.door.origin}/auth/realms/nonsuch"))
    assert "neither a key set" in str(refused(f"{server.door.origin}/.proefbank/openapi.json"))


def test_a_server_of_ones_own_authority(tmp_path: Path) -> None:
    now = Clock().now()
    tls = ServerTls(CertificateAuthority(now=now), now=now)
    ca = tmp_path / "ca.pem"
    ca.write_bytes(tls.ca_pem)
    server = opened(tls)
    with server.door:
        problem = refused(server.realm)
        assert isinstance(problem, NotReachable)
        assert "--ca" in problem.hint
        assert server.asked == []
        assert len(shown(server.realm, "--ca", ca)["keys"]) == 2
    for text in ("no certificate", None):
        if text is not None:
            ca.write_text(text)
        problem = refused(server.realm, "--ca", ca if text else tmp_path / "nonsuch")
        assert isinstance(problem, BadInvocation)


def test_a_history_that_is_something_else_is_left_alone(server: Server, tmp_path: Path) -> None:
    page = tmp_path / "keys.json"
    for text in (
        "",
        "[]",
        '{"schema": "other"}',
        '{"schema": "proefbank/keys/1", "sets": {"u": 1}}',
    ):
        page.write_text(text)
        problem = refused(server.realm, "--watch", "--history", page)
        assert isinstance(problem, BadInvocation)
        assert page.read_text() == text
    assert "cannot be written" in str(refused(server.realm, "--watch", "--history", "/proc/x/k"))


# What a look tells, key by key.


def key(kid: str = "a", *, material: str = "", use: str = "sig", alg: str = "RS256") -> Key:
    return Key(1, kid, use, alg, "RSA", "RSA 2048", material or kid, None, ())


def told(past: list[Key], now: list[Key], *actives: str | None) -> list[tuple[str, str]]:
    known, _ = look(None, past, actives[0] if actives else None, 1.0)
    _, news = look(known, now, actives[1] if actives else None, 2.0)
    return [(one.kind, one.text) for one in news]


def test_changes_are_told_for_what_they_are() -> None:
    a, b = key("a"), key("b")
    assert told([a], [a]) == []
    assert told([a, b], [b, a]) == [], "order says nothing"
    assert told([a], [a, b], "a", "b")[0][1].startswith("a new key has appeared, and signs already")
    assert "an encryption key has appeared" in told([a], [a, key("e", use="enc")])[0][1]
    assert told([a, key("e", use="enc")], [a])[0][1].startswith("a key that verified no signat")
    assert told([a], [key("a", material="x")]) == [
        ("replaced", "the kid a names another key now: who caches by kid is misled")
    ]
    assert told([a], [key("a", alg="PS256")])[0][0] == "relisted"
    assert told([a], [b])[0][0] == "appeared"
    assert [kind for kind, _ in told([a], [b], "a", "b")] == ["appeared", "gone", "activated"]
    assert told([a, b], [b])[0][1] == "a signing key is gone: a, RS256", "which was older?"
    again, _ = look(None, [a], None, 1.0)
    again, _ = look(again, [a, b], None, 2.0)
    assert look(again, [a], None, 3.0)[1][0].text == "the newer key is gone again: b, RS256"
    twin = key("a", material="e", use="enc")
    assert told([a, twin], [a])[0][0] == "gone", "two keys may share a kid"


def test_a_set_looks_like_what_it_is() -> None:
    a, b, c = key("a"), key("b"), key("c")

    def state(*listed: Key, active: str | None = None, past: Past | None = None) -> str:
        return str(looks_like(listed, active, past)["state"])

    assert state(key("e", use="enc")) == "none"
    assert state(a, a) == "S0 or S3"
    assert state(a, key("b", alg="ES256")) == "S0 or S3"
    assert state(a, b, c) == "several"
    assert state(a, b, active="elsewhere") == "S1 or S2"
    seen = (seen_now(a, None, 1.0), seen_now(b, None, 2.0))
    past = Past(9.0, None, seen)
    assert state(a, b, active="a", past=past) == "S1"
    assert state(a, b, active="b", past=past) == "S2"


def test_certificates_tell_which_key_is_newer() -> None:
    def jwk(name: str) -> dict[str, Any]:
        made = key_for(f"selftest-keys-{name}", "EC P-256")
        return {"kid": name, "kty": "EC", "alg": "ES256", "use": "sig", **made.public_jwk}

    def certified(name: str, now: float) -> dict[str, Any]:
        signed = CertificateAuthority(now=1.7e9).issue_client(
            name, now=now, key=key_for(f"selftest-keys-{name}", "EC P-256")
        )
        from proefbank.certificates import to_der

        x5c = base64.b64encode(to_der(signed.certificate)).decode()
        return {**jwk(name), "x5c": [x5c]}

    pair = keys_in([certified("a", 1.7e9), certified("b", 1.71e9)])
    assert all(not one.oddities for one in pair)
    assert pair[0].size == "EC P-256"
    assert looks_like(pair, pair[0].fingerprint, None)["state"] == "S1"
    assert looks_like(pair, pair[1].fingerprint, None)["state"] == "S2"
    assert "not valid now" in notes_on(pair, 0.0)[0]


def test_hostile_texts_only_show_themselves(server: Server) -> None:
    from proefbank.commands.keys import _shown

    assert _shown("\x1b[31m\u202e\ud800") == "\\x1b[31m\\u202e\\ud800"
    odd = {"kid": ["x"], "kty": 1, "alg": None, "use": {}, "x5c": [1], "n": 1, "e": None}
    found = keys_in([odd, {"kty": "RSA", "n": "", "e": ""}, {"kty": "EC", "crv": 1}, "x", [], {}])
    assert len(found) == 6
    assert not any("x5c" in note and "another key" in note for note in notes_on(found, 0.0))
