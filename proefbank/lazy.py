"""A group of commands that are listed without importing them, and imported when used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """A group whose commands are the value `command` of one module each."""

    def __init__(
        self,
        *args: Any,
        listed: Mapping[str, str] | None = None,
        modules: str = "proefbank.commands.{}",
        **kwargs: Any,
    ) -> None:
        """Take what each command does by name, in the order a user meets them, and where it is."""
        super().__init__(*args, **kwargs)
        self._listed = dict(listed or {})
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in their order."""
        return list(self._listed)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in self._listed:
            return None
        module = importlib.import_module(self._modules.format(cmd_name))
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._listed.items()))
