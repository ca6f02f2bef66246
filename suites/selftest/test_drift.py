"""Drift: none between two runs of one client, and every difference that somebody put there."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from proefbank.bench import Bench
from proefbank.cli import main
from proefbank.clients.python import PythonClient
from proefbank.drift.compare import (
    DIFFERS,
    FREE,
    VARIES,
    Drift,
    _alike,
    compared,
    drift_between,
)
from proefbank.drift.free import free_by
from proefbank.drift.sides import Side, side_in
from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response
from proefbank.journal import Journal
from proefbank.service import Cast, Settings, services
from proefbank.services.contract.wayward.registry import header, members, remade
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD
from proefbank.shapes import kind_of, template_of
from proefbank.staging import stages_of

from .acc_bench import bench_at, stages_at
from .contract_matrix import Spoil, Spoiled
from .stand_in import StandIn

CASSETTES = Path(__file__).parents[2] / "cassettes"
CLIENTS: dict[str, type[Any]] = {
    "socialsecurity": ReferenceClient,
    "ehealth": ReferenceConsumer,
    "itsme": ReferenceSigner,
}
FEW = {
    "socialsecurity": ("token", "api"),
    "ehealth": ("valid-tokens",),
    "itsme": ("sign", "sign-known-user"),
}


class SpoiltBench(Bench):
    """A bench whose provider somebody tampers with."""

    spoil: Spoil | None = None

    def _opened(self, settings: Settings) -> Cast:
        cast = self.service.open(settings, clock=self.clock, rng=self.rng)
        spoiled = Spoiled(cast.provider)
        spoiled.spoil = self.spoil
        cast.provider = spoiled
        return cast


def journals(
    name: str, client: type[Any], seed: int, spoil: Spoil | None = None
) -> tuple[Journal, ...]:
    """Return what the ordinary stagings of a service leave."""
    kind = type("OneBench", (SpoiltBench,), {"spoil": staticmethod(spoil) if spoil else None})
    service = services()[name]
    bench = kind(
        service, settings=Settings(), seed=seed, make_client=lambda _: PythonClient(client)
    )
    try:
        wanted = [stage for stage in stages_of(service.package) if not stage.wire]
        chosen = [stage for stage in wanted if stage.name in FEW[name]] or wanted[:2]
        return tuple(bench.run(stage) for stage in chosen)
    finally:
        bench.close()


@cache
def right(name: str, seed: int = 1) -> tuple[Journal, ...]:
    """Return what the reference client leaves."""
    return journals(name, CLIENTS[name], seed)


def side(found: Sequence[Journal], name: str = "A", *, ours: bool = True) -> Side:
    return side_in(name, found, ours=ours)


def drift(name: str, other: Sequence[Journal], *, ours: bool = True) -> Drift:
    """Compare a service's reference journals with others."""
    return compared(side(right(name), ours=ours), side(other, "B", ours=ours))


def parts(found: Drift, weight: str = DIFFERS) -> set[tuple[str, str]]:
    """Return message and part of each difference of this weight."""
    return {(i.message, i.part) for i in (*found.differences, *found.only) if i.weight == weight}


@pytest.mark.parametrize("name", list(CLIENTS))
def test_one_client_twice_does_not_drift(name: str) -> None:
    found = drift(name, right(name, 2))
    assert found.pairs
    assert (found.differences, list(found.only)) == ([], [])
    assert not found.drifted
    assert found.alike == found.pairs


@pytest.mark.parametrize("name", list(CLIENTS))
def test_nor_does_it_where_stagings_have_no_names(name: str) -> None:
    assert not drift(name, right(name, 2), ours=False).drifted


@pytest.mark.parametrize(
    ("slug", "part"),
    [
        ("token-request.method-is-post", "method"),
        ("token-request.says-form-urlencoded", "header content-type"),
    ],
)
def test_a_wayward_client_is_told_apart(slug: str, part: str) -> None:
    wayward = next(one for one in WAYWARD.values() if one.requirement.endswith(slug))
    found = drift("socialsecurity", journals("socialsecurity", wayward.client, 1))
    assert found.drifted
    assert ("request", part) in parts(found)


def on(path: str, change: Callable[[Response], Response]) -> Spoil:
    """Return what changes good answers of one path."""

    def spoil(request: Request, answer: Response) -> Response:
        there = request.path.endswith(path) and answer.status < 300
        return change(answer) if there else answer

    return spoil


