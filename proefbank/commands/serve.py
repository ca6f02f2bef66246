"""`proefbank serve`: the simulated services, left running for a client that nobody drives."""

from __future__ import annotations

import difflib
import gc
import ipaddress
import random
import socket
import sys
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proefbank.errors import BadInvocation, NotObservable

if TYPE_CHECKING:
    from proefbank.commands.wire_record import WireRecord
    from proefbank.serving import AccountCard

__all__ = ["command"]

KEPT_EVENTS = 1_000


@click.command(
    "serve",
    context_settings={"max_content_width": 100},
    epilog="End it with Ctrl-C; what the client said can then be judged with proefbank judge.",
)
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="The first of a row, one for each address that is printed. Default: free ones.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--allow-public", is_flag=True, help="Let others reach it too.")
@click.option("--http", is_flag=True, help="Plain HTTP, without TLS.")
@click.option("--lenient", is_flag=True, help="Grant in spite of violations; they are noted.")
@click.option("--profile", metavar="FILE", help="Accounts, certificates and choices (TOML).")
@click.option("--no-profile", is_flag=True, help="Leave the proefbank.toml that lies here.")
@click.option("--openapi", metavar="FILE", help="Mount this OpenAPI document as the FLA API.")
@click.option("--stimulus", multiple=True, metavar="NAME[:TIMES]", help="Armed from the start.")
@click.option("--reports", metavar="DIR", help="Where to; reports if left out.")
@click.option("--run", "run_name", metavar="NAME", help="Name of the record's folder.")
@click.option("--ready-file", metavar="FILE", help="Write URLs, CA and accounts there, in JSON.")
def command(services: tuple[str, ...], **told: Any) -> int:
    """Start the simulated services on loopback and leave them running until Ctrl-C.

    Point a product at the printed URLs, click through it, and judge what it said.

    \b
      proefbank serve
      proefbank serve --port 8443 --stimulus api-503-retry-after:2
      proefbank serve --profile mine.toml --reports reports --run release-4.2

    In the profile, [[accounts]] are those of social security; for itsme each product is a
    partner, known by its redirect URL, its own client certificate or the one made for it:

    \b
      [itsme]
      dialect = "documented"                     # or swagger, literal
      prefix = "/signing"                        # else another in each session
      [[itsme.partners]]
      name = "mine"
      redirect_url = "https://localhost:9000/signed"
      certificates = ["client.pem"]              # beside the profile; may be left out
      partner_code = "MINE"                      # so may these
      service_code = "MINE_SIGN"
      batch = true
      addresses = ["127.0.0.1"]                  # [] for any
    """
    from proefbank.commands.profile_option import with_profile  # noqa: PLC0415 - after --help
    from proefbank.commands.stopping import ended_by_signal  # noqa: PLC0415 - after --help
    from proefbank.service import services as installed  # noqa: PLC0415
    from proefbank.serving import can_be_served  # noqa: PLC0415

    told = with_profile({**told, "services": services})
    _check(told)
    names = told["services"] or tuple(
        name for name, made in installed().items() if can_be_served(made)
    )
    stop = threading.Event()
    with ended_by_signal(stop):
        running: list[_Running] = []
        try:
            for name in dict.fromkeys(names):
                running.append(_Running(name, told))  # noqa: PERF401 - closed when the next fails
            stimuli = _stimuli(told["stimulus"], [one.simulator.stimuli() for one in running])
            port = told["port"]
            for one in running:
                one.start(port, told, stimuli, alone=len(running) == 1)
                port += one.ports if port else 0
            if told["ready_file"]:
                _write_ready(Path(told["ready_file"]), running)
            gc.collect()
            gc.freeze()  # what stands now stays: walking through it again would cost each answer
            click.echo("serving until Ctrl-C\n")
            while not stop.wait(0.5):  # without a timeout Ctrl-C would not be heard on Windows
                pass
        finally:
            for one in running:
                one.end()
    return 0


