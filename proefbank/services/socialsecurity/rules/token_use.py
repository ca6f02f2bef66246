"""Which token the client uses, for what, and for how long."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, NotExercised, rule
from proefbank.verdict import Finding

from ..wire.api_request import ApiRequest
from ..wire.token_answer import LongToken, OpaqueToken
from ..wire.token_use import SeparateAccounts, SeparateScopes, TokenOutlived
from ..wire.trust import ClientLog
from .outcomes import must_accept


@rule("socialsecurity.token-use.token-comes-from-the-token-endpoint")
def token_is_issued(request: ApiRequest) -> Finding | None:
    """The API trusts what its token server issued, and nothing else."""
    if not request.token:
        raise DoesNotApply("the call carries no token, which is a requirement of its own")
    if request.token in request.issued:
        return None
    return Finding(
        "API request, header Authorization",
        expected="a token that the token server issued before",
        actual="a token of other origin",
    )


@rule("socialsecurity.token-use.is-opaque")
def opaque(probe: OpaqueToken) -> Finding | None:
    """What a token looks like is between the servers, and can change without notice."""
    return must_accept(probe)


@rule("socialsecurity.token-use.long-token-is-carried-whole")
def carried_whole(probe: LongToken) -> Finding | None:
    """A token that was cut is another token, and an unknown one."""
    refused = [item for item in probe.on("api") if item.facts.get("token") == "unknown"]
    if refused and any(call.outcome != "accepted" for call in probe.calls):
        return Finding(
            "API request, header Authorization",
            expected="the token as it was issued",
            actual="another token",
            exchange=refused[0].number,
        )
    return must_accept(probe)


@rule("socialsecurity.token-use.is-not-used-after-expiry")
def not_after_expiry(use: TokenOutlived) -> Finding | None:
    """Each call with a dead token costs a round trip, and looks like an attack to the server."""
    late = [item for item in use.later if item.facts.get("token") == "expired"]
    if not late:
        return None
    return Finding(
        "API request, header Authorization",
        expected=f"a new token {use.elapsed:.0f} s after one that lives {use.lifetime:.0f} s",
        actual="the old token",
        hint="read expires_in and renew a little before it ends",
        exchange=late[0].number,
    )


@rule("socialsecurity.token-use.is-kept-per-client-id")
def kept_per_client(use: SeparateAccounts) -> Finding | None:
    """With one cache for all, one customer's data is sent with another one's token."""
    for expected, used in zip(use.expected, use.used, strict=True):
        if expected != used:
            return Finding(
                "API request, header Authorization",
                expected=f"a token of the account {expected}",
                actual=f"a token of the account {used}",
                hint="make the client id part of the cache's key",
            )
    return None


@rule("socialsecurity.token-use.is-kept-per-scope")
def kept_per_scope(use: SeparateScopes) -> Finding | None:
    """A token with a narrower scope makes later calls fail for no visible reason."""
    if use.used != use.fetched:
        return None
    return Finding(
        "API request, header Authorization",
        expected="a token for the scope of the API call",
        actual="the token that had been fetched for another scope",
        hint="make the scope part of the cache's key",
    )


@rule("socialsecurity.token-use.stays-out-of-output")
def token_not_printed(log: ClientLog) -> Finding | None:
    """Logs are read by more people than may act for the enterprise (RFC 6750, 5.3)."""
    return _printed(log, {"token"}, "token", "an access token")


@rule("socialsecurity.assertion.stays-out-of-output")
def assertion_not_printed(log: ClientLog) -> Finding | None:
    """Until it expires, whoever reads the assertion can be the client; with the key, for ever."""
    kinds = {"jwt", "assertion", "private-key"}
    return _printed(log, kinds, "assertion", "a client assertion or private key")


def _printed(log: ClientLog, kinds: set[str], thing: str, words: str) -> Finding | None:
    streams = sorted({stream for stream, kind in log.leaked if kind in kinds})
    if not streams:
        if thing not in log.had:
            raise NotExercised(f"the client had no {thing} to print")
        return None
    return Finding(
        f"the client's {' and '.join(streams)}",
        expected="no secrets",
        actual=words,
        hint="log the client id and the time instead",
    )
