"""Fetches a key set from a realm, a discovery document or its own address, and nothing else.

The one part of the package that may talk to another machine: the one that the user names. It
does not follow that machine to a third one.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import httpx

from proefbank.clock import real_seconds
from proefbank.errors import BadInvocation, BenchError
from proefbank.keywatch.keyset import spki_fingerprint

__all__ = ["LARGEST", "Fetched", "NotReachable", "checked", "fetch"]

LARGEST: Final = 1_000_000
"""Bytes of an answer, at most."""
SECONDS: Final = 10.0
"""For each request, and again for reading its answer."""
_REDIRECTS = 3
_DISCOVERY = "/.well-known/openid-configuration"
_CERTS = "/protocol/openid-connect/certs"
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
_OK, _NOT_FOUND = 200, 404
_LONGEST_DAY = 86_400


class NotReachable(BenchError):  # noqa: N818 - named for what is the matter
    """No key set was to be had at the address."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """A key set as it came."""

    url: str
    """Where the set itself stands."""
    members: tuple[object, ...]
    active: str | None
    """Fingerprint of the key that the realm page calls its own; None without such a page."""
    notes: tuple[str, ...]


def checked(url: str) -> str:
    """Return the address without its fragment; BadInvocation for one that is not to be used.

    Plain http is for this machine only: keys over plain http are anybody's keys.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as problem:
        raise BadInvocation(f"{url!r} is no address: {problem}", where="URL") from problem
    if parts.scheme not in ("https", "http") or not host:
        raise BadInvocation(
            f"{url!r} is no address of a key set",
            where="URL",
            hint="for example: proefbank keys https://idp.example/auth/realms/healthcare",
        )
    if parts.username is not None or parts.password is not None:
        raise BadInvocation("an address with a password is not fetched", where="URL")
    if parts.scheme == "http" and not _loopback(host):
        raise BadInvocation(
            "plain http is for this machine only: anybody could change the keys on their way",
            where="URL",
            hint="use https, with --ca FILE if its authority is your own",
        )
    return urlunsplit(parts._replace(fragment=""))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def fetch(url: str, ca: Path | None = None) -> Fetched:
    """Return the key set of a realm, a discovery document or a JWKS address.

    Raises `BadInvocation` for the address or the file, `NotReachable` for all that the server
    did or did not do.
    """
    site = _Site(checked(url), ca)
    with site.client:
        return site.key_set()


