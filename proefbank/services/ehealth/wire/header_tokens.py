"""Tokens whose header would lead the consumer astray."""

from __future__ import annotations

from .shown_tokens import ShownTokens

__all__ = [
    "FileKids",
    "JkuTokens",
    "JwkTokens",
    "LongKids",
    "MalformedCrit",
    "OddKids",
    "QueryKids",
    "UnknownCrit",
    "UntextualKids",
    "UrlKids",
    "X5cTokens",
    "X5uTokens",
]


class JkuTokens(ShownTokens):
    """Tokens that point to a key set elsewhere."""

    refuses = ("jku", "jku-own-kid")
    either = ("jku-honest",)


class X5uTokens(ShownTokens):
    """Tokens that point to a certificate elsewhere."""

    refuses = ("x5u",)


class JwkTokens(ShownTokens):
    """Tokens that carry a key."""

    refuses = ("jwk", "jwk-without-kid")


class X5cTokens(ShownTokens):
    """Tokens that carry a certificate."""

    refuses = ("x5c",)


class UnknownCrit(ShownTokens):
    """Tokens whose crit names an extension that nobody knows."""

    refuses = ("crit-unknown", "crit-absent-member")


class MalformedCrit(ShownTokens):
    """Tokens whose crit is empty or no list."""

    refuses = ("crit-text", "crit-empty")
    lenient = ("crit-empty",)


class FileKids(ShownTokens):
    """Tokens whose kid is a path."""

    refuses = ("kid-dev-null", "kid-path-traversal")


class UrlKids(ShownTokens):
    """Tokens whose kid is a URL."""

    refuses = ("kid-url",)


class QueryKids(ShownTokens):
    """Tokens whose kid would be SQL, or a command."""

    refuses = ("kid-sql", "kid-command")


class OddKids(ShownTokens):
    """Tokens whose kid has control or foreign characters, or none."""

    refuses = ("kid-control-characters", "kid-not-ascii", "kid-empty")


class LongKids(ShownTokens):
    """Tokens whose kid is very long."""

    refuses = ("kid-64k",)


class UntextualKids(ShownTokens):
    """Tokens whose kid is no text."""

    refuses = ("kid-number", "kid-null", "kid-list", "kid-object")
