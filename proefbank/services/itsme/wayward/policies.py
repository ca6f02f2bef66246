"""Clients that get policies, commitment types and the languages of a role wrong."""

from __future__ import annotations

from ..reference import Order
from .registry import Askew, Json, breaks
from .sign_start import OtherStart

ITSME = "1.3.6.1.4.1.49274.1.1"


class OtherPolicy(Askew):
    """Base: changes the part signPolicy."""

    def other(self, part: Json) -> Json:
        """Return it as it is sent."""
        return part

    def policy_part(self, order: Order) -> Json:
        """Send the changed one."""
        return self.other(super().policy_part(order))


@breaks("policy.has-a-reference")
class CommitmentWithoutPolicy(OtherPolicy):
    """Sends a commitment type in a signPolicy without reference."""

    def other(self, part: Json) -> Json:
        """Drop the reference where there is something else."""
        left = {name: value for name, value in part.items() if name != "signPolicyRef"}
        return left or part


@breaks("policy.generic-one-when-none-is-asked")
class TestPolicy(OtherPolicy):
    """References itsme's test policy unless told otherwise."""

    def other(self, part: Json) -> Json:
        """Never leave the test."""
        test = {} if self.asked.get("sign_policy") else {"signPolicyRef": f"{ITSME}.5.1.2"}
        return part | test


@breaks("policy.is-listed-and-enabled")
class PolicyAsUrn(OtherPolicy):
    """Writes the reference as a URN."""

    def other(self, part: Json) -> Json:
        """Add the prefix."""
        return part | {"signPolicyRef": f"urn:oid:{part['signPolicyRef']}"}


@breaks("policy.is-not-the-name-of-the-example")
class PolicyOfTheExample(OtherPolicy):
    """References ITSME_DEFAULT unless told otherwise."""

    def other(self, part: Json) -> Json:
        """Copy the example."""
        example = {} if self.asked.get("sign_policy") else {"signPolicyRef": "ITSME_DEFAULT"}
        return part | example


@breaks("policy.asked-policy-is-sent")
class DropsThePolicy(OtherStart):
    """Sends no policy."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Drop it."""
        itsme.pop("signPolicy", None)


@breaks("policy.commitment-type-is-listed")
class CommitmentInWords(OtherPolicy):
    """Sends the label of the commitment type."""

    def other(self, part: Json) -> Json:
        """Say it in words."""
        if "commitmentTypeRef" in part:
            part["commitmentTypeRef"] = "Proof of approval"
        return part


@breaks("signer-role.covers-the-four-languages")
class OneLanguageRole(OtherPolicy):
    """Sends the role in one language only."""

    def other(self, part: Json) -> Json:
        """Take the first."""
        if "signerRole" in part:
            part["signerRole"] = part["signerRole"][:1]
        return part


@breaks("signer-role.languages-are-the-four")
class FifthRole(OtherPolicy):
    """Adds a role in Spanish."""

    def other(self, part: Json) -> Json:
        """Add it."""
        if "signerRole" in part:
            part["signerRole"].append({"lang": "ES", "value": "Gerente"})
        return part
