"""A real Keycloak for the comparison: fetched once, started on loopback, gone at the end."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

__all__ = ["VERSION", "Keycloak", "Unavailable", "distribution", "running"]

VERSION = "26.7.3"
_NAME = "keycloak-quarkus-dist"
_CENTRAL = f"https://repo.maven.apache.org/maven2/org/keycloak/{_NAME}"
_JAVA = 17
_START_SECONDS = 240
_STOP_SECONDS = 20


class Unavailable(Exception):  # noqa: N818 - nothing is wrong, it is just not there
    """There is no Keycloak to compare with, and why."""


class Keycloak:
    """The admin REST API of a server that runs."""

    def __init__(self, port: int, password: str) -> None:
        """Talk to the server on this loopback port as its first administrator."""
        self.origin = f"http://127.0.0.1:{port}"
        self._port, self._password = port, password
        self._token, self._until = "", 0.0

    def http(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Send one request on a connection of its own; return status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, target, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def admin(self, method: str, path: str, data: object = None) -> Any:
        """Do something as administrator; return the JSON of the answer. RuntimeError if not 2xx."""
        headers = {
            "Authorization": f"Bearer {self._admin_token()}",
            "Content-Type": "application/json",
        }
        body = b"" if data is None else json.dumps(data).encode()
        status, _, said = self.http(method, f"/auth/admin/realms{path}", headers, body)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path}: {status} {said.decode(errors='replace')[:300]}")
        return json.loads(said) if said else None

    def _admin_token(self) -> str:
        if time.monotonic() > self._until:
            form = {
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": "admin",
                "password": self._password,
            }
            status, _, said = self.http(
                "POST",
                "/auth/realms/master/protocol/openid-connect/token",
                {"Content-Type": "application/x-www-form-urlencoded"},
                urlencode(form).encode(),
            )
            if status != 200:
                raise RuntimeError(f"no administrator: {status} {said[:200]!r}")
            self._token, self._until = json.loads(said)["access_token"], time.monotonic() + 30
        return self._token


def distribution(cache: Path, version: str = VERSION) -> Path:
    """Return the folder of the unpacked server, fetching it from Maven Central the first time."""
    name = f"{_NAME}-{version}"
    url, folder = f"{_CENTRAL}/{version}/{name}.tar.gz", cache / name
    if (folder / "bin" / "kc.sh").exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / f"{name}.tar.gz"
    try:
        with urllib.request.urlopen(f"{url}.sha1", timeout=60) as answer:
            wanted = answer.read().decode("ascii").split()[0]
        with urllib.request.urlopen(url, timeout=600) as answer, archive.open("wb") as file:
            shutil.copyfileobj(answer, file)
    except (urllib.error.URLError, TimeoutError) as problem:
        raise Unavailable(f"{url} cannot be fetched: {problem}") from None
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "sha1").hexdigest() != wanted:
            raise Unavailable(f"{archive} is not what Maven Central says it is")
    fresh = cache / f"{name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(fresh, filter="data")
    archive.unlink()
    next(fresh.iterdir()).rename(folder)
    fresh.rmdir()
    return folder


def _java_home() -> Path:
    """Return JAVA_HOME, or else the newest Java found; raise `Unavailable` if none will do."""
    homes = [Path(os.environ["JAVA_HOME"])] if "JAVA_HOME" in os.environ else []
    if not homes:
        java = shutil.which("java")
        homes = [Path(java).resolve().parents[1]] if java else []
        homes += sorted(Path("/usr/lib/jvm").glob("*"))
    found: dict[int, Path] = {}
    for home in homes:
        with contextlib.suppress(OSError):
            told = re.search(r'JAVA_VERSION="(\d+)', (home / "release").read_text("utf-8"))
            if told and (home / "bin" / "java").exists():
                found.setdefault(int(told[1]), home)
    if max(found, default=0) < _JAVA:
        raise Unavailable(f"Keycloak needs Java {_JAVA} or newer; found {sorted(found)}")
    return found[max(found)]


@contextlib.contextmanager
def running(cache: Path, log: Path, version: str = VERSION) -> Iterator[Keycloak]:
    """Run a server with an empty database in memory; raise `Unavailable` if that cannot be.

    What it prints goes to `log`.
    """
    home, java = distribution(cache, version), _java_home()
    with socket.create_server(("127.0.0.1", 0)) as finder:
        port: int = finder.getsockname()[1]
    password = secrets.token_urlsafe()
    environment = {
        **os.environ,
        "JAVA_HOME": str(java),
        "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
    }
    command = [str(home / "bin" / "kc.sh"), "start-dev", "--db=dev-mem", "--http-host=127.0.0.1"]
    command += [f"--http-port={port}", "--http-relative-path=/auth"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=file, env=environment, start_new_session=True
        )
    try:
        _wait(process, log)
        yield Keycloak(port, password)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + _START_SECONDS
    while b"Listening on" not in log.read_bytes():
        if process.poll() is not None:
            raise Unavailable(f"Keycloak ended with {process.returncode}; see {log}")
        if time.monotonic() > ends:
            raise Unavailable(f"Keycloak does not start within {_START_SECONDS} s; see {log}")
        time.sleep(0.2)
