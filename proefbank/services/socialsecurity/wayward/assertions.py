"""Clients that get the client assertion wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from proefbank.keys import key_for

from ..reference import ReferenceClient
from .registry import Lingering, breaks


class OtherClaims(ReferenceClient):
    """Base: adds to the claims, or takes from them with None."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002 - for those below
        """Return the claims that differ."""
        return {}

    def claims(self) -> dict[str, Any]:
        """Lay them over the right ones."""
        return super().claims() | self.other(int(self.time.now()))


@breaks("assertion.iss-is-the-client-id")
class NamedIssuer(OtherClaims):
    """Puts the company's name into iss."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the company."""
        return {"iss": "Voorbeeld NV"}


@breaks("assertion.sub-is-the-client-id")
class NumberAsSubject(OtherClaims):
    """Puts the enterprise number into sub."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the number."""
        return {"sub": "0000000196"}


@breaks("account.client-id-is-the-one-shown")
class DerivedClientId(OtherClaims):
    """Builds the client id from the sender number."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Build it."""
        return dict.fromkeys(("iss", "sub"), "self_service_expeditor_100001")


@breaks("assertion.aud-is-token-url")
class IssuerLikeAudience(OtherClaims):
    """Addresses the assertion to the issuer of version 3."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Name it."""
        return {"aud": "https://oauth.socialsecurity.be"}


@breaks("assertion.exp-is-present")
class NoExp(OtherClaims):
    """Leaves exp out."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Take it away."""
        return {"exp": None}


@breaks("assertion.lifetime-at-most-10-minutes")
class LongLived(OtherClaims):
    """Lets the assertion live for 5000 seconds."""

    def other(self, now: int) -> dict[str, Any]:
        """Put the end far off."""
        return {"exp": now + 5000}


@breaks("assertion.exp-lies-ahead")
class ExpiredAssertion(OtherClaims):
    """Sends an assertion that has ended."""

    def other(self, now: int) -> dict[str, Any]:
        """Put the end behind."""
        return {"exp": now - 90}


@breaks("assertion.exp-is-in-seconds")
class MillisecondExp(OtherClaims):
    """Counts exp in milliseconds."""

    def other(self, now: int) -> dict[str, Any]:
        """Multiply."""
        return {"exp": (now + 300) * 1000}


@breaks("assertion.jti-is-present")
class NoJti(OtherClaims):
    """Leaves jti out."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Take it away."""
        return {"jti": None}


@breaks("assertion.jti-is-unique")
class ConstantJti(OtherClaims):
    """Uses the same jti for ever."""

    count = itertools.count()

    def other(self, now: int) -> dict[str, Any]:
        """Repeat it, in assertions that differ otherwise."""
        return {"jti": "the-same-jti-each-time", "exp": now + 200 + next(self.count) % 100}


@breaks("assertion.nbf-not-in-the-future")
class EarlyNbf(OtherClaims):
    """Is five minutes ahead of its time."""

    def other(self, now: int) -> dict[str, Any]:
        """Add an nbf in the future."""
        return {"nbf": now + 300, "exp": now + 540}


@breaks("assertion.iat-not-in-the-future")
class FutureIat(OtherClaims):
    """Says that it made the assertion in five minutes."""

    def other(self, now: int) -> dict[str, Any]:
        """Add an iat in the future."""
        return {"iat": now + 300, "exp": now + 540}


@breaks("assertion.span-at-most-10-minutes")
class BackdatedIat(OtherClaims):
    """Says that it made the assertion a quarter of an hour ago."""

    def other(self, now: int) -> dict[str, Any]:
        """Add an old iat."""
        return {"iat": now - 900}


class StickyCredentials(Lingering):
    """Base: may go on with the client id and key of a scenario before."""

    def sticks(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Whether the old credentials stay."""
        raise NotImplementedError

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Take up the new settings, but for the credentials that stick."""
        super().scenario(members)
        new = dict(self.settings)
        old, key = self.past.get("kept", (new, self.key))
        if self.sticks(old, new):
            self.settings, self.key = new | {"client_id": old["client_id"]}, key
        else:
            self.past["kept"] = (new, self.key)


@breaks("account.credentials-belong-to-the-environment")
class EnvironmentBlind(StickyCredentials):
    """Takes the credentials of the first environment to the other one."""

    def sticks(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Stick when only the host has changed."""
        before, after = (urlsplit(str(item["token_endpoint"])) for item in (old, new))
        return before.netloc != after.netloc


@breaks("account.fits-the-capacity")
class StickyCapacity(StickyCredentials):
    """Stays with the employer's account when it acts as a mandatary."""

    def sticks(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Stick to an employer's account when the next one is the mandatary's."""
        return "000001_" in old["client_id"] and "000002_" in new["client_id"]


def packed(header: dict[str, Any], claims: dict[str, Any]) -> bytes:
    """Return header and claims as the signing input of a JWS."""
    parts = (json.dumps(item, separators=(",", ":")).encode() for item in (header, claims))
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


def joined(signed: bytes, signature: bytes) -> str:
    """Return the compact form."""
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@breaks("assertion.is-compact-signed-jwt")
class PaddedBase64(ReferenceClient):
    """Leaves the equals signs on the parts of the JWT."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Pad each part."""
        parts = super().sign(claims).split(".")
        return ".".join(part + "=" * (-len(part) % 4) for part in parts)


@breaks("assertion.is-signed")
class AlgNone(ReferenceClient):
    """Does not sign at all."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Say so in the header."""
        return joined(packed({"alg": "none", "typ": "JWT"}, claims), b"")


@breaks("assertion.signature-is-asymmetric")
class HmacWithCertificate(ReferenceClient):
    """Uses its public certificate as a shared secret."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Make a keyed hash."""
        signed = packed({"alg": "HS256", "typ": "JWT"}, claims)
        secret = Path(self.settings["certificate_file"]).read_bytes()
        return joined(signed, hmac.digest(secret, signed, hashlib.sha256))


@breaks("assertion.alg-is-rs256-for-rsa-keys")
class Rs512(ReferenceClient):
    """Signs with RS512."""

    def algorithm(self) -> str:
        """Choose the longer hash."""
        return "RS512"


@breaks("assertion.alg-fits-the-key")
class EllipticNameForRsa(ReferenceClient):
    """Names an elliptic algorithm over a signature made with an RSA key."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Sign with the one, name the other."""
        signed = packed({"alg": "ES384", "typ": "JWT"}, claims)
        assert isinstance(self.key, RSAPrivateKey)  # noqa: S101 - the bench hands out RSA keys
        return joined(signed, self.key.sign(signed, PKCS1v15(), SHA256()))


@breaks("assertion.signature-fits-a-registered-certificate")
class UnregisteredKey(ReferenceClient):
    """Signs with a key whose certificate nobody uploaded."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Take a key of its own."""
        return jwt.encode(claims, key_for("wayward", "RSA-2048").private, algorithm="RS256")


@breaks("assertion.is-fresh-for-each-request")
class ReusesAssertion(ReferenceClient):
    """Sends the same assertion again after the server failed."""

    kept: str | None = None

    def assertion(self) -> str:
        """Return the one at hand, or make one and keep it until a request succeeds."""
        self.kept = self.kept or super().assertion()
        return self.kept

    def send_token_request(self, scope: str | None) -> httpx.Response:
        """Let go of the assertion unless the server failed."""
        response = super().send_token_request(scope)
        if not response.is_server_error:
            self.kept = None
        return response
