"""Makes the cassettes anew: `python suites/selftest/make_cassettes.py`.

Each is a small conversation from a real run over the loopback door, with one sentence on what it
shows and the requirements that it breaks. Names and numbers are made up; secrets are holes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from proefbank.bench import Bench
from proefbank.clients.python import PythonClient
from proefbank.service import Settings, service
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD
from proefbank.staging import stages_of

FOLDER = Path(__file__).parents[2] / "cassettes" / "socialsecurity"


class FiveThousandSeconds(ReferenceClient):
    """Copied a lifetime of 5000 s from an old example."""

    def claims(self) -> dict[str, Any]:
        return super().claims() | {"exp": int(self.time.now()) + 5000}


class ServerAsAudience(ReferenceClient):
    """Addresses the server, as in version 3, and not the token URL."""

    def claims(self) -> dict[str, Any]:
        return super().claims() | {"aud": _origin(super().claims()["aud"])}


class OldLibrary(ReferenceClient):
    """Several habits of an old library in one message."""

    def claims(self) -> dict[str, Any]:
        told = super().claims() | {"exp": int(self.time.now()) + 5000}
        del told["jti"]
        return told | {"aud": _origin(told["aud"])}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Cassette:
    """What one cassette shows."""

    name: str
    sentence: str
    breaks: Sequence[str]
    client: type[ReferenceClient]
    stages: Sequence[str]


def _wayward(name: str) -> type[ReferenceClient]:
    return WAYWARD[name].client


CASSETTES = (
    Cassette("right", "A client fetches a token and sends data, all of it right.", [],
             ReferenceClient, ["token", "api"]),
    Cassette("right-renewal", "A client renews a token that has expired, and waits when asked to.",
             [], ReferenceClient, ["api-expired-token", "token-429-retry-after"]),
    Cassette("lifetime-of-5000-seconds", "The assertion ends 5000 seconds ahead.",
             ["assertion.lifetime-at-most-10-minutes"], FiveThousandSeconds, ["token"]),
    Cassette("constant-jti", "Every assertion carries the same jti.",
             ["assertion.jti-is-unique"], _wayward("constant-jti"), ["token", "token-again"]),
    Cassette("audience-of-version-3", "The assertion is addressed to the server as in version 3.",
             ["assertion.aud-is-token-url"], ServerAsAudience, ["token"]),
    Cassette("exp-in-milliseconds", "The end of the assertion is told in milliseconds.",
             ["assertion.exp-is-in-seconds"], _wayward("millisecond-exp"), ["token"]),
    Cassette("old-library", "An old library: 5000 seconds, no jti, the audience of version 3.",
             ["assertion.aud-is-token-url", "assertion.jti-is-present",
              "assertion.lifetime-at-most-10-minutes"], OldLibrary, ["token"]),
    Cassette("scope-of-the-mandatary", "An employer asks for the mandatary's scope.",
             ["token-request.employer-asks-the-employer-scope"],
             _wayward("employer-asks-provider-scope"), ["token-with-scope"]),
    Cassette("no-renewal", "The API says that the token has expired, and the client gives up.",
             ["api-problem.expired-token-is-renewed"], _wayward("gives-up-on-expired"),
             ["api-expired-token"]),
    Cassette("token-in-query", "The access token stands in the URL as well.",
             ["api-request.token-stays-out-of-the-url"], _wayward("token-in-query"), ["api"]),
    Cassette("hammering", "The server does not know the client, which asks again and again.",
             ["token-response.refused-request-is-not-repeated"], _wayward("hammers-refusal"),
             ["token-error-invalid-client-401"]),
    Cassette("any-certificate", "The client takes a certificate of an unknown authority.",
             ["transport.unknown-ca-is-refused"], _wayward("trusts-any-issuer"),
             ["tls-unknown-ca"]),
)  # fmt: skip


def play(cassette: Cassette) -> Iterator[dict[str, Any]]:
    """Yield the events of a cassette, its head first."""
    home = service("socialsecurity")
    yield {
        "event": "cassette",
        "sentence": cassette.sentence,
        "breaks": [f"{home.name}.{name}" for name in cassette.breaks],
    }
    stages = {stage.name: stage for stage in stages_of(home.package)}
    bench = Bench(
        home,
        settings=Settings(),
        seed=1,
        make_client=lambda _: PythonClient(cassette.client),
    )
    try:
        for name in cassette.stages:
            yield from (dict(event) for event in bench.run(stages[name]))
    finally:
        bench.close()


def main() -> None:
    """Write every cassette."""
    for cassette in CASSETTES:
        lines = [json.dumps(event, ensure_ascii=False) for event in play(cassette)]
        path = FOLDER / f"{cassette.name}.ndjson"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(lines)} events, {path.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
