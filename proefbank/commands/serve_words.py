"""What `proefbank serve` says: where everything is, and each exchange in a line."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from proefbank.control import PREFIX
from proefbank.journal import Event
from proefbank.serving import AccountCard
from proefbank.simulator import Simulator
from proefbank.wire_journal import summary_of

__all__ = ["control_origin", "greeting", "line_of", "trust_lines", "truststore"]

PASSWORD = "proefbank"  # noqa: S105 - of a store with one public certificate
_BROKEN_OFF = {
    "refused": "the client broke off the handshake",
    "rejected": "the service broke off the handshake",
}
_CA_VARIABLES = (
    ("SSL_CERT_FILE", "OpenSSL, Python's ssl, httpx, Ruby, Go, .NET on Linux"),
    ("REQUESTS_CA_BUNDLE", "Python requests"),
    ("NODE_EXTRA_CA_CERTS", "Node"),
    ("CURL_CA_BUNDLE", "curl, like --cacert"),
)


def truststore(ca_file: Path) -> Path:
    """Write the CA into a trust store that Java reads, beside `ca_file`; return its path."""
    authority = x509.load_pem_x509_certificate(ca_file.read_bytes())
    path = ca_file.with_name("ca-truststore.p12")
    entry = pkcs12.PKCS12Certificate(authority, b"proefbank")
    encryption = BestAvailableEncryption(PASSWORD.encode())
    path.write_bytes(pkcs12.serialize_java_truststore([entry], encryption))
    return path


def greeting(
    simulator: Simulator, cards: Sequence[AccountCard], *, secure: bool, java: Path | None
) -> Iterator[str]:
    """Yield the lines that somebody needs to point a client here."""
    mode = "it refuses what the real one refuses"
    if simulator.lenient:
        mode = "lenient: it grants in spite of violations, and notes them"
    yield f"{simulator.name}, simulated; {mode}."
    for name, url in simulator.served.endpoints.items():
        yield f"  {name.replace('_', ' '):<16} {url}"
    local = control_origin(simulator)
    if local:
        yield f"  {'openapi':<16} {local}{PREFIX}openapi.json"
        page = local.partition("://")[2]  # over HTTP a browser asks nobody about the certificate
        yield f"  {'control page':<16} http://{page}{PREFIX}"
        for action in simulator.served.actions:
            yield f"  {action.name:<16} POST {local}{PREFIX}{action.name}"
            yield f"  {'':<16} {action.description}"
    for card in cards:
        yield ""
        yield f"  account {card.name} ({card.capacity})"
        for name, value in _pairs(card):
            yield f"    {name:<18} {value}"
    trust = ["--cacert", str(simulator.ca_file)] if secure else []
    if hints := simulator.served.hints(cards, trust):
        yield ""
        yield from (f"  {line}".rstrip() for line in hints)
    yield ""
    if secure:
        yield from trust_lines(simulator.ca_file, java)
    else:
        yield "  Plain HTTP: the rules about TLS will find fault with that."
    if local:
        yield f"  try it  {shlex.join(['curl', *trust, f'{local}{PREFIX}state'])}"


def _pairs(card: AccountCard) -> Iterator[tuple[str, object]]:
    """Yield what a client is told as this account."""
    if card.more:
        yield from ((name.replace("_", " "), value) for name, value in card.more.items())
    else:
        yield "client id", card.client_id
        yield "enterprise number", card.enterprise_number
        yield "scope", card.scope or "none is documented"
    yield "private key", card.private_key_file or "yours"
    yield "certificate", card.certificate_file or "yours, from the profile"


def control_origin(simulator: Simulator) -> str | None:
    """Return where this machine reaches the control surface; None if it listens elsewhere only."""
    door = simulator.doors["main"]
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(door.host, door.host)  # noqa: S104 - any
    try:
        local = own == "localhost" or ipaddress.ip_address(own).is_loopback
    except ValueError:
        local = False
    host = f"[{own}]" if ":" in own else own
    return f"{door.scheme}://{host}:{door.port}" if local else None


def trust_lines(ca_file: Path, java: Path | None) -> Iterator[str]:
    """Yield what makes clients trust the authority in `ca_file`."""
    yield f"  CA file  {ca_file}"
    for name, whose in _CA_VARIABLES:
        yield f"    export {name}={shlex.quote(str(ca_file))}  # {whose}"
    if java is not None:
        told = f"-Djavax.net.ssl.trustStore={java} -Djavax.net.ssl.trustStorePassword={PASSWORD}"
        yield f"    export JAVA_TOOL_OPTIONS={shlex.quote(told)}  # Java"
        yield (
            "    keytool -importcert -noprompt -alias proefbank -keystore YOUR-STORE "
            f"-file {shlex.quote(str(ca_file))}  # Java, a store of yours"
        )


def line_of(event: Event) -> str | None:
    """Return an event as a line of the live log; None for those that are not shown."""
    match event["event"]:
        case "exchange":
            return _exchange_line(summary_of(event))
        case "connection":
            outcome = str(event.get("outcome"))
            what = _BROKEN_OFF.get(outcome, outcome)
            why = event.get("alert") or event.get("detail") or ""
            return f"TLS       {what} {f'({why})' if why else ''}".rstrip()
        case "stimulus":
            return f"armed     {event['name']} × {event['times']}"
        case "clock":
            return f"clock     moved by {cast('float', event['by']):+.0f} s"
        case "note":
            return f"note      {event['text']}"
        case _:
            return None


def _exchange_line(told: dict[str, Any]) -> str:
    where = " (elsewhere)" if told["conversation"] == "elsewhere" else ""
    more = f" (and {told['more']} more)" if told["more"] else ""
    found = f"  {told['found']}{more}" if told["found"] else ""
    stimulus = f"  [{told['stimulus']}]" if told["stimulus"] else ""
    return f"{told['at']}  {told['request']}{where} {told['status']}{found}{stimulus}"
