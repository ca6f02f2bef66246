"""A stand-in for the acceptance environments: our own providers under other names.

Names nobody resolves are dialled at loopback ports, as curl's --connect-to does it. Their
certificates come from an authority that is not a run's, and the signing service asks for the
partner's certificate. A profile tells where everything is, as an integrator's would.

    with StandIn("socialsecurity", "itsme", folder=folder) as acc:
        acc.profile                       # proefbank.toml with [acc.*]
        acc.members("itsme", {...})       # what a client is told, its addresses leading elsewhere

As a script it stays up until Ctrl-C:  python -m suites.selftest.stand_in FOLDER [SERVICE]...
"""

from __future__ import annotations

import json
import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from proefbank.clock import Clock
from proefbank.doors.facts import Limits
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.exchange import Provider, Request, Response
from proefbank.pki import CertificateAuthority
from proefbank.service import Settings, service
from proefbank.serving import served_of
from proefbank.simulator import Simulator
from proefbank.sites import served_sites

__all__ = ["HOSTS", "Site", "StandIn", "session"]

HOSTS: Mapping[str, str] = {
    "socialsecurity": "oauth.acc.example",
    "ehealth": "iam.acc.example",
    "itsme": "b2b.acc.example",
}
"""Where each service would be, by name."""
AUTHORITY = "Example Public Root"
DOCUMENT = {"id": "d1", "sha256": "6KPy3ktDQg6gCCyBU1CeVVLlNv4J3Fp2KE8MX8CzPAU="}


class _Named:
    """A provider that is asked under a public name, whatever address and port it listens on."""

    def __init__(self, provider: Provider, name: str) -> None:
        self._provider, self._name = provider, name

    def handle(self, request: Request) -> Response:
        return self._provider.handle(replace(request, host=self._name, port=443))

    def reset(self) -> None:
        self._provider.reset()


class Site:
    """One service behind its public names; refuses what the real one refuses."""

    def __init__(
        self, name: str, folder: Path, authority: CertificateAuthority, *, seed: int = 1
    ) -> None:
        clock, made = Clock(), service(name, staged=True)
        self.name, self.folder, self.host = name, folder, HOSTS[name]
        self.clock = clock
        self.cast: Any = made.open(Settings(), clock=clock, rng=random.Random(seed))
        self.simulator = Simulator(
            name, self.cast, served_of(made, self.cast), clock=clock, listeners=made.listeners
        )
        sites = [site for site in served_sites(made.listeners) if site.name != "elsewhere"]
        self.hosts = {
            site.name: self.host if site.name == "main" else f"{site.name}.{self.host}"
            for site in sites
        }
        tls = ServerTls(
            authority,
            now=clock.now(),
            hosts=tuple(self.hosts.values()),  # and not 127.0.0.1: the names matter
            client_trust=self.cast.client_trust,
        )
        self.simulator.doors = {
            site.name: LoopbackDoor(
                _Named(self.simulator.provider, self.hosts[site.name]),
                clock=clock,
                on_exchange=self._hear,
                on_connection=lambda _: None,
                listener=site.name,
                server_tls=tls,
                request_client_certificate=site.asks_client,
                limits=Limits(body_bytes=site.largest_body),
            )
            for site in sites
        }

        self.raw: list[tuple[Request, Response]] = []
        """All that was said, with every secret: for those who look for them elsewhere."""

    def _hear(self, request: Request, response: Response) -> None:
        self.raw.append((request, response))
        self.simulator.record(request, response)

    def open(self) -> None:
        """Listen."""
        for door in self.simulator.doors.values():
            door.start()
        self.simulator.origins = self.origins
        self.simulator.origin = self.origins["main"]
        self.cast.meet(self.origins)
        self.simulator.fresh()

    def close(self) -> None:
        """Listen no more."""
        self.simulator.close()

    @property
    def origins(self) -> Mapping[str, str]:
        """Its public origins, by listener."""
        return {listener: f"https://{host}" for listener, host in self.hosts.items()}

    @property
    def origin(self) -> str:
        """Its public origin."""
        return self.origins["main"]

    def connect(self, listener: str = "main") -> str:
        """Return where it really listens."""
        return f"127.0.0.1:{self.simulator.doors[listener].port}"

    @property
    def seen(self) -> Sequence[Any]:
        """What came, in its own journal: who was let in, and what it testifies."""
        return self.simulator.journal.exchanges

    def members(self, account: str = "", leading: Mapping[str, str] | None = None) -> Any:
        """Return what a client is told; addresses below a key of `leading` begin with its value.

        Audience and issuer stay what they are: they are names.
        """
        told, _ = self.cast.scenario(account, None, self.folder)

        def led(name: str, value: object) -> object:
            for origin, other in (leading or {}).items():
                if isinstance(value, str) and name not in ("audience", "issuer"):
                    value = value.replace(origin, other)
            return value

        return {name: led(name, value) for name, value in told.items()}

    def person(self, act: str = "approve") -> None:
        """Have a person act on the session that was opened last."""
        self.simulator.act("person", {"act": act})

    def tables(self, ca_file: str) -> str:
        """Return its tables of the profile: where it stands, and who the client is there."""
        reached = {"origin": self.origin, "ca_file": ca_file, "connect": self.connect()}
        own, more = getattr(self, f"_{self.name}")()
        return "\n".join([f"[acc.{self.name}]", *_lines({**reached, **own}), "", *more]) + "\n"

    def _socialsecurity(self) -> tuple[dict[str, Any], list[str]]:
        account = self.cast.account("")
        told, facts = self.cast.scenario("", None, self.folder)
        own = {
            "client_id": told["client_id"],
            "private_key": {"file": Path(told["private_key_file"]).name},
            "certificate": {"file": Path(told["certificate_file"]).name},
            "scope": facts["capacity_scope"],
            "call": self.cast.sample("", facts),
        }
        known = {
            "name": account.name,
            "client_id": account.client_id,
            "enterprise_number": account.enterprise_number,
            "capacity": account.capacity,
        }
        return own, ["[[accounts]]", *_lines(known)]

    def _ehealth(self) -> tuple[dict[str, Any], list[str]]:
        told, _ = self.cast.scenario("", None, self.folder)
        token = self.folder / "ehealth-token"
        token.touch(mode=0o600)
        token.write_text(self.cast.token("access", at=self.clock.now()).token, encoding="ascii")
        return {"audience": told["audience"], "token": {"file": token.name}}, []

    def _itsme(self) -> tuple[dict[str, Any], list[str]]:
        told, facts = self.cast.scenario("", None, self.folder)
        known = {name: facts[name] for name in ("partner_code", "service_code", "redirect_url")}
        own = {
            "base_path": told["base_url"].removeprefix(self.origin),
            "certificate": {"file": Path(told["client_certificate_file"]).name},
            "key": {"file": Path(told["client_key_file"]).name},
        }
        return own | known, ["[[itsme.partners]]", *_lines({"name": facts["partner"], **known})]


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_toml(value)}" for name, value in table.items() if value is not None]


