"""Profiles of an integrator at the stand-in: `[acc.*]` with everything that a run needs."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from proefbank.browsing import PRESSES, Browser

from .stand_in import Site, StandIn

__all__ = ["CALL", "Dialled", "complete", "lines_of", "somebody"]

CALL = {
    "method": "POST",
    "path": "/registrations",
    "body": {
        "enterpriseNumber": "0000000196",
        "reference": "proefbank-acc",
        "title": "Voorbeeldopleiding",
        "participants": [{"reference": "Zoë Müller-Désiré"}],
    },
}


def _toml(value: Any) -> str:
    """Return a value as inline TOML."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def lines_of(site: Site) -> dict[str, Any]:
    """Return what a run needs of a site besides where it stands; files lie in its folder."""
    told, facts = site.cast.scenario("", None, site.folder)
    match site.name:
        case "socialsecurity":
            return {
                "client_id": told["client_id"],
                "private_key": {"file": Path(told["private_key_file"]).name},
                "certificate": {"file": Path(told["certificate_file"]).name},
                "scope": facts["capacity_scope"],
                "capacity": facts["capacity"],
                "call": CALL,
            }
        case "ehealth":
            made = site.cast.token("access", at=site.clock.now(), life=3600)
            (site.folder / "acc.jwt").write_text(made.token, encoding="utf-8")
            return {
                "audience": told["audience"],
                "issuer": told["issuer"],
                "token": {"file": "acc.jwt"},
            }
    prefix = told["base_url"].removeprefix(site.origin)
    codes = {key: told[key] for key in ("partner_code", "service_code", "redirect_url")}
    return codes | ({"base_path": prefix} if prefix else {})


def complete(acc: StandIn, **changes: dict[str, Any]) -> Path:
    """Write the whole profile; `changes` are keys of a service, None leaves one out."""
    text = acc.text()
    for name, site in acc.sites.items():
        told = {**lines_of(site), **changes.get(name, {})}
        for key in told:
            text = re.sub(rf"(?m)(?<=\[acc\.{name}\]\n)((?:.+\n)*?){key} = .*\n", r"\1", text)
        lines = [f"{key} = {_toml(value)}" for key, value in told.items() if value is not None]
        head = f"[acc.{name}]\n"
        text = text.replace(head, head + "\n".join(lines) + "\n")
    acc.profile.write_text(text, encoding="utf-8")
    return acc.profile


class Dialled(httpx.BaseTransport):
    """Reaches the stand-in under its public names, which nobody resolves."""

    def __init__(self, acc: StandIn) -> None:
        self.ports = {
            host: site.simulator.doors[listener].port
            for site in acc.sites.values()
            for listener, host in site.hosts.items()
        }
        trust = ssl.create_default_context(cafile=acc.ca_file)
        self._http = httpx.HTTPTransport(verify=trust, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        asked = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self.ports[name]),
            headers=request.headers,
            content=request.read(),
            extensions={**request.extensions, "sni_hostname": name},
        )
        return self._http.handle_request(asked)

    def close(self) -> None:
        self._http.close()


@contextmanager
def somebody(acc: StandIn) -> Iterator[Callable[[str], str | None]]:
    """Yield a person who approves whatever page they are sent to."""
    site = acc.sites["itsme"]
    browser = Browser(None, site.origins["front"], transport=Dialled(acc))
    typed = site.cast.typed("with-certificate")
    try:
        yield lambda url: browser.visit(url, typed, PRESSES["approve"]).returned_to
    finally:
        browser.close()
