"""One profile file: found here and only here, filled in behind the command line, checked whole."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest

from proefbank import waiver_files
from proefbank.choices import Choices
from proefbank.errors import BadInvocation
from proefbank.profile.file import open_profile, profile_for
from proefbank.profile.keys import node_of, schema
from proefbank.profile.run_table import RunTable, fill, run_table
from proefbank.service import services
from proefbank.services.ehealth import acc as ehealth_acc
from proefbank.services.itsme import acc as itsme_acc
from proefbank.services.itsme.profile import load_profile as load_itsme
from proefbank.services.socialsecurity import acc as socialsecurity_acc
from proefbank.services.socialsecurity.provider import load_profile as load_socialsecurity
from proefbank.tables import Table
from proefbank.upstream import authority_of

from .profile_examples import CONTAINERS, every_key, read, whole
from .program import proefbank

SILENT = "proefbank.clients.silent:SilentClient"
UNREAD = {"fla.sample.method", "fla.sample.path", "fla.sample.body"}
"""What is handed on as it is, to the client."""


def write(folder: Path, text: str, name: str = "proefbank.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read_all(path: Path) -> None:
    """Have every reader of a profile read its part."""
    run_table(path)
    load_socialsecurity(path)
    load_itsme(path)
    authority_of(path)
    for acc in (socialsecurity_acc, ehealth_acc, itsme_acc):
        acc.environment(path)
    waiver_files.read_file(path, alone=False)


def config(**told: Any) -> pytest.Config:
    """Return what `Choices.of` asks of pytest's configuration."""
    values = {f"proefbank_{name}": value for name, value in told.items()}
    made: Any = SimpleNamespace(
        option=argparse.Namespace(**values),
        getoption=lambda name, default=None: values.get(name, default),
    )
    found: pytest.Config = made
    return found


# The schema and the readers.