class _Site:
    """One server, asked for what leads to its keys."""

    def __init__(self, url: str, ca: Path | None) -> None:
        self.url = url
        self.parts: SplitResult = urlsplit(url)
        self.client = httpx.Client(
            verify=_trust(ca),
            timeout=SECONDS,
            headers=_HEADERS,
            # A proxy of the environment is for other machines, not for this one.
            trust_env=not _loopback(self.parts.hostname or ""),
        )

    def key_set(self) -> Fetched:
        base = self.url.rstrip("/").removesuffix(_DISCOVERY).removesuffix(_CERTS)
        page: Mapping[str, Any] = {}
        status, headers, body = self.get(self.url)
        if status == _NOT_FOUND and base == self.url.rstrip("/"):
            document = self.document(base + _DISCOVERY)
        else:
            document = _json(self.url, status, body)
        if "keys" not in document and "jwks_uri" not in document and "public_key" in document:
            page, document = document, self.document(base + _DISCOVERY)
        where, notes = self.url, []
        if "keys" not in document:
            where = self.address_in(document)
            if document.get("issuer") != base:
                notes.append(f"the discovery document names the issuer {document.get('issuer')!r}")
            status, headers, body = self.get(where)
            document = _json(where, status, body)
        members = document.get("keys")
        if not isinstance(members, list):
            raise NotReachable("this is no key set: it has no list of keys", where=where)
        if not members:
            raise NotReachable("the key set is empty: nothing could be verified", where=where)
        notes += _on_caching(headers)
        active = _active(page or self.page(where))
        return Fetched(where, tuple(members), active, tuple(notes))

    def address_in(self, document: Mapping[str, Any]) -> str:
        """Return the address of the set that a discovery document names, if on this server."""
        where = document.get("jwks_uri")
        if not isinstance(where, str):
            raise NotReachable(
                "neither a key set, a discovery document nor a realm page stands here",
                where=self.url,
                hint="name the realm, e.g. https://idp.example/auth/realms/healthcare",
            )
        return self.near(where, "the discovery document names a key set")

    def near(self, where: str, what: str) -> str:
        """Return an absolute address on this server; another one is not followed to."""
        try:
            parts = urlsplit(where)
            same = _origin(parts) == _origin(self.parts)
        except ValueError:
            same = False
        if not same:
            raise NotReachable(
                f"{what} on another server, to which nobody sent us: {where}",
                where=self.url,
                hint=f"if you trust it: proefbank keys {where}",
            )
        return where

    def document(self, url: str) -> Mapping[str, Any]:
        status, _, body = self.get(url)
        return _json(url, status, body)

    def page(self, where: str) -> Mapping[str, Any]:
        """Return the page of the realm, which shows the key that signs; nothing without one."""
        path = urlsplit(where)._replace(query="").geturl()
        if not path.endswith(_CERTS):
            return {}
        try:
            return self.document(path.removesuffix(_CERTS))
        except NotReachable:
            return {}

    def get(self, url: str) -> tuple[int, httpx.Headers, bytes]:
        """Return status, headers and body; a redirect within this server is followed."""
        for _ in range(_REDIRECTS + 1):
            try:
                with self.client.stream("GET", url) as answer:
                    if answer.is_redirect:
                        to = urljoin(url, answer.headers["location"])
                        url = self.near(to, "the answer is a redirect to an address")
                        continue
                    return answer.status_code, answer.headers, _body(answer, url)
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as problem:
                raise _unreachable(url, problem) from problem
        raise NotReachable(f"more than {_REDIRECTS} redirects", where=url)


def _trust(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca) if ca else None)
    except (OSError, ssl.SSLError) as problem:
        raise BadInvocation(
            f"no authority can be read from it ({type(problem).__name__})",
            where=f"--ca {ca}",
            hint="it should hold certificates in PEM",
        ) from problem


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default


def _body(answer: httpx.Response, url: str) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise NotReachable("the answer is compressed, though that was not asked for", where=url)
    deadline, body = real_seconds() + SECONDS, b""
    for part in answer.iter_raw():
        body += part
        if len(body) > LARGEST:
            raise NotReachable(f"the answer is longer than {LARGEST} bytes", where=url)
        if real_seconds() > deadline:
            raise NotReachable(f"the answer took longer than {SECONDS:.0f} s", where=url)
    return body


def _json(url: str, status: int, body: bytes) -> Mapping[str, Any]:
    if status != _OK:
        raise NotReachable(f"the answer is {status}", where=url)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise NotReachable("the answer is no JSON", where=url) from problem
    if not isinstance(document, dict):
        raise NotReachable("the answer is no JSON object", where=url)
    return document


def _unreachable(url: str, problem: Exception) -> NotReachable:
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NotReachable(
                f"the certificate of the server is not trusted: {cause.verify_message}",
                where=url,
                hint="name the authority with --ca FILE, if it is one of yours",
            )
        cause = cause.__cause__ or cause.__context__
    return NotReachable(f"no answer ({type(problem).__name__}: {problem})", where=url)


def _on_caching(headers: httpx.Headers) -> list[str]:
    for part in headers.get("cache-control", "").split(","):
        name, _, value = part.strip().lower().partition("=")
        if name == "max-age" and value.isdecimal() and int(value[:12]) > _LONGEST_DAY:
            return [
                f"Cache-Control allows keeping the set for {value} s; fetch it daily all the same"
            ]
    return []


def _active(page: Mapping[str, Any]) -> str | None:
    """Return the fingerprint of the one key that a realm page of Keycloak shows."""
    told = page.get("public_key")
    if not isinstance(told, str):
        return None
    try:
        return spki_fingerprint(base64.b64decode(told, validate=True))
    except (binascii.Error, ValueError):
        return None
