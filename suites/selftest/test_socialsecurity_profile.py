"""Profiles of the simulated social security provider: defaults, whole files, complaints."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from proefbank.errors import BadInvocation
from proefbank.services.socialsecurity.provider import SocialSecurity, load_profile
from proefbank.services.socialsecurity.provider.enterprise_numbers import (
    check_digits_fit,
    well_formed,
)
from proefbank.services.socialsecurity.provider.profile import default_sample

from .socialsecurity_bench import EMPLOYER, certificate, key_of
from .socialsecurity_documents import USER_API

ONE_ACCOUNT = """
[[accounts]]
name = "a"
client_id = "b"
capacity = "employer"
enterprise_number = "0000000196"
"""
ONE_MANDATE = """
[[mandates]]
principal = "0000000196"
mandatary = "0000000295"
"""


def test_defaults_need_no_file() -> None:
    profile = load_profile()
    numbers = [account.enterprise_number for account in profile.accounts]
    assert numbers[:3] == ["0000000196", "0000000295", "0000000394"]
    assert all(well_formed(number) and check_digits_fit(number) for number in numbers)
    assert profile.scopes.training_provider is None
    assert profile.stranger() not in (*numbers, *profile.principals("0000000295"))
    assert profile.environments["acc"].token_url.startswith("https://services-acpt.")
    assert profile.fla.sample == default_sample()


def test_an_account_may_be_an_ocmws(tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    for flag in (False, True):
        file.write_text(f"{ONE_ACCOUNT}ocmw = {str(flag).lower()}\n")
        assert load_profile(file).accounts[0].ocmw is flag
    assert [account.name for account in load_profile().accounts if account.ocmw] == [
        "second-employer"
    ]


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("[assertion]\nmax_lifetme_s = 3", "assertion.max_lifetme_s", "'max_lifetime_s'"),
        ("[assertion]\nmax_lifetime_s = '3'", "assertion.max_lifetime_s", "whole number"),
        ("[assertion]\nmax_lifetime_s = 0", "assertion.max_lifetime_s", "below 1"),
        ("[assertion]\nalgs_ok = ['HS256']", "assertion.algs_ok", "HS256"),
        ("[assertion]\nalgs_ok = [1]", "assertion.algs_ok", "texts"),
        ("[token]\nformat = 'jvt'", "token.format", "'jwt'"),
        ("[errors]\ninvalid_client_status = 403", "errors.invalid_client_status", "403"),
        ("[fla]\nenterprise_number = ['x']", "fla.enterprise_number", "JSON pointer"),
        ("tokens = 3", "tokens", "'token'"),
        ("token = 3", "token", "a table"),
        ("[[accounts]]\nclient_id = 'x'", "accounts[1].name", "missing"),
        ("[[accounts]]\nname='a'\nclient_id='b'", "accounts[1].capacity", "missing"),
        (
            ONE_ACCOUNT.replace("0196", "0197"),
            "accounts[1].enterprise_number",
            "check digits",
        ),
        (
            ONE_MANDATE + "from_quarter='2024'",
            "mandates[1].from_quarter",
            "2024Q3",
        ),
        (
            ONE_MANDATE + ONE_MANDATE.replace("0295", "0394"),
            "mandates",
            "two mandataries",
        ),
        ("environment = 'accc'", "environment", "'acc'"),
        ("waivers = [3]", "waivers", "tables"),
        ("= 3", "", "not TOML"),
    ],
)
def test_a_bad_profile_is_told_by_file_and_key(
    tmp_path: Path, text: str, key: str, said: str
) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInvocation) as caught:
        load_profile(path)
    assert str(path) in caught.value.where
    assert key in caught.value.where
    assert said in str(caught.value)
    assert caught.value.hint


def test_profile_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInvocation, match="cannot be read"):
        load_profile(tmp_path / "none.toml")


def test_a_whole_profile(tmp_path: Path) -> None:
    key = key_of(EMPLOYER)
    made = certificate(key)
    (tmp_path / "a.cer").write_bytes(made.public_bytes(serialization.Encoding.DER))
    (tmp_path / "b.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "api.json").write_text(json.dumps(USER_API), encoding="utf-8")
    text = """
        environment = "prod"
        [token]
        lifetime_s = 60
        format = "jwt"
        [errors]
        invalid_client_status = 400
        [scopes]
        training_provider = "scope:x"
        further = {Dimona = "scope:dimona"}
        [fla]
        openapi = "api.json"
        enterprise_number = ["/trainings/*/employer"]
        [fla.sample]
        method = "POST"
        path = "/trainings"
        [[accounts]]
        name = "one"
        client_id = "opaque"
        capacity = "employer"
        enterprise_number = "0000000196"
        environment = "prod"
        certificates = ["a.cer", "b.pem"]
        [[mandates]]
        principal = "0000000196"
        mandatary = "0000000295"
        to_quarter = "2025Q4"
        [[mandates]]
        principal = "0000000196"
        mandatary = "0000000394"
        from_quarter = "2026Q1"
        [[waivers]]
        requirement = "x"
    """
    path = tmp_path / "profile.toml"
    path.write_text(text, encoding="utf-8")
    profile = load_profile(path)
    assert profile.account("one").certificates == (made, made)
    assert profile.waivers == ({"requirement": "x"},)
    assert profile.fla.sample["path"] == "/trainings"
    provider = SocialSecurity(profile, certificates={}, rng=random.Random(1))
    assert len(provider.state()["accounts"][0]["certificates"]) == 1


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nx"])
def test_a_file_that_is_no_certificate(tmp_path: Path, content: bytes) -> None:
    expect_bad_certificate(tmp_path, content, "is not a certificate")


def test_a_private_key_is_refused_as_certificate(tmp_path: Path) -> None:
    expect_bad_certificate(tmp_path, key_of(EMPLOYER).pem_private(), "private key")


def expect_bad_certificate(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.cer").write_bytes(content)
    path = tmp_path / "p.toml"
    path.write_text(ONE_ACCOUNT + "certificates=['x.cer']", encoding="utf-8")
    with pytest.raises(BadInvocation, match=said) as caught:
        load_profile(path)
    assert "accounts[1].certificates" in caught.value.where
