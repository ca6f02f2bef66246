"""The channel: where calls go, over what, with which certificate, from where, and sent by what."""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply, rule
from proefbank.trust import broke_off
from proefbank.verdict import Finding

from ..wire.channel import (
    BackEndCall,
    ConfigurationRead,
    FlowCall,
    OtherAccountCall,
    OtherBaseCall,
    Sent,
)
from ..wire.trust import ExpiredCertificate, OtherHost, UnknownAuthority
from .said import name_of

DOTTED = "/.well-known/configuration"
BROWSERS = ("origin", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-dest", "sec-fetch-user")


@rule("itsme.setup.base-url-comes-from-configuration")
def base_url_is_configured(sent: OtherBaseCall) -> Finding | None:
    """The base URL is another one in each environment, and may change in any."""
    if sent.call.under_base:
        return None
    return Finding(
        "URL of the call",
        expected=f"below {sent.scenario.get('base_url')}",
        actual=f"{sent.call.exchange.request.origin}{sent.call.exchange.request.path}",
        hint="take the base URL from the settings, path included, at each call",
    )


@rule("itsme.transport.requests-use-https")
def uses_https(sent: BackEndCall) -> Finding | None:
    """Whoever reads along sees who signs what, and no certificate keeps strangers out."""
    if sent.call.exchange.request.scheme == "https":
        return None
    return Finding(
        f"{name_of(sent)}, URL scheme",
        expected="https",
        actual=sent.call.exchange.request.scheme,
        hint="use the base URL as it is, scheme included",
    )


@rule("itsme.transport.client-certificate-on-every-call")
def shows_a_certificate(sent: FlowCall) -> Finding | None:
    """The certificate is all that tells itsme which partner calls."""
    return _certificate(sent)


@rule("itsme.transport.certificate-is-the-registered-one")
def shows_the_registered_certificate(sent: OtherAccountCall) -> Finding | None:
    """A certificate is registered for one partner; any other is a stranger's."""
    _over_tls(sent)
    wanted = sent.scenario.get("certificate_sha256")
    if not isinstance(wanted, list | tuple):
        raise NotObservable("nobody told the bench which certificate is registered")
    if sent.call.certificate is None:
        raise DoesNotApply("no certificate came, which is a requirement of its own")
    if sent.call.certificate in wanted:
        return None
    return Finding(
        f"{name_of(sent)}, client certificate",
        expected=f"SHA-256 {' or '.join(map(str, wanted))}",
        actual=f"SHA-256 {sent.call.certificate}",
        hint="load the certificate with the other settings of the partner",
    )


@rule("itsme.transport.calls-leave-from-a-registered-address")
def leaves_from_a_registered_address(sent: BackEndCall) -> Finding | None:
    """Calls from other addresses are filtered out, whatever certificate they bring."""
    addresses = sent.scenario.get("addresses")
    if not isinstance(addresses, list | tuple) or not addresses:
        raise NotObservable("nobody told the bench which addresses are registered")
    source = sent.call.exchange.request.source
    if source in addresses:
        return None
    return Finding(
        f"{name_of(sent)}, source address",
        expected=" or ".join(map(str, addresses)),
        actual=source,
        hint="send every call, polls included, from the same machines",
    )


@rule("itsme.discovery.read-with-get-on-the-dotted-path")
def configuration_is_got(sent: ConfigurationRead) -> Finding | None:
    """The other spelling, in one place of the appendix, leads nowhere."""
    _read(sent)
    method, path = sent.call.method, sent.call.path
    if (method, path) == ("GET", DOTTED):
        return None
    return Finding(
        "configuration, request line", expected=f"GET …{DOTTED}", actual=f"{method} …{path}"
    )


@rule("itsme.discovery.read-over-the-same-channel")
def configuration_comes_over_the_channel(sent: ConfigurationRead) -> Finding | None:
    """The live configuration is behind the same door as all else; the public copy may be old."""
    _read(sent)
    return _certificate(sent)


@rule("itsme.flow.back-end-calls-come-from-the-back-end")
def comes_from_the_back_end(sent: BackEndCall) -> Finding | None:
    """What a page can send, whoever reads the page can send, and so can a page of someone else."""
    found = [name for name, _ in sent.call.exchange.request.headers if name.lower() in BROWSERS]
    if not found:
        return None
    return Finding(
        f"{name_of(sent)}, header fields",
        expected="none that only browsers send",
        actual=", ".join(found),
        hint="call itsme from the server; the page only follows redirects",
    )


@rule("itsme.transport.unknown-ca-is-refused")
def refuses_unknown_authority(trust: UnknownAuthority) -> Finding | None:
    """Without this check anybody on the path can pose as itsme."""
    return broke_off(trust, "the certificate's issuer is not in the trust store")


@rule("itsme.transport.other-host-certificate-is-refused")
def refuses_other_host(trust: OtherHost) -> Finding | None:
    """Any owner of any certificate could otherwise pose as itsme."""
    return broke_off(trust, "the certificate is for another host name")


@rule("itsme.transport.expired-certificate-is-refused")
def refuses_expired(trust: ExpiredCertificate) -> Finding | None:
    """An expired certificate is no longer vouched for, and its key may have been given up."""
    return broke_off(trust, "the certificate's validity has ended")


def _over_tls(sent: Sent) -> None:
    request = sent.call.exchange.request
    if request.scheme != "https":
        raise DoesNotApply("it came without TLS, which is a requirement of its own")
    if request.tls is None:
        raise NotObservable("this door sees no handshake; the loopback door would show it")


def _certificate(sent: Sent) -> Finding | None:
    _over_tls(sent)
    if sent.call.certificate is not None:
        return None
    return Finding(
        f"{name_of(sent)}, client certificate",
        expected="the one registered for the partner",
        actual="none",
        hint="configure the certificate on the HTTP client that makes all calls",
    )


def _read(sent: ConfigurationRead) -> None:
    if not sent.was_read:
        raise DoesNotApply("the application does not read the live configuration")
