"""The simulated realm beside a real Keycloak: where they agree, and where they differ.

    python benchmarks/beside_keycloak.py [--record] [--all] [--version 26.7.3] [--cache FOLDER]

The server comes from Maven Central the first time (some 170 MB, into the cache folder), runs on
loopback with an empty database in memory, and ends with this program. Exit code 1 for a
difference that is not declared, and for a declared one that is gone.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from keycloak_consumers import consumers
from keycloak_realm import RealRealm
from keycloak_server import VERSION, Keycloak, Unavailable, running

from proefbank.keys import key_for
from suites.selftest.keycloak_differences import DECLARED, Outcome, compare, recorded
from suites.selftest.keycloak_probes import STATES, probe, probe_refusals
from suites.selftest.keycloak_shapes import Shape
from suites.selftest.keycloak_simulated import REALM, WAYS, simulated_shapes

CACHE = Path.home() / ".cache" / "proefbank"
RECORD = Path(__file__).parents[1] / "suites" / "selftest" / "keycloak_shapes.json"


def real_shapes(server: Keycloak) -> dict[str, dict[str, Shape]]:
    """Return the shapes of a real server's answers, by state and way."""
    key, stranger = key_for("keycloak-client", "RSA-2048"), key_for("stranger", "RSA-2048")
    found = {}
    for way in WAYS:
        real = RealRealm(server, REALM, key)
        kept: dict[str, str] = {}
        for state in STATES:
            real.enter(state, way)
            found[f"{state}, {way}"] = probe(real.realm(), kept, state)
        if way == WAYS[0]:
            found["refusals"] = probe_refusals(real.realm(), stranger)
        server.admin("DELETE", f"/{REALM}")
    return found


def show(outcome: Outcome, version: str, *, everything: bool) -> None:
    """Print the comparison, a line for each place that calls for one."""
    if everything:
        for line in outcome.agreed:
            print(f"same        {line}")
    for number, one in enumerate(DECLARED):
        hits = len(outcome.declared.get(number, []))
        print(f"declared    {one.where} | {one.place}: {hits} x\n{'':12}{one.why}")
    for line in outcome.undeclared:
        print(f"DIFFERENT   {line}")
    for one in outcome.gone:
        print(f"GONE        {one.where} | {one.place}: no longer different")
    print(
        f"\nKeycloak {version} and the simulator: {len(outcome.agreed)} places alike, "
        f"{sum(map(len, outcome.declared.values()))} declared differences, "
        f"{len(outcome.undeclared)} others.\n"
    )


def main() -> None:
    """Compare and print; exit 1 for what is not declared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.name} for the tests")
    parser.add_argument("--all", action="store_true", help="print what agrees as well")
    parser.add_argument("--version", default=VERSION, help="of Keycloak; %(default)s")
    parser.add_argument("--cache", type=Path, default=CACHE)
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    try:
        with running(given.cache, given.cache / "keycloak.log", given.version) as server:
            real, seen = real_shapes(server), list(consumers(server))
    except Unavailable as problem:
        sys.exit(f"no Keycloak: {problem}")
    if given.record:
        text = json.dumps({"keycloak": given.version, "shapes": recorded(real)}, indent=1)
        RECORD.write_text(text + "\n", "utf-8")
    outcome = compare(real, simulated_shapes())
    show(outcome, given.version, everything=given.all)
    for line, right in seen:
        print(f"{'right' if right else 'WRONG':12}{line}")
    sys.exit(1 if outcome.undeclared or outcome.gone or not all(ok for _, ok in seen) else 0)


if __name__ == "__main__":
    main()
