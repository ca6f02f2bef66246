"""The simulated signing service served, and as fixtures: what a product or a test is pointed at."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from click.testing import CliRunner
from proefbank.fixtures.itsme import Itsme, ItsmeInProcess, ItsmeOnSocket

from proefbank.browsing import Browser
from proefbank.commands.serve import command
from proefbank.doors.recordings import read_recording
from proefbank.errors import BadInvocation, NotObservable, Rejected
from proefbank.pki import CertificateAuthority
from proefbank.recordings.judging import judged_events
from proefbank.service import Settings
from proefbank.services.itsme.profile import load_profile
from proefbank.services.itsme.provider import CATALOGUE
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.socialsecurity.provider.profile_file import load_profile as load_other

from .program import Staying, stay

pytest_plugins = ["pytester"]

RETURN = "https://shop.example/signed"
JSON = {"Content-Type": "application/json"}
DOCUMENT = {
    "id": "d1",
    "sha256": base64.b64encode(hashlib.sha256(b"Voorbeeld").digest()).decode("ascii"),
}
OPEN: list[Any] = []
"""Products and browsers that hold connections."""
SETTINGS = ("base_url", "partner_code", "service_code", "redirect_url")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def serve(folder: Path, *options: str) -> dict[str, Any]:
    """Serve in a process of its own; what the ready file tells, and the process."""
    staying = stay(folder, "serve", *options, "--reports", str(folder), "--run", "wire")
    return {**staying.told["services"], "staying": staying}


def stop(told: dict[str, Any]) -> str:
    staying: Staying = told["staying"]
    return staying.stop()


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with the certificate of a product, which its own authority issued."""
    folder = tmp_path_factory.mktemp("mine")
    now = 1_790_000_000.0
    issued = CertificateAuthority(now=now, name="Somebody else").issue_client("mine", now=now)
    (folder / "client.pem").write_bytes(issued.pem())
    (folder / "client.key").write_bytes(issued.pem_private())
    profile = folder / "mine.toml"
    profile.write_text(
        '[itsme]\nprefix = "/signing"\n[[itsme.partners]]\nname = "mine"\n'
        f'redirect_url = "{RETURN}"\npartner_code = "MINE"\ncertificates = ["client.pem"]\n'
        '[[itsme.partners]]\nname = "single"\nredirect_url = "https://shop.example/one"\n'
        "batch = false\naddresses = []\n"
    )
    return profile


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, mine: Path) -> Iterator[dict[str, Any]]:
    """Serve three services in one process."""
    folder = tmp_path_factory.mktemp("serve")
    names = ("itsme", "ehealth", "socialsecurity")
    running = serve(folder, *names, "--profile", str(mine), "--stimulus", "sign-start-500:1")
    # Signed here, for whichever test comes first in this process would meet what was armed.
    with pytest.raises(Rejected) as refused:
        sign(running, signer(running))
    yield {**running, "first refusal": str(refused.value)}
    stop(running)


@pytest.fixture
def control(told: dict[str, Any]) -> Iterator[httpx.Client]:
    served = told["itsme"]
    trust = ssl.create_default_context(cafile=served["ca_file"])
    with httpx.Client(base_url=served["control"], verify=trust, trust_env=False) as http:
        assert http.post("reset").status_code == 200
        yield http
        if told["staying"].process.poll() is None:
            assert http.post("reset").status_code == 200


def signer(told: dict[str, Any], certificate: Path | str = "", key: Path | str = "") -> Any:
    """Return the reference application as the first partner, with its certificate or another."""
    served, card = told["itsme"], told["itsme"]["accounts"][0]
    made = ReferenceSigner()
    settings = {
        "base_url": served["endpoints"]["base_url"],
        **{name: card[name] for name in SETTINGS[1:]},
        "client_certificate_file": str(certificate or card["certificate_file"]),
        "client_key_file": str(key or card["private_key_file"]),
    }
    made.scenario({"ca_file": served["ca_file"], "itsme": settings})
    OPEN.append(made)
    return made


def sign(told: dict[str, Any], made: Any) -> Any:
    """Go through the whole flow, with a person of our own in front of the pages."""
    served = told["itsme"]
    browser = Browser(Path(served["ca_file"]), served["endpoints"]["pages"])
    OPEN.append(browser)
    step = made.sign_start([DOCUMENT], "NL")
    session = step["session"]
    for _ in range(2):
        visit = browser.visit(step["redirect"], {"phone": "+32 400 00 00 01"}, ["approve"])
        step = made.sign_resume(session, visit.returned_to)
    return step


