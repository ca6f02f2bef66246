"""python-keycloak: ``KeycloakOpenID.decode_token``, which asks for the keys each time."""

from __future__ import annotations

from collections.abc import Callable

import requests
from jwcrypto import jws, jwt
from jwcrypto.common import InvalidJWAAlgorithm, JWException
from keycloak import KeycloakConnectionError, KeycloakError, KeycloakOpenID

from .jwt_realms import CLAIMS, Consumer, Json, class_of, wanted_of

KINDS = {
    jwt.JWTExpired: "expired",
    jwt.JWTNotYetValid: "not_yet_valid",
    (jwt.JWTMissingKey, jwt.JWTMissingKeyID): "unknown_key",
    InvalidJWAAlgorithm: "forbidden_algorithm",
    jws.InvalidJWSSignature: "invalid_signature",
    (JWException, ValueError): "malformed",  # jwcrypto raises ValueError for what it cannot read
    KeycloakConnectionError: "transport",
    KeycloakError: "provider_error",
    requests.RequestException: "transport",
}


class Default(Consumer):
    """``decode_token(token)``, as its documentation has it: no claim but ``exp`` is looked at."""

    distribution, checked = "python-keycloak", False

    def open(self, realm: Json, ca_file: str) -> Callable[[str], Json]:
        server, _, name = realm["issuer"].partition("/realms/")
        keycloak = KeycloakOpenID(f"{server}/", name, client_id=realm["audience"], verify=ca_file)
        claims, algorithms = dict(wanted_of(realm)), realm.get("algorithms") or ["RS256"]
        options = {"check_claims": claims, "algs": algorithms} if self.checked else {}
        return lambda token: keycloak.decode_token(token, **options)

    def classify(self, error: Exception) -> str | None:
        if isinstance(error, jwt.JWTInvalidClaimValue | jwt.JWTMissingClaim):
            # "Claim aud is missing", "Invalid 'aud' value. Expected …"
            return CLAIMS.get(str(error).replace("'", "").split()[1], "malformed")
        if isinstance(error, TypeError) and "xpected" in str(error):  # said on purpose
            return "provider_error" if "certs" in str(error) else "malformed"
        return class_of(error, KINDS)


class CheckedClaims(Default):
    """With the options of jwcrypto that it passes on: claims to check, and algorithms."""

    checked = True
