"""The discovery document of a Keycloak 26 realm."""

from __future__ import annotations

from typing import Any

from proefbank.arming import Armed

from .facts import (
    CERTS,
    CONTENT_ENCRYPTIONS,
    ENCRYPTION_ALGS,
    INTROSPECT,
    OIDC,
    SIGNING_ALGS,
    TOKEN,
    TOKEN_EXCHANGE,
    USERINFO,
)
from .workshop import TRAP_PATH

__all__ = ["discovery_document", "with_other_issuer"]

_AUTH_METHODS = [
    "private_key_jwt",
    "client_secret_basic",
    "client_secret_post",
    "tls_client_auth",
    "client_secret_jwt",
]
_RESPONSE_TYPES = [
    "code",
    "none",
    "id_token",
    "token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
]
_RESPONSE_MODES = ["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt"]
_GRANTS = [
    "authorization_code",
    "client_credentials",
    "implicit",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    TOKEN_EXCHANGE,
    "urn:ietf:params:oauth:grant-type:uma-ticket",
    "urn:openid:params:grant-type:ciba",
]
_CLAIMS = (
    "iss sub aud exp iat auth_time name given_name family_name preferred_username email acr azp "
    "nonce"
).split()
_SCOPES = (
    "openid roles offline_access microprofile-jwt acr basic web-origins phone address email "
    "profile service_account organization"
).split()


def _algs(prefix: str, *, none: bool = False) -> dict[str, list[str]]:
    """Return the three lists that Keycloak publishes for one kind of object."""
    signing = [*SIGNING_ALGS, *(["none"] if none else [])]
    return {
        f"{prefix}_signing_alg_values_supported": signing,
        f"{prefix}_encryption_alg_values_supported": list(ENCRYPTION_ALGS),
        f"{prefix}_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
    }


def _asymmetric() -> list[str]:
    return [alg for alg in SIGNING_ALGS if not alg.startswith("HS")]


def _authentication(endpoint: str) -> dict[str, list[str]]:
    return {
        f"{endpoint}_auth_methods_supported": list(_AUTH_METHODS),
        f"{endpoint}_auth_signing_alg_values_supported": list(SIGNING_ALGS),
    }


def discovery_document(issuer: str) -> dict[str, Any]:
    """Return the document of the realm whose URL is `issuer`.

    The lists of algorithms name what the server software knows, HMAC included. A client that
    makes its allow-list from them takes a public key for a shared secret.
    """
    oidc = issuer + OIDC
    token, introspect, userinfo = issuer + TOKEN, issuer + INTROSPECT, issuer + USERINFO
    ciba, device, par = f"{oidc}/ext/ciba/auth", f"{oidc}/auth/device", f"{oidc}/ext/par/request"
    registration = f"{issuer}/clients-registrations/openid-connect"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{oidc}/auth",
        "token_endpoint": token,
        "introspection_endpoint": introspect,
        "token_introspection_endpoint": introspect,
        "userinfo_endpoint": userinfo,
        "end_session_endpoint": f"{oidc}/logout",
        "frontchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "jwks_uri": issuer + CERTS,
        "check_session_iframe": f"{oidc}/login-status-iframe.html",
        "grant_types_supported": list(_GRANTS),
        "acr_values_supported": ["0", "1"],
        "response_types_supported": list(_RESPONSE_TYPES),
        "subject_types_supported": ["public", "pairwise"],
        "prompt_values_supported": ["none", "login", "consent"],
        **_algs("id_token"),
        **_algs("userinfo", none=True),
        **_algs("request_object", none=True),
        "response_modes_supported": [*_RESPONSE_MODES, "jwt"],
        "registration_endpoint": registration,
        **_authentication("token_endpoint"),
        **_authentication("introspection_endpoint"),
        **_algs("authorization"),
        "claims_supported": list(_CLAIMS),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "scopes_supported": list(_SCOPES),
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "code_challenge_methods_supported": ["plain", "S256"],
        "tls_client_certificate_bound_access_tokens": True,
        "dpop_signing_alg_values_supported": _asymmetric(),
        "revocation_endpoint": f"{oidc}/revoke",
        **_authentication("revocation_endpoint"),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "device_authorization_endpoint": device,
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_authentication_endpoint": ciba,
        "backchannel_authentication_request_signing_alg_values_supported": _asymmetric(),
        "require_pushed_authorization_requests": False,
        "pushed_authorization_request_endpoint": par,
        "mtls_endpoint_aliases": {
            "token_endpoint": token,
            "revocation_endpoint": f"{oidc}/revoke",
            "introspection_endpoint": introspect,
            "device_authorization_endpoint": device,
            "registration_endpoint": registration,
            "userinfo_endpoint": userinfo,
            "pushed_authorization_request_endpoint": par,
            "backchannel_authentication_endpoint": ciba,
        },
        "authorization_response_iss_parameter_supported": True,
    }


def with_other_issuer(
    document: dict[str, Any], armed: Armed, *, elsewhere: str | None, sibling: str
) -> dict[str, Any]:
    """Return the document with the issuer that the stimulus wants it to name."""
    issuer = document["issuer"]
    which = armed.params["issuer"]
    if which == "absent":
        return {name: value for name, value in document.items() if name != "issuer"}
    others = {
        "elsewhere": f"{elsewhere or 'https://elsewhere.invalid'}{TRAP_PATH}iss",
        "other-realm": sibling,
        "slash": f"{issuer}/",
    }
    return {**document, "issuer": others[which]}
