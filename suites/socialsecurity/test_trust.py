"""Whom a client trusts, and what it lets out."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.socialsecurity.wire.trust import (
    ClientLog,
    ExpiredCertificate,
    OtherHost,
    UnknownAuthority,
)


def test_server_certificate(
    reading: UnknownAuthority | OtherHost | ExpiredCertificate, rule: Judgement
) -> None:
    """What a client does when the server cannot prove who it is."""
    rule(reading)


def test_client_output(reading: ClientLog, rule: Judgement) -> None:
    """What a client prints while it works."""
    rule(reading)
