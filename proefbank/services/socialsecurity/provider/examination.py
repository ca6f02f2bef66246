"""Examining one token request to the end, whatever is found on the way.

Order of checks: path, method, media type, parameters, grant type, means of authentication,
form of the assertion, algorithm, client, signature and certificate, iss, aud, exp, nbf and iat,
jti, channel, scope.
"""

from __future__ import annotations

from dataclasses import dataclass

from proefbank.exchange import Request

from .accounts import RegisteredAccount
from .assertion import Assertion, check_algorithm, check_audience, check_times, take_apart
from .facts import TOKEN_PATH
from .findings import Findings, printable
from .scopes import decide_scope
from .shared import Shared
from .signatures import SignatureCheck, check_signature
from .token_request import TokenRequest, read_token_request

__all__ = ["Examined", "Examiner"]


@dataclass(slots=True)
class Examined:
    """What the examination of one request brought."""

    findings: Findings
    request: TokenRequest
    assertion: Assertion
    check: SignatureCheck
    registered: RegisteredAccount | None
    known: bool
    scope: str | None = None
    jti_seen_before: bool = False


class Examiner:
    """Examines token requests; remembers only which `jti` were shown."""

    def __init__(self, shared: Shared) -> None:
        """Judge by the profile and the accounts of `shared`."""
        self._shared = shared
        self._profile = shared.profile
        self._accounts = shared.accounts

    def examine(self, request: Request, token_url: str) -> Examined:
        """Return everything found; the signature is verified outside the lock."""
        findings = Findings()
        if request.path != TOKEN_PATH:
            findings.add(
                "endpoint-not-v5", f"the path is {printable(request.path)}, not {TOKEN_PATH}"
            )
        form = read_token_request(request, findings)
        text = form.get("client_assertion")
        assertion = Assertion() if text is None else take_apart(text, findings)
        check_algorithm(assertion, self._profile.assertion, findings)
        known, registered = self._client(form, assertion, findings)
        now = request.received_at
        check = check_signature(assertion, registered, self._accounts, now, findings)
        if text is None:
            check.state = "absent"
        examined = Examined(findings, form, assertion, check, registered, known)
        if assertion.claims is not None:
            self._check_claims(examined, token_url, now)
        if registered is not None:
            self._check_account(examined, registered)
        return examined

    def _client(
        self, form: TokenRequest, assertion: Assertion, findings: Findings
    ) -> tuple[bool, RegisteredAccount | None]:
        """Return whether `sub` names a client, and the account to go on with."""
        sub, client_id = assertion.claim("sub"), form.get("client_id")
        registered = self._accounts.by_client_id(sub)
        here = self._profile.environment
        if assertion.claims is not None:
            if not isinstance(sub, str) or not sub:
                findings.add("sub-missing", "there is no sub, or it is not a text")
            elif registered is None:
                findings.add("client-unknown", f"no account has the client id {printable(sub)}")
            elif registered.account.environment != here:
                findings.add(
                    "client-of-other-environment",
                    f"{printable(sub)} is a client of {registered.account.environment}, "
                    f"this is {here}",
                )
            if client_id is not None:
                findings.note("client-id-sent")
                if client_id != sub:
                    findings.add(
                        "client-id-differs", f"client_id is {printable(client_id)}, not sub"
                    )
        known = registered is not None
        if registered is None:
            registered = self._accounts.by_client_id(assertion.claim("iss"))
        if registered is None:
            registered = self._accounts.by_client_id(client_id)
        if registered is None and self._shared.lenient and self._shared.assumed:
            registered = self._accounts.by_name(self._shared.assumed)
        return known, registered

    def _check_claims(self, examined: Examined, token_url: str, now: float) -> None:
        assertion, findings = examined.assertion, examined.findings
        policy = self._profile.assertion
        iss, sub = assertion.claim("iss"), assertion.claim("sub")
        if not isinstance(iss, str) or not iss:
            findings.add("iss-missing", "there is no iss, or it is not a text")
        elif iss != sub:
            findings.add("iss-not-sub", f"iss is {printable(iss)}, sub is {printable(sub)}")
        check_audience(assertion, policy, token_url, findings)
        check_times(assertion, policy, now, findings)
        jti = assertion.claim("jti")
        if jti is None or jti == "":
            findings.add("jti-missing", "there is no jti")
        elif not isinstance(jti, str):
            findings.add("jti-not-text", f"jti is {printable(jti)}, not a text")
        elif examined.registered is not None:
            seen = self._seen_before(examined, examined.registered, jti, now)
            examined.jti_seen_before = seen
            if seen and policy.jti_replay:
                findings.add("jti-replayed", f"jti {printable(jti)} was shown before")

    def _seen_before(
        self, examined: Examined, registered: RegisteredAccount, jti: str, now: float
    ) -> bool:
        """Look the jti up, and remember it if a registered key signed it."""
        policy, client_id = self._profile.assertion, registered.account.client_id
        exp = examined.assertion.claim("exp")
        latest = now + policy.max_lifetime_s
        usable = isinstance(exp, (int, float)) and not isinstance(exp, bool)
        # Signed but useless times must neither free a jti at once nor keep it for ever.
        end = exp if usable and now < exp <= latest + policy.grace_s else latest
        with self._shared.lock:
            seen = self._shared.jtis.seen(client_id, jti, now)
            if examined.check.proven:
                self._shared.jtis.remember(client_id, jti, end + policy.skew_s, now)
        return seen

    def _check_account(self, examined: Examined, registered: RegisteredAccount) -> None:
        account, findings = registered.account, examined.findings
        if not account.active:
            findings.add(
                "channel-inactive", f"the channel of account {account.name} is not activated"
            )
        examined.scope = decide_scope(
            examined.request.get("scope"),
            account,
            self._profile.scopes,
            self._profile.errors,
            findings,
        )
