"""Nothing that is secret or about somebody is in anything that `proefbank record` leaves behind.

Not while it runs, not when it is killed in the middle, and not in what is judged of it.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import httpx
import jwt
import pytest
from cryptography import x509

from proefbank.clock import real_seconds
from proefbank.errors import Rejected
from proefbank.exchange import Request, Response
from proefbank.services.itsme.provider import PEOPLE
from proefbank.services.socialsecurity.wayward import WAYWARD

from .program import SECONDS, proefbank
from .stand_in import HOSTS, Site, StandIn, session
from .test_record import CLIENTS, TOKEN, leading_in, started

API = "/REST/federalLearningAccount/v1"
NAME = "Zebedeus Canarie-Vogelaar"
NUMBER = "99.99.31-123.45"
PLAIN_NUMBER = "99993112345"
PHONE = "+32 470 99 88 77"
MAIL = "zebedeus.canarie@example.org"
SECRET = "canary-secret-Zx81-7Gq2-Lm"
COOKIE = "canary-cookie-Qw3rTy-81"
BASIC = base64.b64encode(f"somebody:{SECRET}".encode()).decode()
PERSON = jwt.encode(
    {"sub": PLAIN_NUMBER, "name": NAME, "email": MAIL, "iss": f"https://x.example/{PLAIN_NUMBER}"},
    "k" * 32,
    algorithm="HS256",
    headers={"x5c": [base64.b64encode(NAME.encode()).decode()]},
)
WORDS = (NAME, "Canarie", NUMBER, PLAIN_NUMBER, PHONE, MAIL, SECRET, COOKIE, BASIC, PERSON)
KEPT = frozenset(
    {
        # by name, in the messages of the services: what rules look at, and no person's
        *("token_type", "scope", "grant_type", "client_assertion_type", "error", "client_id"),
        *("partnerCode", "serviceCode", "redirectUrl", "alg", "profile", "lang", "maj", "min"),
        *("status", "statusReason", "signPolicyRef", "commitmentTypeRef"),
        *("kid", "kty", "use", "issuer", "jwks_uri"),
        *("title", "detail", "error_description"),  # of a problem: everybody's
        "enterpriseNumber",  # the profile's own, which the record tells as such
    }
)
SHORTEST = 9


def leaves(value: object, name: str = "") -> Iterator[str]:
    """Yield every text in a JSON value that is not known to be kept."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    elif isinstance(value, str) and name not in KEPT:
        yield value


def said(body: bytes) -> Iterator[str]:
    text = body.decode("utf-8", "replace")
    try:
        yield from leaves(json.loads(text))
    except ValueError:
        for name, value in parse_qsl(text):
            if name not in KEPT:
                yield value


def planted(site: Site) -> set[str]:
    """Return what was said to a service and by it, and must be nowhere else."""
    found: set[str] = set()
    raw: list[tuple[Request, Response]] = list(site.raw)
    for request, response in raw:
        if ".well-known" in request.path or request.path.endswith("/certs"):
            continue  # public, and the same for everybody
        found |= {*said(request.body), *said(response.body)}
        found.add((request.header("authorization") or "").partition(" ")[2])
    for text in list(found):
        found |= set(text.split(".")) if text.count(".") == 2 else set()
        if "BEGIN CERTIFICATE" in text:
            for one in x509.load_pem_x509_certificates(text.encode()):
                found |= {str(part.value) for part in one.subject}
            found |= set(text.splitlines()[1:-1])
    for file in site.folder.glob("*.key"):
        found |= set(file.read_text("ascii").splitlines()[1:-1])
    common = {"Proefbank", "application/json", *HOSTS.values()}
    public = ("-----", "https://www.belgif.be/", "urn:")
    return {
        text
        for text in found
        if len(text) >= SHORTEST
        and not text.startswith(public)
        and not re.fullmatch(r"[a-z_]+", text)  # a name in a message of the server's
    } - common


def dressed(words: set[str]) -> set[str]:
    """Return words as they may stand in a file: quoted, escaped, or in base64."""
    more = {json.dumps(word)[1:-1] for word in words}
    more |= {json.dumps(word, ensure_ascii=False)[1:-1] for word in words}
    more |= {quote(word, safe="") for word in words} | {quote_plus(word) for word in words}
    coded = {base64.b64encode(word.encode()).decode().rstrip("=")[:-1] for word in words}
    return words | more | {word for word in coded if len(word) > SHORTEST}


def search(folder: Path, words: set[str], *, more: str = "") -> int:
    """Fail for a word in any file below `folder`, or in `more`; return how many were looked at."""
    texts = {"output": more}
    for path in folder.rglob("*"):
        try:
            texts[str(path)] = f"{path.name}\n{path.read_bytes().decode('utf-8', 'replace')}"
        except OSError:
            continue  # a folder, or gone already
    for name, text in texts.items():
        assert "PRIVATE KEY-----" not in text, name
        for word in words:
            if word in text:
                pytest.fail(f"{name} holds {word[:16]}… : …{text[text.index(word) - 60 :][:120]}")
    return len(texts)


