"""Under pytest-xdist the tests of one staging go to one worker, so that it is staged once."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

from proefbank.plugin import stage_in

__all__ = ["StageScheduling"]


class StageScheduling(LoadScopeScheduling):  # type: ignore[misc] # xdist is an extra
    """Like `load`, but for tests whose id ends in `@stage]`, which go together."""

    def _split_scope(self, nodeid: str) -> str:
        return stage_in(nodeid) or nodeid
