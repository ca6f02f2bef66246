"""What becomes of signatures that are not right, of odd results, and of those who do not sign."""

from __future__ import annotations

from collections.abc import Sequence

from proefbank.staging import Staging, stage

from ..wire.errors import RefusedSignature
from ..wire.outcomes import Ended, Shuffled
from ..wire.signatures import FalseSignatures, ForeignEcho, NoSignatures, UnknownMajor, WrongSet
from ..wire.stimulated import Stimulated
from .d_answers import LAPSE
from .probing import control, flow, probe
from .scripts import identified, order, resumed

DOCUMENTS = 3
PERSON = "with-certificate"


@stage("sign-status-shuffled", judges=[Shuffled, Ended], needs=["sign"])
def shuffled(staging: Staging) -> None:
    """The signatures of three documents come in another order."""
    staging.begin()
    staging.arm("sign-status-shuffled")
    flow(staging, order(DOCUMENTS))


def spoiled(name: str, reading: type[Stimulated], words: str, stimuli: Sequence[str]) -> None:
    """Register a stage that spoils one flow after the other, after one that is ordinary."""

    def script(staging: Staging) -> None:
        control(staging, count=DOCUMENTS)
        for stimulus in stimuli:
            probe(staging, stimulus, DOCUMENTS)

    script.__doc__ = f"{words} Before that, an ordinary flow."
    stage(name, judges=[reading], needs=["sign"])(script)


spoiled(
    "sign-status-false-signatures",
    FalseSignatures,
    "The signatures have a wrong bit, hash, padding, key, document or shape.",
    [f"sign-status-{kind}" for kind in FalseSignatures.kinds],
)
spoiled(
    "sign-status-wrong-set",
    WrongSet,
    "A signature is missing, one comes twice, or one is for a document that nobody sent.",
    [f"sign-status-{kind}" for kind in WrongSet.kinds],
)
spoiled(
    "sign-status-no-signatures",
    NoSignatures,
    "Itsme says Success, and gives no signature.",
    [f"sign-status-{kind}" for kind in NoSignatures.kinds],
)
spoiled(
    "sign-status-odd-result",
    UnknownMajor,
    "The result is one that nobody documented, or an error in a good answer.",
    [f"sign-status-{kind}" for kind in UnknownMajor.kinds],
)
spoiled(
    "sign-start-foreign-req-id",
    ForeignEcho,
    "The answer to the start repeats the id of another request.",
    ["sign-start-foreign-req-id"],
)


@stage("sign-refused", judges=[RefusedSignature], needs=["sign"])
def refused(staging: Staging) -> None:
    """Somebody refuses to sign and comes back twice; itsme says so in one way, then in another."""
    control(staging)
    for stimulus in ("", "sign-status-error-maj-200"):
        staging.begin()
        if stimulus:
            staging.arm(stimulus, times=2)
        session, url = identified(staging, note="probe")
        if url is not None:
            returned = staging.visit(url, person=PERSON, act="reject")
            for _ in range(2):
                resumed(staging, session, returned, note="probe")


@stage("sign-expired", judges=[RefusedSignature], needs=["sign"])
def lapsed(staging: Staging) -> None:
    """Somebody looks at the page and does not sign until it has lapsed; then comes back twice."""
    control(staging)
    staging.begin()
    session, url = identified(staging, note="probe")
    if url is not None:
        staging.visit(url, person=PERSON, act="open")
        staging.advance(LAPSE, client=False)
        returned = staging.visit(url, person=PERSON, act="open")
        for _ in range(2):
            resumed(staging, session, returned, note="probe")
