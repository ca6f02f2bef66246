"""The simulated eHealth realms served, and as fixtures: what a product or a test is pointed at."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from proefbank.fixtures.ehealth import EHealthInProcess, EHealthOnSocket

from proefbank.doors.recordings import read_recording
from proefbank.errors import BadInvocation, Rejected
from proefbank.journal import read_lines, split_stages
from proefbank.recordings.judging import judged_events
from proefbank.services.ehealth.reference import ReferenceConsumer

from .program import stay

pytest_plugins = ["pytester"]

DAY = 86_400


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Serve both services in one process; what the ready file tells, and the process."""
    folder = tmp_path_factory.mktemp("serve")
    words = ("--reports", str(folder), "--run", "wire", "--stimulus", "jwks-503:1")
    staying = stay(folder, "serve", "socialsecurity", "ehealth", *words)
    services = staying.told["services"]
    trust = ssl.create_default_context(cafile=services["ehealth"]["ca_file"])
    # Asked for here, for whichever test comes first in this process would meet what was armed.
    first = httpx.get(services["ehealth"]["endpoints"]["jwks_uri"], verify=trust, trust_env=False)
    yield {**services, "staying": staying, "first status": first.status_code}
    staying.stop()


@pytest.fixture
def control(told: dict[str, Any]) -> Iterator[httpx.Client]:
    served = told["ehealth"]
    trust = ssl.create_default_context(cafile=served["ca_file"])
    with httpx.Client(base_url=served["control"], verify=trust, trust_env=False) as http:
        yield http
        if told["staying"].process.poll() is None:
            assert http.post("reset").status_code == 200


def consumer(served: dict[str, Any]) -> ReferenceConsumer:
    made = ReferenceConsumer()
    made.scenario({"run": "x", "ca_file": served["ca_file"], "ehealth": served["endpoints"]})
    return made


def test_both_services_are_served_at_once(told: dict[str, Any], control: httpx.Client) -> None:
    assert told["ehealth"]["accounts"] == []
    assert len(told["socialsecurity"]["accounts"]) == 4
    assert told["ehealth"]["record"].endswith("wire-ehealth/events.ndjson")
    address = told["ehealth"]["endpoints"]["jwks_uri"]
    assert told["first status"] == 503  # armed from the start, known to this one only
    assert len(control.get(address).json()["keys"]) == 2
    assert control.get(told["ehealth"]["endpoints"]["discovery"]).json()["jwks_uri"] == address


def test_a_product_goes_through_a_renewal(told: dict[str, Any], control: httpx.Client) -> None:
    api = consumer(told["ehealth"])
    kids = []
    for step in ("S0", "S1", "S2", "S3"):
        state = control.post("step", json={"name": step}).json()
        assert state["state"] == step
        token = control.post("tokens", json={}).json()["token"]
        api.time.advance(60)  # an unknown kid may fetch again
        kids.append(jwt.get_unverified_header(token)["kid"])
        assert api.jwt_verify(token)["claims"]
    assert kids[0] == kids[1] != kids[2] == kids[3]
    api.time.advance(3600)  # and the set is due
    old = control.post("tokens", json={"key": "OLD", "lifetime": 7200}).json()
    assert (old["state"], old["key"]) == ("S3", "OLD")
    with pytest.raises(Rejected):
        api.jwt_verify(old["token"])
    api.close()


def test_state_tells_keys_step_and_what_comes_next(control: httpx.Client) -> None:
    state = control.post("step", json={"name": "step 1"}).json()
    assert (state["state"], state["step"], state["next"]["name"]) == ("S1", "step 1", "step 2")
    assert abs(state["next"]["in_s"] - 6 * DAY) < 5
    current = [row["name"] for row in state["tables"]["Steps"] if row["current"]]
    assert current == ["step 1"]
    keys = {(row["realm"], row["key"]): row for row in state["tables"]["Keys"]}
    assert keys["healthcare", "OLD"]["signs"] == "now"
    assert keys["healthcare", "NEW"]["signs"] == ""
    assert keys["healthcare", "NEW"]["kid"] != keys["M2M", "NEW"]["kid"]


def test_the_clock_can_go_to_a_step_instead(control: httpx.Client) -> None:
    state = control.post("timeline", json={"name": "ehealth-2025-prod", "days": "own"}).json()
    assert state["clock"]["iso"].startswith("2025-")
    assert state["environment"] == "prod"
    moved = control.post("step", json={"name": "S3", "move": "clock"}).json()
    assert moved["state"] == "S3"
    assert moved["clock"]["now"] > state["clock"]["now"] + 28 * DAY
    assert "nothing comes after it" in moved["says"]
    assert control.post("reset").json()["state"] == "S0"


