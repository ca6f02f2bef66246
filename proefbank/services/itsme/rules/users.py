"""Several people at once: none of them is taken for another."""

from __future__ import annotations

from collections.abc import Mapping

from proefbank.judge import DoesNotApply, NotExercised, rule
from proefbank.verdict import Finding

from ..wire.journeys import Journey, listed, said
from ..wire.users import ParallelUsers, TwoUsers


@rule("itsme.front.sessions-of-two-users-stay-apart")
def sessions_stay_apart(users: TwoUsers) -> Finding | None:
    """Who comes back as somebody else signs in somebody else's name."""
    for call, person in users.mistaken("identification-status"):
        return Finding(
            "user_identification/status, asyncRespID",
            expected=f"the session of the person who came back, {person}",
            actual="the session of somebody else",
            hint="find the session by a parameter of your own on the page's address",
            exchange=call.number,
        )
    return _apart(users.journeys)


@rule("itsme.front.sessions-of-two-users-stay-apart")
def sessions_stay_apart_in_parallel(users: ParallelUsers) -> Finding | None:
    """What holds for one request after the other has to hold for two at a time."""
    if not users.names_signers:
        raise DoesNotApply("nobody is named as signer, which is judged elsewhere")
    return _apart(users.journeys)


@rule("itsme.sign-answer.resp-id-is-kept")
def resp_id_is_kept(users: TwoUsers) -> Finding | None:
    """The one who is back is not always the one who was sent last."""
    if not users.came_to_sign:
        raise NotExercised("not both people's signatures were asked for")
    for call, person in users.mistaken("sign-status"):
        return Finding(
            "sign_document (status), asyncRespID",
            expected=f"the respID of the session of the person who came back, {person}",
            actual="the respID of somebody else's session",
            exchange=call.number,
        )
    return None


def _apart(journeys: tuple[Journey, ...]) -> Finding | None:
    for journey in journeys:
        end = journey.end
        if end is None:
            call = journey.steps[-1].call
            return Finding(
                f"outcome of {call.op} for one of two users",
                expected="accepted, with signatures",
                actual=said(call),
                exchange=journey.steps[-1].exchange,
            )
        known = journey.scenario.get("known_user_codes")
        codes = dict(known) if isinstance(known, Mapping) else {}
        others = [code for name, code in codes.items() if name != journey.person]
        if end.call.value.get("user_code") in others:
            return Finding(
                "sign.resume, user_code",
                expected=f"the one of the person who came back, {journey.person}",
                actual="the one of somebody else",
                exchange=end.exchange,
            )
        wanted = {str(one.get("id")) for one in journey.documents}
        signed = listed(end.call.value.get("signatures"))
        foreign = [
            str(one.get("id"))
            for one in signed
            if isinstance(one, Mapping) and str(one.get("id")) not in wanted
        ]
        if foreign:
            return Finding(
                "sign.resume, signatures",
                expected=f"those of {', '.join(sorted(wanted))}",
                actual=f"one of {foreign[0]}",
                exchange=end.exchange,
            )
    return None
