"""What people do on the portal while a client goes on working: in ChaMan, and in MAHIS.

Each deed is told by a name and a few words, by a stage, over HTTP or by a test. ValueError tells
why one cannot be done: the portal refuses it, or no source says what would come of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from cryptography import x509

from proefbank.serving import Field

from .deed import Deed, Done, Portal, Told, account_of, by_whom
from .provider.chaman import AUTHORISATION
from .provider.delegations import INTERMEDIARY, OWNER
from .provider.enterprise_numbers import synthetic
from .provider.mahis import PARTIES
from .provider.mandates import quarter_name, quarter_of

__all__ = ["DEEDS"]


GO_BETWEEN = synthetic(9)
"""Enterprise number of the technical intermediary that nobody names otherwise."""


def _certificate_fields(portal: Portal) -> Sequence[Field]:
    return (
        account_of(portal),
        Field("do", "add one, or remove one", "add", ("add", "remove")),
        by_whom(OWNER),
        Field("pem", "the one to add; empty: a new one is made, and its key", ""),
        Field("sha256", "how that of the one to remove begins; empty: the oldest", ""),
    )


def _certificate(portal: Portal, told: Told, instant: float, folder: Path) -> Done:
    account, by, chaman = told["account"], told["by"], portal.here.chaman
    if told["do"] == "remove":
        gone = chaman.remove_certificate(account, told["sha256"], by=by)
        return Done(f"the {by} removed certificate {gone[:16]} from the account {account}")
    files: Mapping[str, str] = {}
    if told["pem"]:
        made = x509.load_pem_x509_certificate(told["pem"].encode())
    else:
        made, files = portal.fresh(account, by, folder, instant)
    sha256 = chaman.add_certificate(account, made, instant=instant, by=by)
    text = f"the {by} added certificate {sha256[:16]} to the account {account}"
    return Done(text, {"account": account, "sha256": sha256, **files})


def _permission_fields(portal: Portal) -> Sequence[Field]:
    return (
        account_of(portal),
        Field("do", "give it, or withdraw it", "withdraw", ("give", "withdraw")),
        Field("permission", "its name in ChaMan", AUTHORISATION),
        by_whom(OWNER),
    )


def _permission(portal: Portal, told: Told, _instant: float, _folder: Path) -> Done:
    account, name, by, chaman = told["account"], told["permission"], told["by"], portal.here.chaman
    if told["do"] == "give":
        chaman.give_permission(account, name, by=by)
        return Done(f"the account {account} was given the permission {name}")
    chaman.withdraw_permission(account, name, by=by)
    return Done(f"the permission {name} was withdrawn from the account {account}")


def _channel_fields(portal: Portal) -> Sequence[Field]:
    return (
        account_of(portal),
        Field("do", "activate it, or have it as before that", "undo", ("activate", "undo")),
        by_whom(OWNER),
    )


def _channel(portal: Portal, told: Told, _instant: float, _folder: Path) -> Done:
    active = told["do"] == "activate"
    portal.here.chaman.set_active(told["account"], active=active, by=told["by"])
    words = "activated" if active else "not activated"
    return Done(f"the REST channel of the account {told['account']} is {words}")


def _delegation_fields(portal: Portal) -> Sequence[Field]:
    steps = ("request", "accept", "refuse", "resend")
    return (
        account_of(portal, ocmw=True),
        Field("do", "ask, answer, or ask again what was refused", "request", steps),
        by_whom(INTERMEDIARY),
        Field("intermediary", "enterprise number of the technical intermediary", GO_BETWEEN),
    )


def _delegation(portal: Portal, told: Told, _instant: float, _folder: Path) -> Done:
    account, number, by, chaman = (
        told["account"],
        told["intermediary"],
        told["by"],
        portal.here.chaman,
    )
    steps = {
        "request": (chaman.request_delegation, "asked for"),
        "accept": (chaman.accept_delegation, "accepted"),
        "refuse": (chaman.refuse_delegation, "refused"),
        "resend": (chaman.resend_delegation, "asked again for"),
    }
    step, words = steps[told["do"]]
    step(account, number, by=by)
    return Done(f"the {by} {words} the delegation of the account {account} to {number}")


def _mandate_fields(portal: Portal) -> Sequence[Field]:
    first = next((item for item in portal.profile.mandates if item.for_fla), None)
    return (
        Field("do", "ask for one, validate or end it", "end", ("request", "validate", "end")),
        Field("principal", "enterprise number", first.principal if first else None),
        Field("mandatary", "enterprise number", first.mandatary if first else None),
        by_whom(PARTIES[0], PARTIES),
        Field("from_quarter", "the first one that is asked for; empty: this one", ""),
        Field("to_quarter", "the last one; empty: this one to end it, else none", ""),
    )


def _mandate(portal: Portal, told: Told, instant: float, _folder: Path) -> Done:
    pair, by, mahis = (told["principal"], told["mandatary"]), told["by"], portal.here.mahis
    now, last = quarter_name(quarter_of(instant)), told["to_quarter"]
    words = f"the mandate of {pair[0]} to {pair[1]}"
    if told["do"] == "validate":
        mahis.validate(*pair, by=by)
        return Done(f"the {by} validated {words}")
    if told["do"] == "end":
        mahis.end(*pair, quarter=last or now, instant=instant)
        return Done(f"{words} ends with {last or now}")
    first = told["from_quarter"] or now
    mahis.request(*pair, by=by, from_quarter=first, to_quarter=last or None)
    return Done(f"the {by} asked for {words}, from {first}")


DEEDS: Mapping[str, Deed] = MappingProxyType(
    {
        "certificate": Deed(
            "Add a certificate to an account in ChaMan, or remove one.",
            _certificate_fields,
            _certificate,
        ),
        "permission": Deed(
            "Give an account a permission in ChaMan, or withdraw it.",
            _permission_fields,
            _permission,
        ),
        "channel": Deed(
            "Activate an account's REST channel in ChaMan, or have it not yet activated.",
            _channel_fields,
            _channel,
        ),
        "delegation": Deed(
            "Delegate an OCMW's account to a technical intermediary in ChaMan.",
            _delegation_fields,
            _delegation,
        ),
        "mandate": Deed(
            "Make a mandate in MAHIS, or end it with a quarter.", _mandate_fields, _mandate
        ),
    }
)
"""By name."""
