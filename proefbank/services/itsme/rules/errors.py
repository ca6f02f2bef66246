"""Errors: what ends, what may be tried again and what may not, and that somebody is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire import errors
from ..wire.journeys import Step, said
from ..wire.members import Members
from ..wire.requests import BackCall
from ..wire.stimulated import Stimulated
from .failures import ANY, BROKEN, failed

FAILED = frozenset({"provider_error", "malformed", "not_allowed"})
NOT_ALLOWED = frozenset({"not_allowed", "provider_error"})
REJECTED = frozenset({"user_rejected", "provider_error"})
EXPIRED = frozenset({"user_expired", "provider_error"})
_CONFLICT = 409


@rule("itsme.error.documented-error-ends-the-step")
def documented_error_ends_the_step(met: errors.DocumentedError) -> Finding | None:
    """Whoever goes on builds on something that there is not."""
    if met.further:
        return Finding(
            f"after {met.story}",
            expected="no further step",
            actual=met.further[0].kind,
            exchange=met.further[0].number,
        )
    if met.recovered:
        raise DoesNotApply("it tried again, which is judged elsewhere")
    if _renewed(met):
        return None
    conflict = met.response.status == _CONFLICT and met.layer != "identification"
    if met.step.pending and (conflict or met.reason == "UNKNOWN"):
        raise DoesNotApply("it says pending, which is judged elsewhere")
    return failed(met.step.call, met.story, ANY, exchange=met.exchange)


@rule("itsme.error.not-allowed-is-final")
def not_allowed_is_final(met: errors.NotAllowed) -> Finding | None:
    """Nothing that the application does makes the account another one."""
    if finding := _repeated(met):
        return finding
    if met.recovered:
        raise DoesNotApply("it asked something else, and that went well")
    return failed(met.step.call, met.story, NOT_ALLOWED, exchange=met.exchange)


@rule("itsme.error.unexpected-error-is-not-repeated-at-once")
def unexpected_error_is_not_repeated(met: errors.UnexpectedError) -> Finding | None:
    """What just failed fails again, and keeps whoever mends it busy."""
    if finding := _repeated(met):
        return finding
    if met.recovered:
        raise DoesNotApply("it asked something else, and that went well")
    if met.step.pending:
        raise DoesNotApply("it says pending, which is judged elsewhere")
    return failed(met.step.call, met.story, FAILED, exchange=met.exchange)


@rule("itsme.error.unknown-error-is-told")
def unknown_error_is_told(met: errors.UnknownError) -> Finding | None:
    """Nobody helps with an error that nobody hears of."""
    if met.recovered:
        raise DoesNotApply("it tried again, and it went well")
    return failed(met.step.call, met.story, FAILED, exchange=met.exchange)


@rule("itsme.error.configuration-errors-are-not-repeated")
def configuration_errors_are_not_repeated(met: errors.ConfigurationError) -> Finding | None:
    """The same request gets the same answer until somebody changes the settings."""
    if finding := _repeated(met):
        return finding
    if met.recovered:
        return None  # changed, and then accepted: another language, say
    return failed(met.step.call, met.story, FAILED, exchange=met.exchange)


@rule("itsme.error.status-and-reason-are-read-together")
def status_and_reason_are_read_together(met: errors.Conflict) -> Finding | None:
    """One conflict of five asks for patience; the others end the session."""
    if met.recovered:
        raise DoesNotApply("it asked again, which is judged elsewhere")
    if _renewed(met):
        return None
    return failed(met.step.call, met.story, ANY, exchange=met.exchange)


@rule("itsme.error.empty-409-is-an-error")
def empty_conflict_is_an_error(met: errors.NoPayload) -> Finding | None:
    """It is documented: no body, and nothing to read a reason from."""
    return _survived(met, ANY)


@rule("itsme.error.http-500-is-an-error")
def server_error_is_an_error(met: errors.ServerError) -> Finding | None:
    """A server in trouble does not promise JSON."""
    return _survived(met, ANY)


@rule("itsme.error.unknown-reasons-are-survived")
def unknown_reasons_are_survived(met: errors.UnknownReason) -> Finding | None:
    """Names of errors come and go; that it is one shows in the status."""
    return _survived(met, ANY)


@rule("itsme.error.broken-answers-are-survived")
def broken_answers_are_survived(met: errors.BrokenAnswer) -> Finding | None:
    """Half an answer is none, and an answer that points elsewhere is not itsme's."""
    if met.led_away:
        return Finding(
            f"after {met.story}",
            expected="no request to another origin",
            actual=f"{met.led_away[0].request.method} to where the answer pointed",
            exchange=met.led_away[0].number,
        )
    return _survived(met, BROKEN)


@rule("itsme.error.rejected-needs-a-new-session")
def rejected_needs_a_new_session(followed: errors.RejectedIdentification) -> Finding | None:
    """That session is over; whoever goes on asking waits for ever."""
    return _over(followed, "REJECTED", REJECTED)


@rule("itsme.error.expired-needs-a-new-session")
def expired_needs_a_new_session(followed: errors.ExpiredIdentification) -> Finding | None:
    """That session is over; whoever goes on asking waits for ever."""
    return _over(followed, "EXPIRED", EXPIRED)


