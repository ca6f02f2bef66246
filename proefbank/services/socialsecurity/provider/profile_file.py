"""From TOML to a profile, with every complaint naming the file and the key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from proefbank.errors import BadInvocation
from proefbank.profile.file import open_profile
from proefbank.tables import Table

from .facts import ENVIRONMENTS, FLA_SERVICE, Environment
from .mandates import clash
from .profile import (
    AssertionPolicy,
    ErrorPolicy,
    Fla,
    Profile,
    Scopes,
    TokenPolicy,
    default_sample,
)
from .profile_parties import read_account, read_mandate

__all__ = ["load_profile", "profile_from_file"]

_KNOWN_ALGS = (*(f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)),)


def load_profile(path: str | Path | None = None) -> Profile:
    """Return the profile in a TOML file, or the defaults for None.

    Raise BadInvocation, naming file and key, for a file that cannot be read, an unknown key,
    a value of the wrong type, a certificate file that is none, or two mandataries for one
    employer.
    """
    return Profile() if path is None else profile_from_file(Path(path))


def profile_from_file(path: Path) -> Profile:
    """Return the profile that the TOML file at `path` describes; tables of others are theirs."""
    table = open_profile(path)
    defaults = Profile()
    environments = _environments(table.mapping("environments"), str(path))
    accounts = table.tables("accounts")
    mandates = table.tables("mandates")
    profile = Profile(
        environment=table.text("environment", defaults.environment, choices=tuple(environments)),
        environments=environments,
        assertion=_assertion(table.table("assertion")),
        token=_token(table.table("token")),
        errors=_errors(table.table("errors")),
        scopes=_scopes(table.table("scopes")),
        fla=_fla(table.table("fla"), path.parent),
        accounts=defaults.accounts
        if accounts is None
        else tuple(read_account(item, path.parent, tuple(environments)) for item in accounts),
        mandates=defaults.mandates
        if mandates is None
        else tuple(read_mandate(item) for item in mandates),
        waivers=tuple(table.mappings("waivers") or ()),
        source=path,
    )
    _check_together(profile, str(path))
    return profile


def _environments(values: dict[str, object] | None, file: str) -> dict[str, Environment]:
    environments = dict(ENVIRONMENTS)
    outer = Table(values or {}, file=file, name="environments")
    for name in values or {}:
        table, known = outer.table(name), environments.get(name)
        token_url = table.optional_text("token_url") if known else table.needed_text("token_url")
        token_url = token_url or environments[name].token_url
        api_url = table.optional_text("api_url") if known else table.needed_text("api_url")
        environments[name] = Environment(
            name=name,
            token_url=token_url,
            audience=table.text("audience", known.audience if known else token_url),
            api_url=api_url or environments[name].api_url,
            api_url_training_provider=table.optional_text("api_url_training_provider"),
        )
        table.done()
    return environments


def _assertion(table: Table) -> AssertionPolicy:
    policy = AssertionPolicy()
    result = AssertionPolicy(
        max_lifetime_s=table.number("max_lifetime_s", policy.max_lifetime_s, least=1),
        grace_s=table.number("grace_s", policy.grace_s),
        skew_s=table.number("skew_s", policy.skew_s),
        algs_ok=table.texts("algs_ok", policy.algs_ok),
        algs_noted=table.texts("algs_noted", policy.algs_noted),
        jti_replay=table.flag("jti_replay", default=policy.jti_replay),
        accepted_audiences=table.texts("accepted_audiences", policy.accepted_audiences),
    )
    for key, algs in (("algs_ok", result.algs_ok), ("algs_noted", result.algs_noted)):
        for alg in algs:
            if alg not in _KNOWN_ALGS:
                listed = ", ".join(_KNOWN_ALGS)
                raise table.complain(
                    key, f"{alg!r} is no asymmetric algorithm known here", f"Known: {listed}."
                )
    table.done()
    return result


def _token(table: Table) -> TokenPolicy:
    policy = TokenPolicy(
        lifetime_s=table.number("lifetime_s", TokenPolicy().lifetime_s, least=1),
        format=table.text("format", TokenPolicy().format, choices=("opaque", "jwt")),
    )
    table.done()
    return policy


def _errors(table: Table) -> ErrorPolicy:
    default = ErrorPolicy()
    policy = ErrorPolicy(
        invalid_client_status=table.number("invalid_client_status", default.invalid_client_status),
        scope_policy=table.text("scope_policy", default.scope_policy, choices=("refuse", "narrow")),
    )
    if policy.invalid_client_status not in (400, 401):
        raise table.complain(
            "invalid_client_status",
            f"{policy.invalid_client_status} is neither 401 nor 400",
            "RFC 6749 5.2 allows 401 and 400; leave the key out for 401.",
        )
    table.done()
    return policy


def _scopes(table: Table) -> Scopes:
    default = Scopes()
    scopes = Scopes(
        employer=table.text("employer", default.employer or ""),
        provider=table.text("provider", default.provider or ""),
        training_provider=table.optional_text("training_provider"),
        further=_further(table, default.further),
    )
    table.done()
    return scopes


def _further(table: Table, default: Mapping[str, str]) -> Mapping[str, str]:
    values = table.mapping("further")
    if values is None:
        return default
    inner = table.table_of("further", values)
    further = {authorisation: inner.needed_text(authorisation) for authorisation in values}
    inner.done()
    return further


def _fla(table: Table, folder: Path) -> Fla:
    default = Fla()
    openapi = table.optional_text("openapi")
    pointers = table.texts("enterprise_number", default.enterprise_number)
    for pointer in pointers:
        if not pointer.startswith("/"):
            raise table.complain(
                "enterprise_number",
                f"{pointer!r} is not a JSON pointer",
                f"Begin it with a slash: '/{pointer}'.",
            )
    sample = table.mapping("sample")
    fla = Fla(
        openapi=None if openapi is None else folder / openapi,
        enterprise_number=pointers,
        enterprise_number_in_query=table.texts(
            "enterprise_number_in_query", default.enterprise_number_in_query
        ),
        sample=sample if sample is not None else {} if openapi else default_sample(),
    )
    table.done()
    return fla


def _check_together(profile: Profile, file: str) -> None:
    """Check what only shows when the tables are laid side by side."""
    for key, values in (
        ("name", [account.name for account in profile.accounts]),
        ("client_id", [account.client_id for account in profile.accounts]),
    ):
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise BadInvocation(
                f"{twice!r} is given to two accounts",
                where=f"{file}: accounts.{key}",
                hint=f"Every account has a {key} of its own.",
            )
    if not profile.accounts:
        raise BadInvocation(
            "there is no account", where=f"{file}: accounts", hint="Add one, or leave the key out."
        )
    pair = clash(profile.mandates)
    if pair is not None:
        one, other = pair
        raise BadInvocation(
            f"employer {one.principal} has two mandataries at once for {FLA_SERVICE}: "
            f"{one.mandatary} and {other.mandatary}",
            where=f"{file}: mandates",
            hint="Close the first mandate, or let its to_quarter end before the second one begins.",
        )
