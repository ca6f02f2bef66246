"""Random renewals: the reference consumer survives them all, and who is careless does not."""

from __future__ import annotations

import re

import pytest
from hypothesis import settings

from proefbank.services.ehealth.reference import ReferenceConsumer

from .renewal_machine import SETTINGS, played, shortened, shortest_story
from .renewal_wayward import WAYWARD
from .renewal_world import Deed

FAILS_BY = {
    "FetchOnce": ("a fresh token of NEW", "refused", "accepted"),
    "UnknownKidOnly": ("an unexpired token of (OLD|NEW)", "accepted", "refused"),
    "MergeOnly": ("an unexpired token of (OLD|NEW)", "accepted", "refused"),
    "SevenDays": ("an unexpired token of (OLD|NEW)", "accepted", "refused"),
    "NewestKeyOnly": ("token of OLD", "refused", "accepted"),
    "FirstKeyOnly": ("token of OLD", "refused", "accepted"),
    "RealmPageKey": ("an unexpired token of OLD", "refused", "accepted"),
    "Credulous": ("a token with a bogus kid", "accepted", "refused"),
}
"""What undoes each: the token, what the consumer does with it, and what it should do.

A key that was removed is OLD or, where a renewal was taken back, NEW: whichever is found first,
and that depends on the numbers that Hypothesis picks up from whatever modules are loaded.
"""
MERGE_ONLY = """\
Keys that may not sign are switched off; a new key is listed first.
Day 0: a fresh token of OLD came; the consumer fetched the key set (OLD) and accepted it.
Day 1: step 1, NEW is listed, and OLD goes on signing.
Day 2: step 2, NEW signs, and OLD is passive.
Day 3: step 3, OLD is removed.
Day 4 at 01:00: an unexpired token of OLD came; the consumer fetched the key set (NEW) and \
accepted it; it should have refused it, because OLD was removed 25 hours before, and who \
fetches daily knows."""


GROWING = [
    Deed("token", 25, 1),
    Deed("step", 240, 3),
    Deed("step", 26, 2),
    Deed("token", 6, 1),
    Deed("step", 48, 3),
    Deed("token", 12, 3),
    Deed("step", 24, 0),
    Deed("step", 30, 2),
    Deed("token", 6, 0),
    Deed("token", 12, 3),
    Deed("token", 12, 1),
]
"""What such a cache once failed in, before anything was left out."""
HUNT = settings(SETTINGS, max_examples=3_000)
"""Ends with the first story that somebody fails in, so that more examples cost little."""


def test_the_reference_consumer_survives_every_renewal() -> None:
    assert shortest_story(ReferenceConsumer) is None


@pytest.mark.parametrize("wayward", WAYWARD)
def test_a_wayward_consumer_is_found(wayward: type[ReferenceConsumer]) -> None:
    story = shortest_story(wayward, how=HUNT)
    assert story
    token, did, should = FAILS_BY[wayward.__name__]
    last = story.splitlines()[-1]
    assert re.search(f"{token} came; ", last)
    assert f"{did} it" in last.partition("it should have ")[0]
    assert last.partition("it should have ")[2].startswith(f"{should} it, because ")


def test_the_story_of_a_cache_that_only_grows() -> None:
    (merge_only,) = (one for one in WAYWARD if one.__name__ == "MergeOnly")
    found = played(merge_only, ("priority", "new_first"), GROWING)
    assert found is not None
    assert shortened(merge_only, found) == MERGE_ONLY
