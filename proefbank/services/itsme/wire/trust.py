"""What an application does with a server certificate that it should not trust."""

from __future__ import annotations

from proefbank.trust import ServerTrust

__all__ = ["ExpiredCertificate", "OtherHost", "UnknownAuthority"]


class UnknownAuthority(ServerTrust):
    """The server's certificate comes from an authority the application does not know."""

    presented = "unknown-ca"


class OtherHost(ServerTrust):
    """The server's certificate is good, for another host name."""

    presented = "other-host"


class ExpiredCertificate(ServerTrust):
    """The server's certificate has expired."""

    presented = "expired"
