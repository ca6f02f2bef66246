"""Every operation of the OpenAPI document that a service is described by."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire.document import Explored

EXAMPLES = 12
"""Requests that are made for each operation."""


def explored(staging: Staging) -> None:
    """Have requests made from the document; those that are refused count as well."""
    staging.begin()
    staging.call("explore", {"examples": EXAMPLES}, note="document")


@stage("contract-document-socialsecurity", judges=[Explored], needs=["socialsecurity"])
def socialsecurity(staging: Staging) -> None:
    """Requests are made from the document of the token server and the FLA API."""
    explored(staging)


@stage("contract-document-ehealth", judges=[Explored], needs=["ehealth"])
def ehealth(staging: Staging) -> None:
    """Requests are made from the document of a realm."""
    explored(staging)


@stage("contract-document-itsme", judges=[Explored], needs=["itsme"])
def itsme(staging: Staging) -> None:
    """Requests are made from the document of the signing service."""
    explored(staging)
