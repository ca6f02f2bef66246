"""Requests for a token: one in good order, and one with each thing wrong that is documented."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire import token

GRANTED = (token.TokenStatus, token.TokenGrant)
REFUSED = (
    token.TokenUnknownClient,
    token.TokenOtherAudience,
    token.TokenExpired,
    token.TokenLongLived,
    token.TokenForeignKey,
    token.TokenNoAssertion,
    token.TokenNoGrantType,
    token.TokenOtherGrant,
    token.TokenOtherScope,
    token.TokenDenied,
)
NEEDS = ("socialsecurity",)
STRANGER = "self_service_chaman_000000_proefbank0"
WRONG = (
    ("token-unknown-client", {"claims": {"iss": STRANGER, "sub": STRANGER}}),
    ("token-other-audience", {"claims": {"aud": "https://elsewhere.example/REST/oauth/v5/token"}}),
    ("token-expired", {"claims": {"exp": -3600}}),
    ("token-long-lived", {"claims": {"exp": 1200}}),
    ("token-foreign-key", {"signer": "stranger"}),
    ("token-no-assertion", {"form": {"client_assertion": None, "client_assertion_type": None}}),
    ("token-no-grant-type", {"form": {"grant_type": None}}),
    ("token-other-grant", {"form": {"grant_type": "urn:proefbank:no-such-grant"}}),
    ("token-other-scope", {"form": {"scope": "scope:proefbank:nobody:knows"}}),
)
"""What each request has wrong, and nothing else."""


@stage("contract-token", judges=GRANTED, needs=NEEDS)
def granted(staging: Staging) -> None:
    """A token is asked for in good order."""
    staging.begin()
    staging.call("probe", {"to": "token"}, note="token")


@stage("contract-token-refused", judges=REFUSED, needs=NEEDS, wire=["provoke"])
def refused(staging: Staging) -> None:
    """A token is asked for with one thing wrong at a time."""
    staging.begin()
    for note, how in WRONG:
        staging.call("probe", {"to": "token", **how}, note=note)
