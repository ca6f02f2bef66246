"""The person that the bench plays in front of a service's pages, and the browser they use.

The pages are fetched over the wire like any browser would: links followed, forms filled in,
cookies kept; scripts are not run, and the pages do not need them.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

__all__ = ["PRESSES", "Browser", "Visit"]

PRESSES: Mapping[str, Sequence[str]] = {
    "approve": ("approve",),
    "reject": ("reject",),
    "approve-then-reject": ("approve", "reject"),
    "approve-then-wait": ("approve", ""),
    "open": (),
}
"""What a person may do with the pages, as the buttons pressed; the last as often as needed.

An empty one is no button: there the person stays.
"""
_LONGEST = 12
_TIMEOUT = 10.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of sending a person's browser somewhere."""

    returned_to: str | None
    """Where it left the pages for; None when it is still on one."""
    status: int | None
    """Status of the last page, or None when there was no answer."""
    pages: int = 0
    """Pages that the person saw."""
    why: str = ""
    """What ended the visit, when it is not that the browser left."""


@dataclass(slots=True)
class _Form:
    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    """Name of each submit button by its value."""


class _Forms(HTMLParser):
    """Gathers the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given.get("method", "get").upper(), given.get("action", "")))
        elif not self.forms:
            return
        elif tag == "button" and given.get("type", "submit") == "submit":
            self.forms[-1].buttons[given.get("value", "")] = given.get("name", "")
        elif tag == "input" and "name" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")


class Browser:
    """One person's browser: remembers cookies, shows no client certificate."""

    def __init__(
        self,
        ca_file: Path | None,
        pages: str,
        *,
        language: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Trust `ca_file`; `pages` is the origin whose pages are looked at.

        With a `transport` there is no network, and nobody to trust.
        """
        self._pages = pages
        self._http = httpx.Client(
            verify=ssl.create_default_context(cafile=ca_file) if transport is None else False,
            transport=transport,
            headers={"accept": "text/html", "user-agent": "a person's browser"}
            | ({"accept-language": language} if language else {}),
            timeout=_TIMEOUT,
            trust_env=False,
        )

    def visit(self, url: str, typed: Mapping[str, str], presses: Sequence[str]) -> Visit:
        """Go to `url`, fill in `typed` where asked, and press these buttons.

        Never fetches what lies outside the pages' origin: getting there is what ends the visit.
        """
        wanted, seen, status = list(presses), 0, None
        request = self._get(url)
        for _ in range(_LONGEST):
            if request is None or _origin(str(request.url)) != _origin(self._pages):
                return Visit(None, status, seen, "the address is none of the pages")
            try:
                answer = self._http.send(request)
            except httpx.HTTPError as problem:
                return Visit(None, None, seen, type(problem).__name__)
            status = answer.status_code
            if status in _REDIRECTS and "location" in answer.headers:
                where = urljoin(str(request.url), answer.headers["location"])
                if _origin(where) != _origin(self._pages):
                    return Visit(where, status, seen)  # as it was written, not as we would
                request = self._get(where)
                continue
            seen += 1
            press = wanted.pop(0) if len(wanted) > 1 else next(iter(wanted), None)
            if not press:
                return Visit(None, status, seen, "the person looks at the page")
            request = self._pressed(str(request.url), answer.text, press, typed)
            if request is None:
                return Visit(None, status, seen, f"the page has no button {press!r}")
        return Visit(None, status, seen, f"no end after {_LONGEST} pages")

    def _get(self, url: str) -> httpx.Request | None:
        try:
            return self._http.build_request("GET", url)
        except (httpx.InvalidURL, ValueError):
            return None

    def _pressed(
        self, page: str, text: str, press: str, typed: Mapping[str, str]
    ) -> httpx.Request | None:
        parser = _Forms()
        parser.feed(text)
        form = next((item for item in parser.forms if press in item.buttons), None)
        if form is None:
            return None
        fields = {name: typed.get(name, value) for name, value in form.fields.items()}
        fields[form.buttons[press]] = press
        return self._http.build_request(form.method, urljoin(page, form.action), data=fields)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ("", None, None)
    return (parts.scheme, parts.hostname, port)
