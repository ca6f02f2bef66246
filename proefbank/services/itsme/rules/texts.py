"""What the signer reads in the app: the description, and the role in which he signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire import bounds
from ..wire.members import Missing, told
from ..wire.sign_start import DescribedStart, SignStart
from ..wire.texts import LANGUAGES, LATIN_1, LATIN_9, Text, outside, texts_of
from .bounds import bounded
from .said import posted

DESCRIPTION = "optInp.itsme.description"
ROLE = "optInp.itsme.signPolicy.signerRole"
LONGEST_DESCRIPTION = 255
LONGEST_ROLE = 50
PAIRS = "an array of objects with lang and value"


@rule("itsme.description.is-a-list-of-texts")
def description_is_a_list(start: DescribedStart) -> Finding | None:
    """One text without a language cannot be shown to users of four."""
    posted(start)
    if start.description is Missing:
        raise DoesNotApply("no description was sent, and none is needed")
    if texts_of(start.description) is not None:
        return None
    where = f"sign_document (start), {DESCRIPTION}"
    return Finding(where, expected=PAIRS, actual=told(start.description))


@rule("itsme.description.covers-the-four-languages")
def description_covers_languages(start: DescribedStart) -> Finding | None:
    """The user's app may speak any of the four, whatever the page was in."""
    return _covers(DESCRIPTION, _description(start))


@rule("itsme.description.languages-are-the-four")
def description_languages(start: DescribedStart) -> Finding | None:
    """Another language ends the flow; the same one twice leaves open which is shown."""
    return _only(DESCRIPTION, _description(start))


@rule("itsme.description.has-at-most-255-characters")
def description_length(start: DescribedStart) -> Finding | None:
    """A text that is cut may say the opposite of what it said."""
    return _longest(DESCRIPTION, _description(start), LONGEST_DESCRIPTION)


@rule("itsme.description.has-at-most-255-characters")
def long_description(order: bounds.LongDescription) -> Finding | None:
    """A caller learns of the limit before his customer does."""
    return bounded(order, _described(description_length))


@rule("itsme.description.stays-within-iso-8859-15")
def description_characters(start: DescribedStart) -> Finding | None:
    """One curly apostrophe stops the whole flow."""
    return _within(DESCRIPTION, _description(start), LATIN_9, "ISO 8859-15")


@rule("itsme.description.stays-within-iso-8859-15")
def typographic_description(order: bounds.TypographicDescription) -> Finding | None:
    """Word processors put it there without being asked."""
    return bounded(order, _described(description_characters))


@rule("itsme.signer-role.covers-the-four-languages")
def role_covers_languages(start: DescribedStart) -> Finding | None:
    """Signers who do not read the one language do not know as whom they sign."""
    return _covers(ROLE, _role(start))


@rule("itsme.signer-role.languages-are-the-four")
def role_languages(start: DescribedStart) -> Finding | None:
    """Another language ends the flow; the same one twice leaves open which is shown."""
    return _only(ROLE, _role(start))


@rule("itsme.signer-role.has-at-most-50-characters")
def role_length(start: DescribedStart) -> Finding | None:
    """There is a line for it in the app, and no more."""
    return _longest(ROLE, _role(start), LONGEST_ROLE)


@rule("itsme.signer-role.has-at-most-50-characters")
def long_role(order: bounds.LongRole) -> Finding | None:
    """A caller learns of the limit before his customer does."""
    return bounded(order, _described(role_length))


@rule("itsme.signer-role.stays-within-iso-8859-1")
def role_characters(start: DescribedStart) -> Finding | None:
    """A name with a letter outside stops the whole flow."""
    return _within(ROLE, _role(start), LATIN_1, "ISO 8859-1")


@rule("itsme.signer-role.stays-within-iso-8859-1")
def typographic_role(order: bounds.TypographicRole) -> Finding | None:
    """Other systems of the caller know no such limit."""
    return bounded(order, _described(role_characters))


@rule("itsme.signer-role.stays-within-iso-8859-15")
def role_characters_of_all_texts(start: DescribedStart) -> Finding | None:
    """The set of all free texts lacks eight characters of the one named for roles."""
    return _beside_latin_9(start)


@rule("itsme.signer-role.stays-within-iso-8859-15")
def typographic_role_of_all_texts(order: bounds.TypographicRole) -> Finding | None:
    """Characters of both sets are safe under either sentence."""
    return bounded(order, _beside_latin_9)


def _beside_latin_9(start: SignStart) -> Finding | None:
    """Find what ISO 8859-1 has and ISO 8859-15 has not; the rest is judged elsewhere."""
    for text in _role(start):
        wrong = [sign for sign in outside(str(text.value), LATIN_9) if sign in LATIN_1]
        if wrong:
            return _outside(ROLE, text, "".join(wrong), "ISO 8859-15")
    return None


def _described(
    function: Callable[[DescribedStart], Finding | None],
) -> Callable[[SignStart], Finding | None]:
    return lambda start: function(DescribedStart(start.call, start.exchange))


def _description(start: SignStart) -> list[Text]:
    posted(start)
    return _texts(start.description)


def _role(start: SignStart) -> list[Text]:
    posted(start)
    return _texts(start.role)


def _texts(value: object) -> list[Text]:
    if value is Missing:
        raise DoesNotApply("there is no such text, and none is needed")
    if (texts := texts_of(value)) is None:
        raise DoesNotApply("it is no array of texts, which is a requirement of its own")
    return texts


def _covers(where: str, texts: list[Text]) -> Finding | None:
    missing = [lang for lang in LANGUAGES if lang not in {text.language for text in texts}]
    if not missing:
        return None
    return Finding(
        f"sign_document (start), {where}",
        expected=f"a text in each of {', '.join(LANGUAGES)}",
        actual=f"none in {', '.join(missing)}",
    )


def _only(where: str, texts: list[Text]) -> Finding | None:
    counted = Counter(text.language or str(text.lang) for text in texts)
    wrong = [text for text in texts if not text.language]
    doubled = [lang for lang, count in counted.items() if count > 1]
    if not wrong and not doubled:
        return None
    return Finding(
        f"sign_document (start), {where}",
        expected=f"one text in each of {', '.join(LANGUAGES)}",
        actual=f"one in {wrong[0].lang}" if wrong else f"{doubled[0]} more than once",
    )


def _longest(where: str, texts: list[Text], longest: int) -> Finding | None:
    for text in texts:
        if len(str(text.value)) > longest:
            return Finding(
                f"sign_document (start), {where}[{text.place}].value",
                expected=f"at most {longest} characters",
                actual=str(len(str(text.value))),
                hint="refuse the text, or shorten it before the user reads it",
            )
    return None


def _within(where: str, texts: list[Text], repertoire: frozenset[str], name: str) -> Finding | None:
    for text in texts:
        if wrong := outside(str(text.value), repertoire):
            return _outside(where, text, wrong, name)
    return None


def _outside(where: str, text: Text, wrong: str, name: str) -> Finding:
    points = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in wrong)
    return Finding(
        f"sign_document (start), {where}[{text.place}].value",
        expected=f"characters of {name}",
        actual=points.encode("utf-8", "backslashreplace").decode("utf-8"),
        hint="word processors put these in place of what was typed; put that back, or refuse",
    )
