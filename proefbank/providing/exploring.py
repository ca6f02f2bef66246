"""Fires requests made from an OpenAPI document at a provider, and writes down what strayed.

schemathesis makes the requests and holds the answers to the document. Of an answer only its
place and the kind of its fault are kept: what stands in it may be about people.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx
import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from proefbank.providing.probing import Prober

__all__ = ["explored"]

CHECKS: Mapping[str, Callable[..., Any]] = {
    "not_a_server_error": not_a_server_error,
    "status_code_conformance": status_code_conformance,
    "content_type_conformance": content_type_conformance,
    "response_schema_conformance": response_schema_conformance,
}
DOCUMENT = "/.proefbank/openapi.json"
_MISSING = (
    "this provider describes itself by no OpenAPI document; --openapi FILE would show whether its "
    "answers conform to one"
)
_FEWEST, _SUCCESS, _LONGEST = 1, range(200, 300), 6
_TIMEOUT = 15.0
_READS = ("GET", "HEAD", "OPTIONS")


def explored(prober: Prober, args: Mapping[str, Any]) -> dict[str, Any]:
    """Fire at each operation; return `document`, `cases`, `granted` and what `strayed`.

    `unusable` is there instead where there is no document.
    """
    document, base = _document(prober)
    if document is None:
        return {"unusable": _MISSING}
    told = dict(document.get("info", {}))
    result: dict[str, Any] = {"document": f"{told.get('title')} {told.get('version')}"}
    fire = _Fire(prober, base, granted=_token(prober))
    how = settings(
        max_examples=max(_FEWEST, int(args.get("examples", _FEWEST))),
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    seeded: Callable[..., Any] = hypothesis.seed(prober.seed)
    for operation in _operations(document, reads_only=prober.reads_only):
        made: Callable[..., Any] = given(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        )
        with contextlib.suppress(hypothesis.errors.Unsatisfiable):
            seeded(how(made(fire.shoot)))()
    return result | {"cases": fire.cases, "granted": fire.granted, "strayed": fire.strayed}


class _Fire:
    """Sends what was made, and keeps what strayed: once for each operation and check."""

    def __init__(self, prober: Prober, base: str, *, granted: bool) -> None:
        self.cases = 0
        self.granted = granted
        self.strayed: list[dict[str, Any]] = []
        self._base, self._bearer = base, prober.bearer
        told = prober.told
        self._more: dict[str, Any] = {"verify": str(prober.ca_file), "timeout": _TIMEOUT}
        if certificate := told.get("client_certificate_file"):
            self._more["cert"] = (certificate, told["client_key_file"])

    def shoot(self, case: Any) -> None:
        """Send one request and hold the answer to the document."""
        self.cases += 1
        headers = {}
        if self._bearer and case.operation.path.rpartition("/")[2] != "token":
            headers = {"Authorization": f"Bearer {self._bearer}"}
        try:
            answer = case.call(
                base_url=self._base, headers=headers, allow_redirects=False, **self._more
            )
        except requests.RequestException:
            return  # who never answers is never held to have granted anything
        self.granted = self.granted or answer.status_code in _SUCCESS
        for name, check in CHECKS.items():
            try:
                case.validate_response(answer, checks=[check], headers=headers)
            except (AssertionError, BaseExceptionGroup) as fault:
                self._note(name, case, answer.status_code, fault)

    def _note(self, name: str, case: Any, status: int, fault: BaseException) -> None:
        operation = case.operation.label
        if any(row["check"] == name and row["operation"] == operation for row in self.strayed):
            return
        told = f"{_title(fault)}, with status {status}"
        self.strayed.append({"check": name, "operation": operation, "told": told})


def _title(fault: BaseException) -> str:
    """Return the kind of fault, and its place in the body, but nothing of the body."""
    first = fault.exceptions[0] if isinstance(fault, BaseExceptionGroup) else fault
    title = str(getattr(first, "title", type(first).__name__))
    where = getattr(first, "instance_path", None) or getattr(first, "schema_path", None)
    places = [str(step) for step in where][:_LONGEST] if isinstance(where, list | tuple) else []
    return f"{title} at {'/'.join(places)}" if places else title


def _operations(document: Mapping[str, Any], *, reads_only: bool) -> Iterator[Any]:
    """Yield the operations that stand on the document's own server."""
    schema = schemathesis.openapi.from_dict(dict(document))
    elsewhere = {path for path, item in document["paths"].items() if "servers" in item}
    made: list[Any] = [result.ok() for result in cast("Any", schema.get_all_operations())]
    for operation in made:
        if operation.path in elsewhere or (reads_only and operation.method.upper() not in _READS):
            continue
        yield operation


def _document(prober: Prober) -> tuple[Mapping[str, Any] | None, str]:
    """Return the document and the base of its paths: a simulator's own, or the user's."""
    if prober.simulated:
        origin = _origin(prober.told)
        with contextlib.suppress(httpx.HTTPError, ValueError):
            found = prober.client.get(f"{origin}{DOCUMENT}").json()
            if isinstance(found, dict) and "paths" in found:
                return found, origin
    if prober.openapi is None or "api_base" not in prober.told:
        return None, ""
    return _read(prober.openapi), str(prober.told["api_base"])


def _read(path: Path) -> Mapping[str, Any] | None:
    text = path.read_text(encoding="utf-8")
    if re.match(r"\s*\{", text):
        loaded = json.loads(text)
    else:
        import yaml  # noqa: PLC0415 - seldom needed

        loaded = yaml.safe_load(text)
    return loaded if isinstance(loaded, dict) else None


def _token(prober: Prober) -> bool:
    """Get a token where tokens are needed; return whether one was granted."""
    if "token_endpoint" not in prober.told:
        return False
    prober.call("probe", {"to": "token"}, _TIMEOUT)
    return bool(prober.bearer)


def _origin(told: Mapping[str, Any]) -> str:
    """Return the origin of the service that a scenario tells of."""
    url = next(str(told[name]) for name in ("token_endpoint", "base_url", "issuer") if name in told)
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
