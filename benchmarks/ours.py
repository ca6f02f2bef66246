"""`proefbank serve` as people start it, for the benchmark's client."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from assertions import AUDIENCE
from machine import HERE, pinned

from proefbank.services.socialsecurity.provider.profile import Account

__all__ = ["OurServe"]

_START_SECONDS = 20
_MAIN = "import sys; from proefbank.cli import main; sys.exit(main())"
_PROFILE = """[assertion]
accepted_audiences = ["{audience}"]

[[accounts]]
name = "{account.name}"
client_id = "{account.client_id}"
capacity = "{account.capacity}"
enterprise_number = "{account.enterprise_number}"
certificates = ["{certificate}"]
"""


class OurServe:
    """The whole command over one scheme: control surface, record on disk, a line per exchange."""

    def __init__(
        self, scheme: str, folder: Path, account: Account, certificate: Path, core: int | None
    ) -> None:
        """Start it on `core` and wait until it is ready; raises RuntimeError if it never is."""
        profile, ready = folder / f"{scheme}.toml", folder / f"{scheme}.json"
        profile.write_text(
            _PROFILE.format(audience=AUDIENCE, account=account, certificate=certificate), "utf-8"
        )
        command = [sys.executable, "-c", _MAIN, "serve", "socialsecurity"]
        command += ["--http"] if scheme == "http" else []
        command += ["--profile", str(profile), "--ready-file", str(ready)]
        command += ["--reports", str(folder), "--run", f"serve-{scheme}"]
        with pinned(core):
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(HERE.parent)},
            )
        self.pid = self._process.pid
        ends = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > ends:
                self.__exit__()
                message = "proefbank serve did not start; its words are above"
                raise RuntimeError(message)
            time.sleep(0.05)
        told = json.loads(ready.read_text("utf-8"))["services"]["socialsecurity"]
        self.port = urlsplit(told["origin"]).port or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
