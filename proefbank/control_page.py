"""The page at `/.proefbank/`: what a simulated service is doing, and buttons to provoke it.

One self-contained document: readable without script, no request to anybody else.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from proefbank.serving import Action, Field

__all__ = ["page"]

_TELLING = 40

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .6rem .25rem 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
code, input.code { font: .9em ui-monospace, monospace; }
form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin: .6rem 0; }
label { display: grid; font-size: .85rem; grid-template-columns: minmax(0, 1fr); max-width: 100%; }
button, input, select { font: inherit; max-width: 100%; padding: .25rem .6rem; }
@media (max-width: 40rem) { table { display: block; overflow-x: auto; } }
:focus-visible { outline: 3px solid #2684ff; outline-offset: 1px; }
.current { font-weight: 600; }
output { display: block; overflow-wrap: anywhere; font: .8em ui-monospace, monospace; }
#said { min-height: 1.5em; font-weight: 600; }
"""

_SCRIPT = """
const said = document.getElementById('said');
const tell = text => { said.textContent = text; };
async function send(method, path, body, shown) {
  const told = body === undefined ? {} :
    {headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)};
  try {
    const answer = await fetch(path, {method, ...told});
    const data = await answer.json();
    if (!answer.ok) tell(data.message);
    else if (shown) shown.textContent = JSON.stringify(data, null, 1);
    else location.reload();
  } catch (problem) { tell('not done: ' + problem.message); }
}
const known = JSON.parse(document.getElementById('known').textContent);
const pick = document.querySelector('#arm [name=name]');
const params = document.querySelector('#arm [name=params]');
const about = document.getElementById('about');
const show = () => { params.value = JSON.stringify(known[pick.value].params);
  about.textContent = known[pick.value].description; };
pick.addEventListener('change', show); show();
document.addEventListener('submit', event => {
  event.preventDefault();
  const form = event.target, field = name => form.elements[name].value;
  try {
    if (form.id === 'arm') send('POST', 'stimuli', {name: field('name'),
      times: Number(field('times')), params: JSON.parse(field('params') || '{}')});
    if (form.dataset.action) {
      const told = {};
      for (const one of form.querySelectorAll('[name]'))
        told[one.name] = one.type === 'number' ? Number(one.value) : one.value;
      send('POST', form.dataset.action, told, form.querySelector('output'));
    }
    if (form.id === 'advance') send('POST', 'clock', {advance: Number(field('seconds'))});
  } catch (problem) { tell('the parameters are not JSON: ' + problem.message); }
});
document.addEventListener('click', event => {
  const told = event.target.dataset;
  if (told.path) send(told.method, told.path, told.body ? JSON.parse(told.body) : undefined);
});
const rows = document.getElementById('rows');
async function look() {
  const state = await (await fetch('state')).json();
  rows.replaceChildren(...state.exchanges.toReversed().map(item => {
    const row = document.createElement('tr');
    for (const name of ['number', 'at', 'request', 'status', 'found', 'stimulus']) {
      row.insertCell().textContent = item[name];
    }
    return row;
  }));
}
// Not over HTTPS: a connection of ours could take the bad certificate meant for the client.
if (location.protocol === 'http:')
  setInterval(() => document.hidden || look().catch(() => 0), 2000);
"""


