"""What is said of tokens across the three steps."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.keys_misses import fetches_during
from ..wire.rotation import (
    AlternatingFetches,
    AlternatingKeys,
    ColdStarts,
    EveryOrder,
    FirstUseOfNewKey,
    NewEncryptionKey,
    NewKeyAfterRemoval,
    NewKeySigns,
    OldKeyInOverlap,
    OneProcess,
    RolledBack,
    SameTokenAfterRemoval,
    SecondKeyListed,
    ThreeSigningKeys,
)
from .outcomes import KEY
from .renewal import must_accept, must_refuse, too_many

SOME = 3
EVERY_KEY = "keep every signing key of the set, and look keys up by kid"


@rule("ehealth.rotation.old-key-works-before-step-1")
def very_first(cold: ColdStarts) -> Finding | None:
    """Users call while an API is being started, too."""
    return must_accept(cold.probes, hint="let the first token wait for the first key set")


@rule("ehealth.rotation.second-key-changes-nothing")
def second_key(key: SecondKeyListed) -> Finding | None:
    """For days the new key is listed before it signs anything."""
    return must_accept(key.probes, hint=EVERY_KEY)


@rule("ehealth.rotation.new-key-is-known-beforehand")
def known_beforehand(key: FirstUseOfNewKey) -> Finding | None:
    """A fetch at the moment of the step fails just when everybody fetches."""
    new, old = fetches_during(key.probes), fetches_during(key.noted("after"))
    if not new or old:
        return None
    return Finding(
        "fetches for the first token of the new key",
        expected="none: the key has been listed for days",
        actual=str(new),
        hint=EVERY_KEY,
        exchange=key.probes[0].fetches[0].number if key.probes[0].fetches else None,
    )


@rule("ehealth.rotation.new-key-works-from-step-2")
def new_key_signs(key: NewKeySigns) -> Finding | None:
    """From that moment on every token is signed by the new key."""
    return must_accept((item for item in key.probes if item.key == "NEW"), hint=EVERY_KEY)


@rule("ehealth.rotation.old-key-works-until-step-3")
def old_key_in_overlap(key: OldKeyInOverlap) -> Finding | None:
    """Tokens outlive the step: whoever got one just before it uses it just after."""
    return must_accept((item for item in key.probes if item.key == "OLD"), hint=EVERY_KEY)


@rule("ehealth.rotation.both-keys-work-side-by-side")
def side_by_side(keys: AlternatingKeys) -> Finding | None:
    """Users with older and newer tokens call at the same time."""
    return must_accept(keys.probes, hint=EVERY_KEY)


@rule("ehealth.rotation.alternation-costs-no-fetches")
def alternation(keys: AlternatingFetches) -> Finding | None:
    """Both keys stand in one set, which need not be fetched to go from one to the other."""
    return too_many(
        fetches_during(keys.probes),
        limit=fetches_during(keys.noted("before")) + SOME,
        where=f"fetches during {len(keys.probes)} tokens of two keys in turn",
        hint=EVERY_KEY,
    )


@rule("ehealth.rotation.old-token-is-refused-after-step-3")
def same_token(token: SameTokenAfterRemoval) -> Finding | None:
    """A good verdict is good for as long as its key is."""
    return must_refuse(token.probes, KEY, hint="keep verdicts no longer than the key set")


@rule("ehealth.rotation.new-key-works-after-step-3")
def new_key_remains(key: NewKeyAfterRemoval) -> Finding | None:
    """A set that shrinks is what a renewal ends with."""
    return must_accept(key.probes, hint="take the set as it is listed, with fewer keys too")


@rule("ehealth.rotation.one-process-survives-all-steps")
def one_process(process: OneProcess) -> Finding | None:
    """Whoever follows eHealth's advice should notice nothing of a renewal."""
    if not process.crashed and not process.accepted:
        raise DoesNotApply("no token was accepted here, which other requirements judge")
    if not process.crashed:
        return None
    first = process.crashed[0]
    told = (first.detail.strip().splitlines() or ["no detail"])[-1]
    return Finding(
        f"outcomes of {process.calls} calls",
        expected="accepted or rejected, each of them",
        actual=f"{len(process.crashed)} crashed, the first with: {told}",
        hint="refuse a token with a reason; let no exception out",
        exchange=first.exchanges[-1].number if first.exchanges else None,
    )


@rule("ehealth.rotation.order-of-keys-does-not-matter")
def every_order(order: EveryOrder) -> Finding | None:
    """Keycloak's order depends on priorities and on ids made by chance."""
    return must_accept(order.probes, hint=EVERY_KEY)


@rule("ehealth.rotation.rollback-is-survived")
def rolled_back(key: RolledBack) -> Finding | None:
    """When the new key gives trouble, the old one is there to sign again."""
    return must_accept(key.probes, hint="let the key set alone say which keys are good")


@rule("ehealth.rotation.three-signing-keys-are-survived")
def three_keys(key: ThreeSigningKeys) -> Finding | None:
    """A set may hold any number of keys."""
    return must_accept(key.probes, hint=EVERY_KEY)


@rule("ehealth.rotation.encryption-key-may-change-too")
def encryption_key(key: NewEncryptionKey) -> Finding | None:
    """Keys for encryption stand in the same set, and are nothing to a consumer."""
    return must_accept(key.probes, hint="skip members whose use is enc")
