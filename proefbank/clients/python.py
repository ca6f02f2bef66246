"""A client behind a Python class, in this process: the same verbs, arguments and classes.

An author writes a class that can be made without arguments; every scenario gets a fresh one:

    class MyClient:
        name, version = "my client", "1.4"

        def scenario(self, members):                # addresses, keys, `ca_file`; required
            ...
        def token_fetch(self, scope): ...           # -> {"access_token": …, "token_type": …, …}
        def api_call(self, method, path, body): ...  # -> {"status": 200, "body": …}
        def jwt_verify(self, token, issuer=None): ...  # -> {"claims": {…}}
        def sign_start(self, documents, lang, **more): ...
        def sign_resume(self, session, returned_to): ...
        def clock(self, now): ...                   # only if all its time follows `now`
        def close(self): ...                        # before the next scenario, and at the end
        def hello(self): ...                        # only to say more than the defaults

A method is absent when the client has no such operation. It returns the `value` of an accepted
outcome as JSON values, or raises `Rejected(class, detail)` or `Unsupported(reason)`; any other
exception counts as crashed. Arguments that a method does not take are left out. `hello` may
return some or all members of the protocol's hello; by default the name and version come from
the class, the capabilities from its methods and `concurrency` from its attribute, or 1.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proefbank.clients.adapter import Hello, LogLine, Operation, Outcome
from proefbank.clients.answers import TIME_RAN_OUT, hello_from, outcome_from, settle, setup_from
from proefbank.clients.author import fitting, hello_of, method_of
from proefbank.clients.capture import captured
from proefbank.clients.log import Log, shorten
from proefbank.clients.refusals import Rejected, Unsupported, describe
from proefbank.clients.target import load_target
from proefbank.clients.threads import run_all
from proefbank.errors import NotAssessed, NotObservable

__all__ = ["PythonClient"]

Json = dict[str, Any]


class PythonClient:
    """A client under test that is a Python class; see `ClientUnderTest`."""

    where = "--client"

    def __init__(self, target: str | Callable[[], object], *, setup_timeout: float = 30.0) -> None:
        """Take `module:Class` or the class itself. Raises `BadInvocation` if there is none such.

        `setup_timeout` is for `scenario` and `clock`, in seconds of real time.
        """
        self._make = load_target(target) if isinstance(target, str) else target
        self._name = target if isinstance(target, str) else getattr(target, "__name__", "client")
        self._setup_timeout = setup_timeout
        self._log = Log()
        self._client: object = None
        self._fresh = False
        """Whether the client has not had a scenario yet."""
        self._hello: Hello | None = None
        self._barred: Outcome | None = None

    def hello(self) -> Hello:
        """Make the client if need be and return who it is. Raises `NotAssessed`."""
        if self._hello is None:
            try:
                self._hello = hello_from(self._introduce())
            except ValueError as error:
                raise NotAssessed(
                    f"{self._name} cannot be judged: {error}",
                    where=self.where,
                    hint="The class is made without arguments, and learns addresses and keys"
                    " in scenario(members); its hello() may be left out",
                ) from error
        return self._hello

    def scenario(self, members: Mapping[str, object]) -> Outcome | None:
        """Make a fresh client that hears `members`; None is fine, else crashed."""
        self.hello()

        def start() -> Json:
            if not self._fresh:
                self._close()
                try:
                    self._client = self._make()
                except BaseException as error:  # noqa: BLE001 - a client may raise anything
                    return _crashed(describe(error))
            self._fresh = False
            return self._order("scenario", {"members": members}, required=True)

        self._barred = self._setup("scenario", start)
        return self._barred

    def clock(self, now: float) -> Outcome | None:
        """Move its time to `now`, epoch seconds; None is fine, else crashed.

        Raises `NotObservable` if the client has no settable clock.
        """
        if self.hello().clock != "settable":
            raise NotObservable(
                "the client runs on system time; a method clock(now) that moves all of its time"
                " would show it"
            )
        if self._barred is None:
            self._barred = self._setup("clock", lambda: self._order("clock", {"now": now}))
        return self._barred

    def call(self, op: str, args: Mapping[str, object], timeout: float) -> Outcome:
        """Have it do one operation within `timeout` seconds of real time."""
        return self.calls([(op, args)], timeout)[0]

    def calls(self, operations: Sequence[Operation], timeout: float) -> list[Outcome]:
        """Have it do several, as many in flight as it allows; outcomes in the order asked."""
        hello = self.hello()
        if self._barred is not None:
            return [Outcome.crashed(f"not sent: {self._barred.detail}") for _ in operations]
        jobs = [self._job(method_of(op), args) for op, args in operations]
        answers = self._run(jobs, [op for op, _ in operations], hello.concurrency, timeout)
        return [
            Outcome.crashed(TIME_RAN_OUT)
            if answer is None
            else settle(outcome_from(answer), op, hello.capabilities)
            for answer, (op, _) in zip(answers, operations, strict=True)
        ]

    def bye(self) -> None:
        """Let the client go; more than once does no harm."""
        if self._client is not None and not self._fresh:
            self._run([self._close], ["close"], 1, self._setup_timeout)
        self._client, self._fresh = None, False

    def drain_log(self) -> list[LogLine]:
        """Return the evidence gathered since the last time, oldest first."""
        return self._log.drain()

    def _introduce(self) -> dict[str, object]:
        """Make the client and gather its hello. Raises `ValueError` with what is wrong."""
        with captured(self._log):
            try:
                self._client, self._fresh = self._make(), True
                said = self._client.hello() if hasattr(self._client, "hello") else {}
                said = dict(said)
            except (Exception, SystemExit) as error:
                raise ValueError(describe(error)) from error
        return hello_of(self._client, said)

    def _setup(self, cmd: str, job: Callable[[], Json]) -> Outcome | None:
        [answer] = self._run([job], [cmd], 1, self._setup_timeout)
        return Outcome.crashed(TIME_RAN_OUT) if answer is None else setup_from(cmd, answer)

    def _run(
        self, jobs: Sequence[Callable[[], Json]], names: Sequence[str], at_once: int, timeout: float
    ) -> list[Json | None]:
        def late(index: int, answer: Json) -> None:
            self._log.add("bench", f"late answer to {names[index]}: {answer.get('outcome')}")

        with captured(self._log):
            return run_all(jobs, at_once=at_once, timeout=timeout, late=late)

    def _job(self, name: str, args: Mapping[str, object]) -> Callable[[], Json]:
        def job() -> Json:
            answer = self._order(name, args, required=True)
            value = answer.pop("value", None)
            if answer["outcome"] != "accepted":
                return answer
            if not isinstance(value, Mapping):
                if inspect.iscoroutine(value):
                    value.close()
                return _crashed(f"{name} returned {type(value).__name__}, not a mapping")
            try:
                answer["value"] = json.loads(json.dumps(value, allow_nan=False))
            except (TypeError, ValueError, RecursionError) as error:
                return _crashed(f"{name} returned what JSON cannot hold: {describe(error)}")
            return answer

        return job

    def _order(self, name: str, args: Mapping[str, object], *, required: bool = False) -> Json:
        """Call a method and return its answer as an adapter would write it, value as it is."""
        method = getattr(self._client, name, None)
        if method is None:
            if required:
                return {"outcome": "unsupported", "reason": f"there is no method {name}"}
            return {"outcome": "accepted"}
        try:
            value = method(**fitting(method, json.loads(json.dumps(dict(args)))))
        except Rejected as refusal:
            return {
                "outcome": "rejected",
                "class": refusal.reject_class,
                "detail": refusal.detail,
            }
        except Unsupported as refusal:
            return {"outcome": "unsupported", "reason": refusal.reason}
        except BaseException as error:  # noqa: BLE001 - whatever a client raises, the bench goes on
            return _crashed(describe(error))
        return {"outcome": "accepted", "value": value}

    def _close(self) -> Json:
        answer = self._order("close", {})
        if answer["outcome"] != "accepted":
            self._log.add("bench", f"close: {answer.get('detail', answer['outcome'])}")
        return answer


def _crashed(detail: str) -> Json:
    return {"outcome": "crashed", "detail": shorten(detail)}
