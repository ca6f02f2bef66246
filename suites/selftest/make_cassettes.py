"""Makes the cassettes anew: `python suites/selftest/make_cassettes.py [SERVICE]...`.

Each is a small conversation from a real run over the loopback door, with one sentence on what it
shows and the requirements that it breaks. Names and numbers are made up; secrets are holes.
"""

from __future__ import annotations

import base64
import importlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from proefbank.bench import Bench
from proefbank.bodies import once
from proefbank.clients.python import PythonClient
from proefbank.service import Settings, service
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.ehealth.wayward import WAYWARD as CONSUMERS
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.itsme.reference.documents import ToBeSigned
from proefbank.services.itsme.wayward import WAYWARD as SIGNERS
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD
from proefbank.staging import stages_of

HERE = Path(__file__).parent
ROOM = HERE.parents[1] / "cassettes"
if not __package__:  # run as a script: what stands beside it is a package all the same
    sys.path.insert(0, str(HERE.parents[1]))
acc_bench, acc_profiles, stand_in = (
    importlib.import_module(f"suites.selftest.{name}")
    for name in ("acc_bench", "acc_profiles", "stand_in")
)


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


class DigestInHex(ReferenceSigner):
    """Encodes the hexadecimal form of a hash, and not the hash."""

    def hashes(self, to_be_signed: Sequence[ToBeSigned]) -> list[dict[str, Any]]:
        return [
            {**one, "di": [{**item, "value": _hex_in_base64(item["value"])} for item in one["di"]]}
            for one in super().hashes(to_be_signed)
        ]


class UrlSafe(ReferenceSigner):
    """Writes hashes in the alphabet for URLs, as one sentence of the document has it."""

    def hashes(self, to_be_signed: Sequence[ToBeSigned]) -> list[dict[str, Any]]:
        table = str.maketrans("+/", "-_", "=")
        return [
            {**one, "di": [{**i, "value": i["value"].translate(table)} for i in one["di"]]}
            for one in super().hashes(to_be_signed)
        ]


def _hex_in_base64(value: str) -> str:
    return base64.b64encode(base64.b64decode(value).hex().encode()).decode()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Cassette:
    """What one cassette shows."""

    name: str
    sentence: str
    breaks: Sequence[str]
    client: type[Any]
    stages: Sequence[str]


def _wayward(name: str) -> type[Any]:
    client: type[Any] = (WAYWARD | CONSUMERS | SIGNERS)[name].client
    return client


