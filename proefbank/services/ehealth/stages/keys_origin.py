"""Whose keys they are, where they are fetched, and over which connection."""

from __future__ import annotations

from proefbank.judge import DoesNotApply
from proefbank.staging import Staging

from ..provider.facts import REALMS
from ..wire import keys_origin as read
from .timetable import ALWAYS, HOUR
from .walking import fresh, played

CONNECTIONS = 40
PROBES = 2
"""The first may be lost on a kept connection that the server has just closed."""
BAD: dict[str, tuple[type[read.DistrustedServer], str]] = {
    "tls-unknown-ca": (read.UnknownAuthority, "from an authority that the consumer does not know"),
    "tls-other-host": (read.OtherHost, "for another host name"),
    "tls-expired": (read.ExpiredCertificate, "that has expired"),
}
FALSE = {"other-realm": "iss-other-realm", "slash": "iss-slash"}
"""What the discovery document names, and tokens that name the same."""


@played("keys-of-two-issuers", read.TwoIssuers)
def two_issuers(staging: Staging) -> None:
    """Two realms are trusted; tokens of each come, signed by the key of the other."""
    if not staging.can("issuers"):
        raise DoesNotApply("the API trusts one issuer; an adapter would be told of two")
    staging.begin("S0 realms")
    for note in ("opening", "control"):
        for realm in REALMS:
            staging.show(realm=realm, note=note)
    for realm in REALMS:
        staging.show("other-realm-key", realm=realm, note="probe")


@played("keys-address-with-query", read.KeySetAddress)
def address(staging: Staging) -> None:
    """The published address of the key set has a query; two tokens come."""
    staging.begin("S0 query")
    for _ in range(2):
        staging.show(note="probe")


@played("keys-discovery-of-another-issuer", read.OtherDiscovery)
def discovery(staging: Staging) -> None:
    """Tokens name an issuer that only a false discovery document names too."""
    fresh(staging, "S0")
    staging.show(note="control")
    for recipe in FALSE.values():
        staging.show(recipe, note="before")
    for named, recipe in FALSE.items():
        staging.begin("S0")
        staging.arm("discovery-other-issuer", times=ALWAYS, issuer=named)
        staging.show(note="opening")
        staging.show(recipe, note="probe")


def _certificate(stimulus: str, reading: type[read.DistrustedServer], words: str) -> None:
    def script(staging: Staging) -> None:
        fresh(staging, "S0")
        staging.show(note="control")
        staging.begin("S0")
        staging.arm(stimulus, times=CONNECTIONS)
        for _ in range(PROBES):
            staging.show(note="probe")
        if staging.can("clock"):  # who fetched its keys when it was started fetches again
            staging.advance(25 * HOUR)
            staging.show(note="probe")

    script.__doc__ = f"A token comes; the server of the key set shows a certificate {words}."
    played(f"keys-{stimulus}", reading, wire=["tls"])(script)


for _stimulus, (_reading, _words) in BAD.items():
    _certificate(_stimulus, _reading, _words)


@played("keys-redirected-elsewhere", read.RedirectedSet)
def redirected(staging: Staging) -> None:
    """The key set redirects to another host; a token of the key that waits there comes."""
    fresh(staging, "S0")
    staging.show(note="control")
    staging.begin("S0")
    staging.arm("jwks-redirect-elsewhere", times=ALWAYS)
    staging.show("forged-known-kid", note="probe")