MUTATED: dict[str, tuple[str, Spoil, str, str]] = {
    "a member is missing": (
        "socialsecurity",
        on("/token", lambda answer: remade(answer, {"scope": None})),
        "body, scope",
        DIFFERS,
    ),
    "a member is of another kind": (
        "socialsecurity",
        on("/registrations", lambda answer: remade(answer, {"status": 7})),
        "body, status",
        DIFFERS,
    ),
    "a member came": (
        "itsme",
        on("/user_identification", lambda answer: remade(answer, {"traceOfOurs": "x"})),
        "body, traceOfOurs",
        DIFFERS,
    ),
    "another media type": (
        "socialsecurity",
        on("/token", lambda answer: header(answer, "Content-Type", "application/jwt+json")),
        "header content-type",
        DIFFERS,
    ),
    "a documented header is missing": (
        "socialsecurity",
        on("/token", lambda answer: header(answer, "Cache-Control", None)),
        "header cache-control",
        DIFFERS,
    ),
    "a header of no source": (
        "socialsecurity",
        on("/token", lambda answer: header(answer, "X-Served-By", "cache-7")),
        "header x-served-by",
        FREE,
    ),
    "what simulators vary": (
        "itsme",
        on("/user_identification", lambda answer: remade(answer, {"x123456": {"nested": [1]}})),
        "body, x123456",
        FREE,
    ),
    "a lifetime that nobody has to tell": (
        "socialsecurity",
        on("/token", lambda answer: remade(answer, {"expires_in": None})),
        "body, expires_in",
        FREE,
    ),
}


@pytest.mark.parametrize("case", MUTATED)
def test_another_shape_of_an_answer_is_told(case: str) -> None:
    name, spoil, part, weight = MUTATED[case]
    other = journals(name, CLIENTS[name], 1, spoil)
    found = drift(name, other)
    assert ("answer", part) in parts(found, weight)
    assert found.drifted == (weight == DIFFERS)
    assert not [i for i in found.differences if i.message == "request"]


def test_another_status_is_a_kind_of_its_own() -> None:
    spoil = on("/token", lambda answer: replace(answer, status=201))
    found = drift("socialsecurity", journals("socialsecurity", ReferenceClient, 1, spoil))
    told = {item.kind: (item.left, item.right) for item in found.only}
    assert told["socialsecurity token 201"][0] == "never"
    assert told["socialsecurity token 200"][1] == "never"
    assert found.drifted


def test_what_a_stimulus_shaped_is_not_held_against_anybody() -> None:
    def named(_request: Request, answer: Response) -> Response:
        if not members(answer):
            return answer
        trail = replace(answer.trail, stimulus="on-purpose")
        return replace(remade(answer, {"scope": None}), trail=trail)

    found = drift("socialsecurity", journals("socialsecurity", ReferenceClient, 1, named))
    assert not found.drifted


def test_what_needs_a_situation_of_its_own_only_may_vary() -> None:
    lone = compared(
        side(right("itsme"), ours=False),
        side(right("itsme")[:1], "B", ours=False),
    )
    assert not lone.drifted
    assert ("request", "body, userCode") in parts(lone, VARIES)


@pytest.mark.parametrize("name", ["socialsecurity", "itsme"])
def test_a_client_says_the_same_at_acceptance(name: str, tmp_path: Path) -> None:
    """What was cut out of the record is of the kind of what stood there."""
    with StandIn(name, folder=tmp_path / "acc") as acc:
        site = acc.sites[name]

        def person(_url: str) -> str:
            site.person("approve")
            return str(site.members()["redirect_url"])

        with bench_at(name, acc.profile, CLIENTS[name], person=person) as bench:
            there = [bench.run(stage) for stage in stages_at(bench)]
    found = drift(name, there)
    assert found.stages
    assert found.pairs
    assert [i for i in (*found.differences, *found.only) if i.weight == DIFFERS] == []


def test_what_nobody_came_to_do_there_is_not_held_against_a_client(tmp_path: Path) -> None:
    with (
        StandIn("itsme", folder=tmp_path / "acc") as acc,
        bench_at("itsme", acc.profile, ReferenceSigner) as bench,
    ):
        there = [bench.run(stage) for stage in stages_at(bench)]
    found = drift("itsme", there)
    assert not found.drifted
    assert "the other side did not come that far" in {item.why for item in found.only}