def _toml(value: object) -> str:
    """Return a value as TOML has it in one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_lines(value))} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value)


class StandIn:
    """Several services in one folder, with one profile."""

    def __init__(self, *names: str, folder: Path) -> None:
        """Make them ready; nothing listens before it is entered."""
        self.folder = folder
        self.authority = CertificateAuthority(now=Clock().now(), name=AUTHORITY)
        self.ca_file = folder / "acc-ca.pem"
        self.profile = folder / "proefbank.toml"
        self.sites = {name: Site(name, folder, self.authority) for name in names or HOSTS}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca_file.write_bytes(self.authority.pem)
        for site in self.sites.values():
            site.open()
        self.profile.write_text(self.text(), encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for site in self.sites.values():
            site.close()

    def text(self) -> str:
        """Return the profile."""
        tables = [site.tables(self.ca_file.name) for site in self.sites.values()]
        return "\n".join(['[acc]\nauthority = "An Example, test manager"\n', *tables])

    def members(
        self, name: str, leading: Mapping[str, str] | None = None, account: str = ""
    ) -> Mapping[str, Any]:
        """Return what a client of one service is told; see `Site.members`."""
        told: Mapping[str, Any] = self.sites[name].members(account, leading)
        return told


def session(
    site: Site, client: Any, ca_file: Path, leading: Mapping[str, str] | None = None
) -> list[Any]:
    """Have a client do an ordinary day's work; return what it was given.

    `leading` has the recorder's origin for each origin of acceptance, as in `Site.members`.
    """
    members = site.members(leading=leading)
    client.scenario({"ca_file": str(ca_file), site.name: members})
    try:
        return [*_WORK[site.name](site, client, members)]
    finally:
        client.close()


def _use_the_api(site: Site, client: Any, members: Mapping[str, Any]) -> Iterator[Any]:
    _, facts = site.cast.scenario("", None, site.folder)
    call = site.cast.sample("", facts)
    yield client.token_fetch(members["scope"])
    for _ in range(3):
        yield client.api_call(call["method"], call["path"], call.get("body"))
    yield client.token_fetch(members["scope"])


def _verify_tokens(site: Site, client: Any, _: Mapping[str, Any]) -> Iterator[Any]:
    for _token in range(12):
        yield client.jwt_verify(site.cast.token("access", at=site.clock.now()).token)


def _sign(site: Site, client: Any, members: Mapping[str, Any]) -> Iterator[Any]:
    for _day in range(2):
        step = client.sign_start([DOCUMENT], "NL")
        handle = step["session"]
        for turn in range(9):
            if "redirect" not in step:
                break
            site.person("approve")
            step = client.sign_resume(handle, f"{members['redirect_url']}?turn={turn}")
        yield step


_WORK: Mapping[str, Callable[..., Iterator[Any]]] = {
    "socialsecurity": _use_the_api,
    "ehealth": _verify_tokens,
    "itsme": _sign,
}


if __name__ == "__main__":
    where, *chosen = sys.argv[1:] or ["stand-in"]
    with StandIn(*chosen, folder=Path(where)) as up:
        sys.stdout.write(f"{up.profile}\n")
        sys.stdout.flush()
        threading.Event().wait()
