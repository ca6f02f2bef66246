"""Generated artefacts around every limit: the verdict turns exactly where the source says."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from proefbank.certificates import to_der
from proefbank.checking import Artefact
from proefbank.services.setup.artefacts.certificate_facts import certificate_facts
from proefbank.services.setup.artefacts.certificate_files import CertificateFile
from proefbank.services.setup.artefacts.words import password_facts
from proefbank.services.setup.wire.certificate import Certificate
from proefbank.verdict import Outcome, Verdict

from . import setup_artefacts as made

LISTED = ",;:=?./+*$%><&@#(!{})-_"
"""The published list as we read it, written down here a second time."""
DOUBTFUL = "[]"
OTHERS = [sign for sign in string.punctuation if sign not in LISTED + DOUBTFUL]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=tuple(HealthCheck))


def bad(verdicts: list[Verdict]) -> set[str]:
    """Return the slugs that failed or warned."""
    good = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
    assert all(verdict.outcome is not Outcome.BROKEN for verdict in verdicts), verdicts
    return {v.requirement.split(".", 1)[1] for v in verdicts if v.outcome not in good}


def judged(certificate: object, channel: str = "rest") -> list[Verdict]:
    """Judge a certificate that was never in a file."""
    path = Path("my.cer")
    held = CertificateFile(path, "pem", certificate, 1, private_key=False)  # type: ignore[arg-type]
    facts = certificate_facts(held)
    return made.judged(Artefact("my.cer", "certificate", Certificate, facts, channel))


@QUICK
@given(st.integers(1024, 8192))
@example(1024)
@example(2047)
@example(2048)
@example(2049)
@example(2560)
@example(3071)
@example(3072)
@example(3073)
@example(4095)
@example(4096)
@example(4097)
@example(8192)
def test_three_sizes_of_rsa_keys_and_no_other(bits: int) -> None:
    found = bad(judged(made.issued(made.rsa_public(bits))))
    wanted = set() if bits in (2048, 3072, 4096) else {"certificate.rsa-size-is-supported"}
    assert found == wanted


@QUICK
@given(st.integers(1024, 8192))
@example(2047)
@example(2048)
@example(2049)
@example(4095)
@example(4096)
@example(4097)
def test_sftp_keys_from_2048_to_4096_bits(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "sftp.pub"
    path.write_bytes(made.ssh_line(made.rsa_public(bits)))
    found = bad(made.judged_key(path))
    low, high = {"key.has-2048-bits-at-least"}, {"key.has-4096-bits-at-most"}
    assert found == (low if bits < 2048 else high if bits > 4096 else set())


@pytest.mark.parametrize("digest", ["SHA224", "SHA256", "SHA384", "SHA512", "SHA3_256"])
def test_three_digests_and_no_other(digest: str) -> None:
    found = bad(judged(made.certified(digest=getattr(hashes, digest))))
    taken = digest in ("SHA256", "SHA384", "SHA512")
    assert found == (set() if taken else {"certificate.digest-is-supported"})


@QUICK
@given(st.integers(-400, 400), st.integers(1, 800))
@example(0, 30)
@example(-30, 30)
@example(-31, 31)
def test_dates(first: int, length: int) -> None:
    """The certificate begins `first` days from now, less a minute, and lasts `length` days."""
    begins = made.NOW + first * made.DAY - 60
    ends = begins + length * made.DAY
    found = bad(judged(made.certified(first=begins, last=ends)))
    wanted = set()
    if first > 0:
        wanted.add("certificate.has-begun")
    if ends < made.NOW:
        wanted.add("certificate.has-not-ended")
    elif ends < made.NOW + 30 * made.DAY:
        wanted.add("certificate.has-a-month-left")
    assert found == wanted


PLAIN = string.ascii_letters + string.digits


@QUICK
@given(st.text(PLAIN, min_size=1, max_size=30))
@example("a" * 7)
@example("a" * 8)
@example("a" * 17)
@example("a" * 18)
def test_names_have_8_to_17_characters(name: str) -> None:
    short, long = {"name.has-8-characters-at-least"}, {"name.has-17-characters-at-most"}
    found = bad(made.judged_name(name))
    assert found == (short if len(name) < 8 else long if len(name) > 17 else set())


@QUICK
@given(st.text(PLAIN, min_size=7, max_size=16), st.characters(codec="utf-8"), st.integers(0, 16))
@example("abcdefgh", "é", 3)
@example("abcdefgh", "\u00a0", 8)
@example("abcdefgh", "٣", 0)
@example("abcdefgh", "\n", 8)
def test_one_strange_character_in_a_name(name: str, character: str, place: int) -> None:
    found = bad(made.judged_name(name[:place] + character + name[place:]))
    if character in PLAIN:
        assert found == set()
    elif character.isspace():
        assert found == {"name.has-no-spaces"}
    else:
        assert found == {"name.has-letters-and-digits-only"}


@pytest.mark.parametrize("sign", string.punctuation)
def test_every_special_character_alone(sign: str) -> None:
    few = {"password.has-two-special-characters"}
    outside = {"password.special-characters-are-published"} if sign in OTHERS else set()
    doubt = {"password.avoids-characters-in-doubt"} if sign in DOUBTFUL else set()
    assert bad(made.judged_password(f"abc{sign}1")) == few | outside | doubt
    assert bad(made.judged_password(f"a{sign}bc{sign}1")) == outside | doubt


def test_the_list_has_23_characters_and_two_are_in_doubt() -> None:
    assert len(set(LISTED)) == len(LISTED) == 23
    assert set(OTHERS) == set("\"'\\^`|~")
    from proefbank.services.setup.wire.limits import LIMITS

    assert set(LIMITS.special) == set(LISTED)
    assert set(LIMITS.doubtful) == set(DOUBTFUL)


@QUICK
@given(st.text(st.sampled_from(PLAIN + LISTED), max_size=30))
@example("--" + "a" * 13)
@example("--" + "a" * 14)
def test_passwords_of_listed_characters(password: str) -> None:
    wanted = set()
    if len(password) > 15:
        wanted.add("password.has-15-characters-at-most")
    if sum(sign in LISTED for sign in password) < 2:
        wanted.add("password.has-two-special-characters")
    assert bad(made.judged_password(password)) == wanted


@QUICK
@given(st.text(max_size=40))
def test_any_text_is_judged_and_none_shows_in_its_facts(password: str) -> None:
    """Passwords that are good have the same facts; what is told of others are counts and places."""
    verdicts = made.judged_password(password)
    assert not any(verdict.outcome is Outcome.BROKEN for verdict in verdicts)
    facts = password_facts(password)
    for told in facts.values():
        assert told is None or isinstance(told, int) or all(isinstance(one, int) for one in told)
    if not bad(verdicts):
        assert facts == password_facts("voor-beeld-1")


@QUICK
@given(st.binary(max_size=300))
def test_any_file_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    from proefbank.errors import BadInvocation

    path = tmp_path / "my.cer"
    path.write_bytes(data)
    for judge in (made.judged_file, made.judged_key):
        with pytest.raises(BadInvocation) as told:
            judge(path)
        assert told.value.hint


@QUICK
@given(st.data())
def test_damaged_certificates_are_judged_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """A flipped bit anywhere leads to a verdict or to a refusal, never to a crash."""
    from proefbank.commands.check_certificate import _artefacts
    from proefbank.errors import BadInvocation

    der = bytearray(to_der(ONE))
    place = data.draw(st.integers(0, len(der) - 1))
    der[place] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "my.cer"
    path.write_bytes(der)
    try:
        artefacts = list(_artefacts(path, lambda _path: "", None))
    except BadInvocation:
        return
    for artefact in artefacts:
        assert all(v.outcome is not Outcome.BROKEN for v in made.judged(artefact))


ONE = made.certified()
