"""Signing services that answer in the wrong way to requests in good order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from proefbank.exchange import Request, Response

from .registry import breaks, header, members, remade, sent

OK = 200
at_configuration = partial(breaks, service="itsme", path="/.well-known/configuration")
at_opening = partial(breaks, service="itsme", path="/user_identification")
at_look = partial(breaks, service="itsme", path="/user_identification/status")
at_sign = partial(breaks, service="itsme", path="/sign_document")
at_page = partial(breaks, service="itsme", path="*")


def good(response: Response, **changes: object) -> Response:
    """Return a success with members changed; `__` stands for a dot in their names."""
    if response.status != OK:
        return response
    return remade(response, {name.replace("__", "."): value for name, value in changes.items()})


def is_start(request: Request) -> bool:
    """Whether a request opens a sign session."""
    return sent(request).get("inDocs") is not None


def started(request: Request, response: Response, **changes: object) -> Response:
    """Return the answer that opens a sign session, with members changed."""
    return good(response, **changes) if is_start(request) else response


def done(response: Response, **changes: object) -> Response:
    """Return the answer with signatures, with members changed."""
    return good(response, **changes) if "sigObj" in members(response) else response


def of_policies(response: Response, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
    """Return a configuration with each policy changed."""
    found = members(response).get("sign_policy_templates_supported", [])
    return good(response, sign_policy_templates_supported=[change(dict(one)) for one in found])


@at_configuration("configuration.answered-with-200")
def configuration_not_authoritative(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 203 where the configuration is."""
    return replace(response, status=203)


@at_configuration("configuration.is-json")
def configuration_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that the configuration is plain text."""
    return header(response, "Content-Type", "text/plain")


@at_configuration("configuration.lists-policies", ends=True)
def policies_by_name(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Has the policies by number, and not in a list."""
    rows = {str(i): row for i, row in enumerate(_policies(response))}
    return good(response, sign_policy_templates_supported=rows)


def _policies(response: Response) -> list[Any]:
    found = members(response).get("sign_policy_templates_supported")
    return found if isinstance(found, list) else []


