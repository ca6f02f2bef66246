"""Clients that share nothing with the reference client: other libraries, habits and faults.

The base signs with joserfc and speaks with requests; below it stand urllib with `cryptography`
alone, and a bare socket. Each variant says in `breaks` which requirements it is expected to
break, by the end of their names; those with nothing there are fair, and must not be blamed.
"""

from __future__ import annotations

import base64
import itertools
import json
import secrets
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, Hash
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from joserfc import jwt as jose
from joserfc.jwk import RSAKey
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from proefbank.clients import Rejected

__all__ = ["FAIR", "FAULTY", "Foreign"]

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
FORM = "application/x-www-form-urlencoded"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FAULTY: dict[str, type[Foreign]] = {}
FAIR: dict[str, type[Foreign]] = {}


class Foreign:
    """Conforming; requests and joserfc."""

    name, version = "foreign client", "1"
    breaks: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Enter each variant under its name."""
        (FAULTY if cls.breaks else FAIR)[cls.__name__] = cls

    def __init__(self) -> None:
        self.now: float | None = None
        self.kept: dict[Any, tuple[str, float]] = {}
        self.wait: dict[str, float] = {}

    def time(self) -> float:
        return time.time() if self.now is None else self.now

    # Verbs.

    def scenario(self, members: Mapping[str, Any]) -> None:
        self.now = None
        self.told = dict(members["socialsecurity"])
        self.ca_file = members["ca_file"]
        self.pem = Path(self.told["private_key_file"]).read_bytes()
        self.kept.clear()
        self.wait.clear()
        self.open()

    def clock(self, now: float) -> None:
        self.now = now

    def token_fetch(self, scope: str | None) -> Json:
        return self.fetch(scope)

    def api_call(self, method: str, path: str, body: object) -> Json:
        token = self.token(self.told["scope"])
        status, _, text = self.call(method, path, body, token)
        if status == 401 and b"AccessToken" in text and b"noAccessToken" not in text:
            self.kept.clear()
            token = self.token(self.told["scope"])
            status, _, text = self.call(method, path, body, token)
        if 200 <= status < 300:
            return {"status": status, "body": json.loads(text) if text else None}
        raise Rejected("not_allowed" if status == 403 else "provider_error", f"status {status}")

    # Tokens.

    def token(self, scope: str | None) -> str:
        value, until = self.kept.get(scope, ("", 0.0))
        return value if until > self.time() else str(self.fetch(scope)["access_token"])

    def fetch(self, scope: str | None) -> Json:
        self.mind("token")
        status, headers, text = self.post_form(self.form(scope))
        self.note("token", status, headers, text)
        if status != 200:
            raise Rejected("provider_error", f"status {status}")
        try:
            answer = json.loads(text)
            token, kind = answer["access_token"], answer["token_type"]
        except (ValueError, KeyError, TypeError) as problem:
            raise Rejected("malformed", "no token in it") from problem
        if kind.lower() != "bearer" or "json" not in headers.get("content-type", ""):
            raise Rejected("malformed", "not a bearer token")
        told = answer.get("expires_in")
        if told:
            self.kept[scope] = (token, self.time() + int(told) - 30)
        return {"access_token": token, "token_type": kind, "expires_in": told}

    def form(self, scope: str | None) -> Json:
        form = {
            "client_assertion": self.assertion(),
            "grant_type": "client_credentials",
            "client_assertion_type": TYPE,
        }
        return form if scope is None else {**form, "scope": scope}

    def post_form(self, form: Json) -> Answer:
        return self.send(
            "POST", self.told["token_endpoint"], {"Content-Type": FORM}, urlencode(form).encode()
        )

    def claims(self) -> Json:
        now = int(self.time())
        me = self.told["client_id"]
        about = {"iss": me, "sub": me, "aud": self.told["audience"]}
        return {**about, "exp": now + 240, "iat": now, "nbf": now, "jti": secrets.token_hex(16)}

    def header(self) -> Json:
        return {"alg": "RS256"}

    def assertion(self) -> str:
        return str(jose.encode(self.header(), self.claims(), self.key()))

    keys: ClassVar[dict[bytes, RSAKey]] = {}

    def key(self) -> RSAKey:
        """Load a key once in a lifetime: checking its primes takes a while."""
        if self.pem not in self.keys:
            self.keys[self.pem] = RSAKey.import_key(self.pem)
        return self.keys[self.pem]

    # The API.

    def call(self, method: str, path: str, body: object, token: str) -> Answer:
        self.mind("api")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/*"}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        answer = self.send(method, self.told["api_base"] + path, headers, data)
        self.note("api", *answer)
        return answer

    # Waiting.

    def mind(self, what: str) -> None:
        if self.time() < self.wait.get(what, 0.0):
            raise Rejected("provider_error", "asked to wait")

    def note(self, what: str, status: int, headers: Mapping[str, str], text: bytes) -> None:
        if status not in (429, 503):
            return
        asked = headers.get("retry-after", "") or ("3600" if b"retryAfter" in text else "0")
        self.wait[what] = self.time() + (int(asked) if asked.isdigit() else 3600)

    # The wire.

    verify = True

    def open(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = self.ca_file if self.verify else False

    def close(self) -> None:
        if hasattr(self, "session"):
            self.session.close()

    follow = False

    def send(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Answer:
        try:
            answer = self.session.request(
                method, url, headers=headers, data=data, timeout=5, allow_redirects=self.follow
            )
        except requests.RequestException as problem:
            raise Rejected("transport", type(problem).__name__) from problem
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status_code, lower, answer.content


# Fair: unusual, and right.


class Requests(Foreign):
    """The base itself."""


class Urllib(Foreign):
    """Only urllib, and a signature made by hand."""

    def assertion(self) -> str:
        parts = [json.dumps(part).encode() for part in (self.header(), self.claims())]
        signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
        key = load_pem_private_key(self.pem, None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, rsa.RSAPrivateKey)
        signature = key.sign(signed, padding.PKCS1v15(), SHA256())
        return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()

    def open(self) -> None:
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: object, **__: object) -> None:
                return None

        context = ssl.create_default_context(cafile=self.ca_file)
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), Stay()
        )

    def send(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Answer:
        order = urllib.request.Request(url, data, headers, method=method)
        try:
            answer = self.opener.open(order, timeout=5)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        except OSError as problem:
            raise Rejected("transport", type(problem).__name__) from problem
        with answer:
            lower = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, lower, answer.read()


class BareSocket(Foreign):
    """Writes its own HTTP: names in lower case, an odd `bearer`, one connection for each call."""

    http = "1.1"

    def open(self) -> None:
        self.tls = ssl.create_default_context(cafile=self.ca_file)

    def framed(self, data: bytes) -> tuple[dict[str, str], list[bytes]]:
        return {"content-length": str(len(data))}, [data]

    def send(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Answer:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        more, blocks = self.framed(data) if data is not None else ({}, [])
        fields = {"host": parts.netloc, "connection": "close"}
        fields |= {name.lower(): value for name, value in headers.items()} | more
        fields = {k: v.replace("Bearer ", "bearer ") for k, v in fields.items()}
        head = f"{method} {target} HTTP/{self.http}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        assert parts.hostname
        try:
            with (
                socket.create_connection((parts.hostname, parts.port or 443), 5) as raw,
                self.tls.wrap_socket(raw, server_hostname=parts.hostname) as wire,
            ):
                wire.sendall(head.encode("latin-1") + b"\r\n")
                self.proceed(wire)
                for block in blocks:
                    wire.sendall(block)
                text = b"".join(iter(lambda: wire.recv(65536), b""))
        except OSError as problem:
            raise Rejected("transport", type(problem).__name__) from problem
        top, _, rest = text.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        if not first.startswith("HTTP/1."):
            raise Rejected("transport", "no answer")
        told = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), told, rest

    def proceed(self, wire: ssl.SSLSocket) -> None:
        """Go straight on."""


class Http10(BareSocket):
    """Speaks HTTP/1.0."""

    http = "1.0"


class Chunked(BareSocket):
    """Sends its bodies in chunks."""

    def framed(self, data: bytes) -> tuple[dict[str, str], list[bytes]]:
        half = len(data) // 2
        blocks = [b"%x\r\n%b\r\n" % (len(part), part) for part in (data[:half], data[half:])]
        return {"transfer-encoding": "chunked"}, [*blocks, b"0\r\n\r\n"]


class Expects(BareSocket):
    """Asks with `Expect: 100-continue` whether it may send its body."""

    def framed(self, data: bytes) -> tuple[dict[str, str], list[bytes]]:
        self.asks = True
        return {"content-length": str(len(data)), "expect": "100-continue"}, [data]

    asks = False

    def proceed(self, wire: ssl.SSLSocket) -> None:
        if self.asks:
            assert wire.recv(65536).startswith(b"HTTP/1.1 100")
        self.asks = False


class AudienceInArray(Foreign):
    """Puts the one audience into an array."""

    def claims(self) -> Json:
        return super().claims() | {"aud": [self.told["audience"]]}


class FractionalExp(Foreign):
    """Counts exp in fractions of a second."""

    def claims(self) -> Json:
        return super().claims() | {"exp": self.time() + 240.25}


class NamesKey(Foreign):
    """Names its key and certificate in the header."""

    def header(self) -> Json:
        certificate = load_pem_x509_certificate(Path(self.told["certificate_file"]).read_bytes())
        thumb = base64.urlsafe_b64encode(certificate.fingerprint(SHA256())).decode().rstrip("=")
        return {"alg": "RS256", "typ": "JWT", "kid": "mine-1", "x5t#S256": thumb}


class AlsoSaysClientId(Foreign):
    """Sends the client id as a parameter too."""

    def form(self, scope: str | None) -> Json:
        return super().form(scope) | {"client_id": self.told["client_id"]}


class EmptyScope(Foreign):
    """Sends `scope=` for none, which counts as left out (RFC 6749, 3.2)."""

    def form(self, scope: str | None) -> Json:
        return super().form(scope) | {"scope": scope or ""}


class ShoutedFormType(Foreign):
    """Writes the media type in capitals, with a charset."""

    def post_form(self, form: Json) -> Answer:
        kind = {"Content-Type": f"{FORM.upper()}; charset=UTF-8"}
        return self.send("POST", self.told["token_endpoint"], kind, urlencode(form).encode())


class NeverCaches(Foreign):
    """Fetches a token for each call."""

    def token(self, scope: str | None) -> str:
        return str(self.fetch(scope)["access_token"])


class ManyClaims(Foreign):
    """Puts more into the assertion than anybody asked for."""

    def claims(self) -> Json:
        return super().claims() | {"azp": "x", "ver": 2, "nested": {"a": [1, None]}, "name": "Zoë"}


# Faulty, each in its own way.


class ExtraAudience(Foreign):
    """Addresses the assertion to a second server as well."""

    breaks = ("aud-is-token-url",)

    def claims(self) -> Json:
        return super().claims() | {"aud": [self.told["audience"], "https://elsewhere.invalid"]}


class ExpAsText(Foreign):
    """Writes exp as a text."""

    breaks = ("exp-is-in-seconds",)

    def claims(self) -> Json:
        return super().claims() | {"exp": str(int(self.time()) + 240)}


class CoarseJti(Foreign):
    """Takes the hour for a jti."""

    breaks = ("jti-is-unique",)
    count = itertools.count()

    def claims(self) -> Json:
        hour = f"hour-{int(self.time()) // 3600}"
        return super().claims() | {
            "jti": hour,
            "exp": int(self.time()) + 200 + next(self.count) % 90,
        }


class NumberAsJti(Foreign):
    """Takes a number for a jti, which is a text (RFC 7519, 4.1.7)."""

    breaks = ("jti-is-present",)
    count = itertools.count(1)

    def claims(self) -> Json:
        return super().claims() | {"jti": next(self.count)}


class AsksByGet(Foreign):
    """Asks for the token with GET and everything in the URL."""

    breaks = ("method-is-post", "keeps-parameters-out-of-the-url")

    def post_form(self, form: Json) -> Answer:
        return self.send("GET", f"{self.told['token_endpoint']}?{urlencode(form)}", {}, None)


class SendsJson(Foreign):
    """Sends the parameters as JSON."""

    breaks = ("says-form-urlencoded",)

    def post_form(self, form: Json) -> Answer:
        kind = {"Content-Type": "application/json"}
        return self.send("POST", self.told["token_endpoint"], kind, json.dumps(form).encode())


class BasicToo(Foreign):
    """Sends Basic credentials beside the assertion."""

    breaks = ("authenticates-by-assertion-alone",)

    def post_form(self, form: Json) -> Answer:
        coded = base64.b64encode(f"{self.told['client_id']}:x".encode()).decode()
        headers = {"Content-Type": FORM, "Authorization": f"Basic {coded}"}
        return self.send("POST", self.told["token_endpoint"], headers, urlencode(form).encode())


class SecretToo(Foreign):
    """Sends a client secret beside the assertion."""

    breaks = ("sends-no-client-secret",)

    def form(self, scope: str | None) -> Json:
        return super().form(scope) | {"client_secret": "not-much-of-a-secret"}


class OtherClientId(Foreign):
    """Sends somebody else's client id as a parameter."""

    breaks = ("client-id-names-the-subject",)

    def form(self, scope: str | None) -> Json:
        return super().form(scope) | {"client_id": "somebody-else"}


