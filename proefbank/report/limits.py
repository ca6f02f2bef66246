"""What a report says and what it does not say, in sentences.

A pass against simulators must not read as a pass against the real thing: these sentences stand
above every table, and the same ones go into the pages and into `report.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proefbank.report.text import plural
from proefbank.verdict import Outcome

__all__ = ["limits_of"]

_WITNESSES = {
    "adapter": "Two witnesses were heard: the traffic as the provider saw it, and what the client"
    " itself stated through its adapter.",
    "api": "Two witnesses were heard: the traffic as the provider saw it, and what the API under"
    " test answered over HTTP to each token.",
    "wire": "One witness was heard: the traffic. What the client concluded from an answer is"
    " judged only where the traffic shows it.",
    "recording": "The judgement was made offline, from a recording. Situations that the recording"
    " does not hold were not staged.",
    "artefact": "What was handed over was read where it is, and judged by the documents. Nothing"
    " was uploaded, and nobody was asked.",
}
_TARGETS = {
    "mock": "The provider was a simulator, made from the public documents. This is no statement"
    " about the acceptance or production environment.",
    "acc": "The provider was the acceptance environment. Situations that it does not produce by"
    " itself (outages, key changes, malformed answers) were not shown.",
    "prod": "The traffic is of the production environment. Nothing was sent there to judge it.",
    "other": "Which provider answered is not known: its address belongs to no environment.",
    "none": "ChaMan decides for itself: this is no statement that it accepted anything. What a"
    " file declares of accounts, authorisations and mandates is believed.",
}


def limits_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return notes `{about, stage, text}`; `about` is `says` or `says_not`."""
    return [
        *({"about": "says", "stage": None, "text": text} for text in _says(report)),
        *({"about": "says_not", "stage": None, "text": text} for text in _says_not(report)),
    ]


def _says(report: Mapping[str, Any]) -> Iterator[str]:
    scope, counts = report["scope"], report["counts"]
    if not counts["judgements"]:
        yield "Nothing was judged, so nothing is said about the client."
        return
    subject = " ".join(filter(None, (report["subject"]["name"], report["subject"]["version"])))
    yield (
        f"{subject or 'The client'} {_done(report)}"
        f" {plural(counts['judgements'], 'judgement')} about {_judged(report)}"
        + (f" of requirement set {scope['requirement_set']}." if scope["requirement_set"] else ".")
    )
    if scope["capabilities"]:
        yield f"The client claims: {', '.join(scope['capabilities'])}."
    if scope["door"] in _WITNESSES:
        yield _WITNESSES[scope["door"]]
    yield (
        "Only what the service's documents, the provider's public documentation and the"
        " standards ask decides the verdict; hardening advice is shown apart."
    )


def _done(report: Mapping[str, Any]) -> str:
    if report["scope"]["door"] == "artefact":
        return "gave"
    counts = report["counts"]
    return (
        f"went through {plural(counts['stagings'], 'situation')} with"
        f" {plural(counts['exchanges'], 'exchange')}, which gave"
    )


def _judged(report: Mapping[str, Any]) -> str:
    return plural(sum(1 for row in report["requirements"] if row["judgements"]), "requirement")


def _says_not(report: Mapping[str, Any]) -> Iterator[str]:
    counts, run, rows = report["counts"], report["run"], report["requirements"]
    if counts["not_reached"] or run["interrupted"]:
        what = "The run was interrupted" if run["interrupted"] else "Preflight stopped the run"
        yield (
            f"{what}:"
            f" {plural(counts['not_reached'], 'requirement was', 'requirements were')} not reached."
        )
    if run["selected"]:
        yield (
            "Only a selection was run:"
            f" {plural(counts['not_selected'], 'requirement was', 'requirements were')} not"
            " selected, and nothing is said about them."
        )
    if report["scope"]["target"] in _TARGETS:
        yield _TARGETS[report["scope"]["target"]]
    if counts["excluded"]:
        yield (
            f"{plural(counts['excluded'], 'requirement')} cannot be checked by any run; each is"
            " listed with the reason."
        )
    for outcome, words in (
        (Outcome.NOT_OBSERVABLE, "could not be observed here"),
        (Outcome.NOT_APPLICABLE, "did not apply to this client"),
    ):
        if found := sum(1 for row in rows if row["outcome"] == outcome):
            yield f"{plural(found, 'requirement')} {words}; see the reasons in the table."
    if soft := _soft(report):
        yield (
            f"{plural(soft, 'refusal was', 'refusals were')} right, but the client could not say"
            " why it refused: a warning, because it may have refused for another reason."
        )
    if waived := sum(1 for row in rows if row["outcome"] == Outcome.WAIVED):
        yield f"{plural(waived, 'failed requirement is', 'failed requirements are')} waived."


def _soft(report: Mapping[str, Any]) -> int:
    return sum(
        1
        for row in report["requirements"]
        for judgement in row["judgements"]
        if judgement["finding"] and judgement["finding"]["soft"]
    )
