"""Token requests per second: our token server, the one-core limit, and the peers, in one run.

    python benchmarks/token_server.py [--seconds 3] [--json FILE] [--no-peers]

Loopback only; ends by itself. README.md in this folder says what the figures mean.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import assertions
import peers
from cells import Cell, Limit, Run
from machine import Worker, spread, today, words
from ours import OurServe
from servers import leaf
from table import table

from proefbank.certificates import to_pem
from proefbank.keys import key_for
from proefbank.pki import self_signed
from proefbank.services.socialsecurity.provider import load_profile

TARGET = 0.8
ROUNDS = 3
LIMIT_SECONDS = 0.4
WARM_UP_SECONDS = 0.7
BESIDE_SECONDS = 0.5
ROOM = 1.8
"""How much faster than the limit a server may be before the pool of assertions runs out."""
SHAPES = tuple(itertools.product(("http", "https"), (1, 8)))
DAY = 86_400


def measure(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure everything and return it as JSON values."""
    cores = spread()
    near, far = cores or (None, None)
    account = load_profile(None).accounts[0]
    files = _register(folder, account.enterprise_number)
    with contextlib.ExitStack() as stack:
        say = _progress(given)
        calibration = folder / "calibration.json"
        assertions.mint(500, client_id=account.client_id, pem=files["key"], file=calibration)
        limiting = stack.enter_context(_limit(folder, calibration, near))
        rate = limiting.ask({"seconds": LIMIT_SECONDS})["rate"]
        each = given.seconds + WARM_UP_SECONDS
        count = int(rate * ROOM * (len(SHAPES) * each + 1))
        say(f"signing {count} client assertions")
        pool = folder / "pool.json"
        assertions.mint(count, client_id=account.client_id, pem=files["key"], file=pool)
        load = stack.enter_context(Worker("load.py", [str(pool)], core=far))
        run = Run(load)

        say("the load generator's own ceiling")
        ceiling = [Cell("fixed answer", *shape) for shape in SHAPES]
        with Worker("servers.py", ["fixed"], core=near) as fixed:
            for cell in ceiling:
                run.places.pop(fixed.pid, None)
                run.burden(cell, pid=fixed.pid, port=fixed.told[cell.scheme], path="/", seconds=0.8)
        limits = list[Limit]()

        def limit() -> Limit:
            limits.append(Limit(**limiting.ask({"seconds": LIMIT_SECONDS})))
            return limits[-1]

        cells = _ours(run, folder, near, limit, seconds=given.seconds, say=say)
        left_out, versions, others = {}, {}, list[tuple[Cell, Cell]]()
        for peer in () if given.no_peers else peers.PEERS:
            say(f"installing {peer.name}")
            try:
                versions[peer.name] = peers.install(peer, given.cache)
                say(f"{peer.name} {versions[peer.name]}")
                others += _peer(run, peer, given, folder, near)
            except peers.Unavailable as reason:
                left_out[peer.name] = str(reason)
        return {
            "date": today(),
            "machine": words(),
            "cores": cores,
            "seconds": given.seconds,
            "target": TARGET,
            "limit": _range([one.rate for one in limits])
            | {"cpu_us": statistics.median(one.cpu_us for one in limits)},
            "ceiling": [_told(cell) for cell in ceiling],
            "ours": [_told(cell) for cell in cells],
            "peers": [_told(cell) | {"ours_beside": _told(beside)} for cell, beside in others],
            "versions": versions,
            "does": {peer.name: peer.does for peer in peers.PEERS},
            "left_out": left_out,
        }


def _register(folder: Path, enterprise_number: str) -> dict[str, bytes]:
    """Make the client's key and its certificate; servers and signers read them from `folder`."""
    now = time.time()
    key = key_for("benchmark", "RSA-2048")
    certificate = self_signed(
        key,
        organisation="Proefbank benchmark",
        enterprise_number=enterprise_number,
        valid_from=now - DAY,
        valid_to=now + 30 * DAY,
    )
    pem = key.pem_private()
    (folder / "client.key").touch(mode=0o600)
    (folder / "client.key").write_bytes(pem)
    (folder / "client.cer").write_bytes(to_pem(certificate))
    return {"key": pem}


def _limit(folder: Path, pool: Path, core: int | None) -> Worker:
    files = ["--key", folder / "client.key", "--certificate", folder / "client.cer"]
    return Worker("servers.py", ["limit", *map(str, [*files, "--pool", pool])], core=core)


