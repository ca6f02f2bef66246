"""FLA APIs that answer or refuse in the wrong way."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from proefbank.exchange import Request, Response

from .registry import breaks, header, members, remade

READ, NOWHERE = "/v1/registrations", "/proefbank-no-such-place"
on = partial(breaks, service="socialsecurity", path=READ)
everywhere = partial(breaks, service="socialsecurity", path="*")
PROBLEM = "urn:problem-type:belgif:"


def problem(response: Response, **changes: object) -> Response:
    """Return a problem with members changed; whatever else stays as it is."""
    return remade(response, changes) if "title" in members(response) else response


@on("api.good-call-is-answered")
def half_an_answer(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 206 to a good call."""
    return replace(response, status=206) if response.status == 200 else response  # noqa: PLR2004


@on("api.answer-is-json")
def answer_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that its answers are plain text."""
    if "title" in members(response):
        return response
    return header(response, "Content-Type", "text/plain")


@on("api.answer-can-be-traced")
def no_trace(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Gives no id to its answers."""
    return header(response, "BelGov-Trace-Id", None)


@on("api.call-without-token-is-refused")
def refuses_with_400(request: Request, response: Response) -> Response:
    """Calls a request without a token a bad one."""
    if request.header("Authorization"):
        return response
    return problem(replace(response, status=400), status=400)


@on("api.unknown-token-is-refused")
def forbids(request: Request, response: Response) -> Response:
    """Answers 403 to a token that nobody issued."""
    if "made-this-up" not in str(request.header("Authorization")):
        return response
    return problem(replace(response, status=403), status=403)


@on("api.challenge-names-bearer")
def other_scheme(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Asks for another scheme than Bearer."""
    said = response.header("WWW-Authenticate")
    if said is None:
        return response
    return header(response, "WWW-Authenticate", said.replace("Bearer", "Token"))


@on("api.missing-token-gets-no-error-code")
def error_for_nothing(request: Request, response: Response) -> Response:
    """Gives an error code to who has not shown a token."""
    if request.header("Authorization"):
        return response
    return header(response, "WWW-Authenticate", 'Bearer realm="x", error="invalid_request"')


@on("api.unknown-token-is-named-invalid")
def error_left_out(request: Request, response: Response) -> Response:
    """Gives no error code for a token that nobody issued."""
    if "made-this-up" not in str(request.header("Authorization")):
        return response
    return header(response, "WWW-Authenticate", 'Bearer realm="x"')


@everywhere("api.errors-are-problems")
def problem_as_json(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that problems are ordinary JSON."""
    if "title" not in members(response):
        return response
    return header(response, "Content-Type", "application/json")


@on("api.problem-type-is-a-urn")
def problem_type_as_url(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Gives problems a type that is the address of a page."""
    return problem(response, type="https://api.example/problems/token")


@everywhere("api.problem-has-a-title")
def untitled(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out the title of problems."""
    return problem(response, title=None)


@everywhere("api.problem-repeats-the-status")
def other_status(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Tells another status in the problem than on the wire."""
    return problem(response, status=499)


@on("api.missing-token-has-its-problem")
def one_problem_for_all(request: Request, response: Response) -> Response:
    """Calls a missing token an invalid one."""
    if request.header("Authorization"):
        return response
    return problem(response, type=f"{PROBLEM}invalidAccessToken")


@on("api.invalid-token-has-its-problem")
def expired_instead(request: Request, response: Response) -> Response:
    """Calls a token that nobody issued an expired one."""
    if "made-this-up" not in str(request.header("Authorization")):
        return response
    return problem(response, type=f"{PROBLEM}expiredAccessToken")


@partial(breaks, service="socialsecurity", path=NOWHERE)("api.unknown-place-is-not-found")
def gone(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says of a place that never was that it is gone."""
    return problem(replace(response, status=410), status=410)
