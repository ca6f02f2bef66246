"""Reading both witnesses of a probe: shared by the rules on answers."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from proefbank.verdict import Finding

from ..wire.api_request import issued_token
from ..wire.token_answer import Probe

__all__ = ["must_accept", "must_refuse"]


def must_refuse(probe: Probe, op: str, classes: AbstractSet[str]) -> Finding | None:
    """Find an operation that did not refuse, or refused for another reason than `classes`.

    A client that cannot say why it refused gets a warning.
    """
    call = probe.said(op)
    if call is None or probe.exchange not in {item.number for item in call.exchanges}:
        return None
    expected = f"rejected, {' or '.join(sorted(classes))}"
    where = f"outcome of {op} after {probe.stimulus}"
    if call.outcome == "rejected" and call.reject_class in classes:
        return None
    if call.outcome == "rejected" and call.reject_class == "unclassified":
        return Finding(where, expected, "rejected, unclassified", soft=True)
    actual = f"rejected, {call.reject_class}" if call.outcome == "rejected" else call.outcome
    if call.outcome == "crashed":
        actual = f"crashed: {call.detail.strip().splitlines()[-1] if call.detail else ''}"
    return Finding(where, expected, actual, hint="look at the status and the body before use")


def must_accept(probe: Probe) -> Finding | None:
    """Find an operation that met the stimulus and did not succeed all the same."""
    struck = {item.number for item in probe.struck}
    for call in probe.calls:
        met = [item.number for item in call.exchanges if item.number in struck]
        if met and call.outcome != "accepted":
            told = call.reject_class or (call.detail.strip().splitlines() or [""])[-1]
            return Finding(
                f"outcome of {call.op} after {probe.stimulus}",
                expected="accepted",
                actual=f"{call.outcome}: {told}" if told else call.outcome,
                exchange=met[0],
            )
        if met and call.op == "token.fetch":
            issued = {issued_token(item) for item in call.exchanges}
            if call.value.get("access_token", "") not in issued - {""}:
                return Finding(
                    f"access_token of {call.op} after {probe.stimulus}",
                    expected="the token as it was issued",
                    actual="another text",
                    exchange=met[0],
                )
    return None