# Served.


def test_several_services_are_served_at_once(told: dict[str, Any]) -> None:
    served = told["itsme"]
    assert [card["name"] for card in served["accounts"]] == ["mine", "single"]
    assert served["accounts"][0]["partner_code"] == "MINE"
    assert served["endpoints"]["base_url"] == f"{served['origin']}/signing"
    assert served["endpoints"]["pages"].startswith("https://localhost:")
    assert served["endpoints"]["redirect_url"] == RETURN
    assert len(told["socialsecurity"]["accounts"]) == 4
    assert {told[name]["origin"] for name in ("itsme", "ehealth", "socialsecurity")}.isdisjoint(
        {served["endpoints"]["pages"]}
    )


def test_a_product_signs_with_either_certificate(
    told: dict[str, Any], control: httpx.Client, mine: Path
) -> None:
    assert "500" in told["first refusal"]  # armed from the start
    for files in ((), (mine.parent / "client.pem", mine.parent / "client.key")):
        made = signer(told, *files)
        assert sign(told, made)["signatures"]
    state = control.get("state").json()
    assert state["sessions"] == {"READY": 2, "S_DONE": 2}
    assert [row["found"] for row in state["exchanges"] if row["found"]] == []


def test_without_a_certificate_nothing_is_to_be_had(
    told: dict[str, Any], control: httpx.Client
) -> None:
    base = told["itsme"]["endpoints"]["base_url"]
    answer = control.get(f"{base}/qes-partners/1.0.0/.well-known/configuration")
    assert (answer.status_code, answer.content) == (403, b"")
    last = control.get("state").json()["exchanges"][-1]
    assert last["found"].startswith("certificate-none")


def test_an_unknown_certificate_is_taken_once_it_is_registered(
    told: dict[str, Any], control: httpx.Client, tmp_path: Path
) -> None:
    now = control.get("clock").json()["now"]
    issued = CertificateAuthority(now=now, name="A third one").issue_client("third", now=now)
    certificate, key = tmp_path / "third.pem", tmp_path / "third.key"
    certificate.write_bytes(issued.pem())
    key.write_bytes(issued.pem_private())
    made = signer(told, certificate, key)
    with pytest.raises(Rejected):
        made.sign_start([DOCUMENT], "NL")
    assert control.post("partner", json={"certificate": str(certificate)}).status_code == 200
    made = signer(told, certificate, key)
    assert made.sign_start([DOCUMENT], "NL")["redirect"]
    refused = control.post("partner", json={"certificate": str(tmp_path / "none.pem")})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_partner")
    assert "cannot be read" in refused.json()["message"]
    (tmp_path / "empty.pem").write_text("nothing")
    for source in (str(tmp_path / "empty.pem"), "-----BEGIN CERTIFICATE-----"):
        refused = control.post("partner", json={"certificate": source})
        assert "holds no certificate" in refused.json()["message"]


def test_another_address_and_contract_can_be_registered(
    told: dict[str, Any], control: httpx.Client
) -> None:
    other = "https://shop.example/other"
    state = control.post(
        "partner",
        json={"redirect_url": other, "contract": "single", "addresses": "192.0.2.1, 127.0.0.1"},
    ).json()
    partner = state["partners"][0]
    assert (partner["redirect_url"], partner["batch"]) == (other, False)
    assert partner["addresses"] == ["192.0.2.1", "127.0.0.1"]
    changes = {"redirect_url": RETURN, "contract": "batch", "addresses": "any"}
    assert control.post("partner", json=changes).json()["partners"][0]["addresses"] == []
    refused = control.post("partner", json={"redirect_url": "shop.example"})
    assert "no URL" in refused.json()["message"]


def test_a_person_can_be_played_without_a_browser(
    told: dict[str, Any], control: httpx.Client
) -> None:
    made = signer(told)
    step = made.sign_start([DOCUMENT], "NL")
    done = control.post("person", json={"person": "without-certificate", "act": "lapse"})
    assert done.json() == {"state": "EXPIRED"}
    with pytest.raises(Rejected) as refusal:
        made.sign_resume(step["session"], RETURN)
    assert refusal.value.reject_class == "user_expired"


