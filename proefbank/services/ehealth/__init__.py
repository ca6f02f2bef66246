"""eHealth I.AM Connect: the keys that sign its tokens, and the steps in which they are renewed."""

from __future__ import annotations

from proefbank.service import Service

__all__ = ["SERVICE"]

SERVICE = Service(
    name="ehealth",
    title="eHealth I.AM Connect: verifying tokens while the signing keys are renewed",
    package=__name__,
    capabilities=("jwt",),
    maker=f"{__name__}.cast:make_cast",
    reference=f"{__name__}.reference:ReferenceConsumer",
    wayward=f"{__name__}.wayward",
    takes_days=True,
    time_zone="Europe/Brussels",  # where a day of 25 hours lies in the renewal
    api_account="S0",
)
