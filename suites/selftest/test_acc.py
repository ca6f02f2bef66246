"""Clients against acceptance, which the stand-in plays: what is seen is judged, and no more."""

from __future__ import annotations

import importlib
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from proefbank.acceptance.hand import at_the_terminal
from proefbank.clients.always_failing import AlwaysFailingClient
from proefbank.clients.silent import SilentClient
from proefbank.errors import NotAssessed
from proefbank.report.validation import problems_in_events
from proefbank.service import service
from proefbank.staging import stages_of

from . import acc_bench, acc_profiles
from .acc_wayward import SHOWN
from .stand_in import HOSTS, StandIn

PASSED = {"socialsecurity": 85, "ehealth": 4, "itsme": 50}
"""Judgements of the reference client that pass at least."""


@pytest.fixture(scope="module")
def acc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(folder=tmp_path_factory.mktemp("acc")) as made:
        acc_profiles.complete(made)
        yield made


@pytest.fixture(scope="module")
def person(acc: StandIn) -> Iterator[Callable[[str], str | None]]:
    with acc_profiles.somebody(acc) as somebody:
        yield somebody


def reference(name: str) -> Any:
    module, _, client = service(name).reference.partition(":")
    return getattr(importlib.import_module(module), client)


def played(acc: StandIn, name: str, client: Any, person: Any) -> acc_bench.Played:
    with acc_bench.bench_at(name, acc.profile, client, person=person) as bench:
        return acc_bench.play(bench)


@pytest.mark.parametrize("name", HOSTS)
def test_the_reference_client_breaks_nothing(acc: StandIn, person: Any, name: str) -> None:
    found = played(acc, name, reference(name), person)
    assert found.bad == {}
    assert found.counts["passed"] >= PASSED[name], found.counts
    for journal in found.journals.values():
        assert not problems_in_events(journal)
        assert journal.ended["state"] == "done", journal.ended


@pytest.mark.parametrize(
    ("name", "wayward"), [(name, one) for name, them in SHOWN.items() for one in them]
)
def test_a_defect_that_shows_without_stimulus_fails_its_requirement_alone(
    acc: StandIn, person: Any, name: str, wayward: str
) -> None:
    one = importlib.import_module(service(name).wayward).WAYWARD[wayward]
    assert set(played(acc, name, one.client, person).bad) == {one.requirement}


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("client", [SilentClient, AlwaysFailingClient])
def test_who_does_nothing_passes_nothing(
    acc: StandIn, person: Any, name: str, client: type
) -> None:
    found = played(acc, name, client, person)
    assert found.counts["passed"] == 0
    if name != "ehealth":  # whose key set they may have fetched elsewhere, for all we know
        assert found.counts["not_exercised"] > 0


def test_without_a_person_only_what_comes_before_the_pages_is_judged(acc: StandIn) -> None:
    found = played(acc, "itsme", reference("itsme"), acc_bench.nobody)
    assert found.bad == {}
    assert found.counts["passed"] >= 14
    later = [one for one in found.verdicts if one.requirement.startswith("itsme.sign-start.")]
    assert {str(one.outcome) for one in later} == {"not_observable"}
    assert all("a person at the terminal would show it" in one.reason for one in later)


def test_a_person_at_the_terminal_is_sent_to_the_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal:
        def __init__(self, *lines: str) -> None:
            self.lines = list(lines)

        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return self.lines.pop(0)

    monkeypatch.setattr("sys.stdin", Terminal("https://sca.example/return?x=1\n", "\n"))
    assert at_the_terminal("https://page.example/1") is None, "standard error is no terminal"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert at_the_terminal("https://page.example/1") == "https://sca.example/return?x=1"
    assert at_the_terminal("https://page.example/2") is None
    told = capsys.readouterr()
    assert "https://page.example/1" in told.err
    assert told.out == ""


