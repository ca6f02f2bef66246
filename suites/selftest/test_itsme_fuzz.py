"""The simulated itsme Sign under random fire: no exception, no unasked 5xx, its own contract."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st

from proefbank.exchange import Request, Response
from proefbank.services.itsme.provider import CATALOGUE
from proefbank.services.itsme.provider.stimuli import LAYERS

from .contract import CHECKS, FEW, FUZZ, statuses_of
from .itsme_bench import NOW, ROOT, Bench, bench, document
from .wsgi import application

PATHS = ("/user_identification", "/user_identification/status", "/sign_document")

shared = cache(partial(bench, varied=True))


def sound(answer: Response) -> Response:
    """Hold an answer to what holds for all."""
    assert 200 <= answer.status < 500
    json.dumps(dict(answer.trail.facts)).encode("ascii")
    for violation in answer.trail.violations:
        assert violation.detail.isascii()
    for _, value in answer.headers:
        value.encode("latin-1")
        assert not {"\r", "\n"} & set(value)
    if answer.header("Content-Type") == "application/json":
        assert isinstance(json.loads(answer.body), dict)
    return answer


latin = st.text(st.characters(codec="latin-1"), max_size=40)
methods = st.one_of(st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS"]), latin)
headers = st.lists(
    st.tuples(
        st.sampled_from(["Content-Type", "Cookie", "Accept-Language", "X-Partner-Code", "Origin"]),
        st.one_of(st.sampled_from(["application/json", "language=XX", "en;q=x", ""]), latin),
    ),
    max_size=4,
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=12),
        st.sampled_from(["null", "FR", "https://sca.example/return?x=1", "https://[x", "\ud800"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@FUZZ
@given(methods, st.integers(0, 6), latin, headers, st.binary(max_size=200), st.booleans())
def test_any_request(
    method: str, path: int, query: str, some: list[tuple[str, str]], body: bytes, front: bool
) -> None:
    pages = shared().provider.openapi()["paths"]
    target = [*pages, query][min(path, len(pages))] + f"?{query}"
    listener = "front" if front else "main"
    request = Request(method, target, tuple(some), body, listener=listener, received_at=NOW)
    sound(shared().provider.handle(request))


@FUZZ
@given(st.sampled_from(PATHS), values, st.sampled_from(["documented", "swagger", "literal"]))
def test_any_json(path: str, data: Any, dialect: Any) -> None:
    shared().provider.dialect = dialect
    try:
        answer = sound(shared().send(path, data))
    finally:
        shared().provider.dialect = "documented"
    assert answer.status in {400, 409}


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value in a JSON value."""
    inner: list[Any] = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, list):
        inner = list(enumerate(value))
    return [at, *(place for key, item in inner for place in places(item, (*at, key)))]


def with_other(value: Any, at: tuple[Any, ...], other: Any) -> Any:
    """Return a JSON value with another one in that place, or nothing for `...`."""
    if not at:
        return other
    copy = value.copy()
    if at[1:] or other is not ...:
        copy[at[0]] = with_other(value[at[0]], at[1:], other)
    else:
        del copy[at[0]]
    return copy


def requests(on: Bench) -> dict[str, Any]:
    """Return a right request for each path."""
    texts = [{"lang": lang, "value": "x"} for lang in ("EN", "FR", "NL", "DE")]
    policy = {
        "signPolicyRef": next(one.ref for one in on.provider.offer.policies if one.enabled),
        "commitmentTypeRef": next(iter(on.provider.offer.commitments)),
        "signerRole": texts,
    }
    start = on.start_request([document("a"), document("b")], description=texts, signPolicy=policy)
    code = on.provider.user_code("with-certificate", "batch")
    return {
        "/user_identification": on.identification(userCode=code),
        "/user_identification/status": {**on.codes(), "asyncRespID": on.identified()},
        "/sign_document": start,
    }


@FUZZ
@given(st.sampled_from(PATHS), st.data(), st.booleans())
def test_any_change_of_a_right_request(path: str, data: Any, lenient: bool) -> None:
    """One value is another, or is not there; the rest is right."""
    to = shared()
    right = requests(to)[path]
    at = data.draw(st.sampled_from(places(right)[1:]))
    other = data.draw(st.one_of(st.just(...), st.just(""), st.text(min_size=300), values))
    to.provider.lenient = lenient
    try:
        answer = sound(to.send(path, with_other(right, at, other)))
    finally:
        to.provider.lenient = False
    assert answer.status in {200, 400, 409}


FRONT_FORMS = st.dictionaries(
    st.sampled_from(["act", "phone", "x"]),
    st.one_of(st.sampled_from(["approve", "reject", "0400 00 00 01", "0400 00 00 03"]), latin),
)


