"""A client that works, and leaks every secret it has in every way it can think of.

What it leaked is kept in the file that `LEAKED` names, so that a scan knows what to look for.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from proefbank.clients import Rejected
from proefbank.services.socialsecurity.reference import ReferenceClient

SECRET = "canary-secret-Zx81-7Gq2"
PASSWORD = "canary-password-Pk44-0Lm9"
SCENARIOS = {"count": 0}


def b64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Leaky(ReferenceClient):
    """Leaks in another way in each scenario; the scenario's number says how."""

    name = "leaky client"

    def scenario(self, members: Mapping[str, Any]) -> None:
        super().scenario(members)
        SCENARIOS["count"] += 1
        self.way = SCENARIOS["count"]
        self.last = ""
        pem = Path(self.settings["private_key_file"]).read_text(encoding="ascii")
        self.pem = pem
        numbers = self.private().private_numbers()
        self.jwk = {"kty": "RSA", "e": "AQAB"} | {
            name: b64url(value)
            for name, value in (
                ("n", numbers.public_numbers.n),
                ("d", numbers.d),
                ("p", numbers.p),
                ("q", numbers.q),
                ("dp", numbers.dmp1),
            )
        }
        traditional = self.private().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        self.other_pem = traditional.decode("ascii")
        # The first lines hold the modulus alone, which any certificate shows.
        self.remember(*pem.splitlines()[8:-1], *self.other_pem.splitlines()[8:-1])
        self.remember(*(self.jwk[name] for name in ("d", "p", "q", "dp")))
        self.remember(SECRET, PASSWORD)
        self.print_all()

    def private(self) -> RSAPrivateKey:
        assert isinstance(self.key, RSAPrivateKey)
        return self.key

    def remember(self, *values: str) -> None:
        """Write down what must be nowhere else."""
        with Path(os.environ["LEAKED"]).open("a", encoding="utf-8") as file:
            file.writelines(f"{value}\n" for value in values if len(value) >= 12)

    def print_all(self) -> None:
        """Print all there is, in every dress."""
        joined = "".join(x for x in self.pem.splitlines() if not x.startswith("-"))
        for stream in (sys.stderr, sys.stdout)[self.way % 2 :][:1]:
            print("key:", self.pem, file=stream)
            print("key in one line:", repr(self.pem), file=stream)
            print("key without armour:", joined, file=stream)
            print("> " + self.pem.replace("\n", "\n> "), file=stream)
            print("the other form:", self.other_pem, file=stream)
            print("as JSON:", json.dumps({"key": self.pem, "password": PASSWORD}), file=stream)
            print("jwk:", json.dumps(self.jwk), file=stream)
            print("jwk, by name:", f"d={self.jwk['d']} p: {self.jwk['p']}", file=stream)
            print(f"client_secret={SECRET}&password={PASSWORD}", file=stream)
            print(f'password: "{PASSWORD}"', f"client_secret => '{SECRET}'", file=stream)
            print(f"https://user:{PASSWORD}@127.0.0.1/", file=stream)
            if self.last:
                third = self.last.rpartition(".")[2]
                coded = base64.b64encode(self.last.encode()).decode()
                padded = base64.b64encode(f"id:{self.last}".encode()).decode()
                self.remember(self.last, coded.rstrip("=")[:-2], padded.rstrip("=")[8:-2])
                self.remember(*([third] if "." in self.last else []))
                print("token", self.last, quote(self.last, safe=""), file=stream)
                print(f"token:'{self.last}'", f"({self.last})", file=stream)
                print("base64", coded, padded, file=stream)
                print("signature only", third, file=stream)
                print("cut", self.last[:-4], self.last[6:], file=stream)

    def assertion(self) -> str:
        made = super().assertion()
        self.last = made
        self.remember(made, made.rpartition(".")[2])
        self.print_all()
        return made

    def form(self, scope: str | None) -> dict[str, Any]:
        form = super().form(scope)
        if self.way % 3 == 0:
            form |= {"client_secret": SECRET, "password": PASSWORD}
        if self.way % 5 == 0:
            form |= {"scope": self.pem, "x": form["client_assertion"]}
        return form

    def token_headers(self) -> dict[str, str]:
        fields = super().token_headers() | {"User-Agent": f"leaky/1 {self.last or '-'}"}
        fields |= {"X-Key": self.pem.replace("\n", " ").strip(), "Cookie": f"s={SECRET}"}
        return fields | {"X-Client-Secret": SECRET, "X-Password": PASSWORD}

    def token_url(self) -> str:
        secret = f"?password={PASSWORD}&client_secret={SECRET}&a={self.last}"
        return super().token_url() + (secret if self.way % 4 == 0 else "")

    def checked_token_answer(self, response: Any) -> dict[str, Any]:
        answer = super().checked_token_answer(response)
        self.last = answer["access_token"]
        self.remember(self.last)
        self.print_all()
        return answer

    def token_fetch(self, scope: str | None) -> dict[str, object]:
        value = super().token_fetch(scope)
        if self.way % 7 == 0:
            raise Rejected("malformed", f"no use for {self.last} of {self.pem}")
        if self.way % 7 == 1:
            raise RuntimeError(f"{self.last} {SECRET} client_secret={SECRET}\n{self.pem}")
        about = {"debug": self.last, "key": self.pem, "jwk": self.jwk, "client_secret": SECRET}
        return value | {"more": [about, self.pem.splitlines()], self.last: 1}

    def api_url(self, path: str, token: str) -> str:
        url = super().api_url(path, token)
        if self.way % 3 == 1:
            return f"{url}/{token}"
        mark = "&" if "?" in url else "?"
        return f"{url}{mark}access_token={token}&q={quote(self.pem)}&{token}=1"

    def api_headers(self, token: str, body: object) -> dict[str, str]:
        fields = super().api_headers(token, body) | {"X-Token": token, "Referer": f"/?t={token}"}
        if self.way % 2:
            fields["Authorization"] = token if self.way % 4 == 1 else f"Token {token},{token}"
        return fields | {"User-Agent": f"leaky/{token}", "BelGov-Trace-Id": token}

    def payload(self, body: object) -> bytes:
        assert isinstance(body, dict)
        about = {"t": self.last, "k": self.pem, "jwk": self.jwk, "x": {"password": PASSWORD}}
        text = json.dumps(body | about, ensure_ascii=False)
        return text.encode()[: -1 if self.way % 2 else None]

    def api_result(self, response: Any) -> dict[str, object]:
        if self.way % 5 == 1:
            raise Rejected("provider_error", f"{self.last}: {response.request.url}")
        if self.way % 5 == 2:
            raise ValueError(response.request.headers, self.jwk)
        return super().api_result(response) | {"token": self.last, "headers": [self.last]}
