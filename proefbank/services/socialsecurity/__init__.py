"""The Belgian social security OAuth server and the Federal Learning Account (FLA) API."""

from __future__ import annotations

from proefbank.service import Service

__all__ = ["SERVICE"]

SERVICE = Service(
    name="socialsecurity",
    title="Social security: OAuth token server and Federal Learning Account API",
    package=__name__,
    capabilities=("token", "api"),
    maker=f"{__name__}.cast:make_cast",
    reference=f"{__name__}.reference:ReferenceClient",
    wayward=f"{__name__}.wayward",
)
