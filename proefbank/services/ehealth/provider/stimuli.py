"""The catalogue of what this provider can do on purpose, by name.

Stimuli of the layer `jwks` shape answers of the key set, those of the layer `discovery` answers
of the discovery document, those of the layer `introspect` introspection; first armed first used.
"""

from __future__ import annotations

from collections.abc import Iterator

from proefbank.stimuli import Catalogue, Stimulus, catalogue, on

from .variants import VARIANTS

__all__ = ["CATALOGUE", "LAYERS"]

LAYERS = ("jwks", "discovery", "introspect")
TLS = ("unknown-ca", "other-host", "expired")


def _faults(layer: str, what: str) -> Iterator[Stimulus]:
    make = on(layer)
    yield make("503", f"Answer 503 instead of {what}.", status=503)
    yield make("html-502", "Answer 502 with a gateway's page.", status=502)
    yield make("html-200", "Answer 200 with an HTML page.")
    yield make("truncated-json", "Send JSON that ends in the middle of a member.")
    yield make("cut-body", "Close the connection in the middle of the body.")
    yield make("reset", "Reset the connection instead of answering.")
    yield make("delay", "Wait before the answer.", seconds=2)
    yield make("dribble", "Send the body byte by byte.", interval=0.001)
    yield make("redirect-elsewhere", "Redirect to another origin, which has a set.", status=302)


def _jwks() -> Iterator[Stimulus]:
    make = on("jwks")
    yield from _faults("jwks", "the key set")
    yield make("429-retry-after", "Answer 429 with Retry-After.", status=429, seconds=30)
    yield make("empty-keys", "Send a set without any key.")
    yield make("no-keys-member", "Send an object that has no keys.")
    yield make("bare-list", "Send the list of keys without an object around it.")
    yield make("empty-body", "Answer 200 with an empty body.")
    yield make("max-age", "Let the set be cached for so long.", seconds=2_592_000)
    yield make("expires", "Let the set expire that much later, by Expires.", seconds=2_592_000)
    yield make("no-cache-headers", "Say nothing of caching.")
    yield make("no-store", "Forbid storing the set.")
    yield make("media-type", "Send the set as another media type.", type="text/plain")
    yield make("oversized", "Let the set grow to so many bytes.", bytes=1_000_000)
    yield make("permutation", "List the keys in another order, by number.", number=1)
    for name, (description, _) in VARIANTS.items():
        yield make(name, description)


def _discovery() -> Iterator[Stimulus]:
    yield from _faults("discovery", "the discovery document")
    yield Stimulus(
        "discovery-other-issuer",
        "discovery",
        "Name another issuer than the one that was asked.",
        {"issuer": "elsewhere"},
        choices=("elsewhere", "other-realm", "slash", "absent"),
    )


def _rest() -> Iterator[Stimulus]:
    introspect, tls = on("introspect"), on("tls")
    yield introspect("503", "Answer 503.", status=503)
    yield introspect("inactive", "Call any token inactive.")
    for kind in TLS:
        yield tls(kind, "Show a certificate that must not be trusted.")


CATALOGUE: Catalogue = catalogue(_jwks(), _discovery(), _rest())
"""Every stimulus by name."""
