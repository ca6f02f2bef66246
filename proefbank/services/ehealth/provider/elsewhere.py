"""The other origin: a trap for whoever follows a header, an issuer or a redirect to it.

What lies there would work: a key set, a certificate and a discovery document of the attacker's,
so that a client that was led there goes on to accept his tokens.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

from cryptography import x509

from proefbank.certificates import to_pem
from proefbank.exchange import Request, Response, Secret, Trail

from .answers import json_response, not_found
from .discovery import discovery_document
from .facts import CERTS, DISCOVERY
from .forms import bearer_of
from .material import trap_material
from .workshop import TRAP_PATH

__all__ = ["LED_BY", "trap_answer"]

LED_BY = ("jku", "x5u", "kid", "iss", "redirect")
"""What can lead to the trap: a header, the claim `iss`, or a redirect of ours."""

_KEY_SETS = ("jku", "kid", f"iss{CERTS}", "redirect/jwks")
_DISCOVERIES = (f"iss{DISCOVERY}", "redirect/discovery")


def trap_answer(request: Request) -> Response:
    """Answer as the attacker's server would, and say in the trail what led there."""
    place = request.path.removeprefix(TRAP_PATH) if request.path.startswith(TRAP_PATH) else ""
    led_by = next((name for name in LED_BY if place.partition("/")[0] == name), "unknown")
    token = bearer_of(request)
    facts = {
        "led_by": led_by,
        "place": place if place in (*_KEY_SETS, *_DISCOVERIES, "x5u") else "other",
        "method": "GET" if request.method == "GET" else "other",
        "carried_authorization": request.header("authorization") is not None,
    }
    trail = Trail("trap", facts=facts, secrets=(Secret("token", token),) if token else ())
    return replace(_lure(request, place), trail=trail)


def _lure(request: Request, place: str) -> Response:
    trap = trap_material
    if place in _KEY_SETS:
        kids = parse_qs(request.query, max_num_fields=10).get("kid", []) if request.query else []
        names = dict.fromkeys((*kids[:1], trap().kid))
        return json_response(200, {"keys": [trap().jwk(kid=kid) for kid in names]})
    if place in _DISCOVERIES:
        return json_response(200, discovery_document(f"{request.origin}{TRAP_PATH}iss"))
    if place == "x5u":
        pem = to_pem(x509.load_der_x509_certificate(trap().certificate))
        return Response(200, (("Content-Type", "application/pem-certificate-chain"),), pem)
    return not_found()
