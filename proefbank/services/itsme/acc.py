"""The acceptance environment of itsme Sign: what was told at onboarding, and who comes there.

    [acc.itsme]
    origin = "https://acc.example"       # told at onboarding; no document has it
    base_path = "/…"                     # between origin and /qes-partners, if there is something
    certificate = { file = "acc.pem" }   # shown to itsme (mutual TLS)
    key = { file = "acc.key" }           # PEM, without password
    partner_code = "…"
    service_code = "…"
    redirect_url = "https://sca.example" # as it is registered

    [acc.itsme.document]                 # what is signed; a made-up text if left out
    id = "…"
    sha256 = "…"                         # standard base64

A person approves with an app: addresses of pages are printed, and asked for when they came back.
"""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proefbank.clock import Clock
from proefbank.errors import NotObservable
from proefbank.exchange import Request, Response, Secret
from proefbank.ordinary import SIMULATED, Ordinary, told_in
from proefbank.profile.key_pairs import KeyPair, key_pair
from proefbank.service import Settings
from proefbank.tables import Table
from proefbank.upstream import Environment, Upstream, acc_table, upstream

from .provider.facts import CONFIGURATION, LANGUAGES
from .recorded import READINGS as RECORDED
from .stages.scripts import documents
from .wire.channel import BackEndCall, FlowCall
from .wire.flow import Flow
from .wire.identification import IdentificationRequest

__all__ = ["BEFORE_VISITS", "PLAYED", "PRODUCTION", "PROVOKING", "READINGS", "environment",
           "make_cast", "published"]  # fmt: skip

PRODUCTION = frozenset(
    {
        *("b2b.itsme.be", "b2b.sign.itsme.be", "b2b.sixdots.be"),
        *("sign.prd.itsme.services", "sign.itsme.services", "idp.prd.itsme.services"),
    }
)
READINGS = (*RECORDED, Flow)
"""Readings that need nothing of what only a simulated service testifies."""
BEFORE_VISITS = (BackEndCall, FlowCall, Flow, IdentificationRequest)
"""Those that hold although nobody went to a page."""
PLAYED: Mapping[str, int] = {"sign": 12}
"""Stages that need no stimulus and do no harm, with the requests that each makes at most."""
PROVOKING: Mapping[str, int] = {}
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class _Told:
    upstream: Upstream
    base_path: str
    partner_code: str | None
    service_code: str | None
    redirect_url: str | None
    document: Mapping[str, str] | None
    table: Table


def _told(profile: Path | None) -> _Told:
    table = acc_table(profile, "itsme")
    folder = profile.parent if profile else Path()
    site = upstream(table, folder=folder, production=PRODUCTION, mutual=True)
    base_path = table.text("base_path", "").rstrip("/")
    if base_path and not base_path.startswith("/"):
        raise table.complain(
            "base_path", f"{base_path!r} does not begin with /", f"Write it as /{base_path}"
        )
    told = _Told(
        site,
        base_path,
        table.optional_text("partner_code"),
        table.optional_text("service_code"),
        table.optional_text("redirect_url"),
        _document(table),
        table,
    )
    table.done()
    return told


def _document(table: Table) -> Mapping[str, str] | None:
    inner = table.optional_table("document")
    if inner is None:
        return None
    told = {"id": inner.needed_text("id"), "sha256": inner.needed_text("sha256")}
    inner.done()
    try:
        octets = base64.b64decode(told["sha256"], validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if len(octets) != _DIGEST:
        raise inner.complain("sha256", "is no SHA-256 in base64", "Write it with 44 characters.")
    return told


def environment(profile: Path | None) -> Environment:
    """Return where acceptance stands; BadInvocation for a table that cannot be used."""
    return Environment("itsme", (_told(profile).upstream,), PRODUCTION)


def published(profile: Path | None) -> Mapping[str, str]:
    """Return the path of what acceptance publishes for its partners: the configuration."""
    return {"main": _told(profile).base_path + CONFIGURATION}


class AcceptanceCast(Ordinary):
    """The partner of the profile, at the recorder's door."""

    def __init__(self, told: _Told) -> None:
        """Read what is referred to; BadInvocation, naming the key, for what is missing."""
        super().__init__()
        hint = "A run needs it: the client is told to be this partner."
        for key in ("partner_code", "service_code", "redirect_url"):
            if getattr(told, key) is None:
                raise told.table.complain(key, "is missing", hint)
        certificate, key_ = told.upstream.certificate, told.upstream.key
        if certificate is None or key_ is None:
            raise told.table.complain("certificate", "is missing", hint)
        self.told = told
        self.upstreams = (told.upstream,)
        self.pair: KeyPair = key_pair(key_, certificate)
        self.client_trust = (self.pair.certificate,)

    def scenario(
        self,
        account: str,
        scope: str | None,  # noqa: ARG002 - there are no scopes here
        folder: Path,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the members for the partner of the profile, and the facts for the journal."""
        self.only(account)
        key_file, certificate_file = self.pair.files(folder, "acc")
        members = {
            "base_url": self.origins["main"] + self.told.base_path,
            "partner_code": self.told.partner_code,
            "service_code": self.told.service_code,
            "redirect_url": self.told.redirect_url,
        }
        facts = members | {
            "languages": list(LANGUAGES),
            "certificate_sha256": [self.pair.fingerprint],
        }
        files = {"client_certificate_file": str(certificate_file), "client_key_file": str(key_file)}
        return members | files, facts

    def ordered(self, op: str, args: Mapping[str, object]) -> Mapping[str, object]:
        """Return an order to sign with the document of the profile, if it has one."""
        if op != "sign.start" or self.told.document is None:
            return args
        return {**args, "documents": [dict(self.told.document)]}

    def sample(self, kind: str, facts: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ARG002
        """Return what an ordinary order to sign one document says."""
        if kind:
            raise NotObservable(f"needs another document; {SIMULATED}")
        return self.ordered("sign.start", {"documents": documents(), "lang": "FR"})

    def answers(self, request: Request, response: Response) -> bool:  # noqa: ARG002
        """Whether an answer says that all is well; `NOK` is a refusal, whatever its status."""
        told = told_in(response)
        return not (isinstance(told, Mapping) and told.get("status") == "NOK")

    def secrets(self) -> Sequence[Secret]:
        """Return the private key that is handed out."""
        return self.pair.secrets()


def make_cast(
    settings: Settings,
    clock: Clock,  # noqa: ARG001 - acceptance has its own
    rng: random.Random,  # noqa: ARG001 - nothing is made up
) -> AcceptanceCast:
    """Make the cast of a run against acceptance; BadInvocation for a profile without partner."""
    return AcceptanceCast(_told(settings.profile))
