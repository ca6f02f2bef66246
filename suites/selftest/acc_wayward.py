"""Wayward clients whose one defect shows at acceptance, where nothing is provoked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["SHOWN"]

SHOWN: Mapping[str, Sequence[str]] = {
    "socialsecurity": """
        named-issuer number-as-subject issuer-like-audience no-exp long-lived expired-assertion
        millisecond-exp no-jti constant-jti early-nbf future-iat backdated-iat extra-members
        latin1-payload no-content-type no-accept accepts-problems-only accepts-json-only
        long-trace-id constant-trace-id first-call-bare token-scheme api-key-first other-base-path
        token-in-query token-in-body padded-base64 alg-none hmac-with-certificate rs512
        elliptic-name-for-rsa unregistered-key always-scopes foreign-scope bare-scope
        upper-case-scope employer-asks-provider-scope old-token-path puts-token-request
        mislabelled-form json-in-form latin1-form jwt-bearer-grant saml-assertion-type
        two-assertions-in-one sends-secret basic-beside-assertion repeats-grant-type query-copy
        stale-client-id-parameter logs-token logs-assertion plain-http
    """.split(),
    "ehealth": """
        logs-token logs-claims
    """.split(),
    "itsme": """
        polls-in-the-clear bare-polls dotless-discovery bare-discovery fetches-from-the-page
        anonymous-documents bare-digest-info hash-twice algorithm-by-name digest-in-hex
        line-breaks url-safe-value loose-pad-bits no-request-id looks-first
        unlabelled-identification empty-post snake-case-names lower-case-partner prefixed-service
        no-language regional-language schemeless-redirect trailing-slash context-in-redirect
        unlabelled-status status-without-partner status-without-service asks-with-q
        unlabelled-sign-start null-in-quotes flat-options user-code-beside-signer
        start-without-partner login-service second-callback regional-sign-language
        policy-of-the-example looks-for-status-path documents-null-in-quotes
        status-without-request-id sign-status-without-partner sign-status-without-service
        asks-by-request-id asks-by-identification-id asks-without-id
    """.split(),
}
