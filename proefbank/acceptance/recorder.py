"""Doors in front of acceptance environments, and a record of what went through them.

Everything that goes through is about real people, so an exchange is cut the moment it is heard,
and only then handed on to be written. What the recorder answers itself is no exchange with the
environment: it is noted, and judges nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from proefbank.acceptance.known import is_acceptance, production_hosts
from proefbank.acceptance.scene import AtRecorder, facts_of, oddities
from proefbank.clock import Clock
from proefbank.doors.facts import ConnectionFact, Limits
from proefbank.doors.heard import Heard
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.proxy import Forwarder, Relayed
from proefbank.doors.tls import ServerTls
from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response
from proefbank.journal import Event
from proefbank.pki import CertificateAuthority
from proefbank.recordings.foreign import Stage
from proefbank.service import Service, module_of, service
from proefbank.upstream import Environment, Upstream

__all__ = ["Front", "Recorder"]

STORY: Final = "A client talks to the acceptance environment, through the recorder."
_MESSAGE_SECONDS: Final = 30.0
_LAST_PORT: Final = 65_535


@dataclass(slots=True)
class Front:
    """One door and what stands behind it."""

    service: str
    upstream: Upstream
    door: LoopbackDoor
    forwarder: Forwarder
    known: bool
    """Whether the sources name its host as one of acceptance."""


@dataclass(slots=True)
class _Told:
    """What was heard of one service, and what was said about it once."""

    stage: Stage
    settings: AtRecorder
    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: int = 0
    left_out: int = 0
    noted: set[str] = field(default_factory=set)


class Recorder:
    """Listens on loopback for every upstream; `sink` hears each event, cut, as it happens."""

    def __init__(
        self,
        environments: Sequence[Environment],
        *,
        sink: Callable[[Event], None],
        ca_file: Path,
        profile: Path | None = None,
        clock: Clock | None = None,
        port: int = 0,
    ) -> None:
        """Make everything ready; nothing listens before `start`.

        The doors stand at `port` and those after it, or at free ones. Writes `ca_file`. Raises
        BadInvocation for credentials that cannot be used, and for hosts of production.
        """
        self.clock = clock or Clock()
        self.fault: Exception | None = None
        self.origins: dict[str, str] = {}
        """Of each upstream, the origin of the door in front of it; once started."""
        self._sink = sink
        now = self.clock.now()
        tls = ServerTls(CertificateAuthority(now=now, name="Proefbank recorder"), now=now)
        ca_file.write_bytes(tls.ca_pem)
        self.ca_file = ca_file
        self._told: dict[str, _Told] = {}
        self.fronts: list[Front] = []
        self._production = production_hosts().union(*(one.production for one in environments))
        for environment in environments:
            made = service(environment.service, staged=True)
            about = module_of(made, "recorded")
            assert about is not None  # noqa: S101 - environments_of looked
            settings = AtRecorder(about.Settings(profile), self.origins)
            stage = Stage(made.name, about, settings, name=made.name)
            self._told[made.name] = _Told(stage, settings)
            for upstream in environment.upstreams:
                known = is_acceptance(upstream, made.name, self._production)
                at = port + len(self.fronts) if port else 0
                if at > _LAST_PORT:
                    raise BadInvocation(
                        f"there is no port {at}: one is needed for each address",
                        where="--port",
                        hint="name a lower one, or leave --port out for free ones",
                    )
                self.fronts.append(self._front(made, upstream, environment, tls, at, known=known))

    def _front(
        self,
        made: Service,
        upstream: Upstream,
        environment: Environment,
        tls: ServerTls,
        port: int,
        *,
        known: bool,
    ) -> Front:
        site = next((one for one in made.listeners if one.name == upstream.name), None)
        forwarder = Forwarder(
            upstream,
            tell=lambda relayed: self._heard(made.name, relayed),
            clock=self.clock,
            origins=self.origins,
            rewrites=environment.rewrites,
            production=self._production,
        )
        body = site.largest_body if site else Limits().body_bytes
        door = LoopbackDoor(
            forwarder,
            clock=self.clock,
            on_exchange=lambda request, response: self._ours(made.name, request, response),
            on_connection=lambda fact: self._connected(made.name, fact),
            on_fault=self._faulted,
            listener=upstream.name,
            port=port,
            server_tls=tls,
            also_plain=True,  # a client that forgets TLS is heard, and found
            # Nobody is asked for a client certificate: what is shown to us is not shown to the
            # environment, and one that we cannot verify would break the connection off.
            limits=Limits(body_bytes=body, message_seconds=_MESSAGE_SECONDS),
        )
        return Front(made.name, upstream, door, forwarder, known)

    def start(self) -> None:
        """Listen, and open a staging for each service; raises BadInvocation for a taken port."""
        try:
            for front in self.fronts:
                front.door.start()
                self.origins[front.upstream.origin] = front.door.origin
        except BadInvocation:
            self._stop()
            raise
        for told in self._told.values():
            self._tell(told.stage.begin(self.clock.now(), STORY))
        for front in self.fronts:
            where = f"{front.upstream.origin} is reached through {front.door.origin}"
            dialled = f", dialled at {front.upstream.connect}" if front.upstream.connect else ""
            self._note(front.service, where + dialled)
            if not front.known:
                why = f"no source names {front.upstream.host} as acceptance; it is taken as told"
                self._note(front.service, why)

    def end(self) -> None:
        """Stop listening and close every staging."""
        self._stop()
        reason = f"the recorder failed: {type(self.fault).__name__}" if self.fault else ""
        for name, told in self._told.items():
            if told.left_out:
                self._note(name, f"{told.left_out} other requests were passed on and left out")
            self._tell(told.stage.end("broken" if reason else "done", reason))

    def _stop(self) -> None:
        for front in self.fronts:
            front.door.stop()
            front.forwarder.close()

    @property
    def kept(self) -> Mapping[str, int]:
        """How many exchanges are in the record, by service."""
        return {name: told.kept for name, told in self._told.items()}

    # What went through.

    def _heard(self, name: str, relayed: Relayed) -> None:
        """Cut an exchange and hand it on, or note that there was none."""
        told = self._told[name]
        with told.lock:
            if relayed.own:
                self._note(name, self._own_words(told, relayed.request, relayed))
                return
            item = Heard(relayed.request, relayed.response)
            events = told.stage.hear(item, {"recorder": facts_of(relayed)})
            self._tell(events)
            told.kept += bool(events)
            told.left_out += not events
            for text in oddities(relayed, told.settings):
                if text not in told.noted:  # each the first time only
                    told.noted.add(text)
                    self._note(name, text)

    @staticmethod
    def _own_words(told: _Told, request: Request, relayed: Relayed) -> str:
        where = told.stage.cut_target(request)
        status = relayed.response.status
        return f"the recorder itself answered {status} to {request.method} {where}: {relayed.own}"

    def _ours(self, name: str, request: Request, response: Response) -> None:
        """Note an answer that the door gave without asking anybody, e.g. to too large a body."""
        if "relayed" in response.trail.facts:
            return
        told = self._told[name]
        with told.lock:
            where = told.stage.cut_target(request)
            why = f"the recorder itself answered {response.status} to {request.method} {where}"
            self._note(name, why)

    def _connected(self, name: str, fact: ConnectionFact) -> None:
        if fact.outcome in {"refused", "rejected"}:
            why = fact.alert or fact.detail
            self._note(name, f"a handshake with the recorder was broken off ({why})")

    def _faulted(self, problem: Exception) -> None:
        self.fault = problem

    def _note(self, name: str, text: str) -> None:
        told = self._told[name]
        with told.lock:
            self._tell(told.stage.note(text))

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            self._sink(event)
