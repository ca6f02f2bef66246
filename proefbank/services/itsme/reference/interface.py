"""The five calls to the B2B interface: what is sent, and how an answer is read.

Each decision stands in a method of its own, so that a wayward client can get exactly one of
them wrong.
"""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from proefbank.errors import Rejected

from .configuration import Configuration
from .documents import ToBeSigned
from .session import Order, SignSession, Texts
from .texts import LANGUAGES

__all__ = ["ERROR_CLASSES", "PENDING", "SHA256", "SUCCESS", "Interface"]

Json = dict[str, Any]

PREFIX = "/qes-partners/1.0.0"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
PENDING = "urn:oasis:names:tc:dss:1.0:profiles:asynchronousprocessing:resultmajor:Pending"
SUCCESS = "urn:oasis:names:tc:dss:1.0:resultmajor:Success"
ERRORS = (
    "urn:oasis:names:tc:dss:1.0:resultmajor:RequesterError",
    "urn:oasis:names:tc:dss:1.0:resultmajor:ResponderError",
)

ERROR_CLASSES = {
    "NOT_ALLOWED_TO_SIGN": "not_allowed",
    "SIGNATURE_NOT_ALLOWED": "not_allowed",  # its name in the swagger
    "REJECTED": "user_rejected",
    "EXPIRED": "user_expired",
}
"""Reasons that are the person's; every other one lies with the provider or with our settings."""