@pytest.mark.parametrize(
    ("path", "told_body", "words"),
    [
        ("timeline", {"name": "ehealth-2024-ac"}, "there are ehealth-2024-acc"),
        ("timeline", {"nam": "emergency"}, "nam is not understood"),
        ("step", {"name": "step 9"}, "step 1"),
        ("step", {"name": 2}, "a text"),
        ("tokens", {"recipe": "expird"}, "the nearest is expired"),
        ("tokens", {"lifetime": "long"}, "a number"),
        ("tokens", {"key": "OTHER"}, "OLD, NEW"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(
    control: httpx.Client, path: str, told_body: dict[str, Any], words: str
) -> None:
    answer = control.post(path, json=told_body)
    assert (answer.status_code, answer.json()["error"]) == (400, f"invalid_{path}")
    assert words in answer.json()["message"]
    assert control.get("nonesuch").json()["paths"][-1] == "/.proefbank/tokens"
    assert control.post("tokens/revoke").status_code == 409


def test_recipes_are_listed_with_what_an_api_should_do(control: httpx.Client) -> None:
    recipes = control.get("tokens").json()["recipes"]
    assert recipes["access"]["an_api_should"] == "accept"
    assert recipes["alg-none"]["an_api_should"] == "refuse"


def test_the_page_has_a_form_for_each_action(control: httpx.Client) -> None:
    page = control.get("").text
    for name in ("timeline", "step", "tokens"):
        assert f'data-action="{name}"' in page
    assert "ehealth-2024-acc is in S0" in page
    assert "Revoke" not in page
    assert control.post("tokens", json={}).json()["token"] not in control.get("").text


def test_no_token_is_written_down_and_the_record_can_be_judged(
    told: dict[str, Any], control: httpx.Client
) -> None:
    served = told["ehealth"]
    tokens = [control.post("tokens", json={"recipe": n}).json()["token"] for n in ("access", "jku")]
    leaking = {"Authorization": f"Bearer {tokens[0]}", "X-Debug": tokens[1]}
    assert control.get(f"{served['endpoints']['issuer']}?t={tokens[1]}", headers=leaking)
    control.post("stimuli", json={"name": "jwks-429-retry-after", "params": {"seconds": 30}})
    for _ in range(2):  # the second comes too soon
        control.get(served["endpoints"]["jwks_uri"])
    said = told["staying"].stop()
    assert told["staying"].process.returncode == 0, said
    written = Path(served["record"]).read_text(encoding="utf-8")
    for token in tokens:
        for part in token.split("."):
            assert part not in written + said
    assert "a token was made by the recipe jku" in said
    events = judged_events(read_recording(Path(served["record"])), "again")
    found = {e["requirement"]: e for e in events if e["event"] == "verdict"}
    assert found["ehealth.keys.retry-after-is-respected"]["outcome"] == "warned"
    assert found["ehealth.keys.address-is-not-guessed"]["outcome"] == "passed"
    assert found["ehealth.token.unsigned-token-is-refused"]["outcome"] == "not_observable"
    outcomes = {str(event["outcome"]) for event in found.values()}
    assert outcomes <= {"passed", "warned", "not_observable"}
    journal = split_stages(read_lines(written.splitlines()))["wire"]
    assert journal.ended["state"] == "done"


# Fixtures.


def test_an_api_under_test(ehealth: EHealthOnSocket) -> None:
    api = consumer(
        {
            "ca_file": str(ehealth.ca_file),
            "endpoints": {
                "issuer": ehealth.issuer,
                "jwks_uri": ehealth.jwks_uri,
                "audience": ehealth.audience,
            },
        }
    )
    assert api.jwt_verify(ehealth.token())["claims"]
    for recipe, verdict in ehealth.recipes.items():
        if verdict == "refuse" and recipe in ("expired", "alg-none", "forged-known-kid"):
            with pytest.raises(Rejected):
                api.jwt_verify(ehealth.token(recipe))
    ehealth.step("S2")
    assert ehealth.state == "S2"
    api.time.advance(60)
    assert api.jwt_verify(ehealth.token())["claims"]
    assert api.jwt_verify(ehealth.token(key="OLD"))["claims"]
    assert len(ehealth.fetches) == 2
    assert ehealth.kid("NEW") in json.dumps(ehealth.fetches[-1].facts)
    api.close()


def test_in_process(ehealth_inprocess: EHealthInProcess) -> None:
    with httpx.Client(transport=ehealth_inprocess.httpx_transport()) as http:
        keys = http.get(ehealth_inprocess.jwks_uri).json()["keys"]
        discovered = http.get(ehealth_inprocess.discovery).json()
    assert discovered["issuer"] == ehealth_inprocess.issuer
    token = ehealth_inprocess.token(claims={"scope": "mine"}, lifetime=60)
    key = next(k for k in keys if k["kid"] == ehealth_inprocess.kid("OLD"))
    claims = jwt.decode(token, jwt.PyJWK(key).key, ["RS256"], audience="sim-api")
    assert (claims["scope"], claims["exp"] - claims["iat"]) == ("mine", 60)


def test_time_goes_by(ehealth_inprocess: EHealthInProcess) -> None:
    ehealth_inprocess.advance(3 * DAY)
    assert ehealth_inprocess.state == "S1"
    ehealth_inprocess.timeline("emergency", own_days=True)
    ehealth_inprocess.step("S3", move_clock=True)
    assert ehealth_inprocess.state == "S3"
    with pytest.raises(ValueError, match="no step"):
        ehealth_inprocess.step("S4")
    with pytest.raises(BadInvocation, match="Did you mean"):
        ehealth_inprocess.timeline("emergenc")
    with pytest.raises(ValueError, match="nearest is 'access'"):
        ehealth_inprocess.token("acess")


def test_each_test_starts_with_the_renewal_ahead(ehealth_inprocess: EHealthInProcess) -> None:
    assert ehealth_inprocess.state == "S0"
    assert abs(ehealth_inprocess.clock.offset) < 0.001


def test_a_stimulus_that_met_nothing_fails_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_unused(ehealth_inprocess):
            ehealth_inprocess.arm("jwks-503", times=2)

        @pytest.mark.ehealth(allow_unused_stimuli=True)
        def test_allowed(ehealth_inprocess):
            ehealth_inprocess.arm("jwks-503")
        """
    )
    done = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*jwks-503 × 2*"])
