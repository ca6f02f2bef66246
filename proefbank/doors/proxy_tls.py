"""The proxy's side of TLS towards its upstream: whom it trusts, and which certificate it shows."""

from __future__ import annotations

import os
import ssl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proefbank.errors import BadInvocation
from proefbank.upstream import Upstream

__all__ = ["context_for"]


def context_for(upstream: Upstream) -> ssl.SSLContext:
    """Return a context that verifies the upstream, and shows our certificate if there is one.

    Raises BadInvocation where a file or credential cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=upstream.ca_file)
    except (OSError, ValueError) as problem:
        raise BadInvocation(
            f"{upstream.ca_file} holds no authorities to trust: {_told(problem)}",
            where=f"ca_file of {upstream.origin}",
            hint="give the certificates of the authorities in PEM",
        ) from problem
    context.set_alpn_protocols(["http/1.1"])
    if upstream.certificate is not None and upstream.key is not None:
        chain = upstream.key.read().rstrip() + b"\n" + upstream.certificate.read()
        with _file_for_a_moment(chain) as path:
            try:
                context.load_cert_chain(path, password=_refuse_password)
            except (ssl.SSLError, ValueError) as problem:
                raise BadInvocation(
                    f"certificate and key cannot be shown: {_told(problem)}",
                    where=f"certificate of {upstream.origin}",
                    hint="give a certificate (with its chain) and its own key, both in PEM",
                ) from problem
    return context


@contextmanager
def _file_for_a_moment(content: bytes) -> Iterator[str]:
    """Lend `content` to the ssl module, which reads keys from files only.

    On Linux the file is in memory and nowhere else; elsewhere it exists for the blink of an eye.
    """
    if sys.platform == "linux" and Path("/proc/self/fd").is_dir():
        held = os.memfd_create("proefbank")
        try:
            with os.fdopen(held, "wb", closefd=False) as file:
                file.write(content)
            yield f"/proc/self/fd/{held}"
        finally:
            os.close(held)
        return
    with tempfile.TemporaryDirectory(prefix="proefbank-") as folder:
        path = Path(folder, "chain.pem")
        path.touch(mode=0o600)
        path.write_bytes(content)
        yield str(path)


def _refuse_password() -> str:
    """Say no where the ssl module would ask on the terminal."""
    raise ValueError("the key is encrypted; refer to one that is not")


def _told(problem: Exception) -> str:
    reason = getattr(problem, "reason", None) or getattr(problem, "strerror", None)
    return str(reason or problem).replace("_", " ").lower()
