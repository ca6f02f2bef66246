"""Key sets that are unusual, and leave a usable key all the same."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.odd_sets import (
    CertificateChains,
    EllipticBesideRsa,
    ExtraMembers,
    IncompleteMembers,
    KeysWithoutAlg,
    KeysWithoutCertificate,
    KeysWithoutUse,
    NonObjectMembers,
    ReorderedMembers,
    UnknownAlgorithms,
    UnknownCurves,
    UnknownTypes,
)
from .shown import judged


@rule("ehealth.key-set.unknown-type-is-skipped")
def unknown_type(shown: UnknownTypes) -> Finding | None:
    """One new kind of key would otherwise stop every API at once."""
    return judged(shown)


@rule("ehealth.key-set.unknown-curve-is-skipped")
def unknown_curve(shown: UnknownCurves) -> Finding | None:
    """One new curve would otherwise stop every API at once."""
    return judged(shown)


@rule("ehealth.key-set.unknown-algorithm-is-skipped")
def unknown_algorithm(shown: UnknownAlgorithms) -> Finding | None:
    """One new algorithm would otherwise stop every API at once."""
    return judged(shown)


@rule("ehealth.key-set.elliptic-key-beside-rsa-is-survived")
def elliptic_key(shown: EllipticBesideRsa) -> Finding | None:
    """A realm may publish keys for several algorithms, and use one."""
    return judged(shown)


@rule("ehealth.key-set.incomplete-member-is-skipped")
def incomplete_member(shown: IncompleteMembers) -> Finding | None:
    """One broken key would otherwise stop every API at once."""
    return judged(shown)


@rule("ehealth.key-set.member-that-is-no-object-is-skipped")
def no_object(shown: NonObjectMembers) -> Finding | None:
    """One broken member would otherwise stop every API at once."""
    return judged(shown)


@rule("ehealth.key-set.key-without-alg-is-usable")
def without_alg(shown: KeysWithoutAlg) -> Finding | None:
    """The member is optional, and other servers leave it out."""
    return judged(shown)


@rule("ehealth.key-set.key-without-use-is-usable")
def without_use(shown: KeysWithoutUse) -> Finding | None:
    """The member is optional, and other servers leave it out."""
    return judged(shown)


@rule("ehealth.key-set.key-without-certificate-is-usable")
def without_certificate(shown: KeysWithoutCertificate) -> Finding | None:
    """The certificate is an ornament: n and e are the key."""
    return judged(shown)


@rule("ehealth.key-set.certificate-chain-is-survived")
def certificate_chain(shown: CertificateChains) -> Finding | None:
    """A certificate that is not self-signed brings its chain along."""
    return judged(shown)


@rule("ehealth.key-set.unknown-members-are-ignored")
def unknown_members(shown: ExtraMembers) -> Finding | None:
    """The next version of Keycloak may say more of its keys."""
    return judged(shown)


@rule("ehealth.key-set.member-order-does-not-matter")
def member_order(shown: ReorderedMembers) -> Finding | None:
    """Only a consumer that cuts text depends on an order."""
    return judged(shown)