@FEW
@given(st.lists(FRONT_FORMS, max_size=4), latin)
def test_any_word_of_a_person(forms: list[dict[str, str]], appended: str) -> None:
    to = shared()
    told = json.loads(to.identify().body)
    url = told["identificationUrl"] + "&" + "".join(c for c in appended if c not in "#[]\t\r\n")
    sound(to.visit(url))
    for form in forms:
        sound(to.visit(url, **{"act": "none", **form}))
    sound(to.ask(told["asyncRespID"]))


# --- Schemathesis, over a WSGI application of one `handle`


def knowing(*, dialect: str = "documented") -> Bench:
    """Return a bench where somebody known is READY before any visit."""
    return bench(ready_at_once=True, dialect=dialect, front=None)


@pytest.mark.parametrize("dialect", ["documented", "swagger", "literal"])
def test_simulator_keeps_its_own_contract(dialect: str) -> None:
    to = knowing(dialect=dialect)
    document = to.provider.openapi()
    conflicts = conflict_validators(document)

    def handle(request: Request) -> Response:
        answer = to.provider.handle(request)
        if answer.status == 409 and answer.body:
            assert conflicts[request.path].is_valid(json.loads(answer.body))
        return answer

    app = application(handle, received_at=NOW)
    statuses = statuses_of(document, app, how=settings(FEW, max_examples=12))
    assert len(statuses) == 6
    assert set().union(*statuses.values()) >= {200, 404, 409}


def conflict_validators(document: dict[str, Any]) -> dict[str, jsonschema_rs.Validator]:
    """Return what a 409 with a body has to be, by path."""
    components = {"components": document["components"]}
    return {
        path: jsonschema_rs.validator_for({**components, **one["responses"]["409"]["x-body"]})
        for path, item in document["paths"].items()
        if "409" in (one := item.get("post", {"responses": {}}))["responses"]
    }


def test_links_lead_through_the_whole_flow() -> None:
    on = knowing()
    document = on.provider.openapi()
    by_id = {item["post"]["operationId"]: path.partition(ROOT)[2] for path, item in posts(document)}
    code = on.provider.user_code("another", "batch")
    operation, body = "startIdentification", on.identification(userCode=code)
    seen = []
    for link in ("status", "start", "status", None):
        answer = on.send(by_id[operation], body)
        assert answer.status == 200
        seen.append(answer.trail.conversation)
        path = f"{on.provider.prefix}{ROOT}{by_id[operation]}"
        if link is not None:
            told = document["paths"][path]["post"]["responses"]["200"]["links"][link]
            body = filled_in(told["requestBody"], json.loads(answer.body))
            operation = told["operationId"]
    assert seen == ["identification", "identification-status", "sign-start", "sign-status"]


def posts(document: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(path, item) for path, item in document["paths"].items() if "post" in item]


def filled_in(template: Any, answer: dict[str, Any]) -> Any:
    """Return what a link has a request say, given the answer that it stands on."""
    match template:
        case dict():
            return {name: filled_in(value, answer) for name, value in template.items()}
        case list():
            return [filled_in(value, answer) for value in template]
        case str() if template.startswith("$response.body#/"):
            return answer[template.removeprefix("$response.body#/")]
    return template


def test_the_contract_holds_along_the_links_too() -> None:
    to = knowing()
    schema = schemathesis.openapi.from_dict(to.provider.openapi())
    schema.app = application(to.provider.handle, received_at=NOW)

    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
            """Ask for the contract, and not that whatever is not in it be refused."""
            case.validate_response(response, checks=CHECKS)

    Machine.run(settings=settings(FEW, max_examples=15, stateful_step_count=6))


def test_the_contract_declares_what_is_provoked() -> None:
    """Every stimulus answers with a status that the document declares."""
    for name, stimulus in CATALOGUE.items():
        if stimulus.layer not in LAYERS:
            continue
        to = knowing()
        paths = to.provider.openapi()["paths"]
        session = to.signing([document("a"), document("b")])
        right = requests(to)
        to.provider.arm(name)
        page = next(path for path in paths if "identify" in path)
        match stimulus.layer:
            case "discovery":
                answer, path, method = (
                    to.send("/.well-known/configuration", method="GET"),
                    "",
                    "get",
                )
            case "front":
                answer, path, method = to.visit(f"https://x{page}?q=x"), page, "get"
            case "sign-status":
                answer, path, method = to.poll(session), PATHS[2], "post"
            case layer:
                path, method = PATHS[LAYERS.index(layer) - 1], "post"
                answer = to.send(path, right[path])
        if not path:
            path = "/.well-known/configuration"
        full = path if path == page else f"{to.provider.prefix}{ROOT}{path}"
        assert str(answer.status) in paths[full][method]["responses"], name
        assert answer.trail.stimulus == name