def test_the_schema_is_one() -> None:
    jsonschema_rs.meta.validate(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_reader_takes_every_setting(tmp_path: Path) -> None:
    path = whole(tmp_path)
    read_all(path)
    validator = jsonschema_rs.validator_for(schema(), validate_formats=True)
    assert [error.message for error in validator.iter_errors(read(path))] == []


def test_schema_and_readers_know_the_same_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    take = Table._take

    def noted(table: Table, key: str, kind: type) -> Any:
        place = f"{table.name}.{key}" if table.name else key
        asked.add("[]".join(part.partition("]")[2] or part for part in place.split("[")))
        return take(table, key, kind)

    monkeypatch.setattr(Table, "_take", noted)
    read_all(whole(tmp_path))
    known = every_key()
    assert asked - known == set()
    assert known - asked == UNREAD


def test_every_key_is_explained_in_one_line() -> None:
    def told(node: Mapping[str, Any], place: str) -> None:
        node = node_of(node)
        for key, one in node.get("properties", {}).items():
            inside = node_of(one)
            words = inside["description"]
            assert words.endswith("."), f"{place}.{key}"
            assert len(f"# {words}") <= 100, f"{place}.{key}"
            told(inside, f"{place}.{key}")
        for inner in ("items", "additionalProperties"):
            if isinstance(node.get(inner), dict):
                told(node[inner], place)

    told(schema(), "")


def test_every_example_is_as_the_schema_wants_it() -> None:
    def tried(node: Mapping[str, Any], place: str) -> None:
        node = node_of(node)
        shown = [*node.get("examples", ()), *([node["default"]] if "default" in node else ())]
        for value in shown:
            rules = {**node, "$defs": schema()["$defs"]}
            assert jsonschema_rs.is_valid(rules, value), f"{place}: {value}"
        for key, one in node.get("properties", {}).items():
            tried(one, f"{place}.{key}")
        for inner in ("items", "additionalProperties"):
            if isinstance(node.get(inner), dict):
                tried(node[inner], f"{place}[]")

    tried(schema(), "")


def tables() -> list[str]:
    """Return the places of all tables: what has keys of its own."""
    found = {name.rpartition(".")[0] for name in every_key()}
    return sorted(found - set(CONTAINERS))


def planted(content: Any, place: str, key: str) -> Any:
    """Put a key into the table at a place, where lists have one entry."""
    inner = content
    for step in filter(None, place.split(".")):
        name = step.removesuffix("[]")
        if name not in inner and name == "call":
            inner[name] = {}
        inner = inner[name][0] if step.endswith("[]") else inner[name]
    inner[key] = 1
    return content


@pytest.mark.parametrize("place", tables())
def test_a_key_that_nobody_knows_is_found_in_every_table(tmp_path: Path, place: str) -> None:
    path = whole(tmp_path)
    content = planted(read(path), place, "nonsense")
    assert not jsonschema_rs.is_valid(schema(), content)
    from proefbank.profile.keys import check_keys

    with pytest.raises(BadInvocation, match="is an unknown key") as caught:
        check_keys(content, "proefbank.toml")
    expected = place.replace("[]", "[1]")
    assert caught.value.where == f"proefbank.toml: {expected}.nonsense".replace(": .", ": ")
    assert "Did you mean" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("[runn]", "runn", "'run'"),
        ("client = 'a:b'", "client", "[run]"),
        ("authority = 'x'", "authority", "[acc]"),
        ("delivers_once = true", "delivers_once", "[itsme]"),
        ("[run]\nauthority = 'x'", "run.authority", "[acc]"),
        ("[run]\nclient-command = 'x'", "run.client-command", "'client_command'"),
        ("[ehealth]\nx = 1", "ehealth", "[acc.ehealth]"),
        ("[acc.ehelth]", "acc.ehelth", "'ehealth'"),
        ("[acc.itsme]\nkey = {fiel = 'x'}", "acc.itsme.key.fiel", "'file'"),
        ("[run]\nservices = ['itsmee']", "run.services", "'itsme'"),
        ("[run]\nservices = 'itsme'", "run.services", "a list"),
        ("[run]\nservices = ['itsme', 'itsme']", "run.services", "twice"),
        ("[run]\ntarget = 'prod'", "run.target", "one of mock, acc"),
        ("[run]\nlang = 'de'", "run.lang", "one of en, nl, fr"),
        ("[run]\nseed = '7'", "run.seed", "a whole number"),
        ("[run]\nseed = -1", "run.seed", "below 0"),
        ("[run]\ncall_timeout = '7'", "run.call_timeout", "should be a number"),
        ("[run]\ncall_timeout = true", "run.call_timeout", "should be a number"),
        ("[run]\ncall_timeout = 0", "run.call_timeout", "no duration"),
        ("[run]\ncall_timeout = inf", "run.call_timeout", "no duration"),
        ("[run]\ncall_timeout = nan", "run.call_timeout", "no duration"),
        ("[run]\nopenapi = 'none.json'", "run.openapi", "there is no file"),
        ("[run]\nwaivers = 'none.toml'", "run.waivers", "there is no file"),
        ("run = 3", "run", "a table"),
        ("x = " + "[" * 5000, "", "not TOML"),
        ("run", "", "not TOML"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_key(
    tmp_path: Path, text: str, where: str, said: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BadInvocation) as caught:
        run_table(path)
    assert caught.value.where.startswith(f"{path}: {where}" if where else str(path))
    assert said in str(caught.value)
    assert caught.value.hint


def test_a_service_from_elsewhere_checks_its_own_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = SimpleNamespace(package="somebody.else")
    monkeypatch.setattr(
        "proefbank.profile.keys.catalogues", lambda: {**services(), "elsewhere": foreign}
    )
    assert open_profile(write(tmp_path, "[elsewhere]\nx = 1")).mapping("elsewhere") == {"x": 1}


# Which file.


def test_the_file_of_the_current_directory_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    write(tmp_path, "")
    monkeypatch.chdir(tmp_path / "below")
    assert profile_for(None) is None
    monkeypatch.chdir(tmp_path)
    assert profile_for(None) == Path("proefbank.toml")
    assert profile_for(None, none=True) is None
    (tmp_path / "other.toml").write_text("")
    assert profile_for("other.toml") == Path("other.toml")
    with pytest.raises(BadInvocation, match="none is wanted"):
        profile_for("other.toml", none=True)
    with pytest.raises(BadInvocation, match="there is no file") as caught:
        profile_for("nowhere.toml")
    assert caught.value.where == "--profile"
    (tmp_path / "proefbank.toml").unlink()
    (tmp_path / "proefbank.toml").mkdir()
    assert profile_for(None) is None


def test_the_suite_of_a_checkout_takes_none(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("proefbank_profile") is None:
        assert request.config.getoption("proefbank_no_profile")


# What is filled in.


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "bench"
    write(folder, "{}", "api.json")
    write(folder, "", "w.toml")
    text = "[run]\nopenapi='api.json'\nwaivers='w.toml'\nreports='out'\napi_ca='ca.pem'\n"
    path = write(folder, text + f"ca_folder='{tmp_path.as_posix()}/ca'\n")
    told = run_table(path)
    assert told.openapi == str(folder / "api.json")
    assert told.waivers == str(folder / "w.toml")
    assert told.reports == str(folder / "out")
    assert told.api_ca == str(folder / "ca.pem")
    assert told.ca_folder == str(tmp_path / "ca")


def test_no_run_table_says_nothing(tmp_path: Path) -> None:
    assert run_table(write(tmp_path, "[assertion]\ngrace_s = 3")) == RunTable()
    assert run_table(write(tmp_path, "[run]\nclient = ''\nservices = []")) == RunTable()


@pytest.mark.parametrize(
    ("given", "expected", "taken"),
    [
        ({"client": None, "seed": None}, {"client": "a:b", "seed": 7}, {"client", "seed"}),
        ({"client": None, "seed": 0}, {"client": "a:b", "seed": 0}, {"client"}),
        ({"client": "c:d", "seed": None}, {"client": "c:d", "seed": 7}, {"seed"}),
        ({"client": None, "attach": True}, {"client": None, "attach": True}, set()),
        ({"client": None, "client_command": ""}, {"client": None, "client_command": ""}, set()),
        ({"services": ()}, {"services": ("itsme",)}, {"services"}),
        ({"services": []}, {"services": ("itsme",)}, {"services"}),
        ({"services": ["ehealth"]}, {"services": ["ehealth"]}, set()),
        ({"call_timeout": None}, {"call_timeout": 2.5}, {"call_timeout"}),
        ({"reports": None}, {"reports": None}, set()),
    ],
)
def test_an_option_of_the_command_line_always_wins(
    tmp_path: Path, given: dict[str, Any], expected: dict[str, Any], taken: set[str]
) -> None:
    text = "[run]\nclient = 'a:b'\nseed = 7\nservices = ['itsme']\ncall_timeout = 2.5\n"
    filled, names = fill(given, write(tmp_path, text))
    assert filled == expected
    assert set(names) == taken
    assert fill(given, None) == (given, ())


def test_another_client_takes_nothing_of_the_files_api(tmp_path: Path) -> None:
    path = write(
        tmp_path, "[run]\napi = 'https://localhost:1/x'\napi_command = 'x'\napi_wait = 1\n"
    )
    silent = {"api": None, "api_command": None, "api_wait": None, "client": None}
    filled, _ = fill({**silent, "client": "a:b"}, path)
    assert filled == {**silent, "client": "a:b"}
    filled, _ = fill(silent, path)
    assert filled["api_command"] == "x"


def test_pytests_own_options_are_filled_in_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, f"[run]\nclient = '{SILENT}'\nseed = 7\nreports = 'out'\nhello_timeout = 3\n")
    made = Choices.of(config())
    assert (made.client, made.seed, made.reports, made.profile) == (
        SILENT,
        7,
        "out",
        "proefbank.toml",
    )
    assert made.hello_timeout == 3.0
    assert made.call_timeout == 10.0
    assert made.move_clock == "auto"
    made = Choices.of(config(client_command="true", seed=0, call_timeout=0.0))
    assert (made.client, made.client_command, made.seed) == (None, "true", 0)
    assert made.call_timeout == 10.0
    made = Choices.of(config(no_profile=True, seed=1))
    assert (made.client, made.profile, made.reports) == (None, None, "reports")
    assert Choices(**json.loads(json.dumps(made.to_json()))).client is None


def test_the_command_that_stages_again_goes_by_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, f"[run]\nclient = '{SILENT}'\nmove_clock = 'never'\n")
    made = Choices.of(config(seed=3))
    again = "proefbank run itsme --stage sign --seed 3 --profile proefbank.toml"
    assert made.again("itsme", "sign") == again
    made = Choices.of(config(seed=3, client_command="node x.mjs"))
    assert "--client-command 'node x.mjs'" in made.again("itsme", "sign")
    made = Choices.of(config(seed=3, no_profile=True))
    assert made.again("itsme", "sign").endswith("--seed 3 --no-profile")


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("client = 'nowhere:X'", "client", "no module nowhere"),
        ("client = 'nowhere'", "client", "MODULE:CLASS"),
        ("client_command = 'node \"x'", "client_command", "quotation"),
        ("client = 'a:b'\nclient_command = 'c'", "client_command", "only one client"),
        ("api = 'ftp://x'", "api", "neither an https"),
        ("api_command = 'x'", "api_command", "says more about"),
        ("api = 'https://localhost:1/'\napi_ca = 'none.pem'", "api_ca", "no file"),
        ("port = 65535", "port", "do not exist"),
    ],
)
def test_what_cannot_be_used_is_told_by_file_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, key: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, f"[run]\n{text}\n")
    with pytest.raises(BadInvocation) as caught:
        Choices.of(config())
    assert caught.value.where == f"proefbank.toml: run.{key}"
    assert said in str(caught.value)


