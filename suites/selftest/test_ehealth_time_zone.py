"""A consumer in a process of its own lives in Belgium, where a day in the renewal has 25 hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from proefbank.bench import Bench
from proefbank.choices import Choices
from proefbank.chosen_client import make_client
from proefbank.clients.moving_python import has_time_machine
from proefbank.judge import judge
from proefbank.service import Settings, service
from proefbank.staging import rules_for, stages_of
from proefbank.verdict import Outcome

SERVICE = service("ehealth")
CONSUMER = '''
"""A consumer without a clock of its own, which tells the age of its set by the wall."""

from datetime import datetime

from proefbank.services.ehealth.reference import ReferenceConsumer


class Inner(ReferenceConsumer):
    fetched = None

    def is_old(self, store):
        now = datetime.now()
        due = self.fetched is None or (now - self.fetched).total_seconds() >= 3600
        if due:
            self.fetched = now
        return due


class ByTheWall:
    name, version, capabilities = "by the wall", "1", ("jwt",)

    def scenario(self, members):
        self.inner = Inner()
        self.inner.scenario(members)

    def jwt_verify(self, token, issuer=None):
        return self.inner.jwt_verify(token, issuer)

    def close(self):
        self.inner.close()
'''


@pytest.mark.skipif(not has_time_machine(), reason="time-machine is not installed")
def test_the_wall_clock_of_a_child_process_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "by_the_wall.py").write_text(CONSUMER, encoding="utf-8")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
    monkeypatch.syspath_prepend(tmp_path)
    choices = Choices(client="by_the_wall:ByTheWall")
    stage = next(item for item in stages_of(SERVICE.package) if item.name == "keys-clock-change")
    bench = Bench(
        SERVICE,
        settings=Settings(),
        seed=1,
        make_client=lambda ca_file: make_client(choices, SERVICE, ca_file),
    )
    try:
        journal = bench.run(stage)
    finally:
        bench.close()
    verdicts = {
        rule.requirement: judge(rule, journal)
        for reading in stage.readings
        for rule in rules_for(stage, reading)
    }
    found = verdicts["ehealth.keys.day-is-elapsed-time"]
    assert found.outcome is Outcome.WARNED, journal.ended
    assert found.finding is not None
    assert found.finding.actual == "2.0 h"
