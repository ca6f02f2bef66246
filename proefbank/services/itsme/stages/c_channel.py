"""Moving to another environment or partner, and servers that are not what they say."""

from __future__ import annotations

from proefbank.judge import Reading
from proefbank.staging import Staging, stage

from ..wire.channel import OtherAccountCall, OtherBaseCall
from ..wire.trust import ExpiredCertificate, OtherHost, UnknownAuthority
from .scripts import identified, started

ALWAYS = 12
PROBES = 2
"""The first may be lost on a kept connection that the server has just closed."""
BAD: dict[str, tuple[type[Reading], str]] = {
    "tls-unknown-ca": (UnknownAuthority, "from an authority that the application does not know"),
    "tls-other-host": (OtherHost, "for another host name"),
    "tls-expired": (ExpiredCertificate, "that has expired"),
}


@stage("other-base-url", judges=[OtherBaseCall], needs=["sign"])
def other_base_url(staging: Staging) -> None:
    """The application works in one environment, then in one with another base URL."""
    staging.begin()
    started(staging)
    staging.begin("other-prefix")
    identified(staging)


@stage("other-account", judges=[OtherAccountCall], needs=["sign"])
def other_account(staging: Staging) -> None:
    """The application acts for one partner, then for another."""
    staging.begin("single-hash")
    started(staging)
    staging.begin()
    identified(staging)


def _stage(stimulus: str, reading: type[Reading], words: str) -> None:
    def script(staging: Staging) -> None:
        staging.begin()
        started(staging, note="control")
        staging.begin()
        staging.arm(stimulus, times=ALWAYS)
        for _ in range(PROBES):
            started(staging, note="probe")

    script.__doc__ = f"An order is given; the server shows a certificate {words}."
    name = f"sign-{stimulus}"  # names of stages are one list for all services
    stage(name, judges=[reading], needs=["sign"], wire=["tls"])(script)


for _stimulus, (_reading, _words) in BAD.items():
    _stage(_stimulus, _reading, _words)
