"""Recordings of clients with one known defect: what the wire shows is found, and nothing else.

Each client is driven, and all that the driver knows is thrown away: orders, outcomes, what the
server found, and for an archive what the client had been told too.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from proefbank.doors.recordings import read_recording
from proefbank.journal import Event
from proefbank.judge import rules_of
from proefbank.recordings.judging import judged_events
from proefbank.service import Service, service
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.ehealth.served import ServedEHealth
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.itsme.served import ServedItsme
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.served import ServedSocialSecurity
from proefbank.staging import stages_of

from .kill_matrix import Matrix
from .overheard import Run, as_har, as_served, outcomes, recorded, verdicts, written, wrong

SERVED: dict[str, Any] = {
    "socialsecurity": ServedSocialSecurity,
    "ehealth": ServedEHealth,
    "itsme": ServedItsme,
}
REFERENCES: dict[str, type] = {
    "socialsecurity": ReferenceClient,
    "ehealth": ReferenceConsumer,
    "itsme": ReferenceSigner,
}
NAMES = ("socialsecurity", "ehealth", "itsme")
SOME: dict[str, tuple[str, ...]] = {
    "socialsecurity": (
        *("issuer-like-audience", "long-lived", "millisecond-exp", "token-in-query"),
        *("constant-jti", "named-issuer", "employer-asks-provider-scope", "hammers-refusal"),
        *("environment-blind", "stale-client-id-parameter"),
    ),
    "ehealth": (
        *("obeys-no-cache", "retry-storm", "ignores-retry-after", "follows-redirect"),
        *("accepts-none", "ttl-only"),
    ),
    "itsme": (
        *("one-language-description", "documents-null-in-quotes", "bare-polls"),
        *("asks-by-identification-id", "matches-by-position", "asks-by-request-id"),
    ),
}
SHOWN = {  # in an archive, of those above
    *("issuer-like-audience", "long-lived", "millisecond-exp", "token-in-query", "constant-jti"),
    *("named-issuer", "stale-client-id-parameter", "obeys-no-cache", "retry-storm"),
    *("ignores-retry-after", "one-language-description", "documents-null-in-quotes"),
    *("employer-asks-provider-scope", "asks-by-identification-id"),
}


_SIGNATURE = "socialsecurity.assertion.signature-fits-a-registered-certificate"
_TOKEN = "socialsecurity.token-use.token-comes-from-the-token-endpoint"
_FETCHES = "ehealth.keys.set-is-cached"
ALSO: dict[str, tuple[str, ...]] = {
    "reuses-assertion": ("socialsecurity.assertion.jti-is-unique",),
    "environment-blind": (_SIGNATURE,),
    "keeps-first-key": (_SIGNATURE,),
    "sticky-token-host": (_SIGNATURE, "socialsecurity.assertion.aud-is-token-url"),
    "borrows-permission": ("socialsecurity.account.employer-sends-own-number",),
    "undefined-token": (_TOKEN,),
    "cuts-token": (_TOKEN,),
    "obeys-no-cache": (_FETCHES,),
    "fetch-per-bogus-kid": (_FETCHES,),
    "refetch-on-failure": (_FETCHES,),
    "thundering-herd": (_FETCHES,),
    "swaps-one-key": (_FETCHES,),
    "stops-behind-enc": (_FETCHES,),
    "signs-with-the-guess": ("itsme.identification.user-code-is-one-of-itsme",),
    "asks-on-after-an-error": ("itsme.sign-status.id-is-that-of-the-start",),
}
"""By what else a defect shows where nobody knows what the client was ordered to do."""


@cache
def stages_for(name: str) -> dict[str, list[str]]:
    """Return for each requirement the stagings that offer a reading of it."""
    home = service(name)
    found: dict[str, list[str]] = {}
    readings = {rule.requirement: [] for rule in rules_of(home.package)}  # type: ignore[var-annotated]
    for rule in rules_of(home.package):
        readings[rule.requirement].append(rule.reading)
    for requirement, kinds in readings.items():
        found[requirement] = [
            stage.name for stage in stages_of(home.package) if set(kinds) & set(stage.readings)
        ]
    return found


def caught(home: Service, name: str) -> tuple[Run, str]:
    """Run a wayward client through stagings until its defect shows; return that run."""
    wayward = Matrix.of(home.name).wayward[name]
    made = Run()
    for stage in stages_for(home.name)[wayward.requirement][:12]:
        made = recorded(home, wayward.client, [stage])
        if wayward.requirement in wrong(made.events):
            return made, wayward.requirement
    return made, wayward.requirement


def judged(path: Path) -> list[Event]:
    return judged_events(read_recording(path), "again")


def archived(run: Run) -> dict[str, Any]:
    return as_har(
        [item for item in run.raw if item[1].listener == "main" and item[2].status >= 100]
    )


def check(name: str, wayward: str, folder: Path) -> str:
    """Judge a defect from what was recorded of it; return what became of it in an archive."""
    home = service(name)
    run, requirement = caught(home, wayward)
    if requirement not in wrong(run.events):
        return "not staged"
    served = SERVED[name]
    record = judged(written(folder / "events.ndjson", run.events))
    assert wrong(record) == {requirement}
    allowed = {requirement, *ALSO.get(wayward, ())}

    door = judged(written(folder / "served.ndjson", as_served(run, home, served.readings)))
    assert wrong(door) <= allowed, "the door"

    if not archived(run)["log"]["entries"]:
        return "silent"
    archive = judged(written(folder / "x.har", archived(run)))
    assert wrong(archive) <= allowed, "the archive"
    if wrong(archive):
        return "found"
    slug = requirement.partition(".")[2]
    left = [e for e in verdicts(archive) if e["requirement"] == requirement]
    assert outcomes(archive).get(slug, {"not_observable"}) <= {"not_observable", "not_applicable"}
    assert all(item["reason"] for item in left)
    return "not observable"


@pytest.mark.parametrize(("name", "wayward"), [(n, w) for n, some in SOME.items() for w in some])
def test_a_defect_that_the_wire_shows_is_found(name: str, wayward: str, tmp_path: Path) -> None:
    found = check(name, wayward, tmp_path)
    assert (found == "found") == (wayward in SHOWN), found


def blamed(name: str, stage: str, folder: Path) -> set[str]:
    """Return what an archive of a right client holds against it."""
    home = service(name)
    run = recorded(home, REFERENCES[name], [stage])
    if not archived(run)["log"]["entries"]:
        return set()
    return wrong(judged(written(folder / "x.har", archived(run))))


@pytest.mark.parametrize("name", NAMES)
def test_a_right_client_is_not_blamed(name: str, tmp_path: Path) -> None:
    stages = [stage.name for stage in stages_of(service(name).package)]
    for stage in stages[:: max(1, len(stages) // 8)]:
        assert blamed(name, stage, tmp_path) == set(), stage


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_a_right_client_is_not_blamed_in_any_situation(name: str, tmp_path: Path) -> None:
    # An archive does not tell that the bench starts a consumer anew a dozen times in a minute.
    found = {
        stage.name: blamed(name, stage.name, tmp_path)
        for stage in stages_of(service(name).package)
        if stage.name != "rotation-orders"
    }
    assert {stage: some for stage, some in found.items() if some} == {}


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_of_every_wayward_client_nothing_is_invented(name: str, tmp_path: Path) -> None:
    counted: Counter[str] = Counter()
    faults = []
    for wayward in Matrix.of(name).wayward:
        folder = tmp_path / wayward
        folder.mkdir()
        try:
            counted[check(name, wayward, folder)] += 1
        except AssertionError as fault:
            faults.append((wayward, [x for x in str(fault).splitlines() if "'" in x][-2:]))
    sys.stderr.write(f"{name}: {dict(counted)} {faults}\n")
    assert not faults
    assert counted["found"] >= {"socialsecurity": 40, "ehealth": 8, "itsme": 44}[name]