class _Running:
    """One service that is being served and recorded."""

    def __init__(self, name: str, told: dict[str, Any]) -> None:
        from proefbank.clock import Clock  # noqa: PLC0415 - after --help
        from proefbank.service import Settings, service  # noqa: PLC0415
        from proefbank.serving import served_of  # noqa: PLC0415
        from proefbank.simulator import Simulator  # noqa: PLC0415

        self.record: WireRecord | None = None
        self.cards: list[AccountCard] = []
        self.secure = not told["http"]
        self.service, clock = service(name, staged=True), Clock()
        settings = Settings(*(Path(f) if (f := told[o]) else None for o in ("profile", "openapi")))
        self._seed = random.SystemRandom().randrange(10_000)
        rng = random.Random(self._seed)  # noqa: S311 - choices
        made = self.service.open(settings, clock=clock, rng=rng)
        served = served_of(self.service, made)
        self.simulator = Simulator(
            name,
            made,
            served,
            clock=clock,
            sink=self._hear,
            keep=KEPT_EVENTS,
            listeners=self.service.listeners,
        )

    @property
    def ports(self) -> int:
        """How many ports in a row it takes."""
        from proefbank.sites import own_sites  # noqa: PLC0415 - loaded by then

        return len(own_sites(self.service.listeners))

    def start(
        self, port: int, told: dict[str, Any], stimuli: Sequence[tuple[str, int]], *, alone: bool
    ) -> None:
        """Listen, begin the record, say where everything is, and arm the stimuli it knows."""
        from proefbank.commands.serve_words import greeting, truststore  # noqa: PLC0415
        from proefbank.commands.wire_record import WireRecord, run_folder  # noqa: PLC0415

        public = _public_name(told["host"]) if told["allow_public"] else ""
        self.simulator.listen(
            host=told["host"],
            port=port,
            scheme="https" if self.secure else "http",
            public_name=public,
        )
        name = self.service.name
        run = told["run_name"] and (told["run_name"] if alone else f"{told['run_name']}-{name}")
        self.record = WireRecord(
            run_folder(Path(told["reports"] or "reports"), run, name),
            self.service,
            seed=self._seed,
            command=["proefbank", *sys.argv[1:]],
            origins=self.simulator.origins,
        )
        self.simulator.fresh()
        self.simulator.set_lenient(lenient=told["lenient"])
        self.cards = [self.simulator.card(one) for one in self.simulator.served.accounts]
        java = truststore(self.simulator.ca_file) if self.secure else None
        for line in greeting(self.simulator, self.cards, secure=self.secure, java=java):
            click.echo(line)
        if public:
            click.echo(f"  Others can reach it as {public}: it holds nothing but made-up data.")
        click.echo(f"  record   {self.record.path}\n")
        for stimulus, times in stimuli:
            if stimulus in self.simulator.stimuli():
                self._arm(stimulus, times)

    def _hear(self, event: Any) -> None:
        from proefbank.commands.serve_words import line_of  # noqa: PLC0415 - loaded by then

        if self.record is not None:
            self.record.write(event)
        if (line := line_of(event)) is not None:
            click.echo(line)

    def _arm(self, stimulus: str, times: int) -> None:
        try:
            self.simulator.arm(stimulus, times=times)
        except (ValueError, NotObservable) as problem:
            raise BadInvocation(
                str(problem), where="--stimulus", hint="for example: --stimulus token-html-500:2"
            ) from problem

    def end(self) -> None:
        """Close doors and record, and say how to judge it."""
        for door in self.simulator.doors.values():
            door.stop()
        if self.record is not None:
            self.simulator.end()
            self.record.end(interrupted=False)
            click.echo(f"\nrecord  {self.record.path}")
            click.echo(f"judge   proefbank judge {self.record.path}")
        self.simulator.close()


def _check(told: dict[str, Any]) -> None:
    from proefbank.doors.listening import refuse_public_host  # noqa: PLC0415 - after --help

    if not told["allow_public"]:
        refuse_public_host(told["host"])
    for option in ("profile", "openapi"):
        if told[option] and not Path(told[option]).is_file():
            raise BadInvocation(f"there is no file {told[option]}", where=f"--{option}")


def _public_name(host: str) -> str:
    """Return the name under which others reach `host`; empty if they cannot."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "" if host == "localhost" else host
    if address.is_loopback:
        return ""
    return socket.gethostname() if address.is_unspecified else host


def _stimuli(texts: Sequence[str], known: Sequence[Collection[str]]) -> list[tuple[str, int]]:
    """Return names and times; each stimulus is known to one of the services at least."""
    return [_stimulus(text, [name for some in known for name in some]) for text in texts]


def _stimulus(text: str, known: Collection[str]) -> tuple[str, int]:
    name, colon, times = text.partition(":")
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
        raise BadInvocation(
            f"no stimulus is called {name}", where="--stimulus", hint=f"the nearest is {nearest}"
        )
    if colon and not (times.isdecimal() and int(times) > 0):
        raise BadInvocation(
            f"{text}: {times or 'nothing'} is no number of times",
            where="--stimulus",
            hint=f"for example: --stimulus {name}:2",
        )
    return name, int(times or 1)


def _write_ready(path: Path, running: Sequence[_Running]) -> None:
    """Write where everything is."""
    from proefbank.commands.ready_file import write_ready  # noqa: PLC0415 - seldom needed
    from proefbank.commands.serve_words import control_origin  # noqa: PLC0415 - loaded by now

    services = {
        one.simulator.name: {
            "endpoints": dict(one.simulator.served.endpoints),
            "origin": one.simulator.origin,
            "control": f"{local}/.proefbank/" if (local := control_origin(one.simulator)) else None,
            "ca_file": str(one.simulator.ca_file) if one.secure else None,
            "accounts": [card.to_json() for card in one.cards],
            "record": str(one.record.path.absolute()) if one.record else None,
        }
        for one in running
    }
    write_ready(path, "proefbank/ready/1", services=services)
