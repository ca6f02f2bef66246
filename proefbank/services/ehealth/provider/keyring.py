"""The keys of one realm as Keycloak keeps them: components with a priority, flags and a pair."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from .material import Jwk, Material, material
from .placing import Place
from .timeline import Timeline

__all__ = ["Component", "KeyRing"]

_ALGS = {"sig": "RS256", "enc": "RSA-OAEP"}


@dataclass(frozen=True, slots=True)
class Component:
    """One key provider of a realm. Its pair is made when first looked at."""

    environment: str
    realm: str
    place: Place
    same_kid_as: str | None = None
    """Key whose kid it wrongly takes over."""

    @property
    def name(self) -> str:
        """The name in the timeline."""
        return self.place.name

    @property
    def use(self) -> str:
        """`sig` or `enc`."""
        return self.place.use

    @property
    def alg(self) -> str:
        """Its JOSE algorithm."""
        return _ALGS[self.use]

    @property
    def id(self) -> str:
        """UUID of the component; settles the order among equal priorities."""
        seed = f"{self.environment}/{self.realm}/{self.name}".encode()
        octets = bytes((self.place.rank,)) + hashlib.sha256(seed).digest()[:15]
        return str(uuid.UUID(bytes=octets, version=4))

    @property
    def material(self) -> Material:
        """The pair behind it."""
        return material(self.environment, self.realm, self.name)

    @property
    def kid(self) -> str:
        """The kid under which it is published and signs."""
        return material(self.environment, self.realm, self.same_kid_as or self.name).kid

    def jwk(self) -> Jwk:
        """Return its public JWK."""
        return self.material.jwk(use=self.use, alg=self.alg, kid=self.kid)


class KeyRing:
    """The keys of one realm over a timeline."""

    def __init__(self, timeline: Timeline, realm: str) -> None:
        """Hold the keys of `realm`; makes none of them."""
        self.timeline = timeline
        self.realm = realm

    def components(self, instant: float) -> tuple[Component, ...]:
        """Return every component so far in Keycloak's order, removed ones as disabled."""
        timeline = self.timeline
        return tuple(
            Component(timeline.environment, self.realm, place, timeline.same_kid.get(place.name))
            for place in timeline.places(instant)
        )

    def enabled(self, instant: float) -> tuple[Component, ...]:
        """Return what the key set lists."""
        return tuple(one for one in self.components(instant) if one.place.enabled)

    def signer(self, instant: float) -> Component:
        """Return the key that signs: the first active one for signatures."""
        return next(one for one in self.enabled(instant) if one.use == "sig" and one.place.active)

    def verifier(self, instant: float, kid: object) -> Component | None:
        """Return the enabled signing key of that kid, or None."""
        signing = (one for one in self.enabled(instant) if one.use == "sig")
        return next((one for one in signing if one.kid == kid), None)

    def named(self, name: str) -> Component:
        """Return a key by name, published or not; ValueError if the timeline has none such."""
        for step in self.timeline.steps:
            for place in self.timeline.places(step.at):
                if place.name == name:
                    return Component(
                        self.timeline.environment,
                        self.realm,
                        place,
                        self.timeline.same_kid.get(name),
                    )
        known = ", ".join((*self.timeline.key_names, *self.timeline.steps[0].enc))
        raise ValueError(f"{self.timeline.id} has no key {name!r}; it has {known}")

    def encryption(self, instant: float) -> Component:
        """Return the first encryption key in the set; LookupError if there is none."""
        for one in self.enabled(instant):
            if one.use == "enc":
                return one
        raise LookupError("the realm publishes no encryption key")

    def jwks(self, instant: float) -> list[Jwk]:
        """Return the `keys` of the JWKS: enabled components, in Keycloak's order."""
        return [one.jwk() for one in self.enabled(instant)]
