"""The pytest plugin: options, one test for each rule and staging, and the run's record.

Kept light, because pytest loads it in every session of whoever installed Proefbank: nothing of
the bench is imported before a test asks for it.
"""

from __future__ import annotations

import importlib
import pkgutil
import typing
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import TYPE_CHECKING, Any

import pytest

from proefbank.languages import LANGUAGES

if TYPE_CHECKING:
    from proefbank.judge import Reading, Rule
    from proefbank.session import Session
    from proefbank.staging import Stage

__all__ = ["Judgement", "RequirementWarning"]

OPTIONS: Sequence[tuple[str, dict[str, Any]]] = (
    ("--client", {"metavar": "MODULE:CLASS", "help": "judge this Python class"}),
    ("--client-command", {"metavar": "CMD", "help": "judge the client that CMD starts"}),
    ("--attach", {"action": "store_true", "help": "wait for an adapter on a loopback port"}),
    ("--api", {"metavar": "URL", "help": "judge the API at this URL (eHealth tokens)"}),
    ("--api-command", {"metavar": "CMD", "help": "have CMD start the API for each situation"}),
    ("--api-ca", {"metavar": "FILE", "help": "authority of the API's certificate"}),
    ("--api-wait", {"metavar": "S", "type": float, "help": "seconds until the API is ready"}),
    ("--port", {"metavar": "N", "type": int, "help": "port of the simulated service"}),
    ("--ca-folder", {"metavar": "DIR", "help": "keep its authority there from run to run"}),
    ("--target", {"choices": ["mock", "acc"], "help": "what the client talks to"}),
    ("--provoke-errors", {"action": "store_true", "help": "let acceptance refuse something"}),
    ("--profile", {"metavar": "FILE", "help": "settings of the simulated services (TOML)"}),
    ("--no-profile", {"action": "store_true", "help": "leave the proefbank.toml that lies here"}),
    ("--waivers", {"metavar": "FILE", "help": "findings accepted for now (waivers.toml)"}),
    ("--openapi", {"metavar": "FILE", "help": "mount this OpenAPI document as the FLA API"}),
    ("--reports", {"metavar": "DIR", "help": "where runs are written (default: reports)"}),
    ("--run", {"metavar": "NAME", "help": "name of this run's folder"}),
    ("--seed", {"metavar": "N", "type": int, "help": "make the run's choices repeatable"}),
    ("--lang", {"choices": LANGUAGES, "help": "language of the pages"}),
    ("--stage", {"metavar": "NAME", "action": "append", "help": "stage only this situation"}),
    ("--shard", {"metavar": "I/N", "help": "stage only the I-th of N parts"}),
    ("--call-timeout", {"metavar": "S", "type": float, "help": "seconds a client may take"}),
    ("--hello-timeout", {"metavar": "S", "type": float, "help": "seconds to say hello in"}),
    ("--move-clock", {"choices": ["auto", "never", "libfaketime"], "help": "how time is moved"}),
)

_CURRENT: dict[str, Session] = {}
SESSION: pytest.StashKey[Session] = pytest.StashKey()


class RequirementWarning(UserWarning):
    """A recommendation was not followed, or a refusal could not be classified."""


class Judgement:
    """What a test calls to put its rule to what was staged."""

    def __init__(self, session: Session, item: pytest.Item, stage: Stage, rule: Rule) -> None:
        """Judge at once, so that a fault of ours shows as an error and not as a failure."""
        self.verdict = session.judge(stage, rule)
        self.text = session.text(self.verdict, rule)
        item.user_properties.append(("proefbank", self.verdict.to_json()))
        if self.verdict.outcome == "broken":
            pytest.fail(f"the bench is at fault: {self.verdict.reason}", pytrace=False)

    def __call__(self, reading: Reading) -> None:  # noqa: ARG002 - read where it was staged
        """Tell pytest what was found."""
        __tracebackhide__ = True
        match self.verdict.outcome:
            case "failed" | "not_exercised":
                pytest.fail(self.text, pytrace=False)
            case "not_applicable" | "not_observable":
                pytest.skip(f"{self.verdict.outcome}: {self.verdict.reason}")
            case "waived":
                pytest.xfail(f"waived: {self.verdict.reason}")
            case "warned":
                warnings.warn(RequirementWarning(f"\n{self.text}"), stacklevel=2)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, under a longer name where another plugin has taken the short one."""
    group = parser.getgroup("proefbank", "Proefbank: judge a client")
    for name, settings in OPTIONS:
        dest = f"proefbank_{name.strip('-').replace('-', '_')}"
        try:
            group.addoption(name, dest=dest, **settings)
        except ValueError:
            group.addoption(f"--proefbank{name[1:]}", dest=dest, **settings)


def pytest_configure(config: pytest.Config) -> None:
    """Make the fixtures known: each module of `proefbank.fixtures` is a plugin."""
    folder = importlib.import_module("proefbank.fixtures")
    for module in pkgutil.iter_modules(folder.__path__):
        config.pluginmanager.import_plugin(f"proefbank.fixtures.{module.name}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each stage that offers the reading, and each rule about it."""
    if not {"reading", "rule"} <= set(metafunc.fixturenames):
        return
    hint = typing.get_type_hints(metafunc.function)["reading"]
    readings = typing.get_args(hint) if isinstance(hint, UnionType) else (hint,)
    only = metafunc.config.getoption("proefbank_stage") or []
    found = [
        (stage, rule)
        for reading in readings
        for stage, rule in _pairs(reading)
        if not only or stage.name in only
    ]
    metafunc.parametrize(
        ("reading", "rule"),
        [(pair, pair) for pair in found],
        indirect=True,
        ids=[f"{rule.requirement}@{stage.name}" for stage, rule in found],
    )