@rule("itsme.error.refused-signature-is-not-signed")
def refused_signature_is_not_signed(followed: errors.RefusedSignature) -> Finding | None:
    """What the person did not sign is not signed, however itsme words it."""
    for step in followed.steps:
        where = "the person had not signed"
        if finding := failed(step.call, where, ANY, exchange=step.exchange or followed.exchange):
            return finding
    return None


@rule("itsme.error.single-hash-refusal-is-not-repeated")
def single_hash_refusal_is_not_repeated(refused: errors.SingleHashRefused) -> Finding | None:
    """The contract is for one hash; another attempt does not change it."""
    for ids, call in zip(refused.started, _starts(refused.after), strict=True):
        if len(ids) > 1:
            return Finding(
                "after 400 ONLY_SINGLE_HASH_SUPPORTED",
                expected="no more request with several hashes",
                actual=f"one more, with {len(ids)}",
                exchange=call.number,
            )
    if refused.started:
        return None
    what = "400 ONLY_SINGLE_HASH_SUPPORTED"
    return failed(refused.steps[0].call, what, FAILED, exchange=refused.exchange)


@rule("itsme.error.batch-refusal-drops-no-document")
def batch_refusal_drops_no_document(refused: errors.BatchRefused) -> Finding | None:
    """A document that nobody signed and everybody takes for signed is worse than an error."""
    if not refused.started:
        what = "400 BATCH_TOO_LARGE"
        return failed(refused.steps[0].call, what, FAILED, exchange=refused.exchange)
    if refused.steps[-1].call.outcome == "rejected":
        return None
    sent = {name for ids in refused.started for name in ids}
    dropped = [name for name in refused.wanted if name not in sent]
    if not dropped:
        return None
    return Finding(
        "after 400 BATCH_TOO_LARGE, documents in the requests that followed",
        expected=f"all {len(refused.wanted)}, or a refusal",
        actual=f"{len(refused.wanted) - len(dropped)}, without {dropped[0]}",
        exchange=_starts(refused.after)[-1].number,
    )


@rule("itsme.error.other-dialects-are-survived")
def other_dialects_are_survived(flow: errors.OtherDialect) -> Finding | None:
    """The swagger, the tables and the examples do not agree; which one is right shows too late."""
    if flow.journey.end is not None:
        return None
    return Finding(
        f"outcome of a whole flow in the dialect {flow.dialect}",
        expected="accepted, with signatures",
        actual=_last(flow.journey.steps),
    )


@rule("itsme.error.slow-answers-are-waited-for")
def slow_answers_are_waited_for(flow: errors.SlowAnswer) -> Finding | None:
    """A second is nothing between two services on a busy day."""
    if flow.journey.end is not None:
        return None
    return Finding(
        "outcome of a whole flow in which an answer takes a second",
        expected="accepted, with signatures",
        actual=_last(flow.journey.steps),
    )


def _last(steps: Iterable[Step]) -> str:
    call = list(steps)[-1].call
    return f"{call.op} was {said(call)}"


def _repeated(met: Stimulated) -> Finding | None:
    again = [call for call in met.again if _same(call, met.call)]
    if not again:
        return None
    return Finding(
        f"after {met.story}",
        expected="no such request again",
        actual=f"{len(again)} more at once",
        hint="tell the reason to whoever called, and let them decide",
        exchange=again[0].number,
    )


def _renewed(met: Stimulated) -> bool:
    """Whether the user is sent to be identified anew, which is what an ended session asks for."""
    new = [call for call in met.step.of("identification") if call.number > met.exchange]
    return met.reason in ("REJECTED", "EXPIRED") and bool(new) and met.step.redirect is not None


def _same(one: BackCall, two: BackCall) -> bool:
    """Whether two requests say the same, whatever they are called."""
    return bool(_unnamed(one.body) == _unnamed(two.body))


def _unnamed(body: object) -> Any:
    if not isinstance(body, Members):
        return body
    return {name: value for name, value in body.items() if name != "reqID"}


def _survived(met: Stimulated, takes: frozenset[str]) -> Finding | None:
    """Find anything but a failure; who asks again at once, and is answered, is well too."""
    if met.recovered:
        return None
    if met.further:
        return Finding(
            f"after {met.story}",
            expected="no further step",
            actual=met.further[0].kind,
            exchange=met.further[0].number,
        )
    return failed(met.step.call, met.story, takes, exchange=met.exchange)


def _over(
    followed: errors.RejectedIdentification, reason: str, takes: frozenset[str]
) -> Finding | None:
    new = [call for call in followed.after if call.kind == "identification"]
    asked = [call for call in followed.after if call.kind != "identification"]
    if new:
        asked = [call for call in asked if call.number < new[0].number]
    if asked:
        return Finding(
            f"after 409 {reason}",
            expected="no more request about that session",
            actual=asked[0].kind,
            exchange=asked[0].number,
        )
    for place, step in enumerate(followed.steps):
        if step.redirect is not None and new:
            return None  # the user is sent to be identified anew
        wanted = takes if place == 0 else ANY
        at = step.exchange or followed.exchange
        if finding := failed(step.call, f"409 {reason}", wanted, exchange=at):
            return finding
    return None


def _starts(calls: Iterable[BackCall]) -> list[BackCall]:
    return [call for call in calls if call.kind == "sign-start"]
