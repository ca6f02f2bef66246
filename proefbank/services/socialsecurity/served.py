"""The social security service as somebody sees it who points a product or his tests at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from proefbank.arming import Armable, ServedArming
from proefbank.service import Cast
from proefbank.serving import AccountCard, Action

from .cast import SocialSecurityCast
from .deed import SIBLING
from .provider import CATALOGUE
from .provider.facts import EMPLOYER
from .provider.profile import Account
from .served_actions import actions_of

__all__ = ["ServedSocialSecurity", "served"]


class ServedSocialSecurity(ServedArming):
    """The environment that stagings play in; the other one and the sibling stay behind."""

    catalogue = CATALOGUE

    readings: Sequence[str] = (
        "TokenRequest",
        "ClientAssertion",
        "TokenRequestSeries",
        "ApiRequest",
        "PayloadRequest",
        "ApiSeries",
    )

    def __init__(self, cast: SocialSecurityCast) -> None:
        """Serve what `cast` made ready."""
        self.cast = cast

    @property
    def armable(self) -> Armable:
        """The provider."""
        return self.cast.here

    @property
    def accounts(self) -> Sequence[str]:
        """Names of the accounts, employers' first because most clients are theirs."""
        names = [item.name for item in self.cast.profile.accounts if item.name != SIBLING]
        first = self._first.name
        return sorted(names, key=lambda name: name != first)

    @property
    def _first(self) -> Account:
        profile = self.cast.profile
        return profile.first(EMPLOYER) or profile.accounts[0]

    @property
    def actions(self) -> Sequence[Action]:
        """What people do in ChaMan and in MAHIS."""
        return actions_of(self.cast)

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Token endpoint, audience and API base."""
        facts = self.cast.facts(self._first)
        return {name: str(facts[name]) for name in ("token_endpoint", "audience", "api_base")}

    def hints(
        self,
        cards: Sequence[AccountCard],  # noqa: ARG002 - they were told already
        trust: Sequence[str],  # noqa: ARG002 - there is nothing to try
    ) -> Sequence[str]:
        """Nothing more needs to be said: returns no lines."""
        return ()

    def card(self, account: str, folder: Path) -> AccountCard:
        """Return an account's card; KeyError if there is none of that name."""
        entry = self._entry(account)
        own = bool(entry.certificates)
        key_file, certificate_file = (None, None) if own else self.cast.files(entry, folder)
        return AccountCard(
            name=entry.name,
            client_id=entry.client_id,
            capacity=entry.capacity,
            enterprise_number=entry.enterprise_number,
            scope=self.cast.profile.scopes.of(entry.capacity),
            private_key_file=key_file,
            certificate_file=certificate_file,
        )

    def _entry(self, account: str) -> Account:
        return self.cast.profile.account(account)

    def facts(self, account: str) -> Mapping[str, Any]:
        """Return the same scenario facts as in a run; nobody asked for a scope."""
        return self.cast.facts(self._entry(account))

    def account_in(self, facts: Mapping[str, object]) -> str | None:
        """Return the account of a token request, or the one whose token came with an API call."""
        named = facts.get("account") or facts.get("token_account")
        return named if isinstance(named, str) else None

    def granted(self, facts: Mapping[str, object]) -> bool:
        """Whether the token server issued a token."""
        return facts.get("granted") is True

    def revoke_tokens(self) -> None:
        """Revoke every token."""
        self.cast.here.revoke_tokens()

    def reset(self) -> None:
        """Nothing is left to do: the provider has taken back what people did."""

    def state(self, now: float) -> Mapping[str, Any]:
        """Return accounts, tokens alive and modes."""
        told = self.cast.here.state(now)
        told["accounts"] = [item for item in told["accounts"] if item["name"] != SIBLING]
        del told["armed"], told["elsewhere"]
        names = ("name", "client_id", "capacity", "enterprise_number")
        rows = [
            {name: item[name] for name in names}
            | {
                "permissions": ", ".join(item["permissions"]) or "none",
                "state": "active" if item["active"] else "not activated",
            }
            for item in told["accounts"]
        ]
        tables = {"Accounts": rows}
        for title, found in self.cast.here.chaman.rows().items():
            tables[title] = [row for row in found if row["account"] != SIBLING]
        tables["Mandates"] = self.cast.here.mahis.rows(now)
        return told | {"tables": {title: found for title, found in tables.items() if found}}


def served(made: Cast) -> ServedSocialSecurity:
    """Return the served side of a cast that `make_cast` made."""
    return ServedSocialSecurity(cast("SocialSecurityCast", made))
