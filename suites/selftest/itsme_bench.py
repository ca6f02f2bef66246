"""A simulated itsme Sign at hand, and ordinary requests to it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from proefbank.exchange import Request, Response, TlsFacts
from proefbank.services.itsme.provider import Authority, ItsmeSign, Party, make_party

__all__ = [
    "ALGORITHM",
    "NOW",
    "REDIRECT",
    "ROOT",
    "Bench",
    "authority",
    "bench",
    "codes",
    "digest",
    "document",
    "each",
    "fact",
    "major",
    "notes",
    "reason",
]

NOW = 1_750_000_000.0
ROOT = "/qes-partners/1.0.0"
ALGORITHM = "http://www.w3.org/2001/04/xmlenc#sha256"
JSON = (("Content-Type", "application/json"),)
REDIRECT = "https://sca.example/return"


@cache
def authority() -> Authority:
    return Authority(now=NOW)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def document(name: str, value: str | None = None) -> dict[str, Any]:
    """Return an entry of `docHash`."""
    shown = base64.b64encode(digest(name)).decode() if value is None else value
    return {"id": name, "di": [{"alg": ALGORITHM, "value": shown}]}


def reason(answer: Response) -> tuple[int, str | None]:
    """Return status and reason of a refusal, whichever body it has."""
    if not answer.body:
        return answer.status, None
    told = json.loads(answer.body)
    if "result" in told:
        return answer.status, told["result"]["min"]
    assert set(told) == {"status", "statusReason"}
    assert told["status"] == "NOK"
    return answer.status, told["statusReason"]


def major(answer: Response) -> str:
    """Return the last word of a DSS result."""
    return str(json.loads(answer.body)["result"]["maj"]).rpartition(":")[2]


def codes(answer: Response) -> list[str]:
    """Return the violations found."""
    return [violation.code for violation in answer.trail.violations]


def each(*values: Any) -> tuple[Any, ...]:
    """Return values of any types, to go through."""
    return values


def fact(answer: Response, name: str) -> Any:
    """Return one fact of the testimony."""
    return answer.trail.facts[name]


def notes(answer: Response) -> list[str]:
    """Return what was odd and not wrong."""
    found: Any = answer.trail.facts["notes"]
    return list(found)


@dataclass
class Bench:
    """One provider with its partners: `batch`, `single` and `other`."""

    provider: ItsmeSign
    now: float = NOW
    certificate: str | None = "aa"
    answers: list[Response] = field(default_factory=list)

    @property
    def party(self) -> Party:
        return self.provider.parties["batch"]

    def codes(self, party: str = "batch") -> dict[str, str]:
        of = self.provider.parties[party]
        return {"partnerCode": of.partner_code, "serviceCode": of.service_code}

    def send(self, path: str, data: Any = None, *, method: str = "POST", **how: Any) -> Response:
        """Send JSON, or bytes as they are, below the base URL."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        told = {"headers": JSON, "tls": TlsFacts(peer_sha256=self.certificate), **how}
        target = f"{self.provider.prefix}{ROOT}{path}"
        request = Request(method, target, body=body, received_at=self.now, **told)
        answer = self.provider.handle(request)
        json.dumps(dict(answer.trail.facts))
        self.answers.append(answer)
        return answer

    # What a client says.

    def identification(self, **changes: Any) -> dict[str, Any]:
        return changed({**self.codes(), "redirectUrl": REDIRECT, "lang": "FR"}, changes)

    def identify(self, **changes: Any) -> Response:
        return self.send("/user_identification", self.identification(**changes))

    def ask(self, session: Any, **changes: Any) -> Response:
        said = changed({**self.codes(), "asyncRespID": session}, changes)
        return self.send("/user_identification/status", said)

    def start_request(
        self, documents: Any = None, *, party: str = "batch", **itsme: Any
    ) -> dict[str, Any]:
        """Return a request to start; `itsme` changes what is in `optInp.itsme`."""
        code = self.provider.user_code("with-certificate", party)
        told = {"signer": {"userCode": code}, **self.codes(party), "redirectUrl": REDIRECT}
        return {
            "inDocs": {"docHash": [document("contract")] if documents is None else documents},
            "reqID": "ReqID-start",
            "asyncRespID": None,
            "optInp": {"lang": "FR", "itsme": changed(told, itsme)},
        }

    def start(self, documents: Any = None, *, party: str = "batch", **itsme: Any) -> Response:
        return self.send("/sign_document", self.start_request(documents, party=party, **itsme))

    def status_request(self, session: Any, **changes: Any) -> dict[str, Any]:
        said = {
            "inDocs": None,
            "reqID": "ReqID-status",
            "asyncRespID": session,
            "optInp": {"itsme": self.codes()},
        }
        return changed(said, changes)

    def poll(self, session: Any, **changes: Any) -> Response:
        return self.send("/sign_document", self.status_request(session, **changes))

    # What a person does.

    def visit(self, url: str, act: str | None = None, **form: str) -> Response:
        """Open a page, or with an `act` send its form."""
        parts = urlsplit(url)
        request = Request(
            "GET" if act is None else "POST",
            f"{parts.path}?{parts.query}",
            body=b"" if act is None else urlencode({**form, "act": act}).encode(),
            listener="front",
            received_at=self.now,
        )
        return self.provider.handle(request)

    def walk(self, url: str, person: str | None = None, *acts: str) -> Response:
        """Open a page and do what is said on it, one form after the other."""
        answer = self.visit(url)
        phone = {"phone": self.provider.people[person].phone} if person else {}
        for act in acts or ("approve",):
            answer = self.visit(url, act, **phone)
        return answer

    def identified(self, person: str = "with-certificate", *acts: str) -> str:
        """Open an identification session and walk through it; return its id."""
        told = json.loads(self.identify().body)
        self.walk(told["identificationUrl"], person, *acts)
        return str(told["asyncRespID"])

    def signing(self, documents: Any = None, *acts: str) -> str:
        """Open a sign session and walk through it; return its id."""
        told = json.loads(self.start(documents).body)
        self.walk(told["optOutp"]["itsme"]["signingUrl"], None, *acts)
        return str(told["respID"])


def changed(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return members with some changed; `...` leaves one out."""
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


def bench(*, seed: int = 3, varied: bool = False, **settings: Any) -> Bench:
    """Return a bench with a provider of its own."""
    rng = random.Random(seed)
    parties = [
        make_party("batch", rng=rng, redirect_url=REDIRECT, certificates=("aa",)),
        make_party("single", rng=rng, redirect_url=REDIRECT, certificates=("aa",), batch=False),
        make_party("other", rng=rng, redirect_url=REDIRECT, certificates=("bb",)),
    ]
    provider = ItsmeSign(parties, authority=authority(), rng=rng)
    provider.front = "https://localhost:4444"
    provider.elsewhere = "https://localhost:5555"
    provider.varied = varied
    for name, value in settings.items():
        setattr(provider, name, value)
    return Bench(provider)
