"""Who may call, and how: certificate, address, method, media type, path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proefbank.exchange import TlsFacts

from .itsme_bench import bench, codes, reason


@pytest.mark.parametrize("certificate", [None, "cc"])
def test_without_the_registered_certificate_there_is_no_service(certificate: str | None) -> None:
    on = bench()
    on.certificate = certificate
    for answer in (
        on.identify(),
        on.ask("x"),
        on.start(),
        on.send("/.well-known/configuration", method="GET"),
    ):
        assert (answer.status, answer.body) == (403, b"")
        assert answer.trail.facts["certificate"] == ("none" if certificate is None else "other")


def test_a_certificate_is_good_for_its_own_partner() -> None:
    on = bench()
    on.certificate = "bb"
    answer = on.identify()
    assert reason(answer) == (400, "INVALID_REQUESTOR")
    assert codes(answer) == ["certificate-of-another-partner"]


def test_addresses_are_looked_at_where_some_are_registered() -> None:
    on = bench()
    on.provider.register(replace(on.party, addresses=("127.0.0.9",)))
    assert on.identify().status == 403
    assert on.answers[-1].trail.facts["source"] == "foreign"
    assert on.send("/user_identification", on.identification(), source="127.0.0.9").status == 200


def test_where_no_handshake_is_seen_none_is_asked_for() -> None:
    on = bench()
    said = on.identification()
    assert on.send("/user_identification", said, tls=None).status == 200
    assert on.answers[-1].trail.facts["certificate"] == "unseen"
    assert on.send("/user_identification", said, tls=None, scheme="http").status == 403
    assert on.send("/user_identification", said, tls=TlsFacts()).status == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "Pöst"])
def test_only_post_is_allowed(method: str) -> None:
    on = bench()
    for path in ("/user_identification", "/user_identification/status", "/sign_document"):
        answer = on.send(path, on.identification(), method=method)
        assert (answer.status, answer.header("Allow")) == (405, "POST")


@pytest.mark.parametrize("declared", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_the_body_is_declared_as_json(declared: str) -> None:
    on = bench()
    headers = (("Content-Type", declared),) if declared else ()
    answer = on.send("/user_identification", on.identification(), headers=headers)
    assert answer.status == 415
    assert codes(answer) == ["media-type-wrong"]
    fine = (("content-type", "Application/JSON; charset=UTF-8"),)
    assert on.send("/user_identification", on.identification(), headers=fine).status == 200


PATHS = {
    "/well-known/configuration": "discovery",
    "/user_identification/status/": "identification-status",
    "/user_identification/abc": "identification-status",
    "/sign_document/status": "sign-status",
    "/verify_document": "other",
}


@pytest.mark.parametrize(("path", "meant"), PATHS.items())
def test_other_paths_do_not_exist(path: str, meant: str) -> None:
    answer = bench().send(path, {})
    assert answer.status == 404
    assert answer.trail.conversation == meant
    assert codes(answer) == ["path-unknown"]


def test_the_base_url_must_be_known() -> None:
    on = bench()
    said = on.identification()
    on.provider.prefix, prefix = "", on.provider.prefix
    assert on.send("/user_identification", said).status == 200
    on.provider.prefix = f"{prefix}x"
    assert on.send("/user_identification", said).status == 200
    assert bench(seed=4).provider.base_url("https://h") != bench().provider.base_url("https://h")
