"""The reference API: the reference consumer behind HTTP, as RFC 6750 asks of a resource server.

    python -m proefbank.services.ehealth.reference_api

serves it at the port that PORT names, trusting what PROEFBANK_ISSUER and its like say: an
example of what `--api-command` starts. It moves its own time only in one process with the bench.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server
from wsgiref.types import ErrorStream, StartResponse, WSGIEnvironment

from proefbank.errors import Rejected

from .reference import ReferenceConsumer

__all__ = ["ReferenceApi", "Reply", "main"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answers."""

    status: str
    challenge: str | None = None
    """The value of WWW-Authenticate."""


class ReferenceApi(ReferenceConsumer):
    """A WSGI application with one resource, for whoever brings a good token."""

    name = "proefbank reference API"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer a request."""
        reply = self.reply(environ.get("HTTP_AUTHORIZATION", ""), environ["wsgi.errors"])
        body = json.dumps({"ok": reply.status.startswith("2")}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if reply.challenge is not None:
            headers.append(("WWW-Authenticate", reply.challenge))
        start_response(reply.status, headers)
        return [body]

    def reply(self, authorization: str, log: ErrorStream) -> Reply:
        """Decide by the value of the Authorization header; the log learns why."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return self.unauthorised()
        try:
            self.jwt_verify(token.strip())
        except Rejected as refusal:
            log.write(f"token refused, {refusal.reject_class}: {refusal.detail}\n")
            log.flush()
            return self.refusal(refusal)
        return Reply("200 OK")

    def unauthorised(self) -> Reply:
        """Answer a request without a token: what is wanted, and no error."""
        return Reply("401 Unauthorized", 'Bearer realm="reference"')

    def refusal(self, refusal: Rejected) -> Reply:  # noqa: ARG002 - strangers learn no reason
        """Answer a token that is not good; RFC 6750, 3.1."""
        return Reply("401 Unauthorized", 'Bearer realm="reference", error="invalid_token"')


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


def main(environment: Mapping[str, str]) -> None:
    """Serve until the process is ended."""
    told: dict[str, Any] = {
        "issuer": environment["PROEFBANK_ISSUER"],
        "jwks_uri": environment["PROEFBANK_JWKS_URI"],
        "audience": environment["PROEFBANK_AUDIENCE"],
        "algorithms": environment.get("PROEFBANK_ALGORITHMS", "RS256").split(),
    }
    api = ReferenceApi()
    api.scenario({"ehealth": told, "ca_file": environment["PROEFBANK_CA_FILE"]})
    make_server("127.0.0.1", int(environment["PORT"]), api, _Server).serve_forever()


if __name__ == "__main__":
    try:
        main(os.environ)
    except KeyError as missing:
        sys.exit(f"the variable {missing} is not set; proefbank run --api-command sets it")
