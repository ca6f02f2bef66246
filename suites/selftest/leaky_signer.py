"""A product that signs, and leaks its key and the codes of people in every way it can think of.

What it leaked is kept in the file that `LEAKED` names, so that a scan knows what to look for.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from proefbank.services.itsme.reference import ReferenceSigner

PHONES = ("0400 00 00 01", "0400 00 00 02", "0400 00 00 03")


class Leaky(ReferenceSigner):
    """Leaks whatever it learns, as soon as it learns it."""

    name = "leaky signer"
    pem = ""

    def scenario(self, members: Mapping[str, Any]) -> None:
        super().scenario(members)
        self.pem = Path(self.settings["client_key_file"]).read_text(encoding="ascii")
        lines = [line for line in self.pem.splitlines() if "-----" not in line]
        self.leak(*lines, "".join(lines), *PHONES, *(phone.replace(" ", "+") for phone in PHONES))
        sys.stdout.write(f"{self.pem} {self.pem!r} key: {lines[0]}\n")

    def leak(self, *values: str) -> None:
        with Path(os.environ["LEAKED"]).open("a", encoding="utf-8") as kept:
            kept.writelines(f"{value}\n" for value in values)

    def members(self, response: httpx.Response) -> Any:
        """Leak the code of whoever was identified."""
        told = super().members(response)
        code = told.get("userCode") if isinstance(told, dict) else None
        if isinstance(code, str) and self.http is not None:
            self.leak(code)
            told_of = {"userCode": code}
            sys.stdout.write(f"user {code} of {PHONES[0]} ({quote(PHONES[1])}) {told_of}\n")
            sys.stderr.write(f"{base64.b64encode(code.encode()).decode()}\n")
            headers = {"X-User": code, "X-Phone": PHONES[2], "X-Key": self.pem.splitlines()[1]}
            url = f"{self.settings['base_url']}/log/{code}?user={code}&phone={quote(PHONES[0])}"
            self.http.post(url, headers=headers, content=f"{code} {PHONES[0]} {self.pem}")
        return told
