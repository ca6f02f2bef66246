"""Set-up files that cannot be read: exit 4, with file, key and a line that works."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proefbank.errors import BadInvocation
from proefbank.services.setup.declaration.file import read_set_up, set_up_in
from proefbank.services.setup.declaration.numbers import check_digits, misfit
from proefbank.services.setup.declaration.words import (
    CAPACITIES,
    CONTACT_ROLES,
    PEOPLE_ROLES,
    ROLES,
    TYPES,
)
from proefbank.services.setup.declaration.worked import LINES
from proefbank.services.setup.wire.declaration import KIND, Declaration

from .setup_declarations import (
    DAY,
    EXAMPLES,
    FIVE,
    FOLDER,
    OCMW,
    ONE,
    SEVERAL,
    SIX,
    TWO,
    added,
    attestable,
    example,
    inside,
    judged,
    swap,
)

NUMBER = 'number = "0000000196"'

BAD_FILES = [
    # what is done, example, change, key in the complaint, words in it, a line that works
    ("unknown key", ONE, swap("capacity =", "capcity ="), "accounts[1].capacity", "missing", ""),
    (
        "misspelt optional key",
        ONE,
        swap('environment = "PROD"', 'enviroment = "PROD"'),
        "accounts[1].enviroment",
        "Did you mean 'environment'?",
        'environment = "PROD"',
    ),
    ("unknown table", ONE, added("[[mandate]]"), "mandate", "Did you mean 'mandates'?", ""),
    (
        "two accounts with one id",
        ONE,
        inside("accounts", 2, 'id = "dimona"', 'id = "fla"'),
        "accounts[2].id",
        "accounts[1]",
        'id = "',
    ),
    (
        "two accounts with one client id",
        ONE,
        swap("self_service_chaman_000002_000001", "self_service_chaman_000001_000001"),
        "accounts[2].client_id",
        "accounts[1]",
        "client_id = ",
    ),
    (
        "two enterprises with one number",
        FIVE,
        swap("0000000295", "0000000196"),
        "enterprises[2].number",
        "enterprises[1]",
        NUMBER,
    ),
    ("dots", ONE, swap("0000000196", "0000.000.196"), "enterprises[1].number", "dots", NUMBER),
    ("BE", ONE, swap("0000000196", "BE0000000196"), "enterprises[1].number", "BE", NUMBER),
    ("BE and dots", ONE, swap("0000000196", "BE 0000.000.196"), "number", "BE", NUMBER),
    ("nine digits", ONE, swap("0000000196", "000000196"), "number", "leading zero", NUMBER),
    ("no text", ONE, swap('"0000000196"', "196"), "number", "should be a text", NUMBER),
    ("mistyped", ONE, swap("0000000196", "0000000197"), "number", "check digits", NUMBER),
    ("establishment", ONE, swap("0000000196", "2000000196"), "number", "establishment", NUMBER),
    (
        "mandate with dates reversed",
        TWO,
        swap("from = 2024-10-01", "from = 2024-10-01\nto = 2024-09-30"),
        "mandates[1].to",
        "2024-09-30 lies before from",
        "to = 2024-12-31",
    ),
    (
        "certificate with dates reversed",
        ONE,
        swap("not_after = 2049-12-31", "not_after = 2023-12-31"),
        "accounts[1].certificates[1].not_after",
        "lies before not_before",
        "not_after = 2024-12-31",
    ),
    (
        "date in quotes",
        TWO,
        swap("from = 2024-10-01", 'from = "2024-10-01"'),
        "mandates[1].from",
        "should be a date",
        "from = 2026-01-01",
    ),
    (
        "no beginning",
        TWO,
        swap("from = 2024-10-01\n", ""),
        "mandates[1].from",
        "is missing",
        "from = 2026-01-01",
    ),
    (
        "own mandatary",
        TWO,
        swap('principal = "employer"', 'principal = "secretariat"'),
        "mandates[1].mandatary",
        "itself",
        "mandatary =",
    ),
    (
        "account of nobody",
        ONE,
        inside("accounts", 1, 'enterprise = "company"', 'enterprise = "compani"'),
        "accounts[1].enterprise",
        "Did you mean 'company'?",
        "enterprise =",
    ),
    (
        "flow through no account",
        ONE,
        swap('account = "fla"', 'account = "flaa"'),
        "flows[1].account",
        "Did you mean 'fla'?",
        'account = "fla"',
    ),
    (
        "configured by nobody known",
        ONE,
        swap('configured_by = "company-manager"', 'configured_by = "somebody"'),
        "accounts[1].configured_by",
        "no person with the id 'somebody'",
        "configured_by =",
    ),
    (
        "granted by nobody known",
        SEVERAL,
        swap('granted_by = "company-manager"', 'granted_by = "somebody"'),
        "people[2].granted_by",
        "somebody",
        "granted_by =",
    ),
    (
        "capacity unknown",
        ONE,
        inside("accounts", 1, 'capacity = "employer"', 'capacity = "emploier"'),
        "accounts[1].capacity",
        "Did you mean 'employer'?",
        'capacity = "employer"',
    ),
    (
        "type unknown",
        ONE,
        swap('type = "REST"', 'type = "RESTFUL"'),
        "accounts[1].type",
        "Did you mean 'REST'?",
        'type = "REST"',
    ),
    (
        "user name of a REST account",
        ONE,
        swap('type = "REST"', 'type = "REST"\nuser = "voorbeeld01"'),
        "accounts[1].user",
        "no user name",
        "user =",
    ),
    (
        "password in the file",
        SEVERAL,
        swap('user = "voorbeeldftp01"', 'user = "voorbeeldftp01"\npassword = "a,b;hush9"'),
        "accounts[7].password",
        "does not belong in a file",
        "user =",
    ),
    (
        "key of a REST account",
        ONE,
        swap('type = "REST"', 'type = "REST"\nkey = "sftp.pub"'),
        "accounts[1].key",
        "no key of SFTP",
        "key =",
    ),
    (
        "key file missing",
        SEVERAL,
        swap('user = "voorbeeldsftp01"', 'user = "voorbeeldsftp01"\nkey = "nowhere.pub"'),
        "accounts[6].key",
        "nowhere.pub",
        "key =",
    ),
    (
        "certificate file missing",
        ONE,
        swap('name = "fla 1"', 'name = "fla 1"\nfile = "nowhere.cer"'),
        "accounts[1].certificates[1].file",
        "nowhere.cer",
        "file =",
    ),
    (
        "fingerprint that is none",
        ONE,
        swap('fingerprint = "', 'fingerprint = "x'),
        "certificates[1].fingerprint",
        "64",
        "fingerprint =",
    ),
    ("third option", FIVE, swap("option = 1", "option = 3"), "groups[1].option", "3", "option ="),
    (
        "option 2 without sender",
        SIX,
        inside("groups", 1, 'sender = "company-2"\n', ""),
        "groups[1].sender",
        "does not go with option 2",
        "sender =",
    ),
    (
        "accepted unasked",
        OCMW,
        swap('what = "request"', 'what = "accept"'),
        "delegations[1].events[1].what",
        "no open request",
        "what =",
    ),
    (
        "sent again by the other",
        OCMW,
        inside("delegations.events", 3, 'by = "intermediary"', 'by = "owner"'),
        "delegations[1].events[3].what",
        "only the intermediary",
        "what =",
    ),
    (
        "events in disorder",
        OCMW,
        swap("on = 2025-01-08", "on = 2025-01-05"),
        "delegations[1].events[2].on",
        "2025-01-05 comes after 2025-01-06",
        "on =",
    ),
    (
        "unknown event",
        OCMW,
        swap('what = "refuse"', 'what = "reject"'),
        "delegations[1].events[2].what",
        "reject",
        "what =",
    ),
    (
        "attestation of what is checked",
        ONE,
        swap("setup.attested.employer-is-known-to-the-nsso", "setup.mandate.is-active"),
        "attestations[2].requirement",
        "not one of",
        "requirement =",
    ),
    (
        "attested by nobody",
        ONE,
        swap('by = "Access manager of Voorbeeld NV"', 'by = ""'),
        "attestations[1].by",
        "is missing",
        "by =",
    ),
    (
        "attested tomorrow",
        ONE,
        swap("on = 2024-09-17", "on = 2026-11-23"),
        "attestations[1].on",
        "yet to come",
        "on = 2026-11-22",
    ),
    (
        "attested twice",
        ONE,
        swap("employer-is-known-to-the-nsso", "enterprise-is-registered-on-the-portal"),
        "attestations[2].requirement",
        "attestations[1]",
        "requirement =",
    ),
]


@pytest.mark.parametrize(
    ("name", "change", "key", "words", "line"),
    [item[1:] for item in BAD_FILES],
    ids=[item[0].replace(" ", "-") for item in BAD_FILES],
)
def test_the_complaint_names_file_and_key_and_shows_a_line(
    name: str, change: Callable[[str], str], key: str, words: str, line: str, tmp_path: Path
) -> None:
    text = change(example(name))
    tomllib.loads(text)
    with pytest.raises(BadInvocation) as told:
        judged(text, tmp_path)
    assert told.value.exit_code == 4
    assert told.value.where.startswith(str(tmp_path / "setup.toml"))
    assert told.value.where.endswith(key)
    assert words in str(told.value)
    assert "A line that works:\n  " in told.value.hint
    assert line in told.value.hint
    assert "hush9" not in str(told.value)


def test_a_missing_file_and_no_toml_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInvocation, match="--example"):
        read_set_up(tmp_path / "none.toml", day=DAY, attestable=attestable())
    with pytest.raises(BadInvocation, match="not TOML"):
        judged("[[enterprises", tmp_path)
    with pytest.raises(BadInvocation, match="no enterprise"):
        judged("", tmp_path)


def test_lines_that_work_are_toml() -> None:
    for key, line in LINES.items():
        told = tomllib.loads(line)
        assert key in line
        assert told


def test_words_of_the_sources_are_known(tmp_path: Path) -> None:
    assert CAPACITIES["rsz werkgever"] == "employer"
    assert PEOPLE_ROLES["hoofdtoegangsbeheerder"] == "access_manager"
    assert ROLES["mandataris"] == "mandatary"
    assert CONTACT_ROLES["technische gebruiker"] == "technical_user"
    assert TYPES["sftp"] == "SFTP"
    dutch = example(ONE).replace('capacity = "employer"', 'capacity = "RSZ-werkgever"')
    assert judged(dutch, tmp_path) == judged(example(ONE), tmp_path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_journal_holds_what_was_declared_and_no_person(name: str, tmp_path: Path) -> None:
    from proefbank.checking import Artefact, journal_of

    path = tmp_path / name
    path.write_text(example(name.removesuffix(".toml")), encoding="utf-8")
    declared = read_set_up(path, day=DAY, attestable=attestable()).declaration
    journal = journal_of(Artefact(name, KIND, Declaration, declared.to_json()), at=0.0)
    assert list(Declaration.read(journal)) == [declared]
    told = str(list(journal))
    assert "Technical desk" not in told
    assert "@" not in told


ODD: list[Any] = [
    0,
    -1,
    2**70,
    1.5,
    True,
    "",
    " ",
    "x" * 5_000,
    "\x00\u202e",
    [],
    [[]],
    [{}],
    {},
    {"id": []},
    date(2026, 1, 1),
    datetime(2026, 1, 1, tzinfo=UTC),
    time(1, 2),
    ["a", "a"],
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container in a TOML value with each key in it."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


@pytest.mark.parametrize("name", [SEVERAL, SIX, OCMW, "software-central"])
def test_whatever_stands_in_the_place_of_a_value_is_taken_or_told(
    name: str, tmp_path: Path
) -> None:
    values = tomllib.loads(example(name))
    known = attestable()
    for holder, key in list(places(values)):
        kept = holder[key]
        for odd in ODD:
            holder[key] = odd
            try:
                set_up_in(values, tmp_path / "setup.toml", day=DAY, attestable=known)
            except BadInvocation as told:
                assert told.where.startswith(str(tmp_path / "setup.toml: "))  # noqa: PT017
        holder[key] = kept


@given(st.integers(1, 19_999_999))
def test_check_digits_make_a_number_and_every_slip_of_one_digit_breaks_it(body: int) -> None:
    number = f"{body:08d}{check_digits(f'{body:08d}')}"
    assert misfit(number) == ("", "")
    for place in range(10):
        digit = str((int(number[place]) + 1) % 10)
        slip = f"{number[:place]}{digit}{number[place + 1 :]}"
        assert misfit(slip)[0]
    dressed = f"BE {number[:4]}.{number[4:7]}.{number[7:]}"
    assert misfit(dressed)[1] == number


@given(st.text(max_size=14))
def test_no_text_but_ten_digits_is_a_number(text: str) -> None:
    problem, meant = misfit(text)
    assert problem or (text.isascii() and text.isdigit() and len(text) == 10)
    assert not meant or misfit(meant) == ("", "")


def test_every_key_is_explained() -> None:
    page = (FOLDER / "KEYS.md").read_text(encoding="utf-8")
    for key in LINES:
        assert f"`{key}`" in page or f"[[{key}]]" in page, key