def test_a_part_of_a_run_leaves_out_no_more_than_the_other_parts_do() -> None:
    """Or merged parts would be no whole run."""
    assert not Choices.of(config(seed=1, shard="1/2", no_profile=True)).selective
    assert Choices.of(config(seed=1, shard="1/2", stage=["sign"], no_profile=True)).selective


def test_an_option_is_not_told_as_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "[run]\nclient = 'a:b'\n")
    with pytest.raises(BadInvocation) as caught:
        Choices.of(config(client="nowhere:X"))
    assert caught.value.where == "--client"


# The commands.


def test_a_run_takes_the_file_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, f"[run]\nservices = ['ehealth']\nclient = '{SILENT}'\nreports = 'out'\n")
    done = proefbank(tmp_path, "run", "--stage", "keys-cold-start", "--run", "r")
    assert "profile proefbank.toml (services, client, reports)" in done.stderr
    assert "no client was named" not in done.stderr
    assert done.returncode == 3, done.stdout + done.stderr  # nothing can be judged of it
    told = json.loads((tmp_path / "out" / "r" / "report.json").read_bytes())
    chosen = {row["id"] for row in told["requirements"] if row["outcome"] != "not_selected"}
    assert {name.partition(".")[0] for name in chosen} == {"ehealth"}
    assert "SilentClient" in json.dumps(told)
    done = proefbank(tmp_path, "run", "ehealth", "--no-profile", "--stage", "keys-cold-startt")
    assert done.returncode == 4
    assert "profile" not in done.stderr


