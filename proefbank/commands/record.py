"""`proefbank record`: a recorder on loopback, between a client and acceptance."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proefbank.errors import BadInvocation

if TYPE_CHECKING:
    from proefbank.acceptance.recorder import Recorder
    from proefbank.commands.wire_record import WireRecord
    from proefbank.journal import Event
    from proefbank.upstream import Environment

__all__ = ["command"]

_EPILOG = """\
Where the client's host is fixed, or its aud is whatever address it calls, record it with mitmproxy
and judge the archive:

\b
  python3 -m venv mitm && mitm/bin/pip install mitmproxy
  mitm/bin/mitmdump --listen-host 127.0.0.1 -p 8080 --set hardump=acc.har \\
      --allow-hosts 'services-acpt\\.socialsecurity\\.be'
  HTTPS_PROXY=http://127.0.0.1:8080 SSL_CERT_FILE=~/.mitmproxy/mitmproxy-ca-cert.pem …the client…
  proefbank judge acc.har && rm acc.har

\b
It writes the archive when it ends (Ctrl-C). What else it may need:
  mutual TLS, key and certificate in one file    --set client_certs=both.pem
  authorities of acceptance                      --set ssl_verify_upstream_trusted_ca=acc-ca.pem
  a client that heeds no HTTPS_PROXY: let the name lead to 127.0.0.1 (/etc/hosts), and
      -p 443 --mode reverse:https://ip.acc.example --set keep_host_header=true
      with acceptance's own IP address for ip.acc.example

