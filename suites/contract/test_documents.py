"""Every operation of the OpenAPI documents, with requests that schemathesis makes."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.contract.wire.document import Explored


def test_document(reading: Explored, rule: Judgement) -> None:
    """What was answered is what the document declares."""
    rule(reading)
