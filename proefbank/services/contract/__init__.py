"""What the documents of the three services promise of their own side: the provider is judged.

One room for all three, because they promise the same kinds of thing (statuses, media types,
members, errors, keys) and because it stands beside the services, not in them: it knows answers
and documents only, and takes nothing from the rooms of those who serve.
"""

from __future__ import annotations

from proefbank.service import Service

__all__ = ["SERVICE"]

SERVICE = Service(
    name="contract",
    title="The documented contract of the services: a provider, simulated or real, is judged",
    package=__name__,
    capabilities=("socialsecurity", "ehealth", "itsme"),
    maker="",
    reference="",
    wayward=f"{__name__}.wayward",
    bench="proefbank.providing.bench:ProviderBench",
)
"""Its capabilities are the services whose provider can be asked; each stage needs one of them."""