That archive holds tokens, assertions and persons as they were: keep it where they may be, and no
longer than it takes. What proefbank judge writes has none of it.
"""


@click.command("record", context_settings={"max_content_width": 100}, epilog=_EPILOG)
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("--target", type=click.Choice(["acc"]), help="What is recorded: acceptance.")
@click.option("--profile", metavar="FILE", help="Where acceptance stands: [acc.SERVICE] (TOML).")
@click.option("--no-profile", is_flag=True, help="Leave the proefbank.toml that lies here.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="The first of a row, one for each address that is printed. Default: free ones.",
)
@click.option("--judge", is_flag=True, help="Judge the record when it has ended.")
@click.option("--reports", metavar="DIR", help="Where to; reports if left out.")
@click.option("--run", "run_name", metavar="NAME", help="Name of the record's folder.")
@click.option("--ready-file", metavar="FILE", help="Write addresses, CA and record there, in JSON.")
def command(services: tuple[str, ...], **told: Any) -> int:
    """Record what a client says to acceptance, until Ctrl-C.

    The client calls the printed addresses; what it says goes on to acceptance over TLS, with the
    certificate of the profile where mutual TLS is asked for. Names stay those of acceptance: aud,
    issuer, codes. Tokens, keys and persons are cut before anything is written.

    \b
      proefbank record socialsecurity --target acc
      proefbank record --target acc --profile mine.toml --port 8443 --judge

    Production is refused. In the profile, beside credentials by reference:

    \b
      [acc.socialsecurity]                       # documented addresses, unless origin says another
      [acc.itsme]
      origin = "https://uat.partner.example"     # told at onboarding
      certificate = { file = "client.pem" }      # shown to acceptance
      key = { env = "ITSME_KEY" }
    """
    from proefbank.acceptance.known import environments_of  # noqa: PLC0415
    from proefbank.commands.profile_option import with_profile  # noqa: PLC0415 - after --help
    from proefbank.commands.stopping import ended_by_signal  # noqa: PLC0415

    if told["target"] is None:
        raise BadInvocation(
            "it is not said what is recorded",
            where="--target",
            hint="proefbank record --target acc; simulated services record themselves: serve",
        )
    told = with_profile({**told, "services": services})
    profile = Path(told["profile"]) if told["profile"] else None
    names = tuple(told["services"] or ()) or _in_profile(profile)
    environments = environments_of(names, profile)
    stop = threading.Event()
    session: _Session | None = None
    with ended_by_signal(stop):
        folder = Path(tempfile.mkdtemp(prefix="proefbank-"))
        try:
            session = _Session(environments, told, profile, folder)
            session.start(told)
            click.echo("recording until Ctrl-C\n")
            while not stop.wait(0.5):  # without a timeout Ctrl-C would not be heard on Windows
                pass
        finally:
            if session is not None:
                session.end()
            shutil.rmtree(folder, ignore_errors=True)
    return session.said(profile, told) if told["judge"] else 0


class _Session:
    """One recorder and its record."""

    def __init__(
        self,
        environments: Sequence[Environment],
        told: dict[str, Any],
        profile: Path | None,
        folder: Path,
    ) -> None:
        from proefbank.acceptance.recorder import Recorder  # noqa: PLC0415 - after --help

        self.record: WireRecord | None = None
        self.recorder: Recorder = Recorder(
            environments,
            sink=self._hear,
            ca_file=folder / "ca.pem",
            profile=profile,
            port=told["port"] or 0,
        )
        self._environments = environments
        self._talks = False

    def start(self, told: dict[str, Any]) -> None:
        """Begin the record, listen, and say where."""
        from proefbank.commands.record_words import greeting  # noqa: PLC0415 - after --help
        from proefbank.commands.serve_words import truststore  # noqa: PLC0415
        from proefbank.commands.wire_record import WireRecord, run_folder  # noqa: PLC0415
        from proefbank.service import service  # noqa: PLC0415

        names = [one.service for one in self._environments]
        reports = Path(told["reports"] or "reports")
        about = f"acc-{'-'.join(names)}"
        origins = {
            one.service if item.name == "main" else f"{one.service}/{item.name}": item.origin
            for one in self._environments
            for item in one.upstreams
        }
        self.record = WireRecord(
            run_folder(reports, told["run_name"], about, command="record"),
            *(service(name) for name in names),
            seed=None,
            command=["proefbank", *sys.argv[1:]],
            origins=origins,
            target="acc",
        )
        self.recorder.start()  # what it notes is among what is said next
        self._talks = True
        java = truststore(self.recorder.ca_file)
        for line in greeting(self.recorder, java):
            click.echo(line)
        click.echo(f"  record   {self.record.path}\n")
        if told["ready_file"]:
            self._write_ready(Path(told["ready_file"]))

    def _hear(self, event: Event) -> None:
        from proefbank.commands.serve_words import line_of  # noqa: PLC0415 - loaded by then

        if self.record is not None:
            self.record.write(event)
        if self._talks and (line := line_of(event)) is not None:
            click.echo(line)

    def _write_ready(self, path: Path) -> None:
        """Write where everything is."""
        from proefbank.commands.ready_file import write_ready  # noqa: PLC0415 - seldom needed

        assert self.record is not None  # noqa: S101 - begun by now
        services: dict[str, dict[str, dict[str, str]]] = {}
        for front in self.recorder.fronts:
            there = {"origin": front.door.origin, "in_place_of": front.upstream.origin}
            services.setdefault(front.service, {})[front.upstream.name] = there
        write_ready(
            path,
            "proefbank/record-ready/1",
            ca_file=str(self.recorder.ca_file),
            record=str(self.record.path.absolute()),
            services=services,
        )

    def end(self) -> None:
        """Close doors and record, and say how to judge it."""
        self.recorder.end()
        if self.record is None:
            return
        self.record.end(interrupted=False)
        kept = ", ".join(f"{count} of {name}" for name, count in self.recorder.kept.items())
        click.echo(f"\nrecord  {self.record.path} (exchanges: {kept})")
        click.echo(f"judge   proefbank judge {self.record.path}")

    def said(self, profile: Path | None, told: dict[str, Any]) -> int:
        """Judge the record as the command `judge` does; return the exit code of that."""
        from proefbank.commands.judge import command as judge  # noqa: PLC0415 - where asked for

        assert self.record is not None  # noqa: S101 - it has ended
        path = self.record.path
        click.echo()
        words = [str(path), "--reports", told["reports"] or "reports"]
        words += ["--run", f"{path.parent.name}-judged"]
        words += ["--profile", str(profile)] if profile else ["--no-profile"]
        status: int = judge.main(words, standalone_mode=False)
        return status


def _in_profile(profile: Path | None) -> tuple[str, ...]:
    """Return the services that a profile has a table for; BadInvocation if it has none."""
    from proefbank.acceptance.known import named_in  # noqa: PLC0415 - after --help

    named = tuple(named_in(profile))
    if not named:
        raise BadInvocation(
            "no service is named, and no profile has a table for one",
            where="SERVICE",
            hint="proefbank record socialsecurity --target acc, or [acc.SERVICE] in the profile",
        )
    return named