@pytest.mark.parametrize(
    ("mine", "other", "alike"),
    [
        ({"hidden text"}, {"Bearer"}, True),
        ({"hidden text"}, {"URL", "text"}, True),
        ({"hidden text"}, {"number"}, False),
        ({"text"}, {"URL"}, False),
        ({"number"}, {"number"}, True),
    ],
)
def test_a_hole_stands_for_any_text(mine: set[str], other: set[str], alike: bool) -> None:
    assert _alike(mine, other) is alike
    assert _alike(other, mine) is alike


def test_nothing_in_common_is_a_bad_invocation() -> None:
    with pytest.raises(BadInvocation):
        compared(side(right("itsme")), side(right("ehealth"), "B"))


def test_paths_and_kinds_leave_values_out() -> None:
    assert template_of("/v1/registrations/4827fdfd-d351-4b0d-9dc0-8d9c2e3b1003") == (
        "/v1/registrations/{id}"
    )
    assert template_of("/abc/qes-partners/1.0.0/sign_document") == (
        "/qes-partners/1.0.0/sign_document"
    )
    assert kind_of("<redacted:token ref=1 length=43>") == "hidden text"
    assert kind_of("<redacted:number length=3>") == "number"
    assert kind_of('<redacted:jwt header={"alg": "RS256"}>') == "JWT"
    values: list[Any] = [None, True, 1.5, "", "https://x.example/y", [], [1], {}]
    kinds = [kind_of(value) for value in values]
    assert kinds == [
        "null",
        "true or false",
        "number",
        "empty text",
        "URL",
        "empty list",
        "list",
        "object",
    ]


def test_free_is_only_what_a_source_leaves_free() -> None:
    assert free_by("token", "body, expires_in")
    assert not free_by("token", "body, access_token")
    assert free_by("discovery", "body, device_authorization_endpoint")
    assert not free_by("discovery", "body, jwks_uri")
    assert free_by("api", "header server")
    assert not free_by("api", "header www-authenticate")
    assert free_by("sign-start", "body, result.msg.lang")


# The command.


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["proefbank", "drift", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def written(folder: Path, found: Sequence[Journal]) -> Path:
    """Write a record with these journals."""
    opening = {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {"id": "x"},
        "scope": {"services": [], "target": "mock", "door": "adapter"},
    }
    events = [opening, *(event for journal in found for event in journal), {"event": "end"}]
    folder.mkdir()
    path = folder / "events.ndjson"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    return folder


def test_the_command_finds_none_and_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = written(tmp_path / "a", right("socialsecurity"))
    same = written(tmp_path / "b", right("socialsecurity", 2))
    _, spoil, part, _ = MUTATED["a member is missing"]
    other = written(tmp_path / "c", journals("socialsecurity", ReferenceClient, 3, spoil))
    assert run(monkeypatch, here, same) == 0
    assert capsys.readouterr().out.startswith("NO DRIFT: 0 differences")
    table = tmp_path / "drift.md"
    assert run(monkeypatch, here, other, "--output", table) == 1
    told = capsys.readouterr().out
    assert told == table.read_text(encoding="utf-8")
    assert f"| answer | {part} | text | not there | difference |" in told
    assert run(monkeypatch, here / "events.ndjson", other, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "proefbank/drift/1"
    assert [item["part"] for item in found["differences"]] == [part]
    assert drift_between(here, same).pairs == len(found["stages"]) or found["pairs"]


def test_no_value_of_anybody_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table of drift goes into tickets: it holds kinds, and no values."""
    here = written(tmp_path / "a", right("itsme"))
    run(monkeypatch, here, CASSETTES / "itsme" / "right.ndjson", "--json")
    told = capsys.readouterr().out
    sent = {str(journal.of("scenario")[-1]["facts"]["partner_code"]) for journal in right("itsme")}  # type: ignore[index]
    assert not [code for code in sent if code in told]
    assert "redacted" not in told


@pytest.mark.parametrize(
    "content",
    [None, "", "{", '{"log": {"entries": []}}', "interactions: []\nversion: 1\n"],
    ids=["missing", "empty", "torn", "no entries", "no interactions"],
)
def test_bad_files_are_named(
    content: str | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "strange"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    right_one = CASSETTES / "itsme" / "right.ndjson"
    assert run(monkeypatch, right_one, path) == BadInvocation("x").exit_code
    assert "strange" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = CASSETTES / "itsme" / "right.ndjson"
    assert run(monkeypatch, same, same, "--output", tmp_path / "no" / "where.md") == 4
    assert "--output" in capsys.readouterr().err