@pytest.mark.parametrize("name", HOSTS)
def test_what_is_not_played_says_what_it_needs(acc: StandIn, name: str) -> None:
    words = ("a stimulus", "clocks", "people who", "tokens made for it", "a part that", "more than")
    with acc_bench.bench_at(name, acc.profile, reference(name)) as bench:
        for stage in stages_of(bench.service.package):
            if stage.name in bench.acceptance.played:
                continue
            journal = bench.run(stage)
            assert journal.ended["state"] == "not_observable"
            assert journal.ended["unplayed"] is True
            reason = str(journal.ended["reason"])
            assert "simulated services show it: proefbank run" in reason
            assert any(word in reason for word in words) or "provokes an error" in reason, reason
            assert not journal.exchanges
    assert not [one for one in acc.sites[name].seen if one.request.target.startswith("/.proefbank")]


def test_nothing_but_loopback_is_reached(
    acc: StandIn, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: set[str] = set()
    plain = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            reached.add(address[0])
        plain(self, address)

    looked_up: set[str] = set()
    ask = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        looked_up.add(str(host))
        return ask(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for name in HOSTS:
        played(acc, name, reference(name), person)
    assert reached | looked_up <= {"127.0.0.1", "localhost", "::1"}


def test_a_client_that_does_not_stop_is_stopped(acc: StandIn) -> None:
    class Hammering(reference("socialsecurity")):  # type: ignore[misc]
        def token_fetch(self, scope: str | None) -> Any:
            for _ in range(30):
                answer = super().token_fetch(scope)
            return answer

    site = acc.sites["socialsecurity"]
    before = len(site.seen)
    with acc_bench.bench_at("socialsecurity", acc.profile, Hammering) as bench:
        stage = next(one for one in acc_bench.stages_at(bench) if one.name == "token")
        journal = bench.run(stage)
    assert journal.ended["state"] == "not_observable"
    assert "stopped after 3 requests" in str(journal.ended["reason"])
    assert len(site.seen) - before <= 3


def test_acceptance_that_is_down_is_not_the_clients_fault(tmp_path: Path) -> None:
    with StandIn("socialsecurity", folder=tmp_path) as gone:
        profile = acc_profiles.complete(gone)
    with acc_bench.bench_at("socialsecurity", profile, reference("socialsecurity")) as bench:
        stage = next(one for one in acc_bench.stages_at(bench) if one.name == "token")
        with pytest.raises(NotAssessed, match="acceptance was not reached") as told:
            bench.run(stage)
    assert "[acc.socialsecurity]" in told.value.hint


@pytest.mark.parametrize("authority", [None, "An Example, test manager"])
@pytest.mark.parametrize("flag", [False, True])
def test_errors_are_provoked_only_with_flag_and_authority(
    acc: StandIn, authority: str | None, *, flag: bool
) -> None:
    text = acc.profile.read_text(encoding="utf-8")
    profile = acc.folder / f"provoking-{flag}-{authority is None}.toml"
    if authority is None:
        text = "".join(line for line in text.splitlines(keepends=True) if "authority" not in line)
    profile.write_text(text, encoding="utf-8")
    name = "socialsecurity"
    with acc_bench.bench_at(name, profile, reference(name), provoke=flag) as bench:
        provoking = [one for one in stages_of(bench.service.package)
                     if one.name in bench.acceptance.provoking]  # fmt: skip
        assert provoking
        journal = bench.run(provoking[0])
    if flag and authority:
        assert journal.exchanges
        return
    reason = str(journal.ended["reason"])
    assert not journal.exchanges
    assert ("--provoke-errors" in reason) == (not flag)
    assert ("authority in [acc]" in reason) == (authority is None)


def test_nothing_uncut_is_in_the_journal(acc: StandIn, person: Any) -> None:
    for name in HOSTS:
        found = played(acc, name, reference(name), person)
        text = json.dumps([list(one) for one in found.journals.values()], ensure_ascii=False)
        site = acc.sites[name]
        planted = [secret.value for secret in site.cast.secrets() if len(secret.value) > 7]
        planted += ["Zoë", "Voorbeeldopleiding", "identify-", "PRIVATE KEY", "eyJ"]
        assert not [word[:20] for word in planted if word in text]