def test_a_command_that_is_not_there_is_told_by_file_and_key(tmp_path: Path) -> None:
    write(tmp_path, "[run]\nservices = ['socialsecurity']\nclient_command = 'nodee x.mjs'\n")
    done = proefbank(tmp_path, "run", "--stage", "token")
    assert done.returncode == 3
    assert "proefbank.toml: run.client_command" in done.stdout + done.stderr
    assert "nodee" in done.stdout + done.stderr


def test_judge_takes_the_file(tmp_path: Path) -> None:
    write(tmp_path, "[run]\nreports = 'out'\nsead = 1")
    done = proefbank(tmp_path, "judge", "nothing.har")
    assert (done.returncode, "run.sead" in done.stderr) == (4, True)
    write(tmp_path, "[run]\nreports = 'out'\n")
    done = proefbank(tmp_path, "judge", "nothing.har")
    assert "profile proefbank.toml (reports)" in done.stderr


def test_serve_takes_the_file(tmp_path: Path) -> None:
    write(tmp_path, "[run]\nservices = ['ehealth']\n\n[itsme]\ndialekt = 'literal'\n")
    done = proefbank(tmp_path, "serve")
    assert done.returncode == 4
    assert "itsme.dialekt" in done.stderr
    assert "'dialect'" in done.stderr


CLIENT = """
from proefbank.clients.silent import SilentClient


class Beside(SilentClient):
    pass
"""


@pytest.mark.parametrize("parallel", [(), ("--", "-n", "2")])
def test_a_client_beside_a_profile_elsewhere_is_found(tmp_path: Path, parallel: Any) -> None:
    write(tmp_path / "bench", CLIENT, "beside_the_profile.py")
    write(tmp_path / "bench", "[run]\nclient = 'beside_the_profile:Beside'\nreports = 'out'\n")
    words = ["run", "socialsecurity", "--stage", "token", "--run", "r"]
    done = proefbank(tmp_path, *words, "--profile", "bench/proefbank.toml", *parallel)
    assert done.returncode in (1, 2), done.stderr
    assert (tmp_path / "bench" / "out" / "r" / "report.json").is_file(), done.stderr


def test_a_command_beside_a_profile_elsewhere_is_started_there(tmp_path: Path) -> None:
    runner = f"{sys.executable} -m proefbank.clients.runner {SILENT}"
    program = "import os, sys\nopen('seen', 'w').close()\nos.execv(sys.argv[1], sys.argv[1:])\n"
    write(tmp_path / "bench", program, "adapter.py")
    command = f"{sys.executable} adapter.py {runner}"
    write(tmp_path / "bench", f"[run]\nclient_command = '{command}'\nca_folder = 'ca'\n")
    words = ["run", "socialsecurity", "--stage", "token"]
    done = proefbank(tmp_path, *words, "--profile", "bench/proefbank.toml")
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert (tmp_path / "bench" / "seen").is_file()
    assert (tmp_path / "bench" / "ca").is_dir()
