"""The environment that a client is started in: no proxy, and the run's CA wherever it looks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["CA_VARIABLES", "client_environment"]

CA_VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL, Python's ssl, httpx, aiohttp, Ruby, Go, .NET
    "REQUESTS_CA_BUNDLE",  # Python requests
    "CURL_CA_BUNDLE",  # curl, and requests after the one above
    "NODE_EXTRA_CA_CERTS",  # Node
    "DENO_CERT",  # Deno
    "PERL_LWP_SSL_CA_FILE",  # Perl LWP
    "HTTPS_CA_FILE",  # Perl Crypt::SSLeay
    "AWS_CA_BUNDLE",  # AWS SDKs
    "GIT_SSL_CAINFO",  # git
    "PIP_CERT",  # pip
    "HTTPLIB2_CA_CERTS",  # Python httplib2
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",  # gRPC
    "CARGO_HTTP_CAINFO",  # cargo
    "NIX_SSL_CERT_FILE",  # OpenSSL as Nix builds it
    "npm_config_cafile",
)
"""Every variable by which a common runtime learns a CA file."""

_CA_FOLDERS = ("SSL_CERT_DIR", "HTTPS_CA_DIR", "PERL_LWP_SSL_CA_PATH", "GIT_SSL_CAPATH")


def client_environment(
    base: Mapping[str, str],
    *,
    ca_file: Path | None,
    overrides: Mapping[str, str | None],
) -> dict[str, str]:
    """Return `base` without proxy variables, with the CA set; `overrides` have the last word.

    A CA variable left as it was would make a good client fail its handshakes, one for a folder
    would let it trust more than the run's CA. An override of None removes a variable.
    """
    clean = {name: value for name, value in base.items() if not name.lower().endswith("_proxy")}
    if ca_file is not None:
        theirs = {name.upper() for name in (*CA_VARIABLES, *_CA_FOLDERS)}
        clean = {name: value for name, value in clean.items() if name.upper() not in theirs}
        clean |= dict.fromkeys(CA_VARIABLES, str(ca_file.absolute()))
    for name, value in overrides.items():
        clean.pop(name, None)
        if value is not None:
            clean[name] = value
    return clean
