"""What the script of a stage may do, carried out at a bench."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from proefbank.browsing import PRESSES, Browser, Visit
from proefbank.clients.adapter import ABILITIES, Assessed, Outcome
from proefbank.errors import NotObservable
from proefbank.exchange import Secret
from proefbank.journal import Journal
from proefbank.judge import NotExercised
from proefbank.service import Minted, Mints, Peopled, Receives

if TYPE_CHECKING:
    from proefbank.bench import Bench
    from proefbank.doors.facts import Presented

__all__ = ["Stagehand"]

NOT_FRESH = (
    "the API knows what it learned before, and nobody restarts it; one that the bench starts itself"
    " would show it: --api-command CMD"
)


class Stagehand:
    """Carries out what a script says; `Staging` tells what each method is for."""

    _untold: Mapping[str, object] = MappingProxyType({})
    """What the facts of a scenario leave out, for whoever looks for it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._facts: Mapping[str, object] = {}
        self._minted: dict[str, Minted] = {}
        self._browsers: dict[tuple[str, str], Browser] = {}

    @property
    def facts(self) -> Mapping[str, object]:
        return self._facts

    @property
    def _journal(self) -> Journal:
        assert self.bench.journal is not None  # noqa: S101 - only made while a stage is on
        return self.bench.journal

    def can(self, capability: str) -> bool:
        hello = self.bench.hello
        if capability == "clock":
            return hello.clock == "settable"
        if capability == "concurrency":
            return hello.concurrency > 1
        if capability in ABILITIES:
            return capability not in hello.lacks
        return capability in hello.capabilities

    def sample(self, kind: str = "") -> Mapping[str, object]:
        return self.bench.cast.sample(kind, self._facts)

    def begin(self, account: str = "", *, scope: str | None = None, **members: object) -> None:
        bench = self.bench
        self.leave()
        if not self.can("fresh") and account not in ("", bench.service.api_account):
            raise NotObservable(NOT_FRESH)
        bench.clock.reset()
        bench.cast.provider.reset()
        for door in bench.doors.values():
            door.present_good()
        told, facts = bench.cast.scenario(account, scope, bench.folder)
        for secret in bench.cast.secrets():
            self._journal.redactor.learn(secret)
        self._facts = facts
        self._journal.write("scenario", facts=facts, **self._untold)
        # Opaque: an adapter never hears the name of a situation.
        run = hashlib.sha256(f"{bench.seed}/{self._journal.stage}".encode()).hexdigest()[:16]
        if why := bench.given_up("scenario"):
            raise NotExercised(f"the client does not take up scenarios; {why}")
        bad = bench.client.scenario(
            {
                "run": run,
                "ca_file": str(bench.ca_file),
                bench.service.name: told | members if isinstance(told, dict) else told,
            }
        )
        bench.settle("scenario", bad)
        if bad is not None:
            raise NotExercised(f"the client crashed while taking up the scenario: {bad.detail}")

    def arm(
        self, stimulus: str, *, times: int = 1, anytime: bool = False, **params: object
    ) -> None:
        if not (anytime or self.can("fresh")):
            raise NotObservable(NOT_FRESH)
        layer = self.bench.cast.arm(stimulus, times, params)
        if layer == "tls":
            self.bench.doors["main"].settle()  # a connection may be about to become idle
            shown = cast("Presented", stimulus.removeprefix("tls-"))
            self.bench.doors["main"].present(shown, connections=times)
            self.bench.doors["main"].drop_idle()
        self._journal.write("stimulus", name=stimulus, layer=layer, times=times, params=params)

    def call(self, op: str, args: Mapping[str, object], *, note: str = "") -> Outcome:
        number, args = self._ordered(op, args, note)
        if why := self.bench.given_up(op):
            outcome = Outcome.crashed(why)
        else:
            outcome = self.bench.client.call(op, args, self.bench.call_timeout)
        self._written(number, op, args, outcome)
        return outcome

    def _ordered(
        self, op: str, args: Mapping[str, object], note: str
    ) -> tuple[int, Mapping[str, object]]:
        """Write an order down, and beside it what is known of the token that is shown."""
        made = self._minted.get(str(args.get("token"))) if op == "jwt.verify" else None
        if made is None:
            return self._journal.call(op, self._kept_of(op, args), note), args
        args = {**args, **made.args}
        number = self._journal.call(op, self._kept_of(op, args), note)
        now = round(self.bench.clock.now(), 3)
        self._journal.write("shown", call=number, at=now, **made.facts)
        return number, args

    def calls(
        self, orders: Sequence[tuple[str, Mapping[str, object]]], *, note: str = ""
    ) -> list[Outcome]:
        ordered = [(op, *self._ordered(op, args, note)) for op, args in orders]
        if why := next(filter(None, (self.bench.given_up(op) for op, _ in orders)), ""):
            outcomes = [Outcome.crashed(why) for _ in orders]
        else:
            outcomes = self.bench.client.calls(
                [(op, args) for op, _, args in ordered], self.bench.call_timeout
            )
        for (op, number, args), outcome in zip(ordered, outcomes, strict=True):
            self._written(number, op, args, outcome)
        return outcomes

    def _written(self, number: int, op: str, args: Mapping[str, object], outcome: Outcome) -> None:
        token = (outcome.value or {}).get("access_token")
        if isinstance(token, str):
            self._journal.redactor.learn(Secret("token", token))
        self.bench.settle(op, outcome)
        self.bench.keep_log()
        told = outcome.to_json()
        claims = (outcome.value or {}).get("claims")
        if claims and claims == _claims_in(str(args.get("token"))):
            told["value"] = {"claims": "those of the token"}  # a third of a record, and no news
        self._journal.write("outcome", call=number, **self._kept_of_outcome(op, told))

    def _kept_of(self, op: str, args: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ARG002
        """Return what is written down of an order: all, for all of it is made up."""
        return args

    def _kept_of_outcome(self, op: str, told: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return what is written down of an answer."""
        return told

    def token(self, recipe: str = "access", **how: object) -> str:
        mint = cast("Mints", self.bench.cast)
        made = mint.token(recipe, at=self.bench.clock.now(), **how)
        self._journal.redactor.learn(Secret("token", made.token))
        self._minted[made.token] = made
        return made.token

    def show(
        self, recipe: str = "access", *, note: str = "", insist: bool = False, **how: object
    ) -> None:
        token = self.token(recipe, **how)
        outcome = self.call("jwt.verify", {"token": token}, note=note)
        if insist and outcome.kind != "accepted":
            self.call("jwt.verify", {"token": token}, note=note)

    def show_again(self, token: str, *, note: str = "") -> None:
        self.call("jwt.verify", {"token": token}, note=note)

    def seen(self, conversation: str) -> int:
        return sum(item.conversation == conversation for item in self._journal.exchanges)

    def visit(
        self, url: object, *, act: str = "approve", person: str = "", language: str = ""
    ) -> str | None:
        pages = cast("Receives", self.bench.cast)
        typed, presses = pages.typed(person), PRESSES[act]
        if (person, language) not in self._browsers:
            browser = Browser(self.bench.ca_file, pages.pages, language=language)
            self._browsers[person, language] = browser
        visit = Visit(None, None, why="the client told no address")
        if isinstance(url, str):
            visit = self._browsers[person, language].visit(url, typed, presses)
        self._journal.write("visit", url=url, act=act, person=person, **asdict(visit))
        return visit.returned_to

    def leave(self) -> None:
        """Close the browsers."""
        for browser in self._browsers.values():
            browser.close()
        self._browsers.clear()

    def try_out(self) -> None:
        """Have the client do something of what it claims, whatever comes of it."""
        if "jwt" in self.bench.service.capabilities:
            self.show()
        elif "token" in set(self.bench.hello.capabilities) & set(self.bench.service.capabilities):
            self.call("token.fetch", {"scope": None})
        else:
            op = "sign.start" if "sign" in self.bench.service.capabilities else "api.call"
            self.call(op, self.sample())

    def arrange(self, deed: str, **told: object) -> None:
        people = cast("Peopled", self.bench.cast)
        now, folder = self.bench.clock.now(), self.bench.folder
        try:
            done = people.arrange(deed, told, instant=now, folder=folder)
        except ValueError as problem:
            raise NotObservable(f"the set-up of the profile forbids it: {problem}") from problem
        for secret in self.bench.cast.secrets():
            self._journal.redactor.learn(secret)
        self._journal.write("arranged", deed=deed, text=done.text)

    def advance(self, seconds: float, *, client: bool = True) -> None:
        if client:
            self._move(self.bench.clock.now() + seconds, seconds)
            return
        self.bench.clock.advance(seconds)
        self._journal.write(
            "clock", by=seconds, now=round(self.bench.clock.now(), 3), who="provider"
        )

    def at(self, instant: float) -> None:
        self._move(instant, None)

    def _move(self, instant: float, by: float | None) -> None:
        if self.bench.hello.clock != "settable":
            if isinstance(self.bench.client, Assessed):
                self.bench.client.clock(instant)  # says why not
            raise NotObservable(
                "the client's clock cannot be moved; an adapter whose hello says "
                '`"clock": "settable"` would show it'
            )
        self.bench.clock.set(instant)
        now = self.bench.clock.now()
        bad = self.bench.client.clock(now)
        if bad is not None:
            raise NotExercised(f"the client crashed while its clock was moved: {bad.detail}")
        self._journal.write("clock", by=by, now=round(now, 3), who="both")


def _claims_in(token: str) -> object:
    """Return the claims of a signed token; None if they cannot be read."""
    claims = token.split(".")[1:2]
    try:
        return json.loads(base64.urlsafe_b64decode(f"{claims[0]}===")) if claims else None
    except (ValueError, RecursionError):
        return None
