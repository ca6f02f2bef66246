"""How an application reaches itsme: over what, with which certificate, from where."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.itsme.wire.channel import (
    BackEndCall,
    ConfigurationRead,
    FlowCall,
    OtherAccountCall,
    OtherBaseCall,
)
from proefbank.services.itsme.wire.trust import ExpiredCertificate, OtherHost, UnknownAuthority


def test_call(reading: BackEndCall | FlowCall, rule: Judgement) -> None:
    """Any call to the interface for back ends."""
    rule(reading)


def test_configuration(reading: ConfigurationRead, rule: Judgement) -> None:
    """How the live configuration is read."""
    rule(reading)


def test_moved(reading: OtherBaseCall | OtherAccountCall, rule: Judgement) -> None:
    """What an application does after it was told another base URL, or another partner."""
    rule(reading)


def test_server_certificate(
    reading: UnknownAuthority | OtherHost | ExpiredCertificate, rule: Judgement
) -> None:
    """What an application does when the server cannot prove who it is."""
    rule(reading)
