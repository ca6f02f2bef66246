"""What is known of I.AM Connect's realms and of Keycloak 26, which they run on; all of it data."""

from __future__ import annotations

__all__ = [
    "ASSERTION_TYPE",
    "CERTS",
    "CONTENT_ENCRYPTIONS",
    "DISCOVERY",
    "ENCRYPTION_ALGS",
    "FORM",
    "INTROSPECT",
    "LIFETIME",
    "OIDC",
    "REALMS",
    "REALMS_PATH",
    "SIGNING_ALGS",
    "TOKEN",
    "TOKEN_EXCHANGE",
    "TOKEN_TYPE",
    "USERINFO",
    "realm_path",
]

REALMS_PATH = "/auth/realms/"
"""The context path of Keycloak before version 17, which I.AM Connect has kept."""

REALMS = ("healthcare", "M2M")
"""People sign in to the first; the second is for machines."""

OIDC = "/protocol/openid-connect"
DISCOVERY = "/.well-known/openid-configuration"
CERTS = f"{OIDC}/certs"
TOKEN = f"{OIDC}/token"
INTROSPECT = f"{TOKEN}/introspect"
USERINFO = f"{OIDC}/userinfo"

LIFETIME = 300
"""Seconds that an access token lives, as seen in a published sample of acceptance."""

FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a grant type
TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name

SIGNING_ALGS = tuple(
    "PS384 RS384 EdDSA ES384 HS256 HS512 ES256 RS256 HS384 ES512 PS256 PS512 RS512".split()
)
"""Every algorithm that the server software knows, HMAC included: not what the realm signs with."""

ENCRYPTION_ALGS = tuple(
    "ECDH-ES+A256KW ECDH-ES+A192KW ECDH-ES+A128KW RSA-OAEP RSA-OAEP-256 RSA1_5 ECDH-ES".split()
)
CONTENT_ENCRYPTIONS = tuple(
    "A256GCM A192GCM A128GCM A128CBC-HS256 A192CBC-HS384 A256CBC-HS512".split()
)


def realm_path(realm: str, suffix: str = "") -> str:
    """Return the path of a realm, or of one of its endpoints."""
    return f"{REALMS_PATH}{realm}{suffix}"
