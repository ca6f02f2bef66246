"""Clients that reach itsme by the wrong way."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import Configuration, Identity, Order, SignSession
from .registry import Askew, Json, Lingering, breaks

STATUS = "/user_identification/status"


@breaks("setup.base-url-comes-from-configuration")
class StickyBaseUrl(Lingering):
    """Keeps the base URL of the first environment it was told."""

    def url(self, path: str) -> str:
        """Replace the base by the one of old."""
        url, base = super().url(path), str(self.settings["base_url"])
        return url.replace(base, self.past.setdefault("base", base))


@breaks("transport.requests-use-https")
class PollsInTheClear(Askew):
    """Asks for the identification status over plain HTTP."""

    def url(self, path: str) -> str:
        """Lose the s."""
        url = super().url(path)
        return url.replace("https:", "http:", 1) if path == STATUS else url


@breaks("transport.client-certificate-on-every-call")
class BarePolls(Askew):
    """Presents the certificate on the first calls only."""

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Ask for the status without it."""
        if path == STATUS:
            return self.by_another_way(method, self.url(path), body)
        return super().send(method, path, body)


@breaks("transport.certificate-is-the-registered-one")
class StickyCertificate(Lingering):
    """Keeps the certificate of the first account it was told."""

    def tls(self, ca_file: str) -> ssl.SSLContext:
        """Load the files of old."""
        names = ("client_certificate_file", "client_key_file")
        files = self.past.setdefault("files", {name: self.settings[name] for name in names})
        self.settings = {**self.settings, **files}
        return super().tls(ca_file)


@breaks("transport.calls-leave-from-a-registered-address")
class OtherNode(Askew):
    """Sends polls from another address."""

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Ask for the status from a second node."""
        if path != STATUS:
            return super().send(method, path, body)
        verify, local = self.tls(self.ca_file), "127.0.0.2"
        return self.by_another_way(method, self.url(path), body, verify=verify, local_address=local)


@breaks("discovery.read-with-get-on-the-dotted-path")
class DotlessDiscovery(Askew):
    """Looks for the configuration under the path without a dot first."""

    def configuration(self) -> Configuration:
        """Look there, and then in the right place."""
        self.send("GET", "/well-known/configuration")
        return super().configuration()


@breaks("discovery.read-over-the-same-channel")
class BareDiscovery(Askew):
    """Reads the configuration with an HTTP client of its own, without certificate."""

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Take the other client for it."""
        if "well-known" in path:
            return self.by_another_way(method, self.url(path), body)
        return super().send(method, path, body)


@breaks("discovery.newly-listed-codes-work")
class EmbeddedList(Askew):
    """Refuses a policy that is not in the list it was built with."""

    def configuration(self) -> Configuration:
        """Keep of the live list what the built-in one has."""
        live = super().configuration()
        known = tuple(ref for ref in live.policies if ref.startswith("1.3.6.1.4.1.49274."))
        return Configuration(live.languages, known, live.commitments)


@breaks("flow.calls-come-in-order")
class SignsBeforeIdentifying(Askew):
    """Opens the sign session for a known user first, and once more in its turn."""

    def begin(self, order: Order) -> Json:
        """Open one with nothing but the user code."""
        if order.user_code and all(document.sha256 for document in order.documents):
            early = SignSession(order, "")
            early.identity = Identity(order.user_code, None, ())  # type: ignore[arg-type] # none yet
            early.to_be_signed = [
                self.to_be_signed(document, early.identity) for document in order.documents
            ]
            self.send("POST", "/sign_document", self.sign_body(early))
        return super().begin(order)


@breaks("flow.back-end-calls-come-from-the-back-end")
class FetchesFromThePage(Askew):
    """Sends what a script in a page sends."""

    def headers(self) -> dict[str, str]:
        """Add it."""
        return super().headers() | {"Origin": "https://sca.example", "Sec-Fetch-Mode": "cors"}


@breaks("flow.documents-stay-with-the-client")
class SendsTheFile(Askew):
    """Adds the document to its entry, beside the hash."""

    def sign_body(self, session: SignSession) -> Json:
        """Put the contents in as they were handed over."""
        body = super().sign_body(session)
        for entry, document in zip(
            body["inDocs"]["docHash"], self.asked["documents"], strict=False
        ):
            if "content" in document:
                entry["content"] = document["content"]
        return body


class Careless(Askew):
    """Base: tries again without any check when TLS fails for some reasons.

    Python's ssl can only leave all checks out, so that one that leaves out a single check tries
    the right way first.
    """

    faults: tuple[str, ...] = ()

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Try the right way first."""
        assert self.http is not None  # noqa: S101 - a scenario comes before any call
        try:
            return self.http.request(method, self.url(path), json=body, headers=self.headers())
        except httpx.HTTPError as problem:
            if not any(fault in str(problem) for fault in self.faults):
                raise Rejected("transport", type(problem).__name__) from problem
        careless: Any = self.tls(self.ca_file)
        careless.check_hostname = False
        careless.verify_mode = ssl.CERT_NONE
        return self.by_another_way(method, self.url(path), body, verify=careless)


@breaks("transport.unknown-ca-is-refused")
class TrustsAnyIssuer(Careless):
    """Checks host name and dates, but takes certificates of any authority."""

    faults = ("unable to get local issuer", "self-signed")


@breaks("transport.other-host-certificate-is-refused")
class SkipsHostName(Careless):
    """Never minds for which host a certificate is."""

    faults = ("Hostname mismatch", "IP address mismatch")


@breaks("transport.expired-certificate-is-refused")
class SkipsDates(Careless):
    """Never minds when a certificate ended."""

    faults = ("has expired",)
