"""The words of a declared set-up, and how the sources spell them."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CAPACITIES", "CONTACT_ROLES", "PEOPLE_ROLES", "ROLES", "TYPES"]


def _known(**spellings: str) -> Mapping[str, str]:
    """Return a mapping from every spelling (separated by commas) to the word of ours."""
    return {
        told.strip(): word
        for word, others in spellings.items()
        for told in (word.replace("_", " "), *others.split(","))
        if told.strip()
    }


CAPACITIES = _known(
    employer="werkgever, rsz werkgever, werkgever rsz, nsso employer",
    social_secretariat="sociaal secretariaat",
    service_provider="dienstverlener",
    training_provider="opleidingsverstrekker",
    other="andere",
)
"""Capacities (4.4.1); `other` stands for those in which there is no FLA channel."""

ROLES = _known(
    employer="werkgever",
    mandatary="mandataris",
    training_provider="opleidingsverstrekker",
)
"""In which role a flow is sent (2.1, 2.2, 2.5)."""

PEOPLE_ROLES = _known(
    access_manager="toegangsbeheerder, hoofdtoegangsbeheerder, lokale beheerder, local manager",
    group_manager="groepsbeheerder",
    technical_manager="technisch beheerder",
    user="gewone gebruiker, gebruiker",
    integrator="software integrator",
)
"""Who works in ChaMan. Access manager and local manager are two names of one role."""

CONTACT_ROLES = _known(
    technical_user="technische gebruiker, technical contact",
    reference_person="referentiepersoon",
    administrative_contact="administrative",
)
"""Contacts of a sender; a technical user is what ChaMan asks for."""

TYPES = _known(REST="rest", SOAP="soap", FTP="ftp", SFTP="sftp")
"""Types of account."""
