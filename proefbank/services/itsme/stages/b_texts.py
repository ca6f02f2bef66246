"""Orders with texts, policies and numbers: those that fit, and those that do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from proefbank.staging import Staging, stage

from ..wire import bounds
from ..wire.flow import RefusedText
from ..wire.sign_start import DescribedStart
from .a_flows import FLOW, SIGNING
from .scripts import identified, in_four_languages, order, resumed, signed, started, value_of

DESCRIPTION = in_four_languages("Offre d'assurance, Prix 10 €, Geschäftsführer")
ROLE = in_four_languages("Propriétaire")
GENERIC = "1.3.6.1.4.1.49274.1.1.7."
Asked = Callable[[Staging], Mapping[str, Any]]


def usual_policy(staging: Staging) -> str:
    """Return a generic policy that is enabled, and not the newest: it is asked on purpose."""
    listed = staging.facts["policies"]
    given = listed.items() if isinstance(listed, Mapping) else ()
    enabled = [str(ref) for ref, status in given if status == "ENABLED"]
    return min(ref for ref in enabled if ref.startswith(GENERIC))


def commitment(staging: Staging) -> str:
    """Return a commitment type that is listed."""
    listed = staging.facts["commitment_types"]
    return str(min(listed)) if isinstance(listed, list | tuple) else ""


@stage("sign-texts", judges=[*FLOW, DescribedStart], needs=["sign"])
def sign_texts(staging: Staging) -> None:
    """Somebody signs in a role; description, policy and commitment type are given too."""
    staging.begin()
    asked = order(
        2,
        description=DESCRIPTION,
        signer_role=ROLE,
        sign_policy=usual_policy(staging),
        commitment_type=commitment(staging),
    )
    signed(staging, asked)


@stage("sign-commitment", judges=[*SIGNING, DescribedStart], needs=["sign"])
def sign_commitment(staging: Staging) -> None:
    """Somebody signs with a commitment type; no policy is asked."""
    staging.begin()
    identified(staging, order(commitment_type=commitment(staging)))


def bounded(name: str, reading: type[bounds.Bounded], words: str, asked: Asked) -> None:
    """Register a stage with an order at the edge, after one that is ordinary."""

    def script(staging: Staging) -> None:
        staging.begin()
        started(staging, order(sign_policy=usual_policy(staging)), note="control")
        staging.begin()
        identified(staging, asked(staging), note="probe")

    script.__doc__ = f"{words} Before that an ordinary order is given."
    stage(name, judges=[reading], needs=["sign"])(script)


bounded(
    "sign-long-description",
    bounds.LongDescription,
    "The caller's description has 300 characters.",
    lambda _: order(description=in_four_languages("Longue. " * 37 + "L")),
)
bounded(
    "sign-long-role",
    bounds.LongRole,
    "The caller's role has 60 characters.",
    lambda _: order(signer_role=in_four_languages(("Administratrice " * 4)[:57])),
)
bounded(
    "sign-typographic-description",
    bounds.TypographicDescription,
    "The caller's description has curly quotes, dashes and an ellipsis.",
    lambda _: order(description=in_four_languages("Contrat d’assurance – “auto”…")),
)
bounded(
    "sign-euro-role",
    bounds.TypographicRole,
    "The caller's role has a euro sign and the letter oe.",
    lambda _: order(signer_role=in_four_languages("Chef de cœur, 10 €")),
)
bounded(
    "sign-fraction-role",
    bounds.TypographicRole,
    "The caller's role has the fraction one half.",
    lambda _: order(signer_role=in_four_languages("½ part")),
)
bounded(
    "sign-odd-language",
    bounds.OddLanguage,
    "The caller asks for Spanish.",
    lambda _: order() | {"lang": "es"},
)
bounded(
    "sign-70",
    bounds.SeventyDocuments,
    "The caller has seventy documents signed.",
    lambda _: order(70),
)
bounded(
    "sign-71",
    bounds.TooManyDocuments,
    "The caller has seventy-one documents signed.",
    lambda _: order(71),
)
bounded(
    "sign-policy-of-the-day",
    bounds.PolicyOfTheDay,
    "The caller asks for a policy that is listed in this run only.",
    lambda staging: order(sign_policy=staging.facts["policy_of_the_day"]),
)


@stage("sign-start-refused-text", judges=[RefusedText], needs=["sign"])
def refused_text(staging: Staging) -> None:
    """Itsme refuses the texts for their characters; later the session is resumed once more."""
    staging.begin()
    session, url = started(staging, order(description=DESCRIPTION))
    if session is None:
        return
    returned = staging.visit(url, person="with-certificate")
    staging.arm(RefusedText.stimulus)
    answer = resumed(staging, session, returned)
    if value_of(answer, "pending") is True:
        resumed(staging, session, returned)
