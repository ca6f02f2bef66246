"""A whole adapter in one file: put your client into ``token_fetch`` and ``api_call``."""

import json
import ssl
import sys
import time
import uuid
from pathlib import Path

import httpx
import jwt

ME = {"name": "skeleton", "version": "1", "language": "Python"}
HELLO = {"protocol": 1, "implementation": ME, "capabilities": ["token", "api"], "clock": "system"}


def token_fetch(scope: str | None) -> dict:
    me, key = service["client_id"], Path(service["private_key_file"]).read_text()
    claims = {"iss": me, "sub": me, "aud": service["audience"], "jti": uuid.uuid4().hex}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims | {"exp": int(time.time()) + 300}, key, "RS256"),
    }
    asked = form | ({"scope": scope} if scope else {})
    token = http.post(service["token_endpoint"], data=asked).raise_for_status().json()
    if token["token_type"].lower() != "bearer":
        raise ValueError(token["token_type"])
    found = {name: token.get(name) for name in ("token_type", "expires_in")}
    return {"access_token": token["access_token"], **found}


def api_call(method: str, path: str, body: object) -> dict:
    headers = {"Authorization": f"Bearer {token_fetch(service['scope'])['access_token']}"}
    reply = http.request(method, service["api_base"] + path, json=body, headers=headers)
    return {"status": reply.raise_for_status().status_code, "body": reply.json()}


def outcome(call: dict) -> dict:
    todo = {"token.fetch": token_fetch, "api.call": api_call}[call["op"]]
    try:
        return {"outcome": "accepted", "value": todo(**call["args"])}
    except httpx.HTTPStatusError as error:
        kind = {403: "not_allowed"}.get(error.response.status_code, "provider_error")
    except httpx.TransportError:
        kind = "transport"
    except (ValueError, KeyError):
        kind = "malformed"
    return {"outcome": "rejected", "class": kind, "detail": kind}


for raw in sys.stdin:
    line = json.loads(raw)
    answer = HELLO if line["cmd"] == "hello" else {}
    if line["cmd"] == "scenario":  # forget everything of the one before
        service = line["socialsecurity"]
        http = httpx.Client(verify=ssl.create_default_context(cafile=line["ca_file"]))
    elif line["cmd"] == "call":
        answer = outcome(line)
    print(json.dumps({"seq": line["seq"], **answer}), flush=True)
