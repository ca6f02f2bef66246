"""The catalogue of what this provider can do on purpose, by name.

Stimuli of the layers `token` and `api` are armed on the provider and shape the next answers of
that conversation, first armed first used. Those that change a *granted* token or a *successful*
answer wait until there is one. Stimuli of the layer `tls` are carried out by the door.
"""

from __future__ import annotations

from collections.abc import Iterator

from proefbank.stimuli import Catalogue, Stimulus, catalogue, on

__all__ = ["CATALOGUE", "LAYERS", "OAUTH_ERRORS"]

LAYERS = ("token", "api")
"""What can be armed on the provider."""
OAUTH_ERRORS = (
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
)
"""Every error code of RFC 6749, 5.2."""

TEXTS_CHANGED = (
    "expiredAccessToken",
    "invalidAccessToken",
    "noAccessToken",
    "missingScope",
    "missingPermission",
    "badRequest",
    "resourceNotFound",
    "tooManyRequests",
    "serviceUnavailable",
)
"""Problems whose wording the stimulus `api-changed-texts` can change."""


_WAIT = {"seconds": 2}


def _errors() -> Iterator[Stimulus]:
    make = on("token")
    for code in OAUTH_ERRORS:
        for status in (400, 401):
            yield make(
                f"error-{code.replace('_', '-')}-{status}",
                f"Refuse with error {code} and status {status}.",
                code=code,
                status=status,
            )
    for status in (400, 401):
        yield make(
            f"error-with-token-{status}",
            f"Refuse with status {status} in a body that has an access_token all the same.",
            code="invalid_client",
            status=status,
        )


def _token() -> Iterator[Stimulus]:
    make, shape = on("token"), on("token", needs_success=True)
    yield make("html-500", "Answer 500 with an HTML page.", status=500)
    yield make("html-502", "Answer 502 with a gateway's HTML page.", status=502)
    yield make("429-retry-after", "Answer 429 with Retry-After.", status=429, **_WAIT)
    yield make("503-retry-after", "Answer 503 with Retry-After.", status=503, **_WAIT)
    yield make("empty-body", "Answer 200 with an empty body.")
    yield make("no-access-token", "Answer 200 with JSON that has no access_token.")
    yield shape("truncated-json", "Answer 200 with JSON that ends in the middle of a member.")
    yield shape("cut-body", "Close the connection in the middle of the body.")
    yield make("wrong-media-type", "Answer 200 with an HTML login page.")
    yield shape("extra-members", "Add members nobody defined to the token response.")
    yield shape("reordered-members", "Send the members in another order.")
    yield shape("no-expires-in", "Leave out expires_in.")
    yield shape("no-scope", "Leave out scope.")
    yield shape("type-lowercase", "Write the token type as 'bearer'.")
    yield shape("type-mac", "Issue a token of type 'mac'.")
    yield shape("short-lifetime", "Issue a token that lives only so many seconds.", seconds=5)
    yield shape("long", "Issue a very long opaque token.", characters=6000)
    yield shape("jwt", "Issue a token that is a JWT.")
    yield shape("opaque", "Issue a token in which nothing can be read.")
    yield make("delay", "Wait before the answer.", **_WAIT)
    yield make("reset", "Reset the connection instead of answering.")
    yield make("dribble", "Send the body byte by byte.", interval=0.01)
    yield make("redirect-elsewhere", "Redirect to another origin.", status=307)


def _api() -> Iterator[Stimulus]:
    make, shape = on("api"), on("api", needs_success=True)
    yield make("expired-token", "Answer 401 expiredAccessToken and let the token end.")
    yield make("invalid-token", "Answer 401 invalidAccessToken and revoke the token.")
    yield make("no-token", "Answer 401 noAccessToken.")
    yield make("missing-scope-403", "Answer 403 missingScope.")
    yield make("missing-permission-403", "Answer 403 missingPermission.")
    yield make("bad-request-400", "Answer 400 badRequest with issues.")
    yield make("bad-request-400-old-shape", "Answer 400 badRequest with the older invalidParams.")
    yield make("not-found-404", "Answer 404 resourceNotFound.")
    yield make("429-retry-after", "Answer 429 tooManyRequests with Retry-After.", **_WAIT)
    yield make("429-retry-after-date", "Answer 429 with a date in Retry-After.", **_WAIT)
    yield make("429-hint-in-body", "Answer 429 with retryAfterSec, without Retry-After.", **_WAIT)
    yield make("503-retry-after", "Answer 503 serviceUnavailable with Retry-After.", **_WAIT)
    yield make("html-502", "Answer 502 with a gateway's HTML page.", status=502)
    yield make("plain-500", "Answer 500 in plain text.")
    yield make("json-error-not-problem", "Answer an error in JSON that is no problem.", status=400)
    yield shape("truncated-json", "Send a success whose JSON ends too early.")
    yield shape("cut-body", "Close the connection in the middle of the body.")
    yield shape("empty-body", "Send a success with an empty body where JSON was promised.")
    yield shape("extra-members", "Add members nobody defined to the answer.")
    yield make("problem-extra-members", "Answer a problem with members nobody defined.")
    yield Stimulus(
        "api-changed-texts",
        "api",
        "Answer a problem whose title and detail are worded differently.",
        {"problem": "expiredAccessToken"},
        choices=TEXTS_CHANGED,
    )
    yield make("redirect-elsewhere", "Redirect to another origin.", status=307)
    yield make("reset", "Reset the connection instead of answering.")
    yield make("delay", "Wait before the answer.", **_WAIT)
    yield make("dribble", "Send the body byte by byte.", interval=0.01)
    yield make("revoke-early", "Revoke the token before this call is judged.")
    yield make("strict-accept", "Answer 406 unless Accept covers JSON and problem JSON.")


def _tls() -> Iterator[Stimulus]:
    make = on("tls")
    yield make("unknown-ca", "Show a certificate of a CA the client does not trust.")
    yield make("other-host", "Show a certificate for another host.")
    yield make("expired", "Show an expired certificate.")


CATALOGUE: Catalogue = catalogue(_errors(), _token(), _api(), _tls())
"""Every stimulus by name."""
