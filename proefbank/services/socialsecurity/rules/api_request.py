"""How the client calls the FLA API."""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.api_answer import RedirectedCall, UnknownResponseMembers
from ..wire.api_request import ApiRequest, ApiSeries, OtherEnvironmentCall, PayloadRequest
from .outcomes import must_accept

LONGEST_TRACE_ID = 36


@rule("socialsecurity.api-request.carries-a-token")
def carries_token(request: ApiRequest) -> Finding | None:
    """Without a token the call is refused, and the refusal is counted."""
    if request.token or request.secrets_outside_header:
        return None
    if _api_key(request) is not None:
        raise DoesNotApply("the call relies on an API key, which is a requirement of its own")
    return Finding("API request", expected="an access token", actual="none")


@rule("socialsecurity.api-request.token-travels-as-bearer")
def as_bearer(request: ApiRequest) -> Finding | None:
    """The API looks for the scheme `Bearer` and understands no other."""
    header = request.header("authorization")
    if header is None:
        raise DoesNotApply("there is no Authorization header")
    scheme = header.partition(" ")[0] if " " in header.partition("<")[0] else ""
    if scheme.lower() == "bearer":
        return None
    return Finding(
        "API request, header Authorization",
        expected="Bearer and the token",
        actual=f"scheme {scheme}" if scheme else "the bare token",
    )


@rule("socialsecurity.api-request.token-stays-out-of-the-url")
def out_of_url(request: ApiRequest) -> Finding | None:
    """URLs end up in the logs of every proxy on the way."""
    names = {name for name, _ in request.query}
    if "query" not in request.secrets_outside_header and "access_token" not in names:
        _carrying(request)
        return None
    return Finding("API request, query", expected="no token", actual="the access token")


@rule("socialsecurity.api-request.token-stays-out-of-the-body")
def out_of_body(request: ApiRequest) -> Finding | None:
    """The body is kept with the data; a token in it is kept as well."""
    if "body" not in request.secrets_outside_header:
        _carrying(request)
        return None
    return Finding("API request, body", expected="no token", actual="the access token")


@rule("socialsecurity.api-request.relies-on-no-api-key")
def no_api_key(request: ApiRequest) -> Finding | None:
    """API keys are no way in here: only tokens say on whose behalf a call is made."""
    key = _api_key(request)
    if key is None or request.token:
        return None
    return Finding("API request", expected="an access token", actual=f"{key} and no token")


@rule("socialsecurity.api-request.path-starts-at-the-fla-base")
def starts_at_base(request: ApiRequest) -> Finding | None:
    """The version is part of the base; another one is another contract, or nothing at all."""
    if request.scenario.get("capacity") == "training_provider":
        raise DoesNotApply("the address for training providers is yet to be published")
    base = request.base_path.rstrip("/")
    if request.path == base or request.path.startswith(base + "/"):
        return None
    return Finding("API request, path", expected=f"{base}/…", actual=request.path)


@rule("socialsecurity.api-request.host-fits-the-token")
def host_fits(request: OtherEnvironmentCall) -> Finding | None:
    """A token of one environment is unknown in the other, and should not be shown there."""
    if not request.token:
        raise DoesNotApply("the call carries no token, which is a requirement of its own")
    if request.api_base.startswith(request.origin + "/"):
        return None
    return Finding(
        "API request, host", expected=request.api_base.split("/REST")[0], actual=request.origin
    )


@rule("socialsecurity.api-request.token-stays-with-the-api-host")
def stays_with_host(probe: RedirectedCall) -> Finding | None:
    """Whoever is redirected to can use the token until it expires (RFC 6750, 5.2)."""
    carried = [item for item in probe.on("elsewhere") if item.facts.get("carried_authorization")]
    if not carried:
        return None
    return Finding(
        "redirect of the API call",
        expected="no request to the other host, or none with the token",
        actual="the token went along",
        hint="do not follow redirects, or drop the header when the host changes",
        exchange=carried[0].number,
    )


@rule("socialsecurity.api-request.payload-is-labelled-json")
def labelled_json(request: PayloadRequest) -> Finding | None:
    """Without a media type the API must refuse the payload unread."""
    media_type = request.media_type.partition(";")[0].strip().lower()
    if media_type == "application/json" or media_type.endswith("+json"):
        return None
    return Finding(
        "API request, header Content-Type",
        expected="application/json",
        actual=request.media_type or "absent",
    )


