"""The catalogue of what this provider can do on purpose, by name.

A stimulus of a layer shapes the next answers of the conversation of that name, first armed
first used. Those that change a success wait until there is one: an identification that is
READY, a sign session that is DONE. Stimuli of the layer `tls` are carried out by the door.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from proefbank.stimuli import Catalogue, Stimulus, catalogue

from .reasons import DOCUMENTED, SWAGGER_ONLY, Reason, slug

__all__ = ["CALLS", "CATALOGUE", "ERRORS", "LAYERS", "SHAPES", "SIGNATURE_FAULTS", "error_name"]

CALLS = ("identification", "identification-status", "sign-start", "sign-status")
LAYERS = ("discovery", *CALLS, "front")
"""What can be armed on the provider."""

SHAPES = ("dialect", "basic", "dss")
"""Body of an error: what the dialect has, `status` and `statusReason`, or a DSS response."""

SIGNATURE_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "bit-flip": "Change one bit of every signature.",
        "double-hash": "Sign the SHA-256 of each digest.",
        "no-digestinfo": "Pad each digest without naming its algorithm.",
        "other-key": "Sign with the key of somebody else.",
        "swapped": "Give each document the signature of the next one.",
        "base64url": "Write the signatures in the alphabet for addresses.",
        "cms": "Wrap each signature in a CMS.",
    }
)
"""What can be wrong with signature values themselves; `signing` carries it out."""

_WAIT = {"seconds": 2.0}


def error_name(layer: str, status: int, reason: str) -> str:
    """Return the name of the stimulus that answers with this error."""
    return f"{layer}-error-{slug(reason)}-{status}"


def _errors() -> Iterator[tuple[str, Reason]]:
    swagger = [Reason(400, name, ()) for name in SWAGGER_ONLY]
    for layer in CALLS:
        extra = swagger if layer.startswith("sign") else []
        for reason in (*DOCUMENTED, *extra):
            yield error_name(layer, reason.status, reason.name), reason


ERRORS: Mapping[str, Reason] = MappingProxyType(dict(_errors()))
"""The error that a stimulus of that name answers with."""


def _error_stimuli() -> Iterator[Stimulus]:
    for name, reason in ERRORS.items():
        layer = name.partition("-error-")[0]
        shape: dict[str, Any] = {"shape": "dialect"} if layer.startswith("sign") else {}
        text = f"Answer {reason.status} {reason.name}."
        yield Stimulus(name, layer, text, shape, choices=SHAPES if shape else ())


def _faults(layer: str) -> Iterator[Stimulus]:
    def make(kind: str, description: str, **params: Any) -> Stimulus:
        return Stimulus(f"{layer}-{kind}", layer, description, params)

    def shape(kind: str, description: str) -> Stimulus:
        return Stimulus(f"{layer}-{kind}", layer, description, needs_success=True)

    yield make("html-500", "Answer 500 with an HTML page.", status=500)
    yield make("500", "Answer 500 with a body like that of other errors.", status=500)
    yield make("wrong-media-type", "Answer 200 with an HTML page.")
    yield make("set-cookie", "Set a cookie that has no meaning.")
    yield make("delay", "Wait before the answer.", **_WAIT)
    yield make("dribble", "Send the body byte by byte.", interval=0.001)
    yield make("reset", "Reset the connection instead of answering.")
    yield make("redirect-elsewhere", "Redirect to another origin.", status=307)
    yield shape("truncated-json", "Send a success whose JSON ends too early.")
    yield shape("cut-body", "Close the connection in the middle of the body.")
    yield shape("empty-body", "Send a success without its body.")
    yield shape("extra-members", "Add members nobody defined to a success.")
    if layer in CALLS:
        yield make("no-payload", "Answer 409 without a body.")
        yield make("unknown-reason", "Answer with a reason nobody documented.", status=409)
        yield make("no-reason", "Answer an error that gives no reason.", status=409)


def _identification() -> Iterator[Stimulus]:
    def shape(kind: str, description: str) -> Stimulus:
        name = f"identification-{kind}"
        return Stimulus(name, "identification", description, needs_success=True)

    yield shape("id-spelled-otherwise", "Spell the id asyncRespId, as the swagger has it.")
    yield shape("no-id", "Leave out asyncRespID.")
    yield shape("no-url", "Leave out identificationUrl.")


def _identification_status() -> Iterator[Stimulus]:
    layer = "identification-status"

    def shape(kind: str, description: str) -> Stimulus:
        return Stimulus(f"{layer}-{kind}", layer, description, needs_success=True)

    yield Stimulus(f"{layer}-pending", layer, "Answer 409 PENDING, whatever the state.")
    yield shape("chain-first", "List the chain with the root first and the person's last.")
    yield shape("expired-certificate", "Hand out a certificate that has expired.")
    yield shape("not-yet-valid-certificate", "Hand out a certificate of the future.")
    yield shape("revoked-certificate", "Hand out a certificate that has been revoked.")
    yield shape("other-person", "Hand out the certificate of somebody else.")
    yield shape("no-certificate", "Leave out certificate and fullCertificateChain.")
    yield shape("no-chain", "Leave out fullCertificateChain.")
    yield shape("no-user-code", "Leave out userCode.")


def _sign_start() -> Iterator[Stimulus]:
    def shape(kind: str, description: str) -> Stimulus:
        return Stimulus(f"sign-start-{kind}", "sign-start", description, needs_success=True)

    yield shape("foreign-req-id", "Echo another reqID than was sent.")
    yield shape("success-at-once", "Say Success instead of Pending, without any signature.")
    yield shape("unknown-maj", "Answer 200 with a result nobody documented.")
    yield shape("no-signing-url", "Leave out optOutp.")
    yield shape("no-resp-id", "Leave out respID.")


def _sign_status() -> Iterator[Stimulus]:
    def shape(kind: str, description: str) -> Stimulus:
        return Stimulus(f"sign-status-{kind}", "sign-status", description, needs_success=True)

    def make(kind: str, description: str, **params: Any) -> Stimulus:
        return Stimulus(f"sign-status-{kind}", "sign-status", description, params)

    yield make("pending", "Answer Pending, whatever the state.")
    yield make("unknown-maj", "Answer 200 with a result nobody documented.")
    yield make("error-maj-200", "Answer 200 with an error in the result.", reason="REJECTED")
    yield shape("foreign-req-id", "Echo another reqID than was sent.")
    yield shape("start-req-id", "Echo the reqID of the start, as the example of section 11 does.")
    yield shape("foreign-resp-id", "Name another session in respID.")
    yield shape("shuffled", "Give the signatures back in another order.")
    yield shape("missing-one", "Leave out one signature.")
    yield shape("duplicate", "Give one signature twice.")
    yield shape("surplus", "Add a signature for a document nobody sent.")
    yield shape("unknown-document", "Name a document nobody sent in place of one of them.")
    yield shape("no-sigobj", "Say Success without sigObj.")
    yield shape("empty-sigobj", "Say Success with an empty sigObj.")
    for kind, description in SIGNATURE_FAULTS.items():
        yield shape(kind, description)


def _front() -> Iterator[Stimulus]:
    def make(kind: str, description: str, **params: Any) -> Stimulus:
        return Stimulus(f"front-{kind}", "front", description, params)

    yield make("html-500", "Answer 500 with a page that leads nowhere.", status=500)
    yield make("delay", "Wait before the answer.", **_WAIT)
    yield make("reset", "Reset the connection instead of answering.")
    yield make("no-return", "End on a page instead of sending the browser back.")
    yield make("own-parameters", "Send the browser back with q and language as well.")


def _tls() -> Iterator[Stimulus]:
    yield Stimulus("tls-unknown-ca", "tls", "Show a certificate of a CA the client does not trust.")
    yield Stimulus("tls-other-host", "tls", "Show a certificate for another host.")
    yield Stimulus("tls-expired", "tls", "Show an expired certificate.")


CATALOGUE: Catalogue = catalogue(
    *(_faults(layer) for layer in ("discovery", *CALLS)),
    _error_stimuli(),
    _identification(),
    _identification_status(),
    _sign_start(),
    _sign_status(),
    _front(),
    _tls(),
)
"""Every stimulus by name."""
