"""The peers: other people's mock servers, installed at run time into a cache folder.

Each comes from its registry by its own client, in the newest version that runs here. Nothing
of them is kept in the repository.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from machine import pinned

__all__ = ["PEERS", "Peer", "PeerServer", "Unavailable"]

_INSTALL_SECONDS = 240
_START_SECONDS = 20
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>benchmark</groupId><artifactId>peer</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>no.nav.security</groupId><artifactId>mock-oauth2-server</artifactId>
    <version>RELEASE</version>
  </dependency></dependencies>
</project>
"""
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies"


class Unavailable(Exception):  # noqa: N818 - a reason to leave a peer out, no error
    """A peer cannot be had here; its text says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A mock server by others."""

    name: str
    path: str
    """Of its token endpoint."""
    tools: tuple[str, ...]
    """Commands it needs."""
    warm_up: float
    """Seconds of load before anything counts; a JVM wants more of them."""
    does: str


AXA = Peer(
    "npm oauth2-mock-server", "/token", ("node", "npm"), 1.5, "signs RS256, verifies nothing"
)
NAV = Peer(
    "Maven mock-oauth2-server",
    "/default/token",
    ("java", "mvn"),
    5.0,
    "signs RS256, verifies no signature",
)
PEERS = (AXA, NAV)


def install(peer: Peer, cache: Path) -> str:
    """Install it unless it is there; return its version. Raises `Unavailable`."""
    missing = [tool for tool in peer.tools if shutil.which(tool) is None]
    if missing:
        raise Unavailable(f"{' and '.join(missing)} not found")
    folder = cache / peer.name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    if peer is AXA:
        about = folder / "node_modules/oauth2-mock-server/package.json"
        if not about.exists():
            flags = "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"
            _run(["npm", "install", *flags, "--prefix", str(folder), "oauth2-mock-server"], folder)
        version: str = json.loads(about.read_text("utf-8"))["version"]
        return version
    if not list(folder.glob("lib/mock-oauth2-server-*.jar")):
        (folder / "pom.xml").write_text(_POM, "utf-8")
        _run(["mvn", "-B", "-q", _COPY, "-DoutputDirectory=lib", "-DincludeScope=runtime"], folder)
    jar = next(folder.glob("lib/mock-oauth2-server-*.jar"))
    return jar.stem.rpartition("-")[2]


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            check=False,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} took more than {_INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        last = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()][-1:]
        raise Unavailable(f"{command[0]} failed: {''.join(last)[:200]}")


class PeerServer:
    """One peer listening on a loopback port, until the context ends."""

    def __init__(
        self, peer: Peer, cache: Path, scheme: str, leaf: tuple[Path, Path], core: int | None
    ) -> None:
        """Start it on `core` and wait until it answers. Raises `Unavailable`."""
        with socket.create_server(("127.0.0.1", 0)) as finder:
            self.port: int = finder.getsockname()[1]
        folder = cache / peer.name.replace(" ", "-")
        environment = dict(os.environ)
        if peer is AXA:
            script = folder / "node_modules/oauth2-mock-server"
            told = json.loads((script / "package.json").read_text("utf-8"))["bin"]
            script /= told["oauth2-mock-server"] if isinstance(told, dict) else told
            command = ["node", str(script), "-a", "127.0.0.1", "-p", str(self.port)]
            if scheme == "https":
                command += ["-c", str(leaf[0]), "-k", str(leaf[1])]
        else:
            # The faster one of its two HTTP servers, though it closes after every answer.
            server: dict[str, object] = {"type": "NettyWrapper"}
            if scheme == "https":
                server["ssl"] = {}
            environment |= {
                "SERVER_HOSTNAME": "127.0.0.1",
                "SERVER_PORT": str(self.port),
                "JSON_CONFIG": json.dumps({"httpServer": server}),
            }
            name = "no.nav.security.mock.oauth2.StandaloneMockOAuth2ServerKt"
            command = ["java", "-cp", str(folder / "lib/*"), name]
        with pinned(core):
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self.pid = self._process.pid
        ends = time.monotonic() + _START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise Unavailable(f"does not start over {scheme}")
            time.sleep(0.05)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
