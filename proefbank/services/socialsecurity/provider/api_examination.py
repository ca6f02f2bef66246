"""Examining one API call to the end, whatever is found on the way.

Order: token, scope, path and method, how the body is sent, enterprise number, capacity,
mandate, then the query and the body against the API's OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from proefbank.arming import Armed
from proefbank.exchange import Request, Violation

from .api_request import ApiBody, accept_covers, read_body
from .bearer import Bearer
from .enterprise_numbers import find
from .facts import API_BASE, CAPACITIES
from .openapi import Mount
from .operations import Issue, Operation, query_pairs
from .problems import Problem, bad_request, missing_scope, not_found, token_problem
from .senders import Sender, check_sender
from .shared import Shared
from .tokens import Issued

__all__ = ["ApiCall", "ApiExaminer", "body_valid"]

_UNKNOWN, _REVOKED, _EXPIRED = "unknown", "revoked", "expired"
_NO_BODY = Problem("", 405)
_NOT_ACCEPTABLE = Problem("", 406)


@dataclass(slots=True)
class ApiCall:
    """One call while it is judged."""

    request: Request
    lenient: bool
    bearer: Bearer
    body: ApiBody = field(default_factory=ApiBody)
    token_state: str = ""
    issued: Issued | None = None
    operation: Operation | None = None
    sender: Sender = field(default_factory=Sender)
    issues: list[Issue] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusal: Problem | None = None

    def add(self, code: str, detail: str, problem: Problem, *, forgivable: bool = False) -> None:
        """Write down a violation; it refuses the call unless it is forgiven or not the first."""
        self.violations.append(Violation(code, detail))
        if self.refusal is None and not (forgivable and self.lenient):
            self.refusal = problem

    def add_all(
        self, found: Iterable[tuple[str, str, Problem]], *, forgivable: bool = False
    ) -> None:
        """Write down several."""
        for code, detail, problem in found:
            self.add(code, detail, problem, forgivable=forgivable)


class ApiExaminer:
    """Examines calls to one mounted API."""

    def __init__(self, shared: Shared, mount: Mount) -> None:
        """Go by the profile and tokens of `shared` and the operations of `mount`."""
        self._shared = shared
        self._mount = mount

    def look_up(self, call: ApiCall, armed: Armed | None) -> None:
        """Find the token and its state; the lock is held."""
        token = call.bearer.token
        if token is None:
            call.token_state = call.bearer.state
            return
        call.issued = self._shared.tokens.get(token)
        if call.issued is None:
            call.token_state = _UNKNOWN
            return
        if armed is not None and armed.stimulus.name == "api-revoke-early":
            call.issued.revoked = True
        call.token_state = call.issued.state(call.request.received_at)

    def examine(self, call: ApiCall, armed: Armed | None) -> None:
        """Look at everything, whatever is found on the way."""
        call.add_all(call.bearer.problems, forgivable=call.bearer.token is not None)
        if call.token_state in (_UNKNOWN, _REVOKED):
            problem = token_problem("invalidAccessToken")
            call.add(f"token-{call.token_state}", f"the token is {call.token_state}", problem)
        elif call.token_state == _EXPIRED:
            problem = token_problem("expiredAccessToken")
            call.add("token-expired", "the token has expired", problem)
        if call.issued is not None:
            self._check_scope(call, call.issued)
        self._check_accept(call, armed)
        self._check_route(call)
        if call.operation is not None:
            self._check_data(call, call.operation)

    def _check_scope(self, call: ApiCall, issued: Issued) -> None:
        scopes = self._shared.profile.scopes
        wanted = scopes.of(issued.account.capacity)
        held = (issued.scope or "").split(" ")
        now = self._shared.accounts.by_client_id(issued.account.client_id)
        # A permission that was withdrawn is gone at once, also for tokens issued before.
        account = issued.account if now is None else now.account
        if not account.may_use_fla or (wanted is not None and wanted not in held):
            problem = missing_scope(self.scopes(call))
            call.add("scope-missing", "the token lacks the scope", problem)

    def scopes(self, call: ApiCall) -> list[str]:
        """Return the scopes that would do, those of the caller's capacity if it has one."""
        scopes = self._shared.profile.scopes
        own = scopes.of(call.issued.account.capacity) if call.issued else None
        return [own] if own else [scope for name in CAPACITIES if (scope := scopes.of(name))]

    def _check_accept(self, call: ApiCall, armed: Armed | None) -> None:
        if call.request.header("accept") is None:
            call.notes.append("accept-missing")
        for covered, name in zip(accept_covers(call.request), ("json", "problem"), strict=True):
            if not covered:
                call.notes.append(f"accept-without-{name}")
        strict = armed is not None and armed.stimulus.name == "api-strict-accept"
        if (strict or self._shared.strict_accept) and not all(accept_covers(call.request)):
            call.add("accept-too-narrow", "Accept does not cover what is sent", _NOT_ACCEPTABLE)

    def _check_route(self, call: ApiCall) -> None:
        path = call.request.path
        if not path.startswith(f"{API_BASE}/"):
            call.add("path-not-v1", f"the path is not below {API_BASE}", not_found("path"))
            return
        call.operation, methods = self._mount.find(path.removeprefix(API_BASE), call.request.method)
        if call.operation is None and methods:
            problem = replace(_NO_BODY, headers=(("Allow", ", ".join(methods)),))
            call.add("method-not-allowed", f"only {', '.join(methods)} here", problem)
        elif call.operation is None:
            call.add("path-unknown", "the API has no such path", not_found("path"))

    def _check_data(self, call: ApiCall, operation: Operation) -> None:
        query = [pair for pair in query_pairs(call.request.query) if pair[0] != "access_token"]
        if operation.takes_body:
            call.body = read_body(call.request)
            call.add_all(call.body.problems, forgivable=call.body.readable)
            if not call.body.present and operation.body_required:
                issue = Issue("schemaViolation", "body", "", "a body is required")
                call.issues.append(issue)
                call.add("body-missing", issue.detail, bad_request([issue]))
        if call.issued is not None:
            fla = self._shared.profile.fla
            found = find(
                call.body.data, fla.enterprise_number, query, fla.enterprise_number_in_query
            )
            call.sender = check_sender(
                call.issued.account, found, self._shared.mahis, call.request.received_at
            )
            call.notes.extend(call.sender.notes)
            call.add_all(call.sender.problems, forgivable=not call.sender.firm)
        issues = operation.query_issues(query)
        if call.body.readable:
            issues += operation.body_issues(call.body.data)
        call.issues += issues
        for issue in issues:
            code = f"{issue.place}-{'unknown-input' if issue.kind == 'unknownInput' else 'invalid'}"
            detail = f"{issue.name or issue.place}: {issue.detail}"
            call.add(code, detail, bad_request(issues), forgivable=True)


def body_valid(call: ApiCall) -> bool | None:
    """Whether the body is what the document asks for; None where no body is at stake."""
    operation = call.operation
    if operation is None or not (call.body.present or operation.body_required):
        return None
    return call.body.readable and not any(issue.place == "body" for issue in call.issues)
