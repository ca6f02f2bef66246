"""One request to an API under test with a bearer token, and what came of it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from proefbank.clients.adapter import Outcome
from proefbank.clients.answers import TIME_RAN_OUT
from proefbank.clients.log import shorten
from proefbank.errors import BadInvocation, NotObservable

__all__ = ["Answer", "ApiCaller", "NoAnswer"]

LONG: Final = 7_000
"""Characters of a token from which on a server may well close the connection unread."""
_READ: Final = 2_000
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API answered."""

    status: int
    challenges: tuple[str, ...] = ()
    """The values of WWW-Authenticate."""
    location: str = ""
    """Where a redirect leads: without its query."""
    server: str = ""
    text: str = ""
    """How the body of an error begins."""

    @property
    def good(self) -> bool:
        """Whether it is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - as the standard has it

    @property
    def words(self) -> str:
        """The answer as people read it."""
        name = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""
        told = [f"{self.status} {name}".strip()]
        if self.location:
            told.append(f"to {self.location}")
        told += [f"WWW-Authenticate: {value}" for value in self.challenges]
        return ", ".join(told)

    def outcome(self) -> Outcome:
        """Return what it says of the token: 2xx accepted, 5xx crashed, all else refused."""
        if self.good:
            made = Outcome.accepted({"status": self.status})
        elif self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            made = Outcome.crashed(shorten(f"the API answered {self.words} {self.text}".strip()))
        else:
            made = Outcome.rejected("unclassified", shorten(self.words))
        return replace(made, answer=self.to_json())

    def to_json(self) -> Mapping[str, object]:
        """Return what is written down of it."""
        return {"status": self.status, "challenges": list(self.challenges)}


class NoAnswer(Exception):  # noqa: N818 - a state of affairs
    """The API gave no answer; the message says why, never quoting the token."""


class ApiCaller:
    """Asks for one URL, with a connection of its own each time. Any thread may ask."""

    def __init__(self, url: str, *, ca_file: Path | None = None) -> None:
        """Take the URL; `ca_file` is trusted in place of the system's authorities.

        Raises `BadInvocation` for a file that holds no certificate.
        """
        self.url = url
        try:
            trust = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        except (OSError, ssl.SSLError) as problem:
            raise BadInvocation(
                f"{ca_file} holds no certificate in PEM",
                where="--api-ca",
                hint="name the file of the authority that issued the API's certificate",
            ) from problem
        self._http = httpx.Client(
            verify=trust if urlsplit(url).scheme == "https" else False,
            trust_env=False,
            headers={"Accept": "application/json", "Connection": "close"},
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def ask(self, token: str | None, timeout: float) -> Answer:
        """Send a GET, with the token as bearer if there is one; raises `NoAnswer`.

        No redirect is followed. Raises `NotObservable` for a token that no header can carry.
        """
        if token and not (token.isascii() and token.isprintable()):
            raise NotObservable("an HTTP header cannot carry this token; an adapter would show it")
        sent = {} if token is None else {"Authorization": f"Bearer {token}".rstrip()}
        try:
            with self._http.stream("GET", self.url, headers=sent, timeout=timeout) as response:
                body = next(response.iter_bytes(_READ), b"")
        except httpx.TimeoutException as problem:
            raise NoAnswer(TIME_RAN_OUT) from problem
        except httpx.ConnectError as problem:
            raise NoAnswer(f"no connection: {problem}") from problem
        except httpx.HTTPError as problem:
            raise NoAnswer(f"the connection ended without an answer: {problem}") from problem
        bad = not response.is_success
        return Answer(
            response.status_code,
            tuple(response.headers.get_list("www-authenticate")),
            response.headers.get("location", "").partition("?")[0],
            response.headers.get("server", ""),
            " ".join(body.decode("utf-8", "replace").split())[:_SHOWN] if bad else "",
        )

    def verdict(self, token: str, timeout: float) -> Outcome:
        """Return what the API says of a token.

        Closing the connection on one that is too long for it is a refusal, if it lives on.
        """
        try:
            return self.ask(token, timeout).outcome()
        except NoAnswer as problem:
            if len(token) > LONG and self._lives(timeout):
                return Outcome.rejected("unclassified", f"{problem}; the API lives on")
            return Outcome.crashed(str(problem))

    def _lives(self, timeout: float) -> bool:
        try:
            return self.ask(None, timeout).status < HTTPStatus.INTERNAL_SERVER_ERROR
        except NoAnswer:
            return False

    def close(self) -> None:
        """Let go."""
        self._http.close()
