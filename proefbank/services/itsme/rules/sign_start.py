"""The request that opens a sign session: its frame, its entries, and what names the partner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.members import Members, Missing, at, told
from ..wire.sign_start import ContentSent, SeveralStart, SignStart, Starts
from .said import issued, labelled_json, language, posted, registered_url

HERE = "sign_document (start)"
MOST = 70
SEVERAL = 2


@rule("itsme.sign-start.opened-with-a-json-post")
def opened_with_json_post(start: SignStart) -> Finding | None:
    """Nothing but a JSON POST is documented."""
    if start.call.method != "POST":
        if start.call.known.sessions:
            raise DoesNotApply("it may ask about a session, which is judged elsewhere")
        return Finding(f"{HERE}, method", expected="POST", actual=start.call.method)
    return labelled_json(start)


@rule("itsme.sign-start.has-one-entry-for-each-document")
def one_entry_for_each_document(start: SeveralStart) -> Finding | None:
    """A document without an entry is not signed, whatever the user is told."""
    posted(start)
    if not start.call.wishes:
        raise NotObservable("nobody told the bench which documents were to be signed")
    entries = start.entries
    if entries is None:
        actual = told(at(start.call.said, "inDocs", "docHash"))
        return Finding(f"{HERE}, inDocs.docHash", expected="an array of objects", actual=actual)
    if len(entries) == len(start.ordered):
        return None
    return Finding(
        f"{HERE}, inDocs.docHash",
        expected=f"{len(start.ordered)} entries, as many as there are documents",
        actual=str(len(entries)),
    )


@rule("itsme.sign-start.entries-have-an-id")
def entries_have_an_id(start: SignStart) -> Finding | None:
    """The signature comes back with this id and nothing else to tell documents apart."""
    for place, entry in enumerate(_entries(start)):
        value = entry.get("id", Missing)
        if not isinstance(value, str) or not value:
            where = f"{HERE}, inDocs.docHash[{place}].id"
            return Finding(where, expected="a text", actual=told(value))
    return None


@rule("itsme.sign-start.ids-are-unique")
def ids_are_unique(start: SignStart) -> Finding | None:
    """Two documents of one id get two signatures that nobody can tell apart."""
    ids = Counter(str(entry["id"]) for entry in _entries(start) if entry.get("id"))
    if ids.total() < SEVERAL:
        raise DoesNotApply("a single document has an id of its own, whatever that is")
    doubled = [name for name, count in ids.items() if count > 1]
    if not doubled:
        return None
    where = f"{HERE}, inDocs.docHash[].id"
    return Finding(where, expected="ids that differ", actual=f"{doubled[0]} more than once")


@rule("itsme.sign-start.entries-list-hash-and-algorithm")
def entries_list_hash_and_algorithm(start: SignStart) -> Finding | None:
    """What is signed is what stands here, and nothing else."""
    for place, entry in enumerate(_entries(start)):
        where = f"{HERE}, inDocs.docHash[{place}].di"
        value = entry.get("di", Missing)
        if not isinstance(value, list) or not value:
            return Finding(where, expected="an array of at least one hash", actual=told(value))
        for item in value:
            if at(item, "alg") is Missing or at(item, "value") is Missing:
                return Finding(where, expected="objects with alg and value", actual=told(item))
    return None


@rule("itsme.sign-start.entries-hold-one-hash")
def entries_hold_one_hash(start: SignStart) -> Finding | None:
    """The answer names documents, so two hashes of one of them cannot be told apart."""
    for place, entry in enumerate(_entries(start)):
        hashes = entry.get("di")
        if isinstance(hashes, list) and len(hashes) > 1:
            where = f"{HERE}, inDocs.docHash[{place}].di"
            return Finding(where, expected="one hash", actual=f"{len(hashes)} hashes")
    return None


@rule("itsme.sign-start.at-most-seventy-hashes")
def at_most_seventy_hashes(start: SignStart) -> Finding | None:
    """One more, and the whole request is refused."""
    posted(start)
    if len(start.hashes) < MOST:
        raise DoesNotApply("so few hashes do not show whether there is a limit")
    if len(start.hashes) == MOST:
        return None
    return Finding(
        f"{HERE}, inDocs",
        expected=f"at most {MOST} hashes",
        actual=str(len(start.hashes)),
        hint="refuse the order, or sign in several rounds",
    )


@rule("itsme.sign-start.request-has-an-id")
def request_has_an_id(start: SignStart) -> Finding | None:
    """The answer repeats it, so that it can be told from the answer to another request."""
    value = posted(start).get("reqID", Missing)
    if isinstance(value, str) and value:
        return None
    return Finding(f"{HERE}, reqID", expected="an id made for this request", actual=told(value))


@rule("itsme.sign-start.request-ids-differ")
def request_ids_differ(starts: Starts) -> Finding | None:
    """An id that never changes identifies nothing."""
    ids: Counter[str] = Counter()
    for start in starts.requests:
        value = at(start.call.said, "reqID")
        if isinstance(value, str) and value:
            ids[value] += 1
    doubled = [name for name, count in ids.items() if count > 1]
    if not doubled:
        return None
    return Finding(f"{HERE}, reqID", expected="a new id", actual=f"{doubled[0]} once more")


@rule("itsme.sign-start.async-resp-id-is-null")
def async_resp_id_is_null(start: SignStart) -> Finding | None:
    """With an id the same call asks about a session that there is, or is not."""
    value = posted(start).get("asyncRespID", Missing)
    if value is Missing or value is None:
        return None
    return Finding(f"{HERE}, asyncRespID", expected="null, or nothing", actual=told(value))


@rule("itsme.sign-start.itsme-part-is-there")
def itsme_part_is_there(start: SignStart) -> Finding | None:
    """It says who signs, for whom, and where the user comes back."""
    posted(start)
    if isinstance(start.itsme, Members):
        return None
    return Finding(f"{HERE}, optInp.itsme", expected="an object", actual=told(start.itsme))


@rule("itsme.sign-start.signer-is-named")
def signer_is_named(start: SignStart) -> Finding | None:
    """Without it nobody is asked to sign."""
    value = at(_itsme(start), "signer", "userCode")
    if isinstance(value, str) and value:
        return None
    where = f"{HERE}, optInp.itsme.signer.userCode"
    return Finding(where, expected="the user code of the signer", actual=told(value))


@rule("itsme.sign-start.partner-code-is-the-issued-one")
def partner_code(start: SignStart) -> Finding | None:
    """Each call says on its own for whom it is made."""
    value = at(_itsme(start), "partnerCode")
    return issued(start, "optInp.itsme.partnerCode", value, "partner_code")


@rule("itsme.sign-start.service-code-is-the-issued-one")
def service_code(start: SignStart) -> Finding | None:
    """A partner's other services, its login say, do not sign."""
    value = at(_itsme(start), "serviceCode")
    return issued(start, "optInp.itsme.serviceCode", value, "service_code")


