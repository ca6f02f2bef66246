"""social-auth-core: its Keycloak backend, whose key is copied into the settings by hand."""

from __future__ import annotations

from collections.abc import Callable

import requests
from social_core.backends.keycloak import KeycloakOAuth2

from .jwt_realms import Json
from .jwt_social_auth import OpenIdConnect, Strategy


class Keycloak(OpenIdConnect):
    """`PUBLIC_KEY` is copied from the realm's page, once: here, for the first token."""

    def open(self, realm: Json, ca_file: str) -> Callable[[str], Json]:
        strategy, page = Strategy(), {}

        def verify(token: str) -> Json:
            if not page:
                page.update(requests.get(realm["issuer"], verify=ca_file, timeout=5).json())
            strategy.told = {"KEY": realm["audience"], "PUBLIC_KEY": page["public_key"]}
            return KeycloakOAuth2(strategy).user_data(token)

        return verify
