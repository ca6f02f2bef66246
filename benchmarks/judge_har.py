"""How much memory and time it takes to judge a large HTTP archive.

    python benchmarks/judge_har.py [--entries 100000] [--ours 100] [--body 4000]

Writes an archive of that many entries, of which `--ours` are token requests of a made-up client
and the rest belongs to nobody, with bodies of `--body` characters; then judges it in a process of
its own, and prints what that took at its peak.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ORIGIN = "https://127.0.0.1:8443"
BEGIN = 1_795_000_000
JUDGE = [sys.executable, "-c", "from proefbank.cli import main; main()", "judge"]


def _iso(at: float) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at))}.000Z"


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def ours(number: int) -> dict[str, Any]:
    """Return a token request, and a token."""
    at = BEGIN + number
    url = f"{ORIGIN}/REST/oauth/v5/token"
    claims = {"iss": "benchmark", "sub": "benchmark", "aud": url, "exp": at + 240}
    assertion = ".".join(
        [
            _part({"alg": "RS256"}),
            _part({**claims, "jti": os.urandom(16).hex()}),
            base64.urlsafe_b64encode(os.urandom(255)).decode(),
        ]
    )
    form = (
        "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
        f"client-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
    )
    token = {"access_token": os.urandom(20).hex(), "token_type": "Bearer", "expires_in": 600}
    return entry(at, "POST", url, form, json.dumps(token))


def entry(at: float, method: str, url: str, sent: str, got: str) -> dict[str, Any]:
    """Return one entry with the members that a proxy writes."""
    fields = [{"name": "Content-Type", "value": "application/x-www-form-urlencoded"}]
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(at))
    return {
        "startedDateTime": _iso(at),
        "time": 12.5,
        "request": {
            "method": method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": fields,
            "queryString": [],
            "headersSize": 100,
            "bodySize": len(sent),
            "postData": {"mimeType": "application/x-www-form-urlencoded", "text": sent},
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "Date", "value": date}],
            "content": {"size": len(got), "mimeType": "application/json", "text": got},
            "redirectURL": "",
            "headersSize": 100,
            "bodySize": len(got),
        },
        "cache": {},
        "timings": {"send": 0, "wait": 12, "receive": 0.5},
    }


def write(path: Path, entries: int, mine: int, body: int) -> None:
    """Write the archive, an entry at a time."""
    filler = "x" * body
    every = max(1, entries // mine) if mine else entries + 1
    with path.open("w", encoding="utf-8") as out:
        out.write('{"log": {"version": "1.2", "creator": {"name": "a proxy"}, "entries": [\n')
        for number in range(entries):
            if number % every == 0 and number // every < mine:
                made = ours(number)
            else:
                url = f"https://www.example.org/{number}"
                made = entry(BEGIN + number, "GET", url, "", filler)
            out.write(("," if number else "") + json.dumps(made) + "\n")
        out.write("]}}\n")


def main() -> None:
    """Print one row: entries, megabytes of file, peak megabytes, seconds, entries a second."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--entries", type=int, default=100_000)
    options.add_argument("--ours", type=int, default=100)
    options.add_argument("--body", type=int, default=4000)
    told = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.har"
        write(path, told.entries, told.ours, told.body)
        size = path.stat().st_size / 1e6
        words = [*JUDGE, str(path), "--reports", folder, "--run", "x"]
        begun = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ)
        took = time.perf_counter() - begun
    if done.returncode not in (0, 1, 2):
        sys.exit(done.stdout + done.stderr)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(f"{told.entries} entries ({told.ours} ours), {size:.0f} MB: ", end="")
    print(f"{peak:.0f} MB at the peak, {took:.1f} s, {told.entries / took:.0f} entries/s")


if __name__ == "__main__":
    main()
