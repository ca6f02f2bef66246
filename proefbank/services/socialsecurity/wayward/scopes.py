"""Clients that ask for other scopes than theirs, or write them otherwise."""

from __future__ import annotations

from typing import Any

from ..reference import ReferenceClient
from .registry import breaks


@breaks("token-request.leaves-scope-out-unless-narrowing")
class AlwaysScopes(ReferenceClient):
    """Sends the employer's scope though none was asked."""

    def form(self, scope: str | None) -> dict[str, Any]:
        """Fill the gap."""
        own = "scope:sigedis:gestion:careerpro-federal-learning-account:employer"
        return super().form(scope or own)


class ChangedScope(ReferenceClient):
    """Base: writes a scope that was asked for in its own way."""

    def changed(self, scope: str) -> str:
        """Return the scope as it is sent."""
        return scope

    def form(self, scope: str | None) -> dict[str, Any]:
        """Send the changed one."""
        return super().form(None if scope is None else self.changed(scope))


@breaks("token-request.scope-belongs-to-the-account")
class ForeignScope(ChangedScope):
    """Asks for a Dimona scope as well, which the account does not have."""

    def changed(self, scope: str) -> str:
        """Add it."""
        return f"{scope} scope:dimona:declaration:consult"


@breaks("token-request.scopes-are-space-separated")
class CommaScopes(ChangedScope):
    """Joins scopes with a comma."""

    def changed(self, scope: str) -> str:
        """Replace the space."""
        return scope.replace(" ", ",")


@breaks("token-request.scope-keeps-its-prefix")
class BareScope(ChangedScope):
    """Takes scope: for a label and leaves it out."""

    def changed(self, scope: str) -> str:
        """Strip it."""
        return " ".join(item.removeprefix("scope:") for item in scope.split())


@breaks("token-request.scope-keeps-its-case")
class UpperCaseScope(ChangedScope):
    """Writes the scope in capitals."""

    def changed(self, scope: str) -> str:
        """Keep only the prefix as it is."""
        return " ".join(f"scope:{item[6:].upper()}" for item in scope.split())


@breaks("token-request.employer-asks-the-employer-scope")
class EmployerAsksProviderScope(ChangedScope):
    """Asks for the mandatary's scope on an employer's account."""

    def changed(self, scope: str) -> str:
        """Swap the role."""
        return scope.replace(":employer", ":provider")


@breaks("token-request.mandatary-asks-the-provider-scope")
class MandataryAsksEmployerScope(ChangedScope):
    """Asks for the employer's scope on a mandatary's account."""

    def changed(self, scope: str) -> str:
        """Swap the role."""
        return scope.replace(":provider", ":employer")
