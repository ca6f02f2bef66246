"""Whether the client knows whom it is talking to."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.trust import broke_off
from proefbank.verdict import Finding

from ..wire.token_request import TokenRequest
from ..wire.trust import ExpiredCertificate, OtherHost, UnknownAuthority


@rule("socialsecurity.transport.requests-use-tls")
def uses_tls(request: TokenRequest) -> Finding | None:
    """Whoever reads an assertion on its way can be the client until it expires."""
    if request.origin.startswith("https:"):
        return None
    return Finding(
        "token request, URL scheme",
        expected="https",
        actual=request.origin.partition(":")[0],
        hint="use the token endpoint's URL as it is, scheme included",
    )


@rule("socialsecurity.transport.unknown-ca-is-refused")
def refuses_unknown_authority(trust: UnknownAuthority) -> Finding | None:
    """Without this check anybody on the path can pose as the token server."""
    return broke_off(trust, "the certificate's issuer is not in the trust store")


@rule("socialsecurity.transport.other-host-certificate-is-refused")
def refuses_other_host(trust: OtherHost) -> Finding | None:
    """Any owner of any certificate could otherwise pose as the token server."""
    return broke_off(trust, "the certificate is for another host name")


@rule("socialsecurity.transport.expired-certificate-is-refused")
def refuses_expired(trust: ExpiredCertificate) -> Finding | None:
    """An expired certificate is no longer vouched for, and its key may have been given up."""
    return broke_off(trust, "the certificate's validity has ended")
