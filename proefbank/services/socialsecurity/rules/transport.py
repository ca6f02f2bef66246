"""Whether the client knows whom it is talking to."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.token_request import TokenRequest
from ..wire.trust import ExpiredCertificate, OtherHost, ServerTrust, UnknownAuthority


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
    return _broke_off(trust, "the certificate's issuer is not in the trust store")


@rule("socialsecurity.transport.other-host-certificate-is-refused")
def refuses_other_host(trust: OtherHost) -> Finding | None:
    """Any owner of any certificate could otherwise pose as the token server."""
    return _broke_off(trust, "the certificate is for another host name")


@rule("socialsecurity.transport.expired-certificate-is-refused")
def refuses_expired(trust: ExpiredCertificate) -> Finding | None:
    """An expired certificate is no longer vouched for, and its key may have been given up."""
    return _broke_off(trust, "the certificate's validity has ended")


def _broke_off(trust: ServerTrust, fault: str) -> Finding | None:
    if trust.plain and not trust.requests:
        raise DoesNotApply("the client speaks without TLS, which is a requirement of its own")
    if trust.requests:
        return Finding(
            "TLS handshake",
            expected=f"the client breaks off: {fault}",
            actual="the client sent its request all the same",
            hint="leave certificate checks on; trust the CA file of the environment instead",
        )
    if any(call.outcome == "accepted" for call in trust.calls):
        return Finding(
            "outcome of the call",
            expected="rejected, transport",
            actual="accepted, though no request was answered",
        )
    if any(call.reject_class == "unclassified" for call in trust.calls):
        return Finding(
            "outcome of the call", expected="rejected, transport", actual="unclassified", soft=True
        )
    return None
