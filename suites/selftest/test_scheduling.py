"""Under pytest-xdist a staging stays on one worker, and other people's runs leave nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("xdist")
pytest_plugins = ["pytester"]


def test_tests_of_one_staging_share_a_scope() -> None:
    from proefbank.scheduling import StageScheduling

    scope = StageScheduling.__new__(StageScheduling)._split_scope
    assert scope("suites/test_a.py::test_x[a.b.c@token]") == scope("b.py::test_y[d.e.f@token]")
    assert scope("suites/test_a.py::test_x[a.b.c@token]") != scope("b.py::test_y[a.b.c@api]")
    assert scope("test_mine.py::test_a") != scope("test_mine.py::test_b")


@pytest.mark.slow
@pytest.mark.parametrize("options", [["-n", "2"], []], ids=["workers", "one process"])
def test_a_suite_without_our_tests_leaves_no_record(
    pytester: pytest.Pytester, options: list[str]
) -> None:
    pytester.makepyfile("def test_mine(): pass", test_other="def test_other(): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)
    result.assert_outcomes(passed=2)
    assert not (Path(pytester.path) / "reports").exists()