def misbehave(http: httpx.Client, bearer: str) -> None:
    """Put secrets and persons where they belong, and where they do not."""
    form = {
        "grant_type": "client_credentials",
        "client_secret": SECRET,
        "password": SECRET,
        "username": NAME,
        PLAIN_NUMBER: NAME,
        "client_assertion": PERSON,
        "scope": f"openid {PERSON}",
    }
    headers = {
        "Cookie": f"sid={COOKIE}",
        "X-User": NAME,
        "X-User-Token": PERSON,
        "User-Agent": f"product/1 ({MAIL}; {PHONE}; {NUMBER})",
        "Accept": f"application/json; by={MAIL}",
        "Referer": f"https://x.example/{NUMBER}",
        "BelGov-Trace-Id": PLAIN_NUMBER,
    }
    query = {"name": NAME, "ssin": PLAIN_NUMBER, "token": PERSON, "client_secret": SECRET}
    http.post(TOKEN, data=form, headers=headers, params=query)
    http.post(TOKEN, headers={"Authorization": f"Basic {BASIC}"}, content=NAME.encode("latin-1"))
    http.post(TOKEN, json={"client_secret": SECRET, "who": NAME, PLAIN_NUMBER: {NAME: [PHONE]}})
    auth = {"Authorization": f"Bearer {bearer}"}
    body = {"ssin": NUMBER, "name": NAME, "phone": PHONE, "n": int(PLAIN_NUMBER), NAME: MAIL}
    for path in ("registrations", f"registrations/{PLAIN_NUMBER}", f"employers/{quote(NAME)}"):
        http.post(f"{API}/{path}", json=body, headers={**auth, **headers}, params=query)
        http.get(f"{API}/{path}", headers={"Authorization": PERSON}, params=query)
    http.post(f"{API}/registrations", content=b"\xff\xfe" + NAME.encode("utf-16"), headers=auth)
    http.get(f"/elsewhere/{PLAIN_NUMBER}", params=query, headers=headers)
    http.post(TOKEN, content=(NAME * 60_000).encode(), params=query)  # too large for the door


def client(acc: StandIn, name: str, ready: dict[str, Any]) -> httpx.Client:
    origin = ready["services"][name]["main"]["origin"]
    trust = ssl.create_default_context(cafile=ready["ca_file"])
    assert name in acc.sites
    return httpx.Client(base_url=origin, verify=trust, trust_env=False, timeout=SECONDS)


def misuse_signing(http: httpx.Client, base: str) -> None:
    """Sign for persons under their names, numbers and telephones."""
    root = f"{base}/qes-partners/1.0.0"
    who = {"userCode": PLAIN_NUMBER, "phone": PHONE, "name": NAME, "lang": "NL"}
    http.post(f"{root}/user_identification", json=who)
    http.post(f"{root}/user_identification/status", json={"asyncRespID": SECRET, **who})
    inner = {"signer": {"userCode": SECRET}, "description": [{"value": NAME, "lang": NAME}]}
    http.post(
        f"{root}/sign_document",
        json={"reqID": SECRET, "optInp": {"itsme": inner}, "inDocs": {NAME: [{"id": NUMBER}]}},
    )


@pytest.fixture(scope="module")
def acc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(folder=tmp_path_factory.mktemp("acc")) as made:
        yield made


def test_nothing_planted_is_in_any_file_while_it_runs_and_after(
    acc: StandIn, tmp_path: Path
) -> None:
    words = set(WORDS) | {person.phone for person in PEOPLE}
    with started(acc, tmp_path, "--judge") as (process, ready):
        leading = leading_in(ready)
        for name, kind in CLIENTS.items():
            assert session(acc.sites[name], kind(), Path(ready["ca_file"]), leading)
            search(tmp_path, dressed(words | planted(acc.sites[name])))
        raw = acc.sites["socialsecurity"].raw
        sent = [value for request, _ in raw if (value := request.header("authorization"))]
        with client(acc, "socialsecurity", ready) as http:
            misbehave(http, sent[-1].partition(" ")[2])
        leaky = WAYWARD["sends-secret"].client()
        with pytest.raises(Rejected):
            session(acc.sites["socialsecurity"], leaky, Path(ready["ca_file"]), leading)
        site = acc.sites["itsme"]
        with client(acc, "itsme", ready) as http:
            misuse_signing(http, site.members()["base_url"].removeprefix(site.origin))
        words |= {word for one in acc.sites.values() for word in planted(one)}
        assert len(words) > 60
        assert search(tmp_path, dressed(words)) > 2
        process.terminate()
        output = process.communicate(timeout=SECONDS)[0]
    assert search(tmp_path, dressed(words), more=output) > 5
    record = (tmp_path / "reports" / "r" / "events.ndjson").read_text("utf-8")
    assert record.count('"event": "exchange"') > 25
    judged = {path.name for path in (tmp_path / "reports" / "r-judged").iterdir()}
    assert {"report.html", "traffic.har", "events.ndjson"} <= judged


def test_killed_in_the_middle_it_leaves_nothing_uncut(acc: StandIn, tmp_path: Path) -> None:
    site = acc.sites["socialsecurity"]
    done = threading.Event()
    with started(acc, tmp_path, "socialsecurity", "itsme") as (process, ready):

        def talk() -> None:
            with client(acc, "socialsecurity", ready) as http:
                while not done.is_set():
                    try:
                        misbehave(http, SECRET)
                    except httpx.HTTPError:
                        return

        threads = [threading.Thread(target=talk) for _ in range(3)]
        for thread in threads:
            thread.start()
        record, deadline = Path(ready["record"]), real_seconds() + SECONDS
        while record.read_text("utf-8", errors="replace").count('"exchange"') < 40:
            assert real_seconds() < deadline
            done.wait(0.05)
        process.kill()
        output = process.communicate(timeout=SECONDS)[0]
        done.set()
        for thread in threads:
            thread.join()
    words = dressed(set(WORDS) | planted(site))
    assert search(tmp_path, words, more=output) > 2
    judged = proefbank(tmp_path, "judge", record)
    assert judged.returncode in (1, 2), judged.stderr
    search(tmp_path, words, more=judged.stdout + judged.stderr)