@rule("itsme.sign-start.redirect-url-is-the-registered-one")
def redirect_url(start: SignStart) -> Finding | None:
    """There is one address for each service: both visits end there."""
    value = at(_itsme(start), "redirectUrl")
    value = None if value is Missing else value
    return registered_url(start, "optInp.itsme.redirectUrl", value, query=False)


@rule("itsme.identification.redirect-url-query-is-the-registered-one")
def redirect_url_query(start: SignStart) -> Finding | None:
    """Both requests name the same address."""
    value = at(_itsme(start), "redirectUrl")
    return registered_url(start, "optInp.itsme.redirectUrl", value, query=True)


@rule("itsme.sign-start.language-is-supported")
def language_is_supported(start: SignStart) -> Finding | None:
    """A page in an unknown language is no page."""
    value = at(posted(start), "optInp", "lang")
    if value is Missing or value is None:
        return None
    return language(start, "optInp.lang", value)


@rule("itsme.flow.documents-stay-with-the-client")
def documents_stay(sent: ContentSent) -> Finding | None:
    """Itsme signs hashes so that nobody but the parties reads the contract."""
    for content in sent.contents:
        kept = content.rstrip("=")
        for number, body in sent.bodies:
            if kept in body.replace("\\/", "/"):
                return Finding(
                    "body of a call",
                    expected="hashes only",
                    actual="the content of the document, in base64",
                    exchange=number,
                )
    return None


def _entries(start: SignStart) -> list[Members]:
    posted(start)
    if start.entries is None:
        raise DoesNotApply("docHash is no array of objects, a requirement of its own")
    return start.entries


def _itsme(start: SignStart) -> Mapping[str, object]:
    posted(start)
    if not isinstance(start.itsme, Members):
        raise DoesNotApply("there is no optInp.itsme, which is a requirement of its own")
    return start.itsme