def page(
    state: Mapping[str, Any],
    stimuli: Mapping[str, Mapping[str, Any]],
    actions: Mapping[str, Action],
) -> tuple[str, str]:
    """Return the page and the Content-Security-Policy that goes with it."""
    nonce = secrets.token_urlsafe(12)
    policy = (
        f"default-src 'none'; img-src data:; style-src 'nonce-{nonce}'; "
        f"script-src 'nonce-{nonce}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    title = escape(f"{state['service']}, simulated")
    known = json.dumps(stimuli).replace("<", "\\u003c")
    html = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><style nonce="{nonce}">{_STYLE}</style></head>
<body><h1>{title}</h1>
<p>{escape(_says(state))}
 <a href="openapi.json">OpenAPI</a> · <a href="journal">journal</a> · <a href="state">state</a></p>
<p id="said" role="status" aria-live="polite"></p>
<noscript><p>The buttons need script; the same can be done with curl.</p></noscript>
<p><button data-method="POST" data-path="reset">Reset</button>{_revoke(state)}</p>
{"".join(_action(item) for item in actions.values())}
<h2>Stimuli</h2>
{_armed(state["armed"])}
<form id="arm"><label>Stimulus <select name="name">{_options(stimuli)}</select></label>
<label>Times <input name="times" type="number" min="1" value="1" size="4"></label>
<label>Parameters <input class="code" name="params" value="{{}}" size="34"></label>
<button>Arm</button></form><p id="about"></p>
<h2>Clock</h2>
<p>{escape(state["clock"]["iso"])} ({state["clock"]["offset_s"]:+.0f} s)</p>
<form id="advance"><label>Seconds <input name="seconds" type="number"
 value="{state.get("advance_s", 600)}"></label>
<button>Advance</button>
<button type="button" data-method="POST" data-path="clock" data-body='{{"reset": true}}'>
Back to now</button></form>
<h2>Last exchanges</h2>
<table><thead><tr><th>no.<th>at<th>request<th>status<th>first found<th>stimulus</tr></thead>
<tbody id="rows">{_rows(reversed(state["exchanges"]))}</tbody></table>
<h2>For the client</h2>
<table>{_pairs(state["endpoints"])}</table>
{"".join(_table(title, rows) for title, rows in state.get("tables", {}).items())}
<script type="application/json" id="known" nonce="{nonce}">{known}</script>
<script nonce="{nonce}">{_SCRIPT}</script></body></html>
"""
    return html, policy


def _cells(values: Iterable[object]) -> str:
    return "".join(f"<td>{escape(str(value))}" for value in values)


def _rows(exchanges: Iterable[Mapping[str, Any]]) -> str:
    names = ("number", "at", "request", "status", "found", "stimulus")
    return "".join(f"<tr>{_cells(item[name] for name in names)}</tr>" for item in exchanges)


def _pairs(pairs: Mapping[str, str]) -> str:
    return "".join(
        f"<tr><th scope='row'>{escape(name)}<td><code>{escape(value)}</code></tr>"
        for name, value in pairs.items()
    )


def _says(state: Mapping[str, Any]) -> str:
    alive = state.get("tokens_alive")
    told = [state["mode"], state.get("says", ""), "" if alive is None else f"{alive} tokens alive."]
    return " ".join(str(part) for part in told if part)


def _revoke(state: Mapping[str, Any]) -> str:
    if "tokens_alive" not in state:
        return ""
    return ' <button data-method="POST" data-path="tokens/revoke">Revoke all tokens</button>'


def _table(title: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a table; a row that is `current` stands out."""
    rows = list(rows)
    names = [name for name in (rows[0] if rows else ()) if name != "current"]
    head = "".join(f"<th>{escape(name.replace('_', ' '))}" for name in names)
    body = "".join(
        f"<tr{' class=current' if row.get('current') else ''}>"
        f"{_cells('' if row[name] is None else row[name] for name in names)}</tr>"
        for row in rows
    )
    return (
        f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _action(action: Action) -> str:
    inputs = "".join(
        f'<label title="{escape(field.description)}">{escape(field.name)} {_input(field)}</label>'
        for field in action.fields
    )
    shown = "<output></output>" if action.shows else ""
    return (
        f"<h2>{escape(action.name.capitalize())}</h2><p>{escape(action.description)}</p>"
        f'<form data-action="{escape(action.name)}">{inputs}<button>Do it</button>{shown}</form>'
        f"{''.join(_about(field) for field in action.fields)}"
    )


def _about(field: Field) -> str:
    """Return what a form says of a field that its name does not."""
    if len(field.description) < _TELLING:
        return ""
    return f"<p><small>{escape(field.name)}: {escape(field.description)}</small></p>"


def _input(field: Field) -> str:
    value = "" if field.default is None else str(field.default)
    name = escape(field.name)
    if field.choices:
        options = "".join(
            f"<option{' selected' if one == value else ''}>{escape(one)}</option>"
            for one in field.choices
        )
        return f'<select name="{name}">{options}</select>'
    kind = "number" if isinstance(field.default, int) else "text"
    return f'<input name="{name}" type="{kind}" value="{escape(value)}">'


def _options(stimuli: Mapping[str, Mapping[str, Any]]) -> str:
    layers: dict[str, list[str]] = {}
    for name, item in stimuli.items():
        layers.setdefault(item["layer"], []).append(f"<option>{escape(name)}</option>")
    return "".join(
        f'<optgroup label="{escape(layer)}">{"".join(options)}</optgroup>'
        for layer, options in layers.items()
    )


def _armed(armed: Iterable[Mapping[str, Any]]) -> str:
    items = "".join(
        f"<li><code>{escape(item['name'])}</code> × {item['left']} "
        f"<code>{escape(json.dumps(item['params']))}</code> "
        f'<button data-method="DELETE" data-path="stimuli?name={escape(item["name"])}">Disarm'
        "</button></li>"
        for item in armed
    )
    return f"<ul>{items}</ul>" if items else "<p>Nothing is armed.</p>"
