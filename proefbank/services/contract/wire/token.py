"""Answers of the token endpoint."""

from __future__ import annotations

from .answers import Answer, Good, Refused, Status

__all__ = [
    "TokenDenied",
    "TokenExpired",
    "TokenForeignKey",
    "TokenGrant",
    "TokenLongLived",
    "TokenNoAssertion",
    "TokenNoGrantType",
    "TokenOtherAudience",
    "TokenOtherGrant",
    "TokenOtherScope",
    "TokenStatus",
    "TokenUnknownClient",
]

GRANT = ("token",)


class TokenStatus(Status):
    """The status of the answer to a good request for a token."""

    notes = GRANT


class TokenGrant(Good):
    """A token that was granted."""

    notes = GRANT


class TokenUnknownClient(Answer):
    """The answer to an assertion of a client that nobody registered."""

    notes = ("token-unknown-client",)


class TokenOtherAudience(Answer):
    """The answer to an assertion addressed to somebody else."""

    notes = ("token-other-audience",)


class TokenExpired(Answer):
    """The answer to an assertion that has expired."""

    notes = ("token-expired",)


class TokenLongLived(Answer):
    """The answer to an assertion that lives for twenty minutes."""

    notes = ("token-long-lived",)


class TokenForeignKey(Answer):
    """The answer to an assertion that was signed with a key of somebody else."""

    notes = ("token-foreign-key",)


class TokenNoAssertion(Answer):
    """The answer to a request in which nobody says who is asking."""

    notes = ("token-no-assertion",)


class TokenNoGrantType(Answer):
    """The answer to a request without grant_type."""

    notes = ("token-no-grant-type",)


class TokenOtherGrant(Answer):
    """The answer to a request for a grant of another type."""

    notes = ("token-other-grant",)


class TokenOtherScope(Answer):
    """The answer to a request for a scope that there is not."""

    notes = ("token-other-scope",)


class TokenDenied(Refused):
    """Any refusal of the token endpoint."""

    notes = (
        "token-unknown-client",
        "token-other-audience",
        "token-expired",
        "token-long-lived",
        "token-foreign-key",
        "token-no-assertion",
        "token-no-grant-type",
        "token-other-grant",
        "token-other-scope",
    )