def _ours(
    run: Run,
    folder: Path,
    core: int | None,
    limit: Callable[[], Limit],
    *,
    seconds: float,
    say: Callable[[str], None],
) -> list[Cell]:
    """Measure our server in rounds, each figure between two readings of the limit."""
    account, certificate = load_profile(None).accounts[0], folder / "client.cer"
    cells: list[tuple[Cell, int, int]] = []
    with contextlib.ExitStack() as stack:
        say("starting our server")
        for scheme in ("http", "https"):
            serve = stack.enter_context(OurServe(scheme, folder, account, certificate, core))
            shapes = [Cell("serve", scheme, connections) for connections in (1, 8)]
            cells += [(cell, serve.pid, serve.port) for cell in shapes]
        workers = []
        for journal in ("on", "off"):
            worker = stack.enter_context(_provider(folder, journal, core))
            workers.append(worker)
            shapes = [Cell(f"journal {journal}", *shape) for shape in SHAPES]
            cells += [(cell, worker.pid, worker.told[cell.scheme]) for cell in shapes]
        for cell, pid, port in cells:
            if cell.connections > 1:
                _load(run, cell, pid, port, WARM_UP_SECONDS, counts=False)
        for number in range(ROUNDS):
            say(f"our server, round {number + 1} of {ROUNDS}")
            before = limit()
            for cell, pid, port in cells:
                rate = _load(run, cell, pid, port, seconds / ROUNDS)
                after = limit()
                cell.ratios.append(rate * 2 / (before.rate + after.rate))
                if cell.cpu_us:
                    cell.cpu_ratios.append((before.cpu_us + after.cpu_us) / 2 / cell.cpu_us[-1])
                before = after
        for worker in workers:
            for fault in worker.ask({})["faults"]:
                cells[0][0].trouble[fault] = 1
    return [cell for cell, _, _ in cells]


def _provider(folder: Path, journal: str, core: int | None) -> Worker:
    options = ["--journal", journal, "--certificate", str(folder / "client.cer")]
    return Worker("servers.py", ["ours", *options], core=core)


def _load(
    run: Run, cell: Cell, pid: int, port: int, seconds: float, *, counts: bool = True
) -> float:
    path = assertions.PATH
    return run.burden(cell, pid=pid, port=port, path=path, seconds=seconds, counts=counts)


def _range(values: Sequence[float]) -> dict[str, float]:
    return {"rate": statistics.median(values), "least": min(values), "most": max(values)}


def _peer(
    run: Run, peer: peers.Peer, given: argparse.Namespace, folder: Path, core: int | None
) -> Iterator[tuple[Cell, Cell]]:
    """Measure a peer, and ours just before and just after, under the same loads.

    The peer verifies nothing, so that for it the pool starts anew each time.
    """
    with _provider(folder, "on", core) as mine:
        for scheme in ("http", "https"):
            with peers.PeerServer(peer, given.cache, scheme, leaf(folder), core) as server:
                for connections in (1, 8):
                    cell = Cell(peer.name, scheme, connections)
                    beside = Cell("journal on", scheme, connections)
                    port = mine.told[scheme]
                    spent = peer.warm_up if connections == 1 else WARM_UP_SECONDS
                    _load_peer(run, cell, server, peer, spent, counts=False)
                    _load(run, beside, mine.pid, port, BESIDE_SECONDS, counts=False)
                    _load(run, beside, mine.pid, port, BESIDE_SECONDS)
                    _load_peer(run, cell, server, peer, given.seconds * 2 / 3)
                    _load(run, beside, mine.pid, port, BESIDE_SECONDS)
                    yield cell, beside


def _load_peer(
    run: Run,
    cell: Cell,
    server: peers.PeerServer,
    peer: peers.Peer,
    seconds: float,
    *,
    counts: bool = True,
) -> None:
    run.places.pop(server.pid, None)
    run.burden(
        cell, pid=server.pid, port=server.port, path=peer.path, seconds=seconds, counts=counts
    )


def _told(cell: Cell) -> dict[str, Any]:
    return asdict(cell) | {
        "rate": cell.rate,
        "ratio": cell.ratio,
        "cpu_ratio": cell.cpu_ratio,
    }


def _progress(given: argparse.Namespace) -> Callable[[str], None]:
    def say(what: str) -> None:
        if not given.quiet:
            print(f"... {what}", file=sys.stderr, flush=True)

    return say


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="per figure (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--no-peers", action="store_true", help="install and run no peers")
    parser.add_argument("--quiet", action="store_true", help="tell no progress")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "proefbank-benchmark-peers",
        help="folder that the peers are installed into (default: below the temporary folder)",
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="proefbank-benchmark-") as folder:
        found = measure(given, Path(folder))
    print(table(found))
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