class OwnEllipticKey(Foreign):
    """Signs with an elliptic key of its own."""

    breaks = ("alg-fits-the-key",)

    def assertion(self) -> str:
        key = ec.generate_private_key(ec.SECP384R1())
        parts = [json.dumps(part).encode() for part in ({"alg": "ES384"}, self.claims())]
        signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
        digest = Hash(SHA384())
        digest.update(signed)
        der = key.sign(digest.finalize(), ec.ECDSA(utils.Prehashed(SHA384())))
        raw = b"".join(part.to_bytes(48, "big") for part in utils.decode_dss_signature(der))
        return (signed + b"." + base64.urlsafe_b64encode(raw).rstrip(b"=")).decode()


class SpoiltSignature(Foreign):
    """Loses a bit of the signature on the way."""

    breaks = ("signature-fits-a-registered-certificate",)

    def assertion(self) -> str:
        head, claims, signature = super().assertion().split(".")
        return f"{head}.{claims}.{'B' if signature[9] == 'A' else 'A'}{signature[1:]}"


class FollowsRedirects(Foreign):
    """Leaves redirects to requests, which repeats a POST after 307 and 308."""

    breaks = ("assertion-stays-with-the-token-endpoint",)
    follow = True


class TrustsAnybody(Foreign):
    """Switched certificate checks off."""

    breaks = (
        "unknown-ca-is-refused",
        "other-host-certificate-is-refused",
        "expired-certificate-is-refused",
    )
    verify = False

    def send(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Answer:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return super().send(method, url, headers, data)


class RetriesBlindly(Foreign):
    """Has urllib3 send a failed request again, as it was."""

    breaks = ("is-fresh-for-each-request",)

    def open(self) -> None:
        super().open()
        again = Retry(2, status_forcelist=(500, 502), allowed_methods=None, raise_on_status=False)
        self.session.mount("https://", HTTPAdapter(max_retries=again))


class TokenInUrl(Foreign):
    """Puts the token into the URL as well."""

    breaks = ("token-stays-out-of-the-url",)

    def call(self, method: str, path: str, body: object, token: str) -> Answer:
        mark = "&" if "?" in path else "?"
        return super().call(method, f"{path}{mark}access_token={token}", body, token)


class PrintsToken(Foreign):
    """Prints the token it got, a character between."""

    breaks = ("token-use.stays-out-of-output",)

    def fetch(self, scope: str | None) -> Json:
        answer = super().fetch(scope)
        print(f"got <{answer['access_token']}>")  # noqa: T201
        return answer


class TwoScopesWithComma(Foreign):
    """Puts a comma between scopes."""

    breaks = ("scopes-are-space-separated",)

    def form(self, scope: str | None) -> Json:
        return super().form(scope and scope.replace(" ", ","))
