"""What becomes of the first answers: cookies, certificates, other people, documents' files."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire.answers import CookieSet
from ..wire.errors import ExpiredIdentification, RejectedIdentification
from ..wire.front import ForgedReturn, ReloadedReturn, SlowIdentification
from ..wire.outcomes import Ended, NoCertificate, OtherSigner, SignerChoice
from ..wire.users import ParallelUsers, TwoUsers, UserEnd
from .probing import HOPS, control, flow, probe, through
from .scripts import START, documents, gone_on, identified, order, resumed, started, value_of

PEOPLE = ("with-certificate", "another")
FORGOTTEN = "00000000-0000-4000-8000-000000000000"
"""A user code that itsme does not know any more."""
MINUTE = 60.0
PENDING_TIMES = 4
LAPSE = 181.0
"""Seconds after which what a person has to confirm in three minutes has lapsed."""


@stage("identification-set-cookie", judges=[CookieSet], needs=["sign"])
def identification_cookie(staging: Staging) -> None:
    """The answer to the identification request sets a cookie."""
    staging.begin()
    staging.arm("identification-set-cookie")
    flow(staging)


@stage("identification-status-chain-first", judges=[Ended], needs=["sign"])
def chain_first(staging: Staging) -> None:
    """The chain is listed from its root, with the signer's certificate last."""
    staging.begin()
    staging.arm("identification-status-chain-first")
    flow(staging)


@stage("identification-status-no-certificate", judges=[NoCertificate], needs=["sign"])
def no_certificate(staging: Staging) -> None:
    """The identification brings a user code, and no certificate; another brings both."""
    control(staging)
    probe(staging, "identification-status-no-certificate")


@stage("sign-other-user", judges=[OtherSigner], needs=["sign"])
def other_user(staging: Staging) -> None:
    """The caller hands over a user code that is no more; somebody else is identified."""
    staging.begin()
    flow(staging, order(user_code=FORGOTTEN), person="another")


@stage("sign-two-users", judges=[TwoUsers, UserEnd, SignerChoice], needs=["sign"])
def two_users(staging: Staging) -> None:
    """Two people sign at the same time, each a document of their own; they come back in turn."""
    staging.begin()
    ways = [
        (who, *started(staging, order() | {"documents": documents(2)[n : n + 1]}))
        for n, who in enumerate(PEOPLE)
    ]
    for _ in range(2):
        returns = [(who, id_, staging.visit(url, person=who)) for who, id_, url in ways if url]
        ways = [
            (who, id_, value_of(gone_on(staging, id_, back), "redirect"))
            for who, id_, back in returns
        ]
    for who, id_, url in ways:  # an application may have another stop for them
        if url:
            through(staging, id_, url, person=who)


@stage("sign-two-users-in-parallel", judges=[ParallelUsers], needs=["sign"])
def users_in_parallel(staging: Staging) -> None:
    """Two people sign at the same time; each order is given for both at once."""
    staging.begin()
    orders = [order() | {"documents": documents(2)[n : n + 1]} for n in range(len(PEOPLE))]
    answers = staging.calls([(START, one) for one in orders])
    sessions = [value_of(answer, "session") for answer in answers]
    for _ in range(HOPS):
        urls = [value_of(answer, "redirect") for answer in answers]
        waits = [value_of(answer, "pending") is True for answer in answers]
        if not all(url or wait for url, wait in zip(urls, waits, strict=True)):
            break
        backs = [
            staging.visit(url, person=who) if url else None
            for who, url in zip(PEOPLE, urls, strict=True)
        ]
        answers = staging.calls(
            [
                ("sign.resume", {"session": id_, "returned_to": back})
                for id_, back in zip(sessions, backs, strict=True)
            ]
        )


@stage("sign-forged-return", judges=[ForgedReturn], needs=["sign"])
def forged_return(staging: Staging) -> None:
    """Somebody opens the redirect URL who was not at itsme: to be identified, then to sign."""
    for come_so_far in (started, identified):
        staging.begin()
        session, url = come_so_far(staging)
        if url is not None:
            resumed(staging, session, str(staging.facts["redirect_url"]), note="probe")


@stage("sign-reloaded-return", judges=[ReloadedReturn], needs=["sign"])
def reloaded_return(staging: Staging) -> None:
    """Somebody reloads the page he came back to from the identification, and signs then."""
    staging.begin()
    session, url = started(staging)
    if url is None:
        return
    returned = staging.visit(url, person="with-certificate")
    first = value_of(gone_on(staging, session, returned), "redirect")
    if first is None:
        return
    again = value_of(resumed(staging, session, returned, note="probe"), "redirect")
    through(staging, session, again or first, person="with-certificate")


@stage("identification-slow", judges=[SlowIdentification], needs=["sign"])
def slow(staging: Staging) -> None:
    """Somebody takes four minutes to be identified; the page is opened again every minute."""
    staging.begin()
    session, url = started(staging)
    if url is None:
        return
    returned = staging.visit(url, person="with-certificate")
    staging.arm("identification-status-pending", times=PENDING_TIMES)
    for _ in range(PENDING_TIMES + 2):
        answer = resumed(staging, session, returned)
        if value_of(answer, "pending") is not True:
            break
        staging.advance(MINUTE, client=staging.can("clock"))


@stage("identification-rejected", judges=[RejectedIdentification], needs=["sign"])
def rejected(staging: Staging) -> None:
    """Somebody refuses to have a certificate made, and comes back twice; then another order."""
    staging.begin()
    session, url = started(staging, note="probe")
    if url is not None:
        person = "without-certificate"
        returned = staging.visit(url, person=person, act="approve-then-reject")
        for _ in range(2):
            resumed(staging, session, returned, note="probe")
    flow(staging, note="control")


@stage("identification-expired", judges=[ExpiredIdentification], needs=["sign"])
def expired(staging: Staging) -> None:
    """Somebody lets the making of a certificate lapse, and comes back twice; then another order."""
    staging.begin()
    session, url = started(staging, note="probe")
    if url is not None:
        staging.visit(url, person="without-certificate", act="approve-then-wait")
        staging.advance(LAPSE, client=False)
        returned = staging.visit(url, person="without-certificate", act="open")
        for _ in range(2):
            resumed(staging, session, returned, note="probe")
    flow(staging, note="control")