def test_three_minutes_go_by_at_once(told: dict[str, Any], control: httpx.Client) -> None:
    made = signer(told)
    step = made.sign_start([DOCUMENT], "NL")
    browser = Browser(Path(told["itsme"]["ca_file"]), told["itsme"]["endpoints"]["pages"])
    browser.visit(step["redirect"], {"phone": "0400000003"}, ["approve", "nothing else"])
    assert control.get("state").json()["sessions"] == {"CERT_ACTION": 1}
    control.post("clock", json={"advance": control.get("state").json()["advance_s"]})
    assert control.get("state").json()["sessions"] == {"EXPIRED": 1}
    browser.close()


@pytest.mark.parametrize("name", ["swagger", "literal", "documented"])
def test_dialects_can_be_chosen(control: httpx.Client, name: str) -> None:
    assert control.post("dialect", json={"name": name}).json()["dialect"] == name


def test_every_stimulus_can_be_armed_by_its_name(control: httpx.Client) -> None:
    known = control.get("stimuli").json()["known"]
    assert set(known) == set(CATALOGUE)
    for name in known:
        assert control.post("stimuli", json={"name": name}).status_code == 201, name
    assert len(control.get("state").json()["armed"]) == len(CATALOGUE)
    assert control.delete("stimuli").json()["disarmed"] == len(CATALOGUE)


def test_the_page_has_a_form_for_each_action(control: httpx.Client) -> None:
    page = control.get("").text
    for name in ("partner", "person", "dialect"):
        assert f'data-action="{name}"' in page
    for text in ("0400 00 00 03", "MINE", 'value="181"', "Sessions"):
        assert text in page
    assert "Revoke" not in page


def test_the_greeting_and_the_record(tmp_path: Path, mine: Path) -> None:
    running = serve(tmp_path, "itsme", "--profile", str(mine))
    made = signer(running)
    assert sign(running, made)["signatures"]
    codes = [one["userCode"] for one in _codes(running)]
    said = stop(running)
    for text in (
        "partner code       MINE",
        f"redirect url       {RETURN}",
        "0400 00 00 03  without-certificate",
        "/.proefbank/partner",
        "/signing/qes-partners/1.0.0/.well-known/configuration",
        "NODE_EXTRA_CA_CERTS",
    ):
        assert text in said
    record = Path(running["itsme"]["record"])
    written = record.read_text(encoding="utf-8")
    assert not [code for code in codes if code in written + said]
    events = judged_events(read_recording(record), "again")
    found = {e["requirement"]: e for e in events if e["event"] == "verdict"}
    outcomes = {str(event["outcome"]) for event in found.values()}
    assert outcomes <= {"passed", "not_applicable", "not_observable"}, [
        event for event in found.values() if event["outcome"] in ("failed", "warned")
    ]
    passed = {str(name) for name, event in found.items() if event["outcome"] == "passed"}
    assert {
        "itsme.transport.client-certificate-on-every-call",
        "itsme.flow.calls-come-in-order",
        "itsme.sign-start.partner-code-is-the-issued-one",
        "itsme.sign-start.value-is-base64",
        "itsme.sign-status.id-is-that-of-the-start",
    } <= passed


