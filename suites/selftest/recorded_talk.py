"""A served bench, and one conversation with three services that any recorder can listen to.

It is spoken with requests and PyJWT, by hand, so that nothing of ours is on the client's side.
"""

from __future__ import annotations

import re
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import requests

from proefbank.clock import Clock

from .program import SECONDS, Staying, stay, wait

__all__ = ["NAMES", "Served", "mitmdump", "serving", "session", "talk"]

NAMES = ("socialsecurity", "ehealth", "itsme")
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Served:
    """Three services in one process."""

    staying: Staying

    @property
    def told(self) -> dict[str, dict[str, Any]]:
        """What the ready file tells of each service."""
        services: dict[str, dict[str, Any]] = self.staying.told["services"]
        return services

    def stop(self) -> list[Path]:
        """End it, and return the records it leaves."""
        self.staying.stop()
        return [Path(self.told[name]["record"]) for name in NAMES]


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve until the block ends."""
    staying = stay(folder, "serve", *NAMES, "--no-profile", "--reports", str(folder))
    try:
        yield Served(staying)
    finally:
        staying.stop()


def session(served: Served) -> requests.Session:
    """Return a session that trusts what is served, and shows the certificate itsme gave."""
    made = requests.Session()
    made.trust_env = False
    bundle = Path(served.told["itsme"]["ca_file"]).with_name("all.pem")
    bundle.write_text("".join(Path(served.told[n]["ca_file"]).read_text() for n in NAMES))
    made.verify = str(bundle)
    return made


def talk(
    served: Served,
    http: requests.Session,
    *,
    flawed: bool = False,
    at: dict[str, str] | None = None,
) -> None:
    """Speak with every service; `at` has other origins to reach them at, by name."""
    there = at or {}
    _portal(served.told["socialsecurity"], http, there.get("socialsecurity"), flawed=flawed)
    _realm(served.told["ehealth"], http, there.get("ehealth"), flawed=flawed)
    _signing(served.told["itsme"], http, there.get("itsme"), flawed=flawed)


def _there(url: str, origin: str | None) -> str:
    return re.sub(r"^https://[^/]+", origin, url) if origin else url


def _portal(
    told: dict[str, Any], http: requests.Session, origin: str | None, *, flawed: bool
) -> None:
    card, ends = told["accounts"][0], told["endpoints"]
    key = Path(card["private_key_file"]).read_bytes()
    token = ""
    for lifetime in (3000, 240) if flawed else (240,):  # the first is refused
        now = int(Clock().now())
        claims = {
            **dict.fromkeys(("iss", "sub"), card["client_id"]),
            "aud": ends["token_endpoint"],
            "jti": secrets.token_hex(16),
            "iat": now,
            "exp": now + lifetime,
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": TYPE,
            "client_assertion": jwt.encode(claims, key, "RS256"),
        }
        answer = http.post(_there(ends["token_endpoint"], origin), data=form)
        token = answer.json().get("access_token", "")
    url = _there(ends["api_base"], origin) + "/registrations"
    if flawed:
        url += f"?access_token={token}"
    body = {
        "enterpriseNumber": card["enterprise_number"],
        "reference": "proefbank-sample",
        "title": "Voorbeeldopleiding",
    }
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, application/problem+json",
        "BelGov-Trace-Id": secrets.token_hex(8),
    }
    http.post(url, json=body, headers=headers)


def _realm(
    told: dict[str, Any], http: requests.Session, origin: str | None, *, flawed: bool
) -> None:
    ends = told["endpoints"]
    http.get(_there(ends["discovery"], origin))
    for _ in range(14 if flawed else 1):
        http.get(_there(ends["jwks_uri"], origin))


def _signing(
    told: dict[str, Any], http: requests.Session, origin: str | None, *, flawed: bool
) -> None:
    card = told["accounts"][0]
    names = {"partnerCode": card["partner_code"], "serviceCode": card["service_code"]}
    base = f"{told['endpoints']['base_url']}/qes-partners/1.0.0/user_identification"
    base = _there(base, origin)
    cert = (card["certificate_file"], card["private_key_file"])
    body = {**names, "redirectUrl": card["redirect_url"], "lang": "XX" if flawed else "NL"}
    answer = http.post(base, json=body, cert=cert)
    if "asyncRespID" in answer.json():
        asked = {**names, "asyncRespID": answer.json()["asyncRespID"]}
        http.post(f"{base}/status", json=asked, cert=cert)


@contextmanager
def mitmdump(
    program: str, served: Served, folder: Path, har: Path, *modes: str
) -> Iterator[list[str]]:
    """Run mitmdump until the block ends; yield the origins at which its modes listen."""
    card = served.told["itsme"]["accounts"][0]
    pem = folder / "client.pem"
    pem.write_text(
        Path(card["certificate_file"]).read_text() + Path(card["private_key_file"]).read_text()
    )
    pem.chmod(0o600)
    words = [program, "--set", f"hardump={har}", "--set", f"confdir={folder}", "--set"]
    words += [f"ssl_verify_upstream_trusted_ca={session(served).verify}"]
    words += ["--set", f"client_certs={pem}", "--set", "termlog_verbosity=info"]
    with ExitStack() as held:  # mitmdump has no port 0 for more than one
        free = [held.enter_context(socket.socket()) for _ in modes]
        for mode, taken in zip(modes, free, strict=True):
            taken.bind(("127.0.0.1", 0))
            words += ["--mode", f"{mode}@127.0.0.1:{taken.getsockname()[1]}"]
    words += ["--listen-host", "127.0.0.1"]
    log = folder / "mitmdump.log"
    with log.open("w") as out:
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, text=True)
    try:
        try:
            wait(process, lambda: len(_ports(log)) >= len(modes))
        except BaseException:
            print(log.read_text())  # noqa: T201 - what it says of itself
            raise
        yield [mode.rpartition("@")[2] for mode in words if "@127.0.0.1:" in mode]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=SECONDS)


def _ports(log: Path) -> list[str]:
    return re.findall(r"listening at (?:\S*?)[:](\d+)", log.read_text())
