"""The server shows certificates that a client must not accept."""

from __future__ import annotations

from proefbank.judge import Reading
from proefbank.staging import Staging, stage

from ..wire.trust import ExpiredCertificate, OtherHost, UnknownAuthority

FETCH = "token.fetch"
ALWAYS = 12
PROBES = 2
"""The first may be lost on a kept connection that the server has just closed."""
BAD: dict[str, tuple[type[Reading], str]] = {
    "tls-unknown-ca": (UnknownAuthority, "from an authority that the client does not know"),
    "tls-other-host": (OtherHost, "for another host name"),
    "tls-expired": (ExpiredCertificate, "that has expired"),
}


def _stages(stimulus: str, reading: type[Reading], words: str) -> None:
    def at_token(staging: Staging) -> None:
        staging.begin()
        staging.call(FETCH, {"scope": None}, note="control")
        staging.begin()
        staging.arm(stimulus, times=ALWAYS)
        for _ in range(PROBES):
            staging.call(FETCH, {"scope": None}, note="probe")

    def at_api(staging: Staging) -> None:
        staging.begin()
        staging.call("api.call", staging.sample(), note="control")
        staging.arm(stimulus, times=ALWAYS)
        for _ in range(PROBES):
            staging.call("api.call", staging.sample(), note="probe")

    at_token.__doc__ = f"A token is asked for; the server shows a certificate {words}."
    at_api.__doc__ = f"The API is called again; the server now shows a certificate {words}."
    stage(stimulus, judges=[reading], needs=["token"], wire=["tls"])(at_token)
    stage(f"{stimulus}-at-the-api", judges=[reading], needs=["api"], wire=["tls"])(at_api)


for _stimulus, (_reading, _words) in BAD.items():
    _stages(_stimulus, _reading, _words)
