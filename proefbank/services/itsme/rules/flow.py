"""The conversation as a whole: the order of calls, patience, and knowing when it is over."""

from __future__ import annotations

from proefbank.journal import Call
from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.flow import Flow, PendingIdentification, PendingSignature, RefusedText, ResumedAgain

TIGHT = 5
"""Status requests within a second that are still no tight loop."""
REFUSALS = ("provider_error", "malformed")


@rule("itsme.flow.calls-come-in-order")
def calls_come_in_order(flow: Flow) -> Finding | None:
    """Each step needs what the one before it brought: session, certificate, signing id."""
    for call in flow.requests:
        before = {
            "identification-status": (call.known.identifications, "an identification"),
            "sign-start": (call.known.user_codes, "a certificate"),
            "sign-status": (call.known.sessions, "the start of a sign session"),
        }.get(call.kind)
        if before is not None and not before[0]:
            return Finding(
                "order of the calls",
                expected=f"{before[1]} before the call {call.kind}",
                actual=f"{call.kind} without it",
                exchange=call.number,
            )
    return None


@rule("itsme.identification-status.pending-is-waited-for")
def pending_identification(flow: PendingIdentification) -> Finding | None:
    """People take from seconds to minutes, and come back in their own time."""
    opened = [call for call in flow.of("identification") if call.number > flow.struck[0].number]
    if opened:
        return Finding(
            "after PENDING",
            expected="the same session",
            actual="a new identification session",
            exchange=opened[0].number,
        )
    return _patient(flow.told_to_wait, "PENDING")


@rule("itsme.identification-status.polls-leave-time")
def polls_leave_time(flow: PendingIdentification) -> Finding | None:
    """A loop without a pause asks the same thing a thousand times."""
    asked: dict[int, list[float]] = {}
    for call in flow.of("identification-status"):
        # By order: that the bench orders one resume after the other is not the client's doing.
        asked.setdefault(call.order.number if call.order else 0, []).append(call.at)
    for times in asked.values():
        for first, last in zip(times, times[TIGHT:], strict=False):
            if last - first < 1:
                return Finding(
                    "status requests while the identification is pending",
                    expected=f"at most {TIGHT} within a second",
                    actual=f"{sum(first <= at < first + 1 for at in times)} within a second",
                    hint="wait for the user's return, or longer each time",
                )
    return None


@rule("itsme.sign-status.pending-is-waited-for")
def pending_signature(flow: PendingSignature) -> Finding | None:
    """The answer may lag behind the user's return by a little."""
    return _patient(flow.told_to_wait, "Pending")


@rule("itsme.sign-status.polling-opens-no-session")
def polling_opens_no_session(flow: PendingSignature) -> Finding | None:
    """The user would be asked to sign the same thing once more."""
    opened = [call for call in flow.of("sign-start") if call.number > flow.struck[0].number]
    if not opened:
        return None
    return Finding(
        "after Pending",
        expected="the same sign session",
        actual="a new one",
        exchange=opened[0].number,
    )


@rule("itsme.sign-status.polling-ends-with-the-session")
def polling_ends(flow: ResumedAgain) -> Finding | None:
    """There is nothing more to learn, and no promise that the answer stays."""
    asked = [call for call in flow.after_the_end if call.kind == "sign-status"]
    if not asked:
        return None
    return Finding(
        "after Success",
        expected="no more status requests",
        actual="one more",
        hint="keep the signatures that came",
        exchange=asked[0].number,
    )


@rule("itsme.description.refused-characters-end-the-flow")
def refused_text_ends_the_flow(flow: RefusedText) -> Finding | None:
    """Whoever is told that all is well, or to wait, waits for a session that there is not."""
    if not flow.met:
        raise DoesNotApply("no order came after the refusal")
    for call in flow.met:
        if call.outcome == "rejected" and call.reject_class in REFUSALS:
            continue
        expected = f"rejected, {' or '.join(REFUSALS)}"
        soft = call.outcome == "rejected" and call.reject_class == "unclassified"
        where = f"outcome of {call.op} after a refused text"
        return Finding(where, expected=expected, actual=_said(call), soft=soft)
    return None


def _patient(calls: list[Call], state: str) -> Finding | None:
    for call in calls:
        if call.outcome != "accepted":
            return Finding(
                f"outcome of {call.op} after {state}",
                expected="accepted: pending, or what came in the end",
                actual=_said(call),
                hint="say pending, or ask again after a while",
                exchange=call.exchanges[-1].number,
            )
    return None


def _said(call: Call) -> str:
    why = call.reject_class or (call.detail.strip().splitlines() or [""])[-1]
    pending = " (pending)" if call.value.get("pending") else ""
    return f"{call.outcome}, {why}" if why else f"{call.outcome}{pending}"
