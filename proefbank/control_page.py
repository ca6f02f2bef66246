"""The page at `/.proefbank/`: what a simulated service is doing, and buttons to provoke it.

One self-contained document: readable without script, no request to anybody else.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .6rem .25rem 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
code, input.code { font: .9em ui-monospace, monospace; }
form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin: .6rem 0; }
label { display: grid; font-size: .85rem; }
button, input, select { font: inherit; padding: .25rem .6rem; }
:focus-visible { outline: 3px solid #2684ff; outline-offset: 1px; }
#said { min-height: 1.5em; font-weight: 600; }
"""

_SCRIPT = """
const said = document.getElementById('said');
const tell = text => { said.textContent = text; };
async function send(method, path, body) {
  const told = body === undefined ? {} :
    {headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)};
  try {
    const answer = await fetch(path, {method, ...told});
    const data = await answer.json();
    if (answer.ok) { location.reload(); } else { tell(data.message); }
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


def page(state: Mapping[str, Any], stimuli: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
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
<p>{escape(str(state["mode"]))} {escape(str(state["tokens_alive"]))} tokens alive.
 <a href="openapi.json">OpenAPI</a> · <a href="journal">journal</a> · <a href="state">state</a></p>
<p id="said" role="status" aria-live="polite"></p>
<noscript><p>The buttons need script; the same can be done with curl.</p></noscript>
<p><button data-method="POST" data-path="reset">Reset</button>
 <button data-method="POST" data-path="tokens/revoke">Revoke all tokens</button></p>
<h2>Stimuli</h2>
{_armed(state["armed"])}
<form id="arm"><label>Stimulus <select name="name">{_options(stimuli)}</select></label>
<label>Times <input name="times" type="number" min="1" value="1" size="4"></label>
<label>Parameters <input class="code" name="params" value="{{}}" size="34"></label>
<button>Arm</button></form><p id="about"></p>
<h2>Clock</h2>
<p>{escape(state["clock"]["iso"])} ({state["clock"]["offset_s"]:+.0f} s)</p>
<form id="advance"><label>Seconds <input name="seconds" type="number" value="600"></label>
<button>Advance</button>
<button type="button" data-method="POST" data-path="clock" data-body='{{"reset": true}}'>
Back to now</button></form>
<h2>Last exchanges</h2>
<table><thead><tr><th>no.<th>at<th>request<th>status<th>first found<th>stimulus</tr></thead>
<tbody id="rows">{_rows(reversed(state["exchanges"]))}</tbody></table>
<h2>For the client</h2>
<table>{_pairs(state["endpoints"])}</table>
<table><thead><tr><th>account<th>client id<th>capacity<th>enterprise number</tr></thead>
<tbody>{_accounts(state["accounts"])}</tbody></table>
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


def _accounts(accounts: Iterable[Mapping[str, Any]]) -> str:
    names = ("name", "client_id", "capacity", "enterprise_number")
    return "".join(f"<tr>{_cells(item[name] for name in names)}</tr>" for item in accounts)


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
