"""Our own consumers beside a real Keycloak whose keys are renewed: what they make of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from keycloak_realm import RealRealm
from keycloak_server import Keycloak

from proefbank.errors import Rejected
from proefbank.keys import SigningKey, key_for
from proefbank.pki import CertificateAuthority
from proefbank.services.ehealth.reference import ReferenceConsumer
from suites.selftest.keycloak_probes import API, CERTS, STATES
from suites.selftest.keycloak_simulated import WAYS

__all__ = ["consumers"]

REALM = "healthcare"
DAY = 86_400
LONG = {"accessTokenLifespan": 30 * DAY, "ssoSessionMaxLifespan": 60 * DAY}
"""Tokens that outlive the renewal, which a consumer sees a day apart."""
NEWS = {
    "S0": (0, "first look"),
    "S1": (10, "step 1 of a renewal"),
    "S2": (10, "step 2 of a renewal"),
    "S3": (10, "step 3 of a renewal"),
}
"""What `proefbank keys --watch` exits with, and says, on its first look in each state."""
_MAIN = "import sys; from proefbank.cli import main; sys.exit(main())"


def consumers(server: Keycloak) -> Iterator[tuple[str, bool]]:
    """Yield what each consumer did, in each state and way, and whether it should have."""
    key = key_for("keycloak-client", "RSA-2048")
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            yield from _through(server, key, way, Path(folder))


def _through(
    server: Keycloak, key: SigningKey, way: str, folder: Path
) -> Iterator[tuple[str, bool]]:
    real = RealRealm(server, REALM, key)
    server.admin("PUT", f"/{REALM}", LONG)
    realm = real.realm()
    authority = folder / "ca.pem"  # not used: the server speaks plain HTTP
    authority.write_bytes(CertificateAuthority(now=time.time()).pem)
    consumer, kept = ReferenceConsumer(), dict[str, str]()
    told = {"issuer": realm.url, "jwks_uri": realm.url + CERTS, "audience": API}
    consumer.scenario({"ehealth": told, "ca_file": str(authority)})
    for day, state in enumerate(STATES):
        real.enter(state, way)
        consumer.clock(time.time() + day * DAY)
        kept[state] = realm.granted()
        for born, token in kept.items():
            right = state != "S3" or born in ("S2", "S3")
            try:
                consumer.jwt_verify(token)
                said, done = "accepts", right
            except Rejected as problem:
                said, done = f"rejects ({problem.reject_class})", not right
            yield f"{state}, {way}: the reference consumer {said} a token of {born}", done
        code, text = _keys(realm.url, folder / f"{way}.json")
        wanted, news = NEWS[state]
        done = code == wanted and news in text
        yield f"{state}, {way}: proefbank keys --watch exits with {code}: {news}", done
    consumer.close()
    server.admin("DELETE", f"/{REALM}")


def _keys(url: str, history: Path) -> tuple[int, str]:
    command = [sys.executable, "-c", _MAIN, "keys", url, "--watch", "--history", str(history)]
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": root},
    )
    return done.returncode, done.stdout + done.stderr
