"""`proefbank serve` and the control surface: what a closed product is pointed at."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from proefbank.fixtures.socialsecurity import ELSEWHERE, ORIGIN, _simulator

from proefbank.commands.serve import command
from proefbank.errors import BadInvocation, Rejected
from proefbank.exchange import Request
from proefbank.journal import Journal, read_lines, split_stages
from proefbank.recordings.judging import verdicts_of
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD
from proefbank.simulator import Simulator
from proefbank.verdict import Outcome

from .program import Staying, proefbank, stay


@dataclass
class Served:
    staying: Staying
    told: dict[str, Any]
    folder: Path

    @property
    def origin(self) -> str:
        return str(self.told["origin"])

    def http(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=self.told["ca_file"])
        return httpx.Client(base_url=self.origin, verify=trust, trust_env=False)

    def client(
        self, account: str = "employer", kind: type[ReferenceClient] = ReferenceClient
    ) -> Any:
        card = next(item for item in self.told["accounts"] if item["name"] == account)
        return configured(
            kind, card | {"scope": None} | self.told["endpoints"], self.told["ca_file"]
        )

    def stop(self) -> str:
        return self.staying.stop()


def configured(kind: type[ReferenceClient], members: dict[str, Any], ca_file: str) -> Any:
    client = kind()
    client.scenario({"run": "serve", "ca_file": ca_file, "socialsecurity": members})
    return client


def serve(folder: Path, *options: str) -> Served:
    reports = ("--reports", str(folder), "--run", "wire")
    staying = stay(folder, "serve", "socialsecurity", *reports, *options)
    assert staying.told["schema"] == "proefbank/ready/1"
    assert staying.told["pid"] == staying.process.pid
    return Served(staying, staying.told["services"]["socialsecurity"], folder)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = serve(tmp_path_factory.mktemp("serve"))
    yield running
    running.stop()


@pytest.fixture
def control(served: Served) -> Iterator[httpx.Client]:
    with served.http() as http:
        http.base_url = httpx.URL(f"{served.origin}/.proefbank/")
        yield http
        assert http.post("reset").status_code == 200


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Served, str, list[str]]:
    """A session in which two accounts did what they should, ended with Ctrl-C."""
    running = serve(tmp_path_factory.mktemp("ended"), "--stimulus", "api-plain-500:1")
    secrets = []
    for account, number in (("employer", "0000000196"), ("mandatary", "0000000493")):
        client = running.client(account)
        for _ in range(2):
            secrets.append(client.token_fetch(None)["access_token"])
            body = sample() | {"enterpriseNumber": number}
            with contextlib.suppress(Rejected):  # once, by the stimulus armed at the start
                client.api_call("POST", "/registrations", body)
        client.close()
        card = next(item for item in running.told["accounts"] if item["name"] == account)
        key = Path(card["private_key_file"]).read_text().splitlines()[1:-1]
        secrets += key
    return running, running.stop(), secrets


# Starting.


def test_ready_file_tells_everything_a_script_needs(served: Served) -> None:
    names = [card["name"] for card in served.told["accounts"]]
    assert names == ["employer", "mandatary", "training-provider", "second-employer"]
    for card in served.told["accounts"]:
        assert Path(card["private_key_file"]).stat().st_mode & 0o077 == 0
        assert Path(card["certificate_file"]).read_text().startswith("-----BEGIN CERTIFICATE")
    assert served.told["endpoints"]["token_endpoint"] == f"{served.origin}/REST/oauth/v5/token"


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = proefbank(tmp_path, "serve", "--port", port, "--reports", tmp_path)
    assert done.returncode == 4
    assert "--port" in done.stderr
    assert "cannot be used" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "where", "words"),
    [
        (["--host", "0.0.0.0"], "--host", "--allow-public"),
        (["--stimulus", "token-html-50"], "--stimulus", "nearest is token-html-50"),
        (["--stimulus", "token-html-500:0"], "--stimulus", "token-html-500:2"),
        (["--profile", "nowhere.toml"], "--profile", "nowhere.toml"),
        (["nonesuch"], "SERVICE", "socialsecurity"),
    ],
)
def test_a_bad_invocation_says_what_would_do(
    tmp_path: Path, options: list[str], where: str, words: str
) -> None:
    done = CliRunner().invoke(command, [*options, "--reports", str(tmp_path)])
    assert isinstance(done.exception, BadInvocation)
    assert done.exception.where == where
    assert words in str(done.exception)
    assert done.exception.exit_code == 4


def test_curl_trusts_the_ca_and_nothing_else(served: Served) -> None:
    ca_file = served.told["ca_file"]
    words = ["curl", "-sS", f"{served.origin}/.proefbank/clock"]
    try:
        good = subprocess.run([*words, "--cacert", ca_file], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("curl is not installed")
    assert "offset_s" in json.loads(good.stdout)
    bad = subprocess.run(words, capture_output=True, check=False)
    assert bad.returncode == 60


# The control surface.


def test_a_stimulus_shapes_the_next_answer(served: Served, control: httpx.Client) -> None:
    armed = control.post("stimuli", json={"name": "token-short-lifetime", "params": {"seconds": 9}})
    assert armed.status_code == 201
    assert control.get("state").json()["armed"][0]["params"] == {"seconds": 9}
    client = served.client()
    assert client.token_fetch(None)["expires_in"] == 9
    assert control.get("stimuli").json()["armed"] == []
    client.close()


def test_an_unknown_stimulus_names_the_nearest(control: httpx.Client) -> None:
    answer = control.post("stimuli", json={"name": "token-htm-502"})
    assert (answer.status_code, answer.json()["nearest"]) == (404, "token-html-502")
    assert control.delete("stimuli", params={"name": "nonesuch"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("stimuli", "{", "invalid_json"),
        ("stimuli", "[]", "invalid_json"),
        ("stimuli", '{"name": 1}', "invalid_stimulus"),
        ("stimuli", '{"name": "token-delay", "times": 0}', "invalid_stimulus"),
        ("stimuli", '{"name": "token-delay", "times": true}', "invalid_stimulus"),
        ("stimuli", '{"name": "token-delay", "params": {"times": 3}}', "invalid_stimulus"),
        ("stimuli", '{"name": "token-delay", "params": {"minutes": 3}}', "invalid_stimulus"),
        ("stimuli", '{"name": "token-delay", "tiems": 3}', "unknown_member"),
        ("clock", "{}", "invalid_clock"),
        ("clock", '{"advance": "60"}', "invalid_clock"),
        ("clock", '{"advance": NaN}', "invalid_json"),
        ("clock", '{"advance": 1e300}', "invalid_clock"),
        ("clock", '{"now": 1, "reset": true}', "invalid_clock"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(
    control: httpx.Client, path: str, body: str, error: str
) -> None:
    answer = control.post(path, content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["message"]


def test_disarming_by_name_leaves_the_rest(control: httpx.Client) -> None:
    for name in ("token-html-500", "tls-expired", "tls-unknown-ca", "api-plain-500"):
        control.post("stimuli", json={"name": name})
    gone = control.delete("stimuli", params={"name": "tls-expired"}).json()
    assert gone["disarmed"] == 1
    left = [item["name"] for item in gone["armed"]]
    assert left == ["token-html-500", "api-plain-500", "tls-unknown-ca"]
    assert control.delete("stimuli").json() == {"disarmed": 3, "armed": []}


def test_a_bad_certificate_waits_for_a_tls_client(served: Served, control: httpx.Client) -> None:
    control.post("stimuli", json={"name": "tls-unknown-ca"})
    plain = served.origin.replace("https", "http")
    told = httpx.get(f"{plain}/.proefbank/state", trust_env=False).json()
    assert told["armed"][0]["name"] == "tls-unknown-ca"  # a page over HTTP does not use it up
    with served.http() as http, pytest.raises(httpx.ConnectError, match="verify failed"):
        http.get("/.proefbank/state")
    with served.http() as http:
        assert http.get("/.proefbank/state").json()["armed"] == []


def test_the_clock_ends_a_token(served: Served, control: httpx.Client) -> None:
    client = served.client()
    token = client.token_fetch(None)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    url = f"{client.settings['api_base']}/registrations"
    assert control.get(url, headers=headers).status_code == 200
    moved = control.post("clock", json={"advance": 3600}).json()
    assert round(moved["offset_s"]) == 3600
    assert control.get(url, headers=headers).json()["type"].endswith("expiredAccessToken")
    assert round(control.post("clock", json={"reset": True}).json()["offset_s"]) == 0
    assert control.get(url, headers=headers).status_code == 200
    control.post("tokens/revoke")
    assert control.get(url, headers=headers).json()["type"].endswith("invalidAccessToken")
    client.close()


def test_the_journal_is_redacted_and_the_page_asks_nobody(
    served: Served, control: httpx.Client
) -> None:
    client = served.client()
    token = client.token_fetch(None)["access_token"]
    client.close()
    journal = control.get("journal")
    assert journal.headers["content-type"] == "application/x-ndjson"
    assert token not in journal.text
    assert list(read_lines(journal.text.splitlines()))[-1]["event"] == "exchange"
    page = control.get("")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "POST /REST/oauth/v5/token" in page.text
    assert token not in page.text
    own = {*served.told["endpoints"].values()}
    assert set(re.findall(r"https?://[^\s<\"']+", page.text)) <= own
    assert not re.search(r"(src|href)=\"(?!data:|openapi.json|journal|state)", page.text)
    assert "paths" in control.get("openapi.json").json()
    assert control.head("openapi.json").status_code == 200


def test_paths_and_methods_that_are_none_are_told(control: httpx.Client) -> None:
    missing = control.get("nonesuch")
    assert missing.status_code == 404
    assert "/.proefbank/stimuli" in missing.json()["paths"]
    wrong = control.get("reset")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "{own}"}, 200),
        ({"Origin": "https://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://127.0.0.1:1"}, 403),
        ({"Host": "example.org:{port}"}, 403),
        ({"Host": "example.org:{port}", "Origin": "https://example.org:{port}"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Host": "localhost:{port}"}, 200),
    ],
)
def test_only_pages_of_its_own_origin_may_act(
    served: Served, control: httpx.Client, headers: dict[str, str], status: int
) -> None:
    port = served.origin.rpartition(":")[2]
    told = {name: value.format(own=served.origin, port=port) for name, value in headers.items()}
    assert control.post("reset", headers=told).status_code == status
    if "Host" in headers:
        assert control.get("journal", headers=told).status_code == status


def test_only_this_machine_may_use_it(core: Simulator) -> None:
    request = Request.to(f"{ORIGIN}/.proefbank/state", headers=[("Host", "socialsecurity.test")])
    assert core.provider.handle(request).status == 200
    stranger = Request("GET", "/.proefbank/state", source="192.0.2.7")
    assert core.provider.handle(stranger).status == 403


# The record.


def test_ctrl_c_leaves_a_readable_record(ended: tuple[Served, str, list[str]]) -> None:
    served, said, _ = ended
    assert served.staying.process.returncode == 0
    assert "Traceback" not in said
    path = Path(served.told["record"])
    assert f"proefbank judge {path}" in said
    events = list(read_lines(path.read_text(encoding="utf-8").splitlines()))
    assert (events[0]["event"], events[-1]["event"]) == ("run", "end")
    journal = split_stages(events)["wire"]
    assert journal.ended["state"] == "done"
    accounts = [str(item.scenario["account"]) for item in journal.exchanges]
    assert accounts == sorted(accounts)
    assert set(accounts) == {"employer", "mandatary"}
    assert not Path(served.told["ca_file"]).parent.exists()


def test_the_greeting_configures_every_runtime(ended: tuple[Served, str, list[str]]) -> None:
    served, said, _ = ended
    ca_file = served.told["ca_file"]
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert f"export {name}={ca_file}" in said
    assert "javax.net.ssl.trustStore=" in said
    assert f"curl --cacert {ca_file}" in said
    for card in served.told["accounts"]:
        assert card["client_id"] in said
        assert card["private_key_file"] in said
    assert re.search(r"POST /REST/oauth/v5/token 200$", said, re.MULTILINE)
    assert re.search(r"registrations 500  \[api-plain-500\]$", said, re.MULTILINE)


def test_no_secret_is_written_down(ended: tuple[Served, str, list[str]]) -> None:
    served, said, secrets = ended
    written = Path(served.told["record"]).read_text(encoding="utf-8") + said
    assert [secret for secret in secrets if secret in written] == []


def found_in(journal: Journal) -> list[str]:
    """Judge as `proefbank judge` does; return the requirements that were broken."""
    verdicts = verdicts_of(journal, passive=True)
    assert sum(item.outcome is Outcome.PASSED for item in verdicts) > 10
    fine = (Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.NOT_OBSERVABLE)
    return [item.requirement for item in verdicts if item.outcome not in fine]


def test_the_reference_client_passes_on_the_wire(ended: tuple[Served, str, list[str]]) -> None:
    path = Path(ended[0].told["record"])
    events = read_lines(path.read_text(encoding="utf-8").splitlines())
    assert found_in(split_stages(events)["wire"]) == []


@pytest.fixture(scope="module")
def core() -> Iterator[Simulator]:
    simulator = _simulator(None)
    simulator.mount(ORIGIN, ELSEWHERE)
    simulator.fresh()
    yield simulator
    simulator.close()


@pytest.fixture(scope="module")
def listening() -> Iterator[Simulator]:
    simulator = _simulator(None)
    simulator.listen()
    yield simulator
    simulator.close()


@pytest.mark.parametrize(
    "name", ["issuer-like-audience", "long-lived", "constant-jti", "no-content-type", "plain-http"]
)
def test_a_wayward_client_fails_as_in_a_run(listening: Simulator, name: str) -> None:
    listening.fresh()
    card = listening.card("employer").to_json() | {"scope": None} | dict(listening.served.endpoints)
    client = configured(WAYWARD[name].client, card, str(listening.ca_file))
    orders: list[Callable[[], object]] = [
        lambda: client.token_fetch(None),
        lambda: client.api_call("POST", "/registrations", sample()),
        lambda: client.api_call("GET", "/registrations?enterpriseNumber=0000000196", None),
    ]
    for _ in range(2):
        for order in orders:
            with contextlib.suppress(Rejected):  # a strict service refuses what is wrong
                order()
    client.close()
    listening.end()
    assert found_in(listening.journal) == [WAYWARD[name].requirement]


def sample() -> dict[str, Any]:
    return {
        "enterpriseNumber": "0000000196",
        "reference": "proefbank-sample",
        "title": "Voorbeeldopleiding",
        "participants": [{"reference": "Zoë Müller-Désiré"}],
    }
