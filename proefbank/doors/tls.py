"""The server's side of TLS: good and bad leaves, the handshake, and what an alert said."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

from cryptography import x509

from proefbank.doors.facts import Presented
from proefbank.exchange import TlsFacts
from proefbank.pki import CertificateAuthority, IssuedCertificate, sha256_fingerprint, to_pem

__all__ = ["LOOPBACK_HOSTS", "ServerTls", "TlsSocket", "alert_in", "tls_facts"]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
OTHER_HOST = "other-host.invalid"


class TlsSocket(ssl.SSLSocket):
    """A TLS socket that remembers how its client greeted it."""

    requested_name: str | None = None
    greeted = False
    """Whether a ClientHello came."""


class ServerTls:
    """An authority, a good leaf for the loopback names, and bad leaves made when asked for.

    Several doors can share one. Thread-safe. Session tickets are off: a client that resumes a
    session looks at no certificate.
    """

    kinds: ClassVar[tuple[Presented, ...]] = ("good", "unknown-ca", "other-host", "expired")

    def __init__(
        self,
        authority: CertificateAuthority,
        *,
        now: float,
        hosts: Sequence[str] = LOOPBACK_HOSTS,
        client_trust: Sequence[x509.Certificate] = (),
    ) -> None:
        """Issue the good leaf for `hosts`.

        A client certificate verifies against the authority and `client_trust`: other
        authorities, or certificates that are trusted as they are. Those may become more; the
        next handshake knows them.
        """
        self.authority = authority
        self._now = now
        self._hosts = tuple(hosts)
        self._client_trust = client_trust
        self._leaves: dict[Presented, IssuedCertificate] = {}
        self._contexts: dict[tuple[Presented, int | None], ssl.SSLContext] = {}
        self._lock = threading.RLock()
        self.leaf("good")

    @property
    def ca_pem(self) -> bytes:
        """The authority's certificate in PEM, for a client's trust store."""
        return self.authority.pem

    def leaf(self, kind: Presented) -> IssuedCertificate:
        """Return the leaf of this kind; all but the good one have exactly one fault."""
        with self._lock:
            if kind not in self._leaves:
                self._leaves[kind] = self._issue(kind)
            return self._leaves[kind]

    def _issue(self, kind: Presented) -> IssuedCertificate:
        now = self._now
        if kind == "unknown-ca":
            stranger = CertificateAuthority(now=now, name="Proefbank unknown authority")
            return stranger.issue_server(self._hosts, now=now)
        if kind == "other-host":
            return self.authority.issue_server([OTHER_HOST], now=now)
        return self.authority.issue_server(self._hosts, now=now, expired=kind == "expired")

    def context(self, kind: Presented, *, ask_client: bool) -> ssl.SSLContext:
        """Return the context that presents this leaf.

        With `ask_client` a client may show a certificate or not; one that does not verify
        ends the handshake with an alert.
        """
        with self._lock:
            at = kind, len(self._client_trust) if ask_client else None
            if at not in self._contexts:
                self._contexts[at] = self._make_context(kind, ask_client=ask_client)
            return self._contexts[at]

    def _make_context(self, kind: Presented, *, ask_client: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
        context.sslsocket_class = TlsSocket
        context.sni_callback = _remember_name
        context.set_alpn_protocols(["http/1.1"])
        leaf = self.leaf(kind)
        # The ssl module reads keys from files only: one that exists for the blink of an eye.
        with tempfile.TemporaryDirectory(prefix="proefbank-") as folder:
            chain = Path(folder, "leaf.pem")
            chain.touch(mode=0o600)
            chain.write_bytes(leaf.pem_private() + leaf.pem())
            context.load_cert_chain(chain)
        if ask_client:
            context.verify_mode = ssl.CERT_OPTIONAL
            # A leaf can be trusted as it is, without the authority that issued it.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            trust = b"".join(map(to_pem, (self.authority.certificate, *self._client_trust)))
            context.load_verify_locations(cadata=trust.decode("ascii"))
        return context

    def wrap(self, raw: socket.socket, kind: Presented, *, ask_client: bool) -> TlsSocket:
        """Wrap an accepted socket; the handshake is still to do, in the caller's thread."""
        context = self.context(kind, ask_client=ask_client)
        wrapped = context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        return cast("TlsSocket", wrapped)


def _remember_name(connection: object, name: str | None, _context: ssl.SSLContext) -> None:
    if isinstance(connection, TlsSocket):
        connection.greeted, connection.requested_name = True, name


def tls_facts(connection: TlsSocket) -> TlsFacts:
    """Return what a finished handshake showed."""
    cipher = connection.cipher()
    peer = connection.getpeercert(binary_form=True)
    return TlsFacts(
        version=connection.version(),
        cipher=cipher[0] if cipher else None,
        server_name=connection.requested_name,
        peer_sha256=sha256_fingerprint(peer) if peer else None,
    )


def alert_in(problem: Exception) -> str | None:
    """Return the alert that the client sent, e.g. `unknown_ca`, or None if it sent none."""
    reason = getattr(problem, "reason", None) if isinstance(problem, ssl.SSLError) else None
    _, marker, name = (reason or "").partition("_ALERT_")
    return name.lower() if marker else None