@rule("socialsecurity.api-request.payload-is-utf-8")
def payload_utf8(request: PayloadRequest) -> Finding | None:
    """JSON on the wire is UTF-8; in Latin-1 every accented name arrives broken."""
    if request.utf8:
        return None
    return Finding("API request, body", expected="UTF-8", actual="bytes that are no UTF-8")


@rule("socialsecurity.api-request.accept-is-sent")
def accept_sent(request: ApiRequest) -> Finding | None:
    """With it the API can tell early that it has nothing the client could read."""
    if request.header("accept") is not None:
        return None
    return Finding("API request, header Accept", expected="application/json", actual="absent")


@rule("socialsecurity.api-request.accept-covers-json")
def accept_json(request: ApiRequest) -> Finding | None:
    """A client that does not take JSON may get 406 where it expected data."""
    return _covers(request, "application/json")


@rule("socialsecurity.api-request.accept-covers-problems")
def accept_problems(request: ApiRequest) -> Finding | None:
    """Errors come as problem documents, and a strict server would answer 406 instead."""
    return _covers(request, "application/problem+json")


@rule("socialsecurity.api-request.sends-defined-members-only")
def defined_members(request: PayloadRequest) -> Finding | None:
    """The guide lets the API refuse input that it does not know."""
    if request.order is None:
        raise NotObservable("nobody ordered this call here; `proefbank run` would, and show it")
    asked = request.order.args.get("body")
    sent = request.json
    if not isinstance(asked, dict) or not isinstance(sent, dict):
        raise DoesNotApply("the call has no JSON object to compare with")
    extra = sorted(set(sent) - set(asked) - {"access_token"})
    if not extra:
        return None
    return Finding("API request, body", expected="the members given", actual=", ".join(extra))


@rule("socialsecurity.api-request.unknown-answer-members-are-ignored")
def unknown_members(probe: UnknownResponseMembers) -> Finding | None:
    """The API may say more tomorrow; a strict client stops working that day."""
    return must_accept(probe)


@rule("socialsecurity.api-request.trace-id-is-short")
def short_trace_id(request: ApiRequest) -> Finding | None:
    """Longer ids are cut or refused on the way, and then nobody finds the call again."""
    told = request.header("belgov-trace-id")
    if told is None:
        raise DoesNotApply("the client sends no BelGov-Trace-Id, which is fine")
    if len(told) <= LONGEST_TRACE_ID:
        return None
    return Finding(
        "API request, header BelGov-Trace-Id",
        expected=f"at most {LONGEST_TRACE_ID} characters",
        actual=f"{len(told)} characters",
    )


@rule("socialsecurity.api-request.trace-id-is-unique")
def unique_trace_id(series: ApiSeries) -> Finding | None:
    """An id that many calls share leads support to the wrong one."""
    told = [item.header("belgov-trace-id") for item in series.requests]
    sent = [item for item in told if item is not None]
    if len(sent) < 2:  # noqa: PLR2004
        raise DoesNotApply("the client sends no BelGov-Trace-Id, which is fine")
    if len(set(sent)) == len(sent):
        return None
    return Finding(
        "API request, header BelGov-Trace-Id",
        expected=f"{len(sent)} different values in {len(sent)} calls",
        actual=f"{len(set(sent))} different",
    )


def _carrying(request: ApiRequest) -> None:
    if not request.token and not request.secrets_outside_header:
        raise DoesNotApply("the call carries no token, which is a requirement of its own")


def _api_key(request: ApiRequest) -> str | None:
    names = [name for name, _ in request.headers if "api-key" in name.lower()]
    names += [name for name, _ in request.query if name.lower().replace("-", "_") == "api_key"]
    return next(iter(names), None)


def _covers(request: ApiRequest, wanted: str) -> Finding | None:
    told = request.header("accept")
    if told is None:
        raise DoesNotApply("there is no Accept header, which is a requirement of its own")
    ranges = [item.partition(";")[0].strip().lower() for item in told.split(",")]
    if {wanted, "application/*", "*/*"} & set(ranges):
        return None
    return Finding("API request, header Accept", expected=wanted, actual=told)