def _codes(running: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Have everybody identified, and yield what the product is told of them."""
    served, card = running["itsme"], running["itsme"]["accounts"][0]
    context = ssl.create_default_context(cafile=served["ca_file"])
    context.load_cert_chain(card["certificate_file"], card["private_key_file"])
    names = {"partnerCode": card["partner_code"], "serviceCode": card["service_code"]}
    base = f"{served['endpoints']['base_url']}/qes-partners/1.0.0/user_identification"
    with httpx.Client(verify=context, trust_env=False) as http:
        for person in ("with-certificate", "another"):
            body = {**names, "redirectUrl": card["redirect_url"], "lang": "FR"}
            session = http.post(base, json=body).json()["asyncRespID"]
            http.post(f"{served['control']}person", json={"person": person})
            yield http.post(f"{base}/status", json={**names, "asyncRespID": session}).json()


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("[itsme]\ndialect = 'swager'", "itsme.dialect", "swagger"),
        ("[itsme]\nprefix = 'x'", "itsme.prefix", "path"),
        ("[itsme]\nredirect = 1", "itsme.redirect", "unknown key"),
        ("[itsm]\nprefix = '/x'", "itsm", "'itsme'"),
        ("[[partners]]\nname = 'x'", "partners", "[itsme]"),
        ("[[itsme.partners]]\nredirect_url = 'https://x.example'", "partners[1].name", "missing"),
        ("[[itsme.partners]]\nname = 'x'", "partners[1].redirect_url", "missing"),
        ("[[itsme.partners]]\nname = 'x'\nredirect_url = 'x'", "redirect_url", "no URL"),
        ("[[itsme.partners]]\nname = '../x'\nredirect_url = 'https://x.example'", "name", "name"),
        (
            "[[itsme.partners]]\nname='x'\nredirect_url='https://x.example'\ncertificates=['y']",
            "certificates",
            "cannot be read",
        ),
        (
            "[[itsme.partners]]\nname='x'\nredirect_url='https://x.example'\n"
            "[[itsme.partners]]\nname='x'\nredirect_url='https://x.example'\n",
            "itsme",
            "two partners",
        ),
    ],
)
def test_what_is_wrong_in_a_profile_is_told_with_its_place(
    tmp_path: Path, text: str, where: str, words: str
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(BadInvocation, match=r"wrong\.toml") as problem:
        load_profile(path)
    assert where in str(problem.value.where)
    assert words in str(problem.value)


def test_one_profile_serves_several_services(tmp_path: Path) -> None:
    path = tmp_path / "both.toml"
    path.write_text(
        '[itsme]\nexact_redirect = true\n[[accounts]]\nname = "here"\nclient_id = "mine"\n'
        'capacity = "employer"\nenterprise_number = "0000000196"\n'
    )
    assert load_profile(path).choices["exact_redirect"] is True
    assert load_other(path).accounts[0].client_id == "mine"
    assert load_profile(None) == load_profile(Settings().profile)


def test_serve_refuses_a_wrong_profile(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("[itsme]\ndialect = 3")
    done = CliRunner().invoke(
        command, ["itsme", "--profile", str(path), "--reports", str(tmp_path)]
    )
    assert isinstance(done.exception, BadInvocation)
    assert "itsme.dialect" in str(done.exception)


# Fixtures.


def configured(itsme: ItsmeOnSocket) -> Any:
    made = ReferenceSigner()
    settings = {
        **{name: getattr(itsme, name) for name in SETTINGS},
        "client_certificate_file": str(itsme.certificate_file),
        "client_key_file": str(itsme.private_key_file),
    }
    made.scenario({"ca_file": str(itsme.ca_file), "itsme": settings})
    OPEN.append(made)
    return made


def test_a_product_under_test(itsme: ItsmeOnSocket) -> None:
    itsme.register(redirect_url=RETURN)
    product = configured(itsme)
    step = product.sign_start([DOCUMENT], "NL")
    session, back = step["session"], itsme.approve(step["redirect"])
    assert back.startswith(RETURN)
    step = product.sign_resume(session, back)
    done = product.sign_resume(session, itsme.approve(step["redirect"]))
    assert done["signatures"]
    assert itsme.violations == []
    assert itsme.sessions == {"READY": 1, "S_DONE": 1}
    assert itsme.signatures_count == 1
    assert [call.conversation for call in itsme.calls] == [
        *("discovery", "identification", "identification-status", "sign-start", "sign-status")
    ]


def test_a_product_that_shows_no_certificate(itsme: ItsmeOnSocket) -> None:
    trust = ssl.create_default_context(cafile=itsme.ca_file)
    with httpx.Client(verify=trust, trust_env=False) as http:
        answer = http.post(f"{itsme.base_url}/qes-partners/1.0.0/user_identification", json={})
    assert answer.status_code == 403
    assert itsme.violations[0].code == "certificate-none"


def test_a_stimulus_meets_the_product(itsme: ItsmeOnSocket) -> None:
    itsme.arm("identification-error-unauthorized-url-400")
    product = configured(itsme)
    with pytest.raises(Rejected, match="UNAUTHORIZED_URL"):
        product.sign_start([DOCUMENT], "NL")
    itsme.arm("tls-unknown-ca")
    other = configured(itsme)
    with pytest.raises(Rejected):
        other.sign_start([DOCUMENT], "NL")
    assert itsme.unused_stimuli == []


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_starts_clean(itsme: ItsmeOnSocket, turn: int) -> None:
    assert itsme.redirect_url != RETURN
    assert itsme.sessions == {}
    assert itsme.dialect == "documented"
    itsme.register(redirect_url=RETURN, batch=False)
    itsme.dialect = "swagger"
    configured(itsme).sign_start([DOCUMENT], "NL")


def asked(service: Itsme, **more: Any) -> dict[str, Any]:
    return {
        "partnerCode": service.partner_code,
        "serviceCode": service.service_code,
        "redirectUrl": service.redirect_url,
        "lang": "NL",
        **more,
    }


def through_transport(service: ItsmeInProcess, url: str) -> Any:
    with httpx.Client(transport=service.httpx_transport()) as http:
        return http.post(url, json=asked(service)).json()


def through_respx(service: ItsmeInProcess, url: str) -> Any:
    with respx.mock as router:
        service.mount_respx(router)
        return httpx.post(url, json=asked(service)).json()


def through_wsgi(service: ItsmeInProcess, url: str) -> Any:
    transport = httpx.WSGITransport(service.wsgi_app())
    with httpx.Client(transport=transport, base_url=service.origin) as http:
        return http.post(url, json=asked(service)).json()


@pytest.mark.parametrize("way", [through_transport, through_respx, through_wsgi])
def test_every_mount_answers(
    itsme_inprocess: ItsmeInProcess, way: Callable[[ItsmeInProcess, str], Any]
) -> None:
    service = itsme_inprocess
    opened = way(service, f"{service.base_url}/qes-partners/1.0.0/user_identification")
    assert service.person("another").approve(opened["identificationUrl"]) == service.redirect_url
    assert service.sessions == {"READY": 1}
    assert service.violations == []  # no certificate can be shown, so that none is missed
    assert service.calls[0].facts["certificate"] == "unseen"


def test_pytest_httpx_answers(itsme_inprocess: ItsmeInProcess, httpx_mock: Any) -> None:
    service = itsme_inprocess
    service.mount_pytest_httpx(httpx_mock)
    url = f"{service.base_url}/qes-partners/1.0.0/user_identification"
    assert "identificationUrl" in httpx.post(url, json=asked(service)).json()


def test_people_do_what_they_are_told(itsme_inprocess: ItsmeInProcess) -> None:
    service = itsme_inprocess
    url = f"{service.base_url}/qes-partners/1.0.0/user_identification"

    def opened() -> str:
        return str(through_transport(service, url)["identificationUrl"])

    service.reject(opened())
    service.person("without-certificate").reject_certificate(opened())
    service.person("without-certificate").open(opened())
    lapsing = opened()
    service.person("without-certificate").visit(lapsing, "open", language="de-BE")
    assert service.play("lapse", person="without-certificate") == "EXPIRED"
    assert service.sessions == {"FAILED": 1, "REJECTED": 1, "AT_PAGE": 1, "EXPIRED": 1}
    code = service.user_code()
    assert code != service.person("another").user_code
    known = through_transport(service, url)
    assert code not in json.dumps(known)
    with pytest.raises(LookupError, match="with-certificate"):
        service.person("nobody")
    with pytest.raises(LookupError, match="single-hash"):
        service.account("nobody")
    with pytest.raises(ValueError, match="approve"):
        service.person().visit(opened(), "laugh")
    with pytest.raises(pytest.fail.Exception, match="did not come back"):
        service.approve("https://shop.example/elsewhere")
    with pytest.raises(NotObservable):
        service.arm("tls-expired")


def test_a_lenient_service_goes_on(itsme_inprocess: ItsmeInProcess) -> None:
    service = itsme_inprocess
    url = f"{service.base_url}/qes-partners/1.0.0/user_identification"
    with httpx.Client(transport=service.httpx_transport()) as http:
        wrong = asked(service, lang="es")
        assert http.post(url, json=wrong).status_code == 400
        service.lenient = True
        assert http.post(url, json=wrong).status_code == 200
    assert [item.code for item in service.violations] == ["lang-unsupported"] * 2


def test_a_profile_can_be_chosen_and_unused_stimuli_fail(
    pytester: pytest.Pytester, mine: Path
) -> None:
    pytester.makepyfile(
        f"""
        import pytest
        from pathlib import Path

        @pytest.fixture(scope="session")
        def itsme_profile():
            return Path({str(mine)!r})

        def test_mine(itsme_inprocess, itsme):
            for service in (itsme, itsme_inprocess):
                assert service.partner_code == "MINE"
                assert service.redirect_url == {RETURN!r}
                assert service.base_url.endswith("/signing")

        def test_unused(itsme_inprocess):
            itsme_inprocess.arm("sign-start-500", times=2)

        @pytest.mark.itsme(allow_unused_stimuli=True)
        def test_allowed(itsme_inprocess):
            itsme_inprocess.arm("sign-start-500")
        """
    )
    done = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["*sign-start-500 × 2*"])
