"""`proefbank new`: scaffold a rule in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from proefbank.requirement import Basis, Binds, Level

__all__ = ["command"]


@click.group("new")
def command() -> None:
    """Scaffold a rule: its row, its function, its wayward client."""


@command.command("rule", context_settings={"max_content_width": 100})
@click.argument("id", metavar="ID")
@click.option("--code", required=True, metavar="CODE", help="Row of the catalogue: SSOAUTH-015.")
@click.option("--level", required=True, type=click.Choice([item.value for item in Level]))
@click.option("--basis", required=True, type=click.Choice([item.value for item in Basis]))
@click.option("--statement", required=True, metavar="TEXT", help="What is true if all is well.")
@click.option("--source", required=True, metavar="TEXT", help="The document.")
@click.option("--section", default="", metavar="TEXT", help="The place in it.")
@click.option("--reading", required=True, metavar="NAME", help="What the rule looks at.")
@click.option(
    "--binds",
    default=Binds.CLIENT.value,
    show_default=True,
    type=click.Choice([item.value for item in Binds]),
)
@click.option("--root", metavar="DIR", default=".", help="The checkout (default: where you are).")
def new_rule(root: str, **told: Any) -> None:
    r"""Scaffold the rule for a requirement that no rule judges yet.

    ID is service.conversation.slug; the slug says what is true if all is well.

    \b
      proefbank new rule socialsecurity.assertion.kid-is-absent --code SSOAUTH-045 \
        --level SHOULD --basis practice --statement "The assertion names no key." \
        --source "Proefbank" --reading ClientAssertion
    """
    from proefbank.scaffold import MARK, NewRule, find_checkout, scaffold  # noqa: PLC0415

    checkout = find_checkout(Path(root))
    rule = NewRule(**told)
    texts = scaffold(checkout, rule)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    page, module, wayward = (path.relative_to(checkout) for path in texts)
    click.echo(
        f"{rule.id} is scaffolded. What is left, marked {MARK}:\n"
        f"  1  {page}: the note, and the killer in a word\n"
        f"  2  {module}: why it matters, and the rule itself\n"
        f"  3  {wayward}: the one defect that breaks it\n"
        f"then:\n"
        f"  proefbank rules show {rule.id}\n"
        f"  proefbank run {rule.service}\n"
        f"  pytest suites/selftest"
    )
