"""The first question: who signed this run, when, and whether that holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography import x509

from proefbank.certificates import sha256_fingerprint
from proefbank.clock import to_iso
from proefbank.report.manifest import MANIFEST, SIGNATURE, STAMP, STAMP_DIGEST
from proefbank.report.signing.chain import issued_by, named, trust_problem, valid_at, weakness
from proefbank.report.signing.detached import STATEMENT, Detached, holds, read_detached
from proefbank.report.signing.inside import Damaged, raw, shown
from proefbank.report.signing.package import digest_line
from proefbank.report.signing.pages import report_in
from proefbank.report.signing.standing import Line, Problem, Standing
from proefbank.report.signing.statement import RESERVATIONS, SCHEMA, is_over, reservations
from proefbank.report.signing.timestamp import Stamp, read_stamp
from proefbank.report.validation import part_problems

__all__ = ["check_signature"]

_LARGEST = 1 << 20
_LARGEST_MANIFEST = 16 * 1024**2
_SKEW = 300
"""Seconds that two clocks may disagree."""
_NO_REVOCATION = "nothing is fetched, so whether a certificate was revoked is not looked at"


@dataclass(frozen=True, slots=True)
class _Case:
    """What there is to judge a signature by."""

    folder: Path
    told: Detached
    declared: Mapping[str, Any]
    anchors: Sequence[x509.Certificate]
    now: float


def check_signature(folder: Path, anchors: Sequence[x509.Certificate], now: float) -> Line:
    """Return whether the signature of `folder` holds at `now` (epoch seconds), and whose it is.

    Without `anchors` a signature is self-asserted: it holds, by whoever has the key with the
    fingerprint that is told.
    """
    try:
        told = read_detached(raw(folder, SIGNATURE, _LARGEST))
    except Damaged as problem:
        return _unsigned(folder, str(problem))
    if not _fits(folder, told):
        both = f"{MANIFEST} or {SIGNATURE} was changed: the one does not fit the other"
        return _wrong(f"the signature does not hold: {both}", [Problem(SIGNATURE, both)])
    declared = told.header.get(STATEMENT)
    if not isinstance(declared, dict) or (faults := part_problems("signoff", declared)):
        faults = faults if isinstance(declared, dict) else ["it is not there"]
        text = f"no statement of kind {SCHEMA}: {shown(faults[0])}"
        return _wrong("signed, but without what a sign-off says", [Problem(SIGNATURE, text)])
    return _judged(_Case(folder, told, declared, anchors, now))


def _unsigned(folder: Path, problem: str) -> Line:
    if problem != "missing":
        return _wrong("the signature cannot be read", [Problem(SIGNATURE, problem)])
    left = [name for name in (STAMP, STAMP_DIGEST) if (folder / name).is_symlink()]
    left += [name for name in (STAMP, STAMP_DIGEST) if (folder / name).exists()]
    with contextlib.suppress(Damaged):  # the content line tells
        left += ["report.json"] if "signoff" in report_in(folder) else []
    if left:
        text = f"missing, though {left[0]} tells of a signature"
        return _wrong("the signature was taken away", [Problem(SIGNATURE, text)])
    return Line("signature", Standing.ABSENT, "not signed")


def _wrong(text: str, problems: Sequence[Problem], **facts: Any) -> Line:
    return Line("signature", Standing.WRONG, text, tuple(problems), facts=facts)


def _fits(folder: Path, told: Detached) -> bool:
    try:
        return holds(told, raw(folder, MANIFEST, _LARGEST_MANIFEST))
    except Damaged:
        return False


def _judged(case: _Case) -> Line:
    told, declared = case.told, case.declared
    stamp, unstamped = _stamp(case)
    trusted = stamp is not None and (stamp.trusted or not case.anchors)
    at = stamp.at if stamp and trusted else float(told.header["iat"])
    problems = [Problem(SIGNATURE, text) for text in _against(case, at)]
    problems += unstamped
    problems += [Problem("report.json", text) for text in _report_differs(case)]
    by = "; ".join(f"{one['name']} ({one['role']})" for one in declared["signatories"])
    facts: dict[str, Any] = {
        "signatories": declared["signatories"],
        "purpose": declared["purpose"],
        "signed": to_iso(told.header["iat"]),
        "valid_until": declared["valid_until"],
        "although": declared["although"],
        "certificate": named(told.chain[0]),
        "fingerprint": sha256_fingerprint(told.chain[0]),
        "anchored": bool(case.anchors) and not problems,
        "time_stamp": None,
    }
    if stamp:
        facts["time_stamp"] = {
            "at": to_iso(stamp.at),
            "authority": stamp.authority,
            "fingerprint": stamp.fingerprint,
            "trusted": stamp.trusted,
        }
    if problems:
        return _wrong(f"not valid: {problems[0].text}", problems, **facts)
    text = f"by {by}, as it tells itself; {_trust(case)}; signed {_when(told, stamp)}"
    text = f"{text}; valid until {declared['valid_until']}"
    waits = declared["time_stamp"] == "requested" and stamp is None
    standing = Standing.UNDECIDED if waits else Standing.VALID
    notes = tuple(shown(note) for note in _notes(case, stamp, waits=waits))
    return Line("signature", standing, shown_whole(text), notes=notes, facts=facts)


def shown_whole(text: str) -> str:
    """Return a text that holds names from a certificate on one printable line, uncut."""
    return "".join(shown(text[place : place + 100]) for place in range(0, len(text), 100))


def _stamp(case: _Case) -> tuple[Stamp | None, list[Problem]]:
    """Return the time stamp, if there is one, and what is wrong with it."""
    data: dict[str, bytes] = {}
    for name in (STAMP, STAMP_DIGEST):
        try:
            data[name] = raw(case.folder, name, _LARGEST)
        except Damaged as problem:
            if str(problem) != "missing":
                return None, [Problem(name, str(problem))]
    if not data:
        return None, []
    if gone := [name for name in (STAMP, STAMP_DIGEST) if name not in data]:
        return None, [Problem(gone[0], "missing, though the other half of the time stamp is there")]
    if data[STAMP_DIGEST] != digest_line(data[STAMP]):
        text = f"{STAMP} or {STAMP_DIGEST} was changed: the one does not fit the other"
        return None, [Problem(STAMP, text)]
    try:
        return read_stamp(data[STAMP], case.told.signature, case.anchors), []
    except Damaged as problem:
        return None, [Problem(STAMP, str(problem))]


def _against(case: _Case, at: float) -> Iterator[str]:
    """Yield what speaks against a signature that does hold; `at` is when it was made."""
    told, chain = case.told, case.told.chain
    for under, above in pairwise(chain):
        if not issued_by(under, above):
            yield (
                "x5c is in the wrong order, or holds a stranger:"
                f" {shown(named(above))} did not certify {shown(named(under))}"
            )
            return
    for one in chain:
        if wrong := weakness(one, leaf=one is chain[0]):
            yield f"the certificate of {shown(named(one))} {wrong}"
    if not valid_at(chain[0], at):
        yield f"the certificate was not valid on {to_iso(at)}, when it was used"
    elif case.anchors and (why := trust_problem(chain, case.anchors, at)):
        yield f"the certificate does not lead to a trust anchor: {shown(why)}"
    if told.header["iat"] > case.now + _SKEW:
        yield f"signed in the future, on {to_iso(told.header['iat'])}"
    if told.header["iat"] > at + _SKEW:
        yield f"signed after the time stamp, which is of {to_iso(at)}"
    yield from _declared_otherwise(case)


def _declared_otherwise(case: _Case) -> Iterator[str]:
    """Yield where the statement of the signer is not about this signature, or has ended."""
    told, declared = case.told, case.declared
    leaf = {"subject": named(told.chain[0]), "sha256": sha256_fingerprint(told.chain[0])}
    if declared["certificate"] != leaf:
        yield "the sign-off names another certificate"
    try:
        if int(datetime.fromisoformat(declared["signed"]).timestamp()) != told.header["iat"]:
            yield "the sign-off names another moment than iat"
        if is_over(declared, case.now):
            yield f"its validity ended on {declared['valid_until']}"
    except (ValueError, OverflowError):
        yield "the sign-off has a date that does not exist"


def _report_differs(case: _Case) -> Iterator[str]:
    """Yield where report.json says something else than what was signed about it."""
    try:
        report = report_in(case.folder)
    except Damaged:
        return  # the content line tells
    if report.get("signoff") != case.declared:
        yield f"its sign-off is not the one in {SIGNATURE}"
    for word in reservations(report):
        if word not in case.declared["although"]:
            yield f"{RESERVATIONS[word]}, and the sign-off does not say so"
    for key in ("verdict", "headline"):
        if report[key] != case.declared["run"][key]:
            yield f"its {key} is not the one that was signed"


def _trust(case: _Case) -> str:
    leaf = case.told.chain[0]
    fingerprint = f"fingerprint {sha256_fingerprint(leaf)}"
    if case.anchors:
        return f"certificate of {named(leaf)}, which leads to a trust anchor, {fingerprint}"
    return f"self-asserted: certificate of {named(leaf)}, {fingerprint}"


def _when(told: Detached, stamp: Stamp | None) -> str:
    if stamp is None:
        return f"{to_iso(told.header['iat'])} by its own account"
    words = "" if stamp.trusted else ", which is self-asserted too"
    return f"before {to_iso(stamp.at)}, by the time stamp of {stamp.authority}{words}"


def _notes(case: _Case, stamp: Stamp | None, *, waits: bool) -> Iterator[str]:
    declared, leaf = case.declared, case.told.chain[0]
    for text in declared["reservations"]:
        yield f"signed although {text}"
    if waits:
        yield "a time stamp was asked for when it was signed, and is not here"
    if stamp and case.anchors and not stamp.trusted:
        yield (
            "the authority of the time stamp leads to no trust anchor, so it proves no time;"
            " give its certificate with --trust too"
        )
    if not valid_at(leaf, case.now) and not (stamp and stamp.trusted):
        yield "the certificate is not valid today; only a trusted time stamp shows that it was then"
    if case.anchors:
        yield _NO_REVOCATION
