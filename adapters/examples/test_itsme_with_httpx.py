"""Your signing product on a real socket: `pytest adapters/examples/test_itsme_with_httpx.py`.

The fixture `itsme` comes with Proefbank. It is itsme Sign on loopback ports, and asks for a client
certificate. The class stands for your product, `itsme.approve` for the person in front of the
pages.
"""

import base64
import hashlib
import ssl
import uuid

import httpx
import pytest

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


class Product:
    def __init__(self, itsme):
        self.base = f"{itsme.base_url}/qes-partners/1.0.0"
        self.codes = {"partnerCode": itsme.partner_code, "serviceCode": itsme.service_code}
        self.address = {"redirectUrl": itsme.redirect_url}
        trust = ssl.create_default_context(cafile=itsme.ca_file)
        trust.load_cert_chain(itsme.certificate_file, itsme.private_key_file)
        self.http = httpx.Client(verify=trust, timeout=5)

    def post(self, path, body):
        answer = self.http.post(f"{self.base}{path}", json=body)
        return answer.raise_for_status().json()

    def identify(self):
        body = {**self.codes, **self.address, "lang": "NL"}
        return self.post("/user_identification", body)

    def identified(self, session):
        return self.post("/user_identification/status", {**self.codes, "asyncRespID": session})

    def sign(self, user_code, document):
        value = base64.b64encode(hashlib.sha256(document).digest()).decode()
        itsme = {"signer": {"userCode": user_code}, **self.codes, **self.address}
        return self.post(
            "/sign_document",
            {
                "inDocs": {"docHash": [{"id": "d1", "di": [{"alg": SHA256, "value": value}]}]},
                "reqID": uuid.uuid4().hex,
                "asyncRespID": None,
                "optInp": {"lang": "NL", "itsme": itsme},
            },
        )

    def signed(self, session):
        body = {"inDocs": None, "reqID": uuid.uuid4().hex, "asyncRespID": session}
        return self.post("/sign_document", {**body, "optInp": {"itsme": self.codes}})


@pytest.fixture
def product(itsme):
    itsme.register(redirect_url="https://shop.example/signed")
    made = Product(itsme)
    yield made
    made.http.close()


def test_somebody_signs(product, itsme):
    begun = product.identify()
    assert itsme.approve(begun["identificationUrl"]) == "https://shop.example/signed"
    person = product.identified(begun["asyncRespID"])
    started = product.sign(person["userCode"], b"what was agreed")
    itsme.approve(started["optOutp"]["itsme"]["signingUrl"] + "&context=42")
    done = product.signed(started["respID"])
    assert done["result"]["maj"].endswith(":Success")
    assert [item["whichDoc"] for item in done["sigObj"]] == ["d1"]
    assert itsme.violations == []


def test_a_first_certificate_is_made_too_late(product, itsme):
    begun = product.identify()
    assert itsme.play("lapse", person="without-certificate") == "EXPIRED"
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        product.identified(begun["asyncRespID"])
    assert itsme.calls[-1].facts["reason"] == "EXPIRED"


def test_an_answer_without_a_body_is_no_signature(product, itsme):
    itsme.arm("sign-start-no-payload")
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        product.sign(itsme.user_code(), b"what was agreed")
