"""The Federal Learning Account API: everything is looked at, the first refusal answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from proefbank.arming import Armed, wire_plan
from proefbank.exchange import Headers, Request, Response, Trail

from .answers import json_response
from .api_examination import ApiCall, ApiExaminer, body_valid
from .api_request import trace_id
from .api_stimuli import (
    EARLY,
    ENDS_TOKEN,
    replacement_problem,
    replacement_response,
    shaped_success,
)
from .bearer import read_bearer
from .openapi import Mount, mounted
from .operations import Operation
from .problems import Problem, not_found
from .registrations import Registrations
from .shared import Shared
from .tokens import Issued

__all__ = ["FlaApi"]


class FlaApi:
    """Computes the answers below the API base."""

    def __init__(self, shared: Shared) -> None:
        """Mount the profile's document; BadInvocation if it cannot be used."""
        self._shared = shared
        self.mount: Mount = mounted(shared.profile.fla.openapi)
        self._examiner = ApiExaminer(shared, self.mount)
        self.registrations = Registrations()

    def reset(self) -> None:
        """Forget what was handed in."""
        self.registrations = Registrations()

    def handle(self, request: Request) -> Response:
        """Answer one call."""
        shared = self._shared
        armed: Armed | None = None
        call = ApiCall(request, shared.lenient, read_bearer(request))
        with shared.lock:
            if shared.queue.first("api") in EARLY:
                armed = shared.queue.take("api", success=False)
            self._examiner.look_up(call, armed)
        self._examiner.examine(call, armed)
        if armed is None:
            with shared.lock:
                armed = shared.queue.take("api", success=call.refusal is None)
        response, problem = self._answer(call, armed)
        response = replace(response, headers=(*response.headers, *self._trace(call)))
        return replace(response, trail=self._trail(call, armed, problem))

    def _answer(self, call: ApiCall, armed: Armed | None) -> tuple[Response, Problem | None]:
        if armed is None:
            return self._plain_answer(call)
        problem = replacement_problem(armed, self._examiner.scopes(call), call.request.received_at)
        if problem is not None:
            self._end_token(call, problem)
            return problem.response(self._shared.uuid()), problem
        elsewhere, target = self._shared.elsewhere, call.request.target
        response = replacement_response(armed, elsewhere=elsewhere, target=target)
        if response is None:
            response, problem = self._plain_answer(call)
        if problem is None and armed.stimulus.needs_success:
            with self._shared.lock:
                response = shaped_success(armed, response, self._shared.rng)
        return replace(response, wire=wire_plan(armed, response)), problem

    def _end_token(self, call: ApiCall, problem: Problem) -> None:
        """Make true what the problem says, so that the same token stays refused."""
        end = ENDS_TOKEN.get(problem.kind)
        if call.issued is None or end is None:
            return
        with self._shared.lock:
            if end == "revoked":
                call.issued.revoked = True
            else:
                call.issued.expires_at = min(call.issued.expires_at, call.request.received_at)

    def _plain_answer(self, call: ApiCall) -> tuple[Response, Problem | None]:
        operation, issued = call.operation, call.issued
        if call.refusal is None and operation is not None and issued is not None:
            response = self._success(call, operation, issued)
            if response is not None:
                return response, None
            call.add("registration-unknown", "no such registration", not_found("registrationId"))
        refusal = call.refusal or not_found("path")
        return refusal.response(self._shared.uuid()), refusal

    def _success(self, call: ApiCall, operation: Operation, issued: Issued) -> Response | None:
        """Return the answer of the operation, or None when it names nothing that exists."""
        new_id = self._shared.uuid()
        data = operation.example
        if self.mount.is_default:
            data = self._stand_in(call, operation, issued.account.enterprise_number, new_id)
            if data is None:
                return None
        headers: Headers = ()
        if operation.status == 201:  # noqa: PLR2004 - created
            headers = (("Location", f"{call.request.origin}{call.request.path}/{new_id}"),)
        if operation.media_type is None:
            return Response(operation.status, headers)
        if "json" not in operation.media_type.lower():
            content_type = (("Content-Type", operation.media_type),)
            return Response(operation.status, (*content_type, *headers), b"voorbeeld")
        return json_response(operation.status, data, headers, media_type=operation.media_type)

    def _stand_in(self, call: ApiCall, operation: Operation, sender: str, new_id: str) -> Any:
        with self._shared.lock:
            if operation.operation_id == "createRegistration":
                return self.registrations.add(new_id, sender, call.body.data)
            if operation.operation_id == "listRegistrations":
                return self.registrations.list(sender, call.sender.number)
            return self.registrations.get(call.request.path.rpartition("/")[2], sender)

    def _trace(self, call: ApiCall) -> Headers:
        sent, usable = trace_id(call.request)
        if sent is not None and not usable:
            call.notes.append("trace-id-not-36-characters")
        related = (("BelGov-Related-Trace-Id", sent),) if sent is not None and usable else ()
        return (("BelGov-Trace-Id", self._shared.uuid()), *related)

    def _trail(self, call: ApiCall, armed: Armed | None, problem: Problem | None) -> Trail:
        account = call.issued.account if call.issued else None
        facts = {
            "token": call.token_state,
            "token_ref": call.issued.ref if call.issued else None,
            "token_account": account.name if account else None,
            "capacity": account.capacity if account else None,
            "account_enterprise_number": account.enterprise_number if account else None,
            "enterprise_number": call.sender.number,
            "enterprise_number_as_sent": call.sender.as_sent,
            "enterprise_number_ok": call.sender.ok,
            "mandate": call.sender.mandate,
            "problem": problem.type if problem else None,
            "operation": call.operation.operation_id if call.operation else None,
            "body_valid": body_valid(call),
            "body_issues": [
                {"kind": issue.kind, "in": issue.place, "name": issue.name} for issue in call.issues
            ],
            "notes": call.notes,
        }
        return Trail(
            conversation="api",
            violations=tuple(call.violations),
            facts=facts,
            stimulus=armed.stimulus.name if armed else None,
            secrets=call.bearer.secrets,
        )