@at_configuration("configuration.lists-commitment-types")
def no_commitment_types(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out the commitment types."""
    return good(response, commitment_types_supported=None)


@at_configuration("configuration.lists-languages")
def languages_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Lists the languages in one text."""
    return good(response, sign_languages_supported="EN FR NL DE")


@at_configuration("configuration.policies-are-whole")
def policies_without_status(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Does not tell which policies are enabled."""
    return of_policies(response, lambda one: {n: v for n, v in one.items() if n != "status"})


@at_opening("identification.opened-with-200")
def session_created(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 201 to a good identification request."""
    return replace(response, status=201) if response.status == OK else response


@at_opening("identification.is-json")
def session_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that the identification answer is plain text."""
    return header(response, "Content-Type", "text/plain") if response.status == OK else response


@at_opening("identification.tells-a-status")
def session_without_status(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out the status of the identification answer."""
    return good(response, status=None)


@at_opening("identification.names-the-session", ends=True)
def session_by_number(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Calls the session by a number."""
    return good(response, asyncRespID=20_240_101)


@at_opening("identification.names-the-page", ends=True)
def open_page(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Names the page without its scheme."""
    url = str(members(response).get("identificationUrl"))
    return good(response, identificationUrl=url.removeprefix("https:"))


@at_opening("identification.good-one-has-no-reason")
def reason_for_nothing(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Gives a reason though nothing went wrong."""
    return good(response, statusReason="NONE")


@at_look("identified.answered-with-200")
def person_found(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 202 about somebody who was identified."""
    return replace(response, status=202) if response.status == OK else response


@at_look("identified.tells-a-status")
def person_without_status(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out the status of somebody who was identified."""
    return good(response, status=None)


@at_look("identified.names-the-person", ends=True)
def person_without_code(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Wraps the user code in an object."""
    return good(response, userCode={"code": members(response).get("userCode")})


@at_look("identified.has-the-certificate")
def two_certificates(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Hands out the person's certificate twice, one after the other."""
    pem = str(members(response).get("certificate"))
    return good(response, certificate=pem + pem)


@at_look("identified.has-the-full-chain")
def chain_without_person(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves the person's certificate out of the chain."""
    told = members(response)
    chain = str(told.get("fullCertificateChain"))
    return good(response, fullCertificateChain=chain.replace(str(told.get("certificate")), ""))


@at_page("front.own-parameters-come-back")
def forgetful_page(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Forgets what was added to the address of its pages."""
    url = response.header("Location")
    return response if url is None else header(response, "Location", url.partition("?")[0])


@at_page("front.returns-to-the-registered-url")
def page_leads_astray(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Sends browsers to a neighbour of the redirect URL."""
    url = response.header("Location")
    if url is None:
        return response
    return header(response, "Location", url.replace("/return", "/returned"))


@at_sign("sign-start.answered-with-200")
def sign_session_created(request: Request, response: Response) -> Response:
    """Answers 201 to a good sign request."""
    is_good = is_start(request) and response.status == OK
    return replace(response, status=201) if is_good else response


@at_sign("sign-start.is-pending")
def signed_at_once(request: Request, response: Response) -> Response:
    """Says Success before anybody has signed."""
    success = "urn:oasis:names:tc:dss:1.0:resultmajor:Success"
    return started(request, response, result__maj=success)


@at_sign("sign-start.echoes-the-request")
def foreign_request(request: Request, response: Response) -> Response:
    """Names another request than the one that was sent."""
    return started(request, response, reqID="another")


@at_sign("sign-start.names-the-session", ends=True)
def sign_session_without_name(request: Request, response: Response) -> Response:
    """Calls the sign session by a number."""
    return started(request, response, respID=20_240_101)


@at_sign("sign-start.names-the-page", ends=True)
def open_signing_page(request: Request, response: Response) -> Response:
    """Names the page for signing without its scheme."""
    itsme = members(response).get("optOutp", {}).get("itsme", {})
    url = str(itsme.get("signingUrl")).removeprefix("https:")
    return started(request, response, optOutp__itsme__signingUrl=url)


@at_sign("sign-start.names-the-signer")
def nobody_signs(request: Request, response: Response) -> Response:
    """Does not tell who is to sign."""
    return started(request, response, optOutp__itsme__userCode=None)


@at_sign("sign-start.has-no-signatures")
def signatures_too_early(request: Request, response: Response) -> Response:
    """Has a list for signatures before anybody has signed."""
    return started(request, response, sigObj=[])


@at_sign("sign-status.pending-is-told-with-200")
def pending_is_accepted(request: Request, response: Response) -> Response:
    """Answers 202 while a sign session is pending."""
    told = members(response).get("result", {})
    waits = not is_start(request) and str(told.get("maj")).endswith(":Pending")
    return replace(response, status=202) if waits else response


@at_sign("sign-status.success-is-told")
def success_of_its_own(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Has a word of its own for success."""
    return done(response, result__maj="urn:example:resultmajor:Done")


@at_sign("sign-status.session-stays-the-same")
def session_changes(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Gives the sign session another id in the end."""
    return done(response, respID="somebody-elses")


@at_sign("sign-status.tells-a-request")
def no_request_told(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Does not tell which request is answered."""
    return done(response, reqID=None)


@at_sign("sign-status.one-signature-for-each-document")
def one_signature_too_few(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out a signature."""
    return done(response, sigObj=list(members(response).get("sigObj", []))[1:])


@at_sign("sign-status.signatures-verify")
def signatures_swapped(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Swaps the signatures of two documents."""
    rows = [dict(row) for row in members(response).get("sigObj", [])]
    values = [row["b64Sig"] for row in rows]
    turned = [{**row, "b64Sig": value} for row, value in zip(rows, reversed(values), strict=True)]
    return done(response, sigObj=turned)


@at_sign("sign-status.does-not-repeat-the-page")
def page_repeated(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Names the page for signing in the end once more."""
    return done(response, optOutp={"itsme": {"signingUrl": "https://pages.example/qes"}})
