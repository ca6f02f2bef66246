"""The token request itself: where it goes, how it is encoded, what it carries."""

from __future__ import annotations

from email.message import Message

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.assertion import ClientAssertion
from ..wire.token_answer import RedirectedToken
from ..wire.token_request import OtherEnvironmentRequest, TokenRequest

FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@rule("socialsecurity.token-request.goes-to-the-chosen-environment")
def goes_to_chosen_environment(request: OtherEnvironmentRequest) -> Finding | None:
    """Acceptance and production share nothing: a token of the one is worthless in the other."""
    if request.origin.partition(":")[2] == request.endpoint_origin.partition(":")[2]:
        return None  # the scheme is a requirement of its own
    return Finding(
        "token request, host",
        expected=request.endpoint_origin,
        actual=request.origin,
        hint="take the host from the environment's settings at each request",
    )


@rule("socialsecurity.token-request.path-is-the-v5-token-endpoint")
def path_is_v5(request: TokenRequest) -> Finding | None:
    """Older versions of the server have other audiences and will be switched off."""
    if request.path == request.endpoint_path:
        return None
    return Finding(
        "token request, path",
        expected=request.endpoint_path,
        actual=request.path,
        hint="v3 and v4 are older versions; FLA clients use v5",
    )


@rule("socialsecurity.token-request.method-is-post")
def method_is_post(request: TokenRequest) -> Finding | None:
    """Only POST keeps the parameters in a body that proxies do not log."""
    if request.method == "POST":
        return None
    return Finding("token request, method", expected="POST", actual=request.method)


@rule("socialsecurity.token-request.says-form-urlencoded")
def says_form(request: TokenRequest) -> Finding | None:
    """A server reads the body by its media type; another one makes the parameters invisible."""
    media_type = _media_type(request.media_type)
    if media_type == FORM:
        return None
    if not media_type and request.parameters and {p.place for p in request.parameters} == {"query"}:
        raise DoesNotApply("there is no body; parameters in the URL are a requirement of their own")
    return Finding(
        "token request, header Content-Type",
        expected=FORM,
        actual=request.media_type or "absent",
        hint="many HTTP libraries send JSON unless told to send a form",
    )


@rule("socialsecurity.token-request.body-is-form-urlencoded")
def body_is_form(request: TokenRequest) -> Finding | None:
    """The token server looks for parameters in a form and finds none in anything else."""
    if _media_type(request.media_type) != FORM:
        raise DoesNotApply("the request does not announce a form")
    if not any(item.place == "json" for item in request.parameters):
        return None
    return Finding("token request, body", expected="name=value pairs", actual="a JSON object")


@rule("socialsecurity.token-request.form-is-utf-8")
def form_is_utf8(request: TokenRequest) -> Finding | None:
    """In another character set, names with accents arrive as other names."""
    message = Message()
    message["content-type"] = request.media_type or FORM
    charset = str(message.get_param("charset", "utf-8"))
    if charset.lower() not in ("utf-8", "utf8"):
        return Finding(
            "token request, header Content-Type", expected="UTF-8", actual=f"charset {charset}"
        )
    if not request.utf8:
        return Finding("token request, body", expected="UTF-8", actual="bytes that are no UTF-8")
    return None


@rule("socialsecurity.token-request.grant-type-is-client-credentials")
def grant_type(request: TokenRequest) -> Finding | None:
    """It is the one grant of this server: no person logs in, the software itself does."""
    return _is(request, "grant_type", "client_credentials")


@rule("socialsecurity.token-request.assertion-type-is-jwt-bearer")
def assertion_type(request: TokenRequest) -> Finding | None:
    """It tells the server how to read the assertion; with another type it will not try."""
    return _is(request, "client_assertion_type", ASSERTION_TYPE)


@rule("socialsecurity.token-request.carries-one-assertion")
def carries_one_assertion(request: TokenRequest) -> Finding | None:
    """The assertion is the client's only proof of who it is."""
    values = set(request.all("client_assertion"))
    if not any(values):
        return Finding("client_assertion", expected="one signed JWT", actual="absent")
    if any(value.count("<redacted:") > 1 for value in values):
        return Finding("client_assertion", expected="one signed JWT", actual="several in one value")
    return None


@rule("socialsecurity.token-request.sends-no-client-secret")
def sends_no_secret(request: TokenRequest) -> Finding | None:
    """The server knows no client secrets; one that is sent can only be stolen."""
    if not request.all("client_secret"):
        return None
    return Finding(
        "token request, client_secret",
        expected="absent",
        actual="present",
        hint="private_key_jwt replaces the secret; switch the library's other method off",
    )


@rule("socialsecurity.token-request.authenticates-by-assertion-alone")
def assertion_alone(request: TokenRequest) -> Finding | None:
    """A request with two ways of authenticating must be refused (RFC 6749, 2.3)."""
    if not request.authorization:
        return None
    return Finding(
        "token request, header Authorization", expected="absent", actual=request.authorization
    )


@rule("socialsecurity.token-request.sends-each-parameter-once")
def each_once(request: TokenRequest) -> Finding | None:
    """Which of two values counts is anybody's guess, so servers refuse both."""
    names = [item.name for item in request.parameters if item.place != "query"]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not twice:
        return None
    return Finding("token request, body", expected="each once", actual=f"twice: {', '.join(twice)}")


@rule("socialsecurity.token-request.keeps-parameters-out-of-the-url")
def out_of_url(request: TokenRequest) -> Finding | None:
    """URLs are logged by every proxy on the way, assertions included."""
    names = sorted({item.name for item in request.parameters if item.place == "query"})
    if not names:
        return None
    return Finding("token request, query", expected="no query", actual=", ".join(names))


@rule("socialsecurity.token-request.client-id-names-the-subject")
def client_id_names_subject(request: TokenRequest) -> Finding | None:
    """A `client_id` that names somebody else makes the request contradict itself."""
    told = request.one("client_id")
    if told is None:
        raise DoesNotApply("the client sends no client_id parameter, which is fine")
    assertion = ClientAssertion.of(request, 0.0)
    if assertion is None or assertion.claims.get("sub") == told:
        return None
    return Finding("client_id", expected=str(assertion.claims.get("sub")), actual=told)


@rule("socialsecurity.token-request.assertion-stays-with-the-token-endpoint")
def stays_with_endpoint(probe: RedirectedToken) -> Finding | None:
    """Whoever gets the assertion along a redirect can use it at the real server."""
    carried = [item for item in probe.on("elsewhere") if item.facts.get("carried_assertion")]
    if not carried:
        return None
    return Finding(
        "redirect of the token request",
        expected="no request to the other host, or none with the assertion",
        actual="the assertion went along",
        hint="do not follow redirects at the token endpoint",
        exchange=carried[0].number,
    )


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _is(request: TokenRequest, name: str, expected: str) -> Finding | None:
    values = request.all(name)
    wrong = [value for value in values if value != expected]
    if values and not wrong:
        return None
    return Finding(name, expected=expected, actual=wrong[0] if wrong else "absent")
