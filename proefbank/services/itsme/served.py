"""The signing service as somebody sees it who points a product at it, or a test in any language.

A product registers its own redirect URL first, in a profile or by the action `partner`, and shows
the certificate that is made for it or one of its own. People can be played in a browser, on the
pages, or by the action `person` for whoever has no browser at hand.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from proefbank.arming import Armable, ServedArming
from proefbank.clock import to_iso
from proefbank.service import Cast
from proefbank.serving import AccountCard, Action, Stand

from .cast import PARTNERS, ItsmeCast
from .profile import is_address, load_certificate
from .provider import CATALOGUE, Party
from .provider.facts import ACTION_SECONDS, BATCH_LIMIT, CONFIGURATION, Dialect
from .provider.people import Person
from .provider.sessions import SignSession
from .served_actions import actions_of

__all__ = ["ServedItsme", "served"]

_STRANGER = PARTNERS[-1]
_SHOWN = 12


class ServedItsme(ServedArming):
    """The partners that a client can be, the people, and their sessions."""

    catalogue = CATALOGUE

    readings: Sequence[str] = (
        "BackEndCall",
        "FlowCall",
        "Flow",
        "ConfigurationRead",
        "IdentificationRequest",
        "IdentificationStatusRequest",
        "SignStart",
        "DescribedStart",
        "Starts",
        "SignStatus",
    )

    def __init__(self, cast: ItsmeCast) -> None:
        """Serve what `cast` made ready."""
        self.cast = cast
        self._onboarded = tuple(cast.here.parties)
        self.reset()

    @property
    def armable(self) -> Armable:
        """The provider."""
        return self.cast.here

    @property
    def accounts(self) -> Sequence[str]:
        """The partners of the profile, or ours, the one with batches first.

        The one whose codes are taken stays behind.
        """
        own = [entry.name for entry in self.cast.profile.partners]
        return own or [name for name in PARTNERS if name != _STRANGER]

    @property
    def endpoints(self) -> Mapping[str, str]:
        """The base URL that partners are told, and where people's browsers go."""
        facts = self.cast.facts(self.accounts[0])
        return {
            "base_url": str(facts["base_url"]),
            "pages": self.cast.pages,
            "redirect_url": str(facts["redirect_url"]),
        }

    @property
    def actions(self) -> Sequence[Action]:
        """Register a redirect URL, play a person, choose a dialect."""
        return actions_of(self)

    def register(
        self,
        partner: str,
        stand: Stand,
        *,
        redirect_url: str = "",
        batch: bool | None = None,
        certificate: Path | str = "",
        addresses: Sequence[str] | None = None,
    ) -> None:
        """Change what onboarding fixed for a partner; what is empty or None stays as it is.

        The certificate (a file, or a text in PEM) comes besides those that are registered already;
        no addresses at all means that they are not looked at. ValueError for what cannot be used.
        """
        party = self._party(partner)
        if redirect_url and not is_address(redirect_url):
            raise ValueError(f"{redirect_url!r} is no URL")
        shown = self.cast.trust(load_certificate(certificate)) if certificate else None
        changed = replace(
            party,
            redirect_url=redirect_url or party.redirect_url,
            batch=party.batch if batch is None else batch,
            certificates=tuple(dict.fromkeys((*party.certificates, *filter(None, (shown,))))),
            addresses=party.addresses if addresses is None else tuple(addresses),
        )
        self.cast.here.register(changed)
        told = f"{partner} has the redirect URL {changed.redirect_url}"
        stand.told_anew(told if shown is None else f"{told}, and one more certificate: {shown}")

    def onboard_anew(self) -> None:
        """Forget what partners registered."""
        for party in self._onboarded:
            self.cast.here.register(party)

    def choose(self, dialect: Dialect, stand: Stand) -> None:
        """Answer in a dialect from now on."""
        self.cast.here.dialect = dialect
        stand.told_anew(f"answers are in the dialect {dialect}")

    def play(self, session: str, act: str, person: str, stand: Stand) -> str:
        """Have a person act on a session, the one opened last if none is named; ValueError."""
        here = self.cast.here
        with here.lock:
            latest = here.sessions.latest(1)
        if not session and not latest:
            raise ValueError("no session was opened yet")
        state = here.play(session or latest[0].id, act, person=person, at=stand.now)
        stand.note(f"{person} did {act} on a session, which is {state} now")
        return state

    def card(self, account: str, folder: Path) -> AccountCard:
        """Return a partner's card, the client certificate and its key; KeyError."""
        party = self._party(account)
        key_file, certificate_file = self.cast.files(account, folder)
        return AccountCard(
            name=account,
            client_id=party.partner_code,
            capacity=f"up to {BATCH_LIMIT} hashes" if party.batch else "one hash at a time",
            enterprise_number="",
            scope=None,
            private_key_file=key_file,
            certificate_file=certificate_file,
            more={
                "partner_code": party.partner_code,
                "service_code": party.service_code,
                "redirect_url": party.redirect_url,
                "addresses": ", ".join(party.addresses) or "any",
            },
        )

    def hints(self, cards: Sequence[AccountCard], trust: Sequence[str]) -> Sequence[str]:
        """Return who signs, how to register an address, and a first call to try."""
        main, first = self.cast.origins["main"], cards[0]
        told = '{"redirect_url": "https://your-product.example/signed"}'
        register = ["curl", *trust, "-d", told, f"{main}/.proefbank/partner"]
        files = ["--cert", str(first.certificate_file), "--key", str(first.private_key_file)]
        url = self.cast.here.base_url(main) + CONFIGURATION
        return (
            "people who sign, by the number they type",
            *(f"  {_person_line(one)}" for one in self.cast.here.people),
            "",
            "register your redirect URL, which is one for each service (or: --profile)",
            f"  {shlex.join(register)}",
            "read the configuration, with the certificate of a partner",
            f"  {shlex.join(['curl', *trust, *files, url])}",
        )

    def _party(self, account: str) -> Party:
        if account not in self.accounts:
            raise KeyError(account)
        return self.cast.here.parties[account]

    def facts(self, account: str) -> Mapping[str, Any]:
        """Return the same scenario facts as in a run."""
        return self.cast.facts(account or self.accounts[0])

    def account_in(self, facts: Mapping[str, object]) -> str | None:
        """Return the partner that a call named."""
        named = facts.get("party")
        return named if isinstance(named, str) else None

    def granted(self, facts: Mapping[str, object]) -> bool:
        """Whether signatures were handed over."""
        return facts.get("state") == "S_DONE" and facts.get("reason") is None and "notes" in facts

    def revoke_tokens(self) -> None:
        """There are no tokens here: raises ValueError."""
        raise ValueError("itsme Sign issues no tokens; reset to end all sessions")

    def reset(self) -> None:
        """Go back to the words chosen at first; what partners registered stays registered."""
        self.cast.here.dialect = self.cast.profile.dialect

    def state(self, now: float) -> Mapping[str, Any]:
        """Return partners, people, the latest sessions and when the next action expires."""
        here = self.cast.here
        told = here.state(now)
        sessions = told.pop("sessions")
        del told["armed"], told["elsewhere"]
        partners = [one for one in told.pop("partners") if one["name"] in self.accounts]
        counts = ", ".join(f"{count} {state}" for state, count in sessions["states"].items())
        expiry = sessions["next_expiry"]
        return told | {
            "says": f"Sessions: {counts or 'none'}."
            + (f" The next action expires after {to_iso(expiry)}." if expiry else ""),
            "partners": partners,
            "sessions": sessions["states"],
            "next_expiry": expiry,
            "advance_s": round(ACTION_SECONDS) + 1,
            "tables": {
                "Partners": [_partner_row(one) for one in partners],
                "People": told["people"],
                "Sessions": self._sessions(now),
            },
        }

    def _sessions(self, now: float) -> list[dict[str, Any]]:
        here = self.cast.here
        with here.lock:
            return [
                {
                    "session": one.id,
                    "kind": "sign" if isinstance(one, SignSession) else "identification",
                    "partner": one.party.name,
                    "person": one.person.name if one.person else None,
                    "state": one.at(now),
                    "expires_in_s": None if one.ends_at is None else round(one.ends_at - now),
                }
                for one in here.sessions.latest(_SHOWN)
            ]


def _person_line(person: Person) -> str:
    what = "has a certificate" if person.certificate else "has one made on the way"
    what = "may not sign" if person.blocked else what
    return f"{person.phone}  {person.name} ({person.holder.given_name}, {what})"


def _partner_row(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: told[name]
        for name in ("name", "partner_code", "service_code", "redirect_url", "batch")
    }


def served(made: Cast) -> ServedItsme:
    """Return the served side of a cast that `make_cast` made."""
    return ServedItsme(cast("ItsmeCast", made))
