"""ChaMan, where REST accounts get their certificates and permissions, and are delegated.

ChaMan FAQ: a certificate is added without removing the former; only the owner of an account
changes its permissions; once it is delegated, only the intermediary sees and manages its
certificates. What the FAQ does not tell cannot be done here, and is a ValueError.

No source says what becomes of tokens that were issued before. Here a permission is gone at once;
the end of a certificate, or of a channel, leaves them alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cryptography import x509

from . import delegations
from .accounts import Accounts, RegisteredAccount, RegisteredKey
from .chaman_certificates import why_refused
from .delegations import ACCEPTED, INTERMEDIARY, OWNER, SIDES, Ledger
from .enterprise_numbers import check_digits_fit, well_formed
from .profile import AUTHORISATION

__all__ = ["AUTHORISATION", "ChaMan"]


class ChaMan:
    """What people do with the accounts of a simulated portal. `by` is `owner` or `intermediary`.

    All methods raise ValueError for what cannot be done, and KeyError for an unknown account.
    """

    def __init__(self, accounts: Accounts, lock: threading.Lock) -> None:
        """Start with these accounts, none of them delegated."""
        self._accounts, self._lock = accounts, lock
        self.ledger = Ledger()
        """Every delegation; another one after each change."""

    def add_certificate(
        self, account: str, certificate: x509.Certificate, *, instant: float, by: str = OWNER
    ) -> str:
        """Add a certificate beside those there are; return the hex SHA-256 of its DER."""
        with self._lock:
            old = self._managed(account, by)
            if why := why_refused(certificate, instant):
                raise ValueError(f"ChaMan does not take this certificate: {why}")
            key = RegisteredKey.of(certificate)
            if any(key.sha256 == other.sha256 for other in old.keys):
                raise ValueError(f"{account} has this certificate already")
            gone = tuple(other for other in old.removed if other.sha256 != key.sha256)
            self._accounts.change(replace(old, keys=(*old.keys, key), removed=gone))
            return key.sha256

    def remove_certificate(self, account: str, sha256: str = "", *, by: str = OWNER) -> str:
        """Remove the certificate whose SHA-256 begins so, or the first that was added.

        Returns its SHA-256. The last one stays: without one there is no account (4.4.1).
        """
        with self._lock:
            old = self._managed(account, by)
            found = [key for key in old.keys if key.sha256.startswith(sha256.lower())]
            if not found:
                raise ValueError(f"{account} has no certificate whose SHA-256 begins with {sha256}")
            if len(found) > 1 and sha256:
                raise ValueError(f"{account} has several certificates that begin with {sha256}")
            if len(old.keys) == 1:
                raise ValueError(f"{account} has one certificate; another has to be added first")
            left = tuple(key for key in old.keys if key is not found[0])
            gone = (*old.removed, found[0])
            self._accounts.change(replace(old, keys=left, removed=gone, firm=True))
            return found[0].sha256

    def give_permission(
        self, account: str, permission: str = AUTHORISATION, *, by: str = OWNER
    ) -> None:
        """Tick a permission."""
        with self._lock:
            old = self._owned(account, by)
            ticked = old.account.authorisations
            if permission in ticked:
                raise ValueError(f"{account} has the permission {permission} already")
            self._permit(old, (*ticked, permission))

    def withdraw_permission(
        self, account: str, permission: str = AUTHORISATION, *, by: str = OWNER
    ) -> None:
        """Take a permission away."""
        with self._lock:
            old = self._owned(account, by)
            ticked = old.account.authorisations
            if permission not in ticked:
                raise ValueError(f"{account} has {', '.join(ticked) or 'no permission'}")
            self._permit(old, tuple(name for name in ticked if name != permission))

    def set_active(self, account: str, *, active: bool, by: str = OWNER) -> None:
        """Activate the channel of an account, or have it as it was before that."""
        with self._lock:
            old = self._owned(account, by)
            made = replace(old.account, active=active)
            self._accounts.change(replace(old, account=made, firm=not active or bool(old.removed)))

    def request_delegation(self, account: str, intermediary: str, *, by: str) -> None:
        """Have one side ask the other."""
        if not well_formed(intermediary) or not check_digits_fit(intermediary):
            raise ValueError(f"{intermediary!r} is not an enterprise number")
        with self._lock:
            old = self._accounts.by_name(account)
            self.ledger = delegations.request(self.ledger, old.account, intermediary, by=by)
            self._accounts.change(replace(old, firm=True))

    def accept_delegation(self, account: str, intermediary: str, *, by: str) -> None:
        """Have the other side accept: from then on the intermediary manages the certificates."""
        self._delegate(delegations.answer, account, intermediary, by=by, accept=True)
        with self._lock:
            old = self._accounts.by_name(account)
            self._accounts.change(replace(old, firm=bool(old.removed)))

    def refuse_delegation(self, account: str, intermediary: str, *, by: str) -> None:
        """Have the other side refuse."""
        self._delegate(delegations.answer, account, intermediary, by=by, accept=False)

    def resend_delegation(self, account: str, intermediary: str, *, by: str) -> None:
        """Have who was refused ask again."""
        self._delegate(delegations.resend, account, intermediary, by=by)

    def certificates(self, account: str, *, by: str = OWNER) -> tuple[RegisteredKey, ...]:
        """Return the certificates of an account, for who may see them."""
        return self._managed(account, by).keys

    def restore(self) -> None:
        """Take back what people did."""
        with self._lock:
            self._accounts.restore()
            self.ledger = Ledger()

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return what there is to show: certificates and delegations, those of all sides."""
        certificates = [
            {"account": one.account.name, "certificate": key.sha256, "key": key.kind, "is": state}
            for one in self._accounts
            for keys, state in ((one.keys, "registered"), (one.removed, "removed"))
            for key in keys
        ]
        told = [
            {
                "account": item.account,
                "intermediary": item.intermediary,
                "asked by": item.asked_by,
                "state": item.state,
                "sent again by the intermediary": self.ledger.resends.get(item.key, 0),
            }
            for item in self.ledger.delegations
        ]
        return {"Certificates": certificates, "Delegations": told}

    def _delegate(
        self, act: Callable[..., Ledger], account: str, intermediary: str, **how: Any
    ) -> None:
        with self._lock:
            self._accounts.by_name(account)
            self.ledger = act(self.ledger, account, intermediary, **how)

    def _permit(self, old: RegisteredAccount, ticked: tuple[str, ...]) -> None:
        account = replace(old.account, authorisations=ticked)
        self._accounts.change(replace(old, account=account))

    def _owned(self, account: str, by: str) -> RegisteredAccount:
        if by != OWNER:
            raise ValueError(f"not the {by}: only the owner changes this of an account")
        return self._accounts.by_name(account)

    def _managed(self, account: str, by: str) -> RegisteredAccount:
        """Return an account whose certificates are the affair of `by`."""
        if by not in SIDES:
            raise ValueError(f"{by!r} has no account; there are {', '.join(SIDES)}")
        old = self._accounts.by_name(account)
        one = self.ledger.of(account)
        delegated = one is not None and one.state == ACCEPTED
        if (by == INTERMEDIARY) != delegated:
            whose = "the intermediary's" if delegated else "the owner's"
            raise ValueError(f"not the {by}: the certificates of {account} are {whose}")
        return old
