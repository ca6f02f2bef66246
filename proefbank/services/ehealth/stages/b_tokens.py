"""Tokens that must be refused, or accepted, whatever becomes of the keys."""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.staging import Staging, stage

from ..wire import claim_tokens, header_tokens, shape_tokens, signature_tokens
from ..wire.output import ConsumerOutput, NamedRefusal
from .showing import shown

for _module in (signature_tokens, header_tokens, claim_tokens, shape_tokens):
    for _name in _module.__all__:
        shown(getattr(_module, _name))


def _needs_output(staging: Staging) -> None:
    if not staging.can("output"):
        raise NotObservable("what the API prints is not heard; --api-command CMD would show it")


@stage("output", judges=[ConsumerOutput], needs=["jwt"])
def output(staging: Staging) -> None:
    """Tokens are shown that are accepted, refused, expired and forged; the output is read."""
    _needs_output(staging)
    staging.begin("S0")
    staging.show(note="opening")
    staging.show(note="control")
    for recipe in ("expired", "aud-other", "unknown-kid", "forged-known-kid", "tampered-payload"):
        staging.show(recipe, note="probe")


@stage("unknown-kid", judges=[NamedRefusal], needs=["jwt"])
def unknown_kid(staging: Staging) -> None:
    """A token is shown whose kid nobody published."""
    _needs_output(staging)
    staging.begin("S0")
    staging.show(note="opening")
    staging.show(note="control")
    staging.show("unknown-kid", note="probe")