class Interface:
    """Calls with our client certificate, to the address and in the name that we were given."""

    def __init__(self) -> None:
        """Start unconnected; `connect` brings the rest."""
        self.settings: Mapping[str, Any] = {}
        self.http: httpx.Client | None = None

    # The calls, in the order of a flow.

    def configuration(self) -> Configuration:
        """Read what the provider offers now (section 1)."""
        return Configuration.of(self.answer(self.send("GET", "/.well-known/configuration")))

    def open_identification(self, order: Order) -> Json:
        """Open an identification session (sections 2 and 3)."""
        body = self.identification_body(order)
        return self.identification(self.send("POST", "/user_identification", body))

    def ask_identification(self, session: SignSession) -> Json | None:
        """Ask who was identified; None while that goes on (sections 5 and 6)."""
        body = self.identification_status_body(session)
        response = self.send("POST", "/user_identification/status", body)
        return None if self.is_still_identifying(response) else self.identification(response)

    def open_signing(self, session: SignSession) -> Json:
        """Open a sign session (sections 7 and 8)."""
        body = self.sign_body(session)
        answer = self.answer(self.send("POST", "/sign_document", body))
        if self.major_of(answer) != PENDING:
            raise Rejected("malformed", "a sign session cannot have ended before it began")
        if answer.get("reqID") != body["reqID"]:
            raise Rejected("malformed", "the answer is to another request")
        return answer

    def ask_signing(self, session: SignSession) -> Json | None:
        """Ask for the signatures; None while the person is signing (sections 10 and 11)."""
        answer = self.answer(self.send("POST", "/sign_document", self.sign_status_body(session)))
        if answer.get("respID", session.signing_id) != session.signing_id:
            raise Rejected("malformed", "the answer is about another session")
        # No look at reqID: the document's example repeats the one of the start request.
        return None if self.major_of(answer) == PENDING else answer

    # What is sent.

    def who_we_are(self) -> Json:
        """Our two codes, which go with every request."""
        return {
            "partnerCode": self.settings["partner_code"],
            "serviceCode": self.settings["service_code"],
        }

    def identification_body(self, order: Order) -> Json:
        """The body of the identification request; a userCode only if the person has one."""
        known = {"userCode": order.user_code} if order.user_code else {}
        address = {"redirectUrl": self.settings["redirect_url"]}
        return {**self.who_we_are(), **address, **known, "lang": order.lang}

    def identification_status_body(self, session: SignSession) -> Json:
        """The body of the question who was identified."""
        return {**self.who_we_are(), "asyncRespID": session.identification_id}

    def sign_body(self, session: SignSession) -> Json:
        """The body of the sign request: hashes, signer and what the app shows."""
        assert session.identity is not None  # noqa: S101 - first the person, then the hashes
        order = session.order
        itsme = {
            "signer": {"userCode": session.identity.user_code},
            **self.who_we_are(),
            "redirectUrl": self.settings["redirect_url"],
        }
        if order.description:
            itsme["description"] = self.texts(order.description)
        if order.policy:
            itsme["signPolicy"] = self.policy_part(order)
        return {
            "inDocs": {"docHash": self.hashes(session.to_be_signed)},
            "reqID": self.request_id(),
            "asyncRespID": None,  # a new session
            "optInp": {"lang": order.lang, "itsme": itsme},
        }

    def hashes(self, to_be_signed: Sequence[ToBeSigned]) -> list[Json]:
        """Every document's hash."""
        return [{"id": one.id, "di": [{"alg": SHA256, "value": one.value}]} for one in to_be_signed]

    def policy_part(self, order: Order) -> Json:
        """The policy, and what goes with it: commitment type and role."""
        part: Json = {"signPolicyRef": order.policy}
        if order.commitment:
            part["commitmentTypeRef"] = order.commitment
        if order.signer_role:
            part["signerRole"] = self.texts(order.signer_role)
        return part

    def texts(self, texts: Texts) -> list[Json]:
        """A text in every language."""
        return [{"lang": lang.upper(), "value": texts[lang]} for lang in LANGUAGES]

    def sign_status_body(self, session: SignSession) -> Json:
        """The body of the question for signatures: no documents, and the sign session's id."""
        return {
            "inDocs": None,
            "reqID": self.request_id(),
            "asyncRespID": session.signing_id,
            "optInp": {"itsme": self.who_we_are()},
        }

    def request_id(self) -> str:
        """A name for this request alone."""
        return uuid.uuid4().hex

    # How an answer is read.

    def answer(self, response: httpx.Response) -> Json:
        """Return the members of a good answer; refuse every other one.

        The status comes first. An error's body may be of either documented shape, of none,
        or empty.
        """
        if response.status_code != httpx.codes.OK:
            raise self.refusal(response.status_code, self.reason_in(self.members(response)))
        if not response.headers.get("content-type", "").lower().startswith("application/json"):
            raise Rejected("malformed", "the answer is not application/json")
        if (members := self.members(response)) is None:
            raise Rejected("malformed", "the answer is no JSON object")
        return members

    def identification(self, response: httpx.Response) -> Json:
        """Return the members of an identification answer that says it went well."""
        answer = self.answer(response)
        if answer.get("status") != "OK":
            raise self.refusal(response.status_code, self.reason_in(answer))
        return answer

    def is_still_identifying(self, response: httpx.Response) -> bool:
        """Whether it is the one conflict that only asks for patience."""
        if response.status_code != httpx.codes.CONFLICT:
            return False
        return self.reason_in(self.members(response)) == "PENDING"

    def major_of(self, answer: Mapping[str, Any]) -> str:
        """Return Pending or Success; refuse errors, and what is none of the four results."""
        result = answer.get("result")
        major = result.get("maj") if isinstance(result, dict) else None
        if major in ERRORS:
            raise self.refusal(httpx.codes.OK, self.reason_in(answer))
        if major not in (PENDING, SUCCESS):
            raise Rejected("malformed", "the answer has none of the four results")
        return str(major)

    def members(self, response: httpx.Response) -> Json | None:
        """Return the body if it is a JSON object."""
        try:
            found = response.json()
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def reason_in(self, members: Mapping[str, Any] | None) -> str:
        """Return the reason an error gives: `statusReason`, or `result.min`; empty if none."""
        told = members or {}
        result = told.get("result")
        reason = told.get("statusReason") or (isinstance(result, dict) and result.get("min"))
        return reason if isinstance(reason, str) else ""

    def refusal(self, status: int, reason: str) -> Rejected:
        """What an error amounts to."""
        detail = f"the provider answered {status} {reason}".strip()
        return Rejected(ERROR_CLASSES.get(reason, "provider_error"), detail)

    # The wire.

    def connect(self, settings: Mapping[str, Any], ca_file: str) -> None:
        """Make an HTTP client of our own; no proxy or CA of the environment comes between."""
        self.settings = settings
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self.http = httpx.Client(
            verify=self.tls(ca_file), cookies=no_cookies, timeout=5.0, trust_env=False
        )

    def tls(self, ca_file: str) -> ssl.SSLContext:
        """Trust one CA, check host names, and show our registered certificate on every call."""
        context = ssl.create_default_context(cafile=ca_file)
        context.load_cert_chain(
            self.settings["client_certificate_file"], self.settings["client_key_file"]
        )
        return context

    def url(self, path: str) -> str:
        """Where a call goes."""
        return f"{self.settings['base_url'].rstrip('/')}{PREFIX}{path}"

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Send one request; no redirect is followed, no failure repeated."""
        assert self.http is not None  # noqa: S101 - a scenario comes before any call
        try:
            return self.http.request(method, self.url(path), json=body, headers=self.headers())
        except httpx.HTTPError as problem:
            raise Rejected("transport", type(problem).__name__) from problem

    def headers(self) -> dict[str, str]:
        """Header fields besides what the HTTP library sets."""
        return {"Accept": "application/json"}

    def close(self) -> None:
        """Let go of the connections."""
        if self.http is not None:
            self.http.close()
