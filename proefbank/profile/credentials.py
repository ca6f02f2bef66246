"""Credentials by reference: a profile says where a key or password lies, and never holds it.

    key = { file = "client.key" }           # relative to the profile
    password = { env = "PFX_PASSWORD" }     # an environment variable
    secret = { keyring = "proefbank/acc" }  # service/user in the keyring of this machine

What a reference leads to is read when it is needed, and no message or representation shows it.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from proefbank.errors import BadInvocation
from proefbank.tables import Table

__all__ = ["KINDS", "Kind", "Reference", "reference"]

Kind = Literal["env", "file", "keyring"]
KINDS: tuple[Kind, ...] = ("env", "file", "keyring")
_WAYS = '{ env = "NAME" }, { file = "path" } or { keyring = "service/user" }'
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST = 1024 * 1024
"""Bytes of a file with a credential: a key store with its chain has thousands."""
_OTHERS = 0o044


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a credential lies."""

    kind: Kind
    name: str
    """Of the environment variable or file, or service/user of the keyring."""
    folder: Path = field(default_factory=Path)
    """From which a relative path starts."""
    where: str = field(default="", compare=False)
    """The file and key that refer to it, for complaints."""

    @property
    def words(self) -> str:
        """What it refers to, for messages and reports."""
        if self.kind == "env":
            return f"the environment variable {self.name}"
        return f"the file {self.path}" if self.kind == "file" else f"the keyring's {self.name}"

    @property
    def path(self) -> Path:
        """The file; only a reference of kind `file` has one."""
        return self.folder / Path(self.name).expanduser()

    def read(self) -> bytes:
        """Return the credential; BadInvocation, naming key and way out, if there is none."""
        found: bytes | None
        if self.kind == "file":
            found = self._of_file()
        elif self.kind == "env":
            told = os.environ.get(self.name)
            found = None if told is None else os.fsencode(told)
        else:
            found = self._of_keyring()
        if found is None:
            raise self._problem(f"there is no {self._bare()}", self._remedy())
        if not found.strip():
            raise self._problem(f"{self.words} is empty", self._remedy())
        return found

    def text(self) -> str:
        """Return the credential as a text without the end of its last line; raises as `read`."""
        try:
            return self.read().decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise self._problem(
                f"{self.words} holds no text", "A text in UTF-8 goes here."
            ) from None

    def _of_file(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                found = file.read(_LARGEST + 1)
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or "it has no path"
            raise self._problem(f"{self.words} cannot be read: {reason}", self._remedy()) from None
        if len(found) > _LARGEST:
            raise self._problem(f"{self.words} is too long for a credential", self._remedy())
        if b"PRIVATE KEY-----" in found:
            _note_readers(self.path)
        return found

    def _of_keyring(self) -> bytes | None:
        try:
            keyring: Any = importlib.import_module("keyring")
        except ImportError:
            raise self._problem(
                "this Python has no keyring", "Install it: pip install keyring"
            ) from None
        service, _, user = self.name.rpartition("/")
        try:
            found: str | None = keyring.get_password(service, user)
        except Exception as problem:  # noqa: BLE001 - each backend fails in a way of its own
            raise self._problem(
                f"the keyring does not open: {type(problem).__name__}",
                "Unlock it, or refer to a file or an environment variable.",
            ) from None
        return None if found is None else found.encode()

    def _bare(self) -> str:
        return self.words.removeprefix("the ") if self.kind == "env" else f"entry in {self.words}"

    def _remedy(self) -> str:
        if self.kind == "env":
            return f"Set it: export {self.name}=…, or refer to another: {_WAYS}."
        if self.kind == "keyring":
            service, _, user = self.name.rpartition("/")
            return f"Store it: keyring set {service} {user}, or refer to another: {_WAYS}."
        return "A relative path starts from the folder of the profile."

    def _problem(self, message: str, hint: str) -> BadInvocation:
        return BadInvocation(message, where=self.where or self.words, hint=hint)


@cache
def _note_readers(path: Path) -> None:
    """Note on standard error, once, that others can read a private key."""
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        text = f"note: others on this machine can read the private key {path}: chmod 600 {path}"
        print(text, file=sys.stderr)  # noqa: T201 - whoever runs us should know, and go on


def reference(table: Table, key: str, *, folder: Path) -> Reference | None:
    """Return what `key` refers to, None if it is absent; paths are relative to `folder`.

    BadInvocation for a credential that is written out, and for a reference to nothing or to two
    places; the complaint never repeats it.
    """
    try:
        inner = table.optional_table(key)
    except BadInvocation:
        raise table.complain(
            key,
            "says what, and not where: credentials are not written into a profile",
            f"Refer to it: {key} = {_WAYS}.",
        ) from None
    if inner is None:
        return None
    told = [(kind, name) for kind in KINDS if (name := inner.optional_text(kind)) is not None]
    inner.done()
    if len(told) != 1:
        names = "two places" if told else "no place"
        raise table.complain(key, f"refers to {names}", f"Name one: {key} = {_WAYS}.")
    kind, name = told[0]
    _check_name(inner, kind, name)
    return Reference(kind, name, folder, where=f"{inner.file}: {inner.name}")


def _check_name(table: Table, kind: Kind, name: str) -> None:
    """Complain about a credential in the place of its name."""
    if kind == "env" and not _VARIABLE.fullmatch(name):
        raise table.complain(
            kind, "is not the name of an environment variable", 'For example: env = "ACC_PASSWORD"'
        )
    if kind == "file" and ("-----BEGIN" in name or not name.isprintable()):
        raise table.complain(kind, "is not the path of a file", 'For example: file = "client.key"')
    service, _, user = name.rpartition("/")
    if kind == "keyring" and not (service and user and name.isprintable()):
        raise table.complain(
            kind, "is not a service and a user", 'For example: keyring = "proefbank/acc"'
        )
