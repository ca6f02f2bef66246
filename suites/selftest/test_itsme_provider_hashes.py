"""The hashes of a start request: what a digest may look like, and how many there may be."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from .itsme_bench import ALGORITHM, bench, codes, digest, document, each, notes, reason

PLAIN = base64.b64encode(digest("contract")).decode()
INFO = {"alg": ALGORITHM, "value": PLAIN}
DOCUMENTS: list[tuple[Any, str]] = [
    ("x", "INCOMPLETE_REQUEST"),
    ({"di": [INFO]}, "INCOMPLETE_REQUEST"),
    *[({"id": value, "di": [INFO]}, "INCOMPLETE_REQUEST") for value in each(None, "", 5)],
    *[({"id": "a", "di": value}, "NO_DIGEST_INFO_PROVIDED") for value in each(None, [], {}, "x")],
    ({"id": "a"}, "NO_DIGEST_INFO_PROVIDED"),
    ({"id": "a", "di": ["x"]}, "INVALID_DIGEST_INFO"),
    *[
        ({"id": "a", "di": [{**INFO, "alg": value}]}, "INVALID_DIGEST_INFO")
        for value in each(
            None, "SHA256", ALGORITHM.upper(), f"{ALGORITHM} ", ALGORITHM[:-3] + "512", 5
        )
    ],
    *[
        ({"id": "a", "di": [{**INFO, "value": value}]}, "INVALID_DIGEST_INFO")
        for value in each(
            None,
            "",
            5,
            digest("contract").hex(),
            base64.b64encode(digest("contract").hex().encode()).decode(),
            base64.b64encode(digest("contract")[:20]).decode(),
            base64.b64encode(digest("contract") * 2).decode(),
            f"{PLAIN}\n",
            f"{PLAIN[:20]}\r\n{PLAIN[20:]}",
            "+-" + PLAIN[2:],
            PLAIN + "=",
            "é" * 44,
            "A" * 1_000_000,
        )
    ],
]


@pytest.mark.parametrize(("entry", "name"), DOCUMENTS)
def test_a_wrong_document_is_refused(entry: Any, name: str) -> None:
    assert reason(bench().start([document("right"), entry])) == (400, name)


URL_DIGEST = next(
    octets
    for number in range(99)
    if "-" in base64.urlsafe_b64encode(octets := digest(f"number {number}")).decode()
)
"""A digest in which base64 and base64url differ."""
DRESSES = {
    "hash-base64url": base64.urlsafe_b64encode(URL_DIGEST).decode(),
    "hash-without-padding": PLAIN.rstrip("="),
    "hash-not-canonical": "t9I89IEOCiue980A23A+ep/iAJM50+87BxgG65gVwtF=",
}


@pytest.mark.parametrize(("note", "value"), DRESSES.items())
def test_other_dresses_of_a_digest_are_noted(note: str, value: str) -> None:
    answer = bench().start([document("a", value)])
    assert answer.status == 200
    assert note in notes(answer)


def test_one_alphabet_can_be_asked_for() -> None:
    url = DRESSES["hash-base64url"]
    plain = base64.b64encode(URL_DIGEST).decode()
    for alphabet, right, wrong in (("base64", plain, url), ("base64url", url, plain)):
        on = bench(hash_alphabet=alphabet)
        assert on.start([document("a", right)]).status == 200
        assert reason(on.start([document("a", wrong)])) == (400, "INVALID_DIGEST_INFO")


def test_seventy_hashes_are_the_limit() -> None:
    on = bench()
    assert on.start([document(str(number)) for number in range(70)]).status == 200
    answer = on.start([document(str(number)) for number in range(71)])
    assert reason(answer) == (400, "BATCH_TOO_LARGE")
    seventy_one = [{"id": "one", "di": [INFO] * 71}]
    assert reason(on.start(seventy_one)) == (400, "BATCH_TOO_LARGE")


def test_a_contract_for_one_hash_takes_one() -> None:
    on = bench()
    assert on.start(party="single").status == 200
    two = on.start([document("a"), document("b")], party="single")
    assert reason(two) == (400, "ONLY_SINGLE_HASH_SUPPORTED")


def test_several_hashes_in_one_document_are_written_down_or_refused() -> None:
    on = bench()
    answer = on.start([{"id": "a", "di": [INFO, INFO]}])
    assert answer.status == 200
    assert codes(answer) == ["several-hashes-in-one-document"]
    on.provider.single_digest = True
    answer = on.start([{"id": "a", "di": [INFO, INFO]}])
    assert reason(answer) == (400, "ONLY_SINGLE_DIGEST_INFO_SUPPORTED")


def test_an_id_that_stands_twice_is_written_down() -> None:
    answer = bench().start([document("a"), document("a")])
    assert answer.status == 200
    assert codes(answer) == ["document-id-twice"]