def _pairs(reading: type[Reading]) -> Iterator[tuple[Stage, Rule]]:
    from proefbank.staging import rules_for, stages_of  # noqa: PLC0415 - see the module

    for stage in stages_of(reading.__module__.partition(".wire")[0]):
        for rule in rules_for(stage, reading):
            yield stage, rule


def pair_of(item: pytest.Item) -> tuple[Stage, Rule] | None:
    """Return the stage and rule of a test that Proefbank made, or None."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    pair = params.get("rule")
    return pair if isinstance(pair, tuple) and "reading" in params else None


def stage_in(nodeid: str) -> str | None:
    """Return the name of the stage in the id of a test that Proefbank made, or None."""
    _, at, rest = nodeid.rpartition("@")
    return rest.removesuffix("]") if at and rest.endswith("]") else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put tests of one staging together."""
    pairs = {item: pair for item in items if (pair := pair_of(item))}
    if not pairs:
        return
    from proefbank.staging import stages_of  # noqa: PLC0415 - see the module

    order = {
        stage.name: place
        for package in dict.fromkeys(stage.package for stage, _ in pairs.values())
        for place, stage in enumerate(stages_of(package))
    }
    items.sort(key=lambda item: order[pairs[item][0].name] if item in pairs else -1)
    session = _open(config)
    if session.choices.shard:
        from proefbank.shards import Shard  # noqa: PLC0415 - seldom asked for

        shard = Shard.of(session.choices.shard)
        left = [i for i in items if i in pairs and not shard.has(order[pairs[i][0].name])]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


def _open(config: pytest.Config) -> Session:
    from proefbank.errors import BenchError  # noqa: PLC0415 - see the module
    from proefbank.session import Session  # noqa: PLC0415

    if SESSION in config.stash:
        return config.stash[SESSION]
    try:
        _CURRENT["session"] = config.stash[SESSION] = Session.of(config)
    except BenchError as error:
        raise pytest.UsageError(str(error)) from error
    return config.stash[SESSION]


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Let all workers write to one run."""
    _open(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a staging's tests on one worker, unless the user distributes in a way of his own.

    The scheduler goes by the tests' ids: marks for groups do not reach it under every pytest.
    """
    if config.getoption("dist") != "load":
        return None
    from proefbank.scheduling import StageScheduling  # noqa: PLC0415 - only with xdist

    return StageScheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker which run it belongs to."""
    session = node.config.stash.get(SESSION, None)
    if session is not None:
        node.workerinput["proefbank"] = session.shared()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect verdicts where the reports come together."""
    session = _CURRENT.get("session")
    judged = report.when == "call" or (report.when == "setup" and report.failed)
    if session is None or not judged:
        return
    for name, value in report.user_properties:
        if name == "proefbank" and isinstance(value, Mapping):
            session.collect(value)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the record, also after Ctrl-C; only where all reports come together."""
    run = session.config.stash.get(SESSION, None)
    if run is not None:
        run.finish(
            interrupted=session.exitstatus == pytest.ExitCode.INTERRUPTED,
            # where workers collect, it shows only now whether any test was ours
            wanted=session.config.getoption("dist", "no") == "no",
        )
        if session.exitstatus == pytest.ExitCode.OK and _fails(run.report):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    _CURRENT.clear()


def _fails(report: Mapping[str, Any]) -> bool:
    """Whether waivers fail a run in which no test failed."""
    from proefbank.verdict import WaiverState  # noqa: PLC0415 - see the module

    return any(WaiverState(row["state"]).fails for row in report.get("waivers", ()))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say where the record is."""
    run = config.stash.get(SESSION, None)
    if run is not None and run.report:
        from proefbank.report.waiver_text import waiver_lines  # noqa: PLC0415 - see the module

        terminalreporter.section("proefbank")
        if run.choices.profile:
            terminalreporter.write_line(f"profile: {run.choices.profile}")
        terminalreporter.write_line(str(run.report["headline"]))
        for line in waiver_lines(run.report):
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"report: {run.folder / 'report.html'}")
