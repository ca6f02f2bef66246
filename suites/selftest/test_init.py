"""`proefbank init`: a file that works as written, and with every setting in it."""

from __future__ import annotations

import json
import tomllib
from itertools import pairwise
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from proefbank.cli import cli
from proefbank.errors import BadInvocation
from proefbank.profile.keys import schema
from proefbank.profile.run_table import run_table
from proefbank.profile.text import MINIMAL, profile_text, toml_value

from .profile_examples import as_json, every_key, keys_of, uncommented
from .program import proefbank


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*words: str) -> Result:
    done = CliRunner().invoke(cli, ["init", *words], standalone_mode=False)
    if isinstance(done.exception, BadInvocation):
        raise done.exception
    assert done.exception is None
    return done


def test_it_is_written_and_read(here: Path) -> None:
    done = init()
    assert "wrote proefbank.toml" in done.output
    text = (here / "proefbank.toml").read_text(encoding="utf-8")
    assert text.startswith("#:schema proefbank.schema.json\n")
    assert tomllib.loads(text) == {"run": {"services": ["socialsecurity"], "reports": "reports"}}
    assert jsonschema_rs.is_valid(schema(), tomllib.loads(text))
    assert run_table(Path("proefbank.toml")).services == ("socialsecurity",)
    assert max(map(len, text.splitlines())) <= 100


def test_every_setting_stands_in_it_with_a_line_that_explains_it() -> None:
    lines = profile_text({}).splitlines()
    found = tomllib.loads(uncommented("\n".join(lines)))
    assert jsonschema_rs.validator_for(schema(), validate_formats=True).is_valid(as_json(found))
    written = {
        place
        for place in every_key()
        # a credential is shown in one of its ways, small tables in part, old names not at all
        if not place.endswith((".env", ".file", ".keyring", ".call.body", "waivers[].reason"))
    }
    assert {place for place in written if not _stands(found, place)} == set()
    for before, line in pairwise(lines[1:]):
        if line and not line.startswith("# "):
            assert before.startswith("# "), line


def _stands(content: object, place: str) -> bool:
    inner = content
    for step in place.split("."):
        name = step.removesuffix("[]")
        if not isinstance(inner, dict) or name not in inner:
            return False
        inner = inner[name][0] if step.endswith("[]") else inner[name]
    return True


def test_what_counts_is_known() -> None:
    assert set(MINIMAL) <= set(keys_of(schema()))


def test_a_client_can_be_told(here: Path) -> None:
    init("--client-command", 'node "my adapter.mjs"')
    assert run_table(Path("proefbank.toml")).client_command == 'node "my adapter.mjs"'
    init("--force", "--client", "a.b:C")
    told = run_table(Path("proefbank.toml"))
    assert (told.client, told.client_command) == ("a.b:C", None)
    with pytest.raises(BadInvocation, match="only one client"):
        init("--force", "--client", "a:b", "--client-command", "c")


def test_nothing_is_overwritten_unasked(here: Path) -> None:
    (here / "proefbank.toml").write_text("mine")
    with pytest.raises(BadInvocation, match="is there already") as caught:
        init()
    assert "--force" in caught.value.hint
    assert (here / "proefbank.toml").read_text() == "mine"
    init("--force")
    assert (here / "proefbank.toml").read_text() != "mine"


def test_another_place(here: Path) -> None:
    done = init("bench.toml")
    assert (here / "bench.toml").is_file()
    assert "proefbank run --profile bench.toml" in done.output
    with pytest.raises(BadInvocation, match="cannot be written"):
        init("nowhere/bench.toml")
    (here / "folder").mkdir()
    with pytest.raises(BadInvocation):
        init("--force", "folder")


def test_the_schema_is_printed(here: Path) -> None:
    done = init("--schema")
    assert json.loads(done.output) == schema()
    assert list(here.iterdir()) == []


@given(
    st.recursive(
        st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_values_are_written_as_toml_reads_them(value: object) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}") == {"x": value}


@pytest.mark.slow
def test_the_first_run_after_it(here: Path) -> None:
    init()
    done = proefbank(here, "run", "--stage", "token", "--run", "first")
    assert "profile proefbank.toml (services, reports)" in done.stderr
    assert (here / "reports" / "first" / "report.json").is_file(), done.stderr