SOCIALSECURITY = (
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

EHEALTH = (
    Cassette("right", "A consumer meets a new key, and a removed one, and does right by both.", [],
             ReferenceConsumer,
             ["rotation-fresh-in-s2", "rotation-across-step-3", "keys-idle-across-step-3"]),
    Cassette("right-without-notice", "A key is replaced without notice, and the consumer recovers.",
             [], ReferenceConsumer, ["keys-without-notice", "keys-replaced-at-once"]),
    Cassette("right-in-trouble", "The key set is out of reach, and good tokens pass all the same.",
             [], ReferenceConsumer, ["keys-server-error", "keys-asked-to-wait"]),
    Cassette("unsigned", "A token without a signature is accepted.",
             ["token.unsigned-token-is-refused"], _wayward("accepts-none"), ["unsigned-tokens"]),
    Cassette("other-audience", "Tokens for another API are accepted.",
             ["token.other-audience-is-refused"], _wayward("accepts-account-audience"),
             ["other-audiences"]),
    Cassette("stale-after-a-weekend", "The first token after two days is verified with an old set.",
             ["keys.idle-spell-ends-with-a-fresh-set"], _wayward("stale-after-idle"),
             ["keys-idle-across-step-3"]),
    Cassette("waits-for-its-hour", "A kid that it does not know makes the consumer fetch nothing.",
             ["keys.unknown-kid-brings-a-refetch"], _wayward("ttl-only"), ["keys-without-notice"]),
    Cassette("halts-at-step-3", "When a key is removed, the consumer refuses every token.",
             ["rotation.new-key-works-after-step-3"], _wayward("halts-when-set-shrinks"),
             ["rotation-across-step-3"]),
    Cassette("hammering", "The server asks to wait, and is asked again a minute later.",
             ["keys.retry-after-is-respected"], _wayward("ignores-retry-after"),
             ["keys-asked-to-wait"]),
    Cassette("wipes-its-keys", "A gateway's error page costs the consumer its keys.",
             ["keys.server-error-keeps-the-set"], _wayward("wipes-on-bad-gateway"),
             ["keys-server-error"]),
    Cassette("follows-a-redirect", "Keys are taken from wherever the answer points.",
             ["keys.redirect-elsewhere-is-not-followed"], _wayward("follows-redirect"),
             ["keys-redirected-elsewhere"]),
    Cassette("any-certificate", "Keys are taken from a server of an unknown authority.",
             ["keys.unknown-ca-is-refused"], _wayward("trusts-any-issuer"),
             ["keys-tls-unknown-ca"]),
)  # fmt: skip

ITSME = (
    Cassette("right", "Somebody is identified and signs, and all of it is right.", [],
             ReferenceSigner, ["sign"]),
    Cassette("right-in-four-languages", "The signer reads what is signed, and as whom.", [],
             ReferenceSigner, ["sign-texts"]),
    Cassette("right-when-refused", "The signer refuses, and the product does not call it signed.",
             [], ReferenceSigner, ["identification-rejected"]),
    Cassette("right-when-shuffled", "Signatures come in another order, and find their documents.",
             [], ReferenceSigner, ["sign-status-shuffled"]),
    Cassette("digest-in-hex", "What is signed is the hexadecimal form of the hash.",
             ["sign-start.value-is-a-sha-256-digest"], DigestInHex, ["sign-commitment"]),
    Cassette("url-safe-value", "The hash is written in the alphabet for URLs.",
             ["sign-start.value-has-alphabet-and-padding-of-the-examples"],
             UrlSafe, ["sign"]),
    Cassette("one-language", "The description is there in one language of four.",
             ["description.covers-the-four-languages"], _wayward("one-language-description"),
             ["sign-texts"]),
    Cassette("asks-by-identification-id", "The signature is asked for by the wrong one of two ids.",
             ["sign-status.id-is-not-that-of-the-identification"],
             _wayward("asks-by-identification-id"), ["sign"]),
    Cassette("bare-polls", "Status requests come without the client certificate.",
             ["transport.client-certificate-on-every-call"], _wayward("bare-polls"), ["sign"]),
    Cassette("matches-by-position", "Signatures are given to documents in the order they come.",
             ["signature.matched-by-document"], _wayward("matches-by-position"),
             ["sign-status-shuffled"]),
    Cassette("believes-the-return", "A browser that comes back is taken for an identified user.",
             ["front.return-proves-nothing"], _wayward("believes-the-return"),
             ["sign-forged-return"]),
    Cassette("any-certificate", "The product takes a server of an unknown authority for itsme.",
             ["transport.unknown-ca-is-refused"], _wayward("trusts-any-issuer"),
             ["sign-tls-unknown-ca"]),
)  # fmt: skip

CASSETTES = {"socialsecurity": SOCIALSECURITY, "ehealth": EHEALTH, "itsme": ITSME}


ACCEPTANCE = {
    "socialsecurity": (
        Cassette("acc-right", "At acceptance: a token, one with a scope, and an API call.", [],
                 ReferenceClient, ["token", "token-with-scope", "api"]),
        Cassette("acc-long-lived", "At acceptance: refused, because the assertion lives too long.",
                 ["assertion.lifetime-at-most-10-minutes"], FiveThousandSeconds,
                 ["token", "api"]),
    ),
    "ehealth": (
        Cassette("acc-right", "At acceptance: a genuine token, shown five times.", [],
                 ReferenceConsumer, ["keys-cold-start", "acc-genuine-token"]),
        Cassette("acc-logs-token", "At acceptance: the consumer prints a genuine token.",
                 ["token.stays-out-of-output"], CONSUMERS["logs-token"].client,
                 ["acc-genuine-token"]),
    ),
    "itsme": (
        Cassette("acc-right", "At acceptance: somebody signs one document.", [],
                 ReferenceSigner, ["sign"]),
        Cassette("acc-url-safe-value", "At acceptance: the hash is in the alphabet for URLs.",
                 ["sign-start.value-has-alphabet-and-padding-of-the-examples"],
                 UrlSafe, ["sign"]),
    ),
}  # fmt: skip
"""Played at the stand-in for acceptance, through the recorder's doors."""


def play(name: str, cassette: Cassette) -> Iterator[dict[str, Any]]:
    """Yield the events of a cassette of the service called `name`, its head first."""
    home = service(name)
    yield {
        "event": "cassette",
        "sentence": cassette.sentence,
        "breaks": [f"{home.name}.{name}" for name in cassette.breaks],
    }
    stages = {stage.name: stage for stage in stages_of(home.package)}
    if cassette in ACCEPTANCE[name]:
        yield from _played_at_acceptance(name, cassette)
        return
    bench = Bench(
        home,
        settings=Settings(),
        seed=1,
        make_client=lambda _: PythonClient(cassette.client),
    )
    try:
        for one in cassette.stages:
            yield from (dict(event) for event in bench.run(stages[one]))
    finally:
        bench.close()


def _played_at_acceptance(name: str, cassette: Cassette) -> Iterator[dict[str, Any]]:
    with TemporaryDirectory() as folder, stand_in.StandIn(name, folder=Path(folder)) as acc:
        profile = acc_profiles.complete(acc)
        person = acc_profiles.somebody(acc) if name == "itsme" else nullcontext(lambda _: None)
        with (
            person as somebody,
            acc_bench.bench_at(name, profile, cassette.client, person=somebody) as bench,
        ):
            for stage in acc_bench.stages_at(bench):
                if stage.name in cassette.stages:
                    yield from (dict(event) for event in bench.run(stage))


def main(names: Iterable[str]) -> None:
    """Write every cassette of these services, or of all."""
    for name in names or CASSETTES:
        for cassette in (*CASSETTES[name], *ACCEPTANCE[name]):
            events = once(play(name, cassette))
            lines = [json.dumps(event, ensure_ascii=False) for event in events]
            path = ROOM / name / f"{cassette.name}.ndjson"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            size = path.stat().st_size
            print(f"{name}/{path.name}: {len(lines)} events, {size} bytes")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
