"""itsme Sign: identifying a person and having hashes signed, asynchronously, by OASIS DSS."""

from __future__ import annotations

from proefbank.service import Listener, Service

__all__ = ["SERVICE"]

SERVICE = Service(
    name="itsme",
    title="itsme Sign: identify the signer, have hashes signed, and take the signatures home",
    package=__name__,
    capabilities=("sign",),
    maker=f"{__name__}.cast:make_cast",
    reference=f"{__name__}.reference:ReferenceSigner",
    wayward=f"{__name__}.wayward",
    listeners=(
        # Ten thousand hashes are refused for their number, so they have to be read first.
        Listener("main", asks_client=True, largest_body=16 * 1024 * 1024),
        Listener("front", "localhost"),
        Listener("elsewhere", "localhost"),
    ),
)
