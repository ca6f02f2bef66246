"""The adapter protocol on trial: every way in which a process can misbehave, and the schema."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from proefbank.clients.adapter import OPERATIONS, REJECT_CLASSES, LogLine, Outcome
from proefbank.clients.process import ProcessClient
from proefbank.clients.schema import protocol_schema
from proefbank.errors import BenchError, NotAssessed, NotObservable

ADAPTER = """
import json, os, sys, time

def say(**members):
    print(json.dumps(members), flush=True)

def hello(seq):
    say(seq=seq, protocol=1, capabilities=["token", "api"], clock="settable",
        concurrency=CONCURRENCY, of_no_interest=[1, 2],
        implementation=dict(name="probe", version="1", language="Python", colour="red"))

def scenario(seq, line):
    say(seq=seq)

def call(seq, op, args):
    say(seq=seq, outcome="accepted", value={"op": op, **args})

CONCURRENCY = 1
__SNIPPET__

for raw in sys.stdin:
    line = json.loads(raw)
    with open("heard.ndjson", "a") as heard:
        heard.write(raw)
    seq, cmd = line["seq"], line["cmd"]
    if cmd == "hello":
        hello(seq)
    elif cmd == "scenario":
        scenario(seq, line)
    elif cmd == "call":
        call(seq, line["op"], line["args"])
    else:
        say(seq=seq)
"""

MEMBERS = {
    "run": "r1",
    "ca_file": "/tmp/ca.pem",
    "socialsecurity": {
        "token_endpoint": "https://127.0.0.1:1/REST/oauth/v5/token",
        "audience": "https://127.0.0.1:1/REST/oauth/v5/token",
        "api_base": "https://127.0.0.1:1/REST/demo/v1",
        "client_id": "demo:client",
        "private_key_file": "key.pem",
        "certificate_file": "certificate.pem",
        "scope": None,
    },
}

WHOLE = "protocol=1, clock='system', implementation=dict(name='n', version='1', language='C')"

Start = Callable[..., ProcessClient]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start adapters from a snippet that redefines `hello`, `scenario` or `call`."""
    monkeypatch.chdir(tmp_path)
    clients: list[ProcessClient] = []

    def start_one(snippet: str = "", **options: float) -> ProcessClient:
        (tmp_path / "adapter.py").write_text(ADAPTER.replace("__SNIPPET__", snippet))
        command = shlex.join([sys.executable, "-I", "-S", "adapter.py"])
        chosen = {"hello_timeout": 5.0, "setup_timeout": 5.0, "bye_timeout": 1.0, **options}
        client = ProcessClient(command, **chosen)  # type: ignore[arg-type]
        clients.append(client)
        return client

    yield start_one
    for client in clients:
        client.bye()


def heard(tmp_path: Path) -> list[dict[str, object]]:
    """Return every line that any process of this test heard."""
    return [json.loads(line) for line in (tmp_path / "heard.ndjson").read_text().splitlines()]


def fetch(client: ProcessClient, timeout: float = 5.0) -> Outcome:
    """Ask for one token."""
    return client.call("token.fetch", {"scope": None}, timeout)


def noted(log: list[LogLine], word: str) -> list[LogLine]:
    """Return the log lines whose text or note holds `word`."""
    return [line for line in log if word in line.text or word in line.note]


def test_a_whole_run_follows_the_schema(start: Start, tmp_path: Path) -> None:
    client = start()
    hello = client.hello()
    assert (hello.implementation.name, hello.capabilities) == ("probe", ("token", "api"))
    assert client.scenario(MEMBERS) is None
    assert client.clock(1_700_000_000.5) is None
    outcome = client.call("api.call", {"method": "GET", "path": "/x", "body": None}, 2)
    assert outcome.kind == "accepted"
    assert (outcome.value or {})["path"] == "/x"
    client.bye()
    lines = heard(tmp_path)
    assert [line["cmd"] for line in lines] == ["hello", "scenario", "clock", "call", "bye"]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5]
    sent = jsonschema_rs.validator_for(protocol_schema("lineToAdapter"))
    for line in lines:
        sent.validate(line)
    assert client.drain_log() == []


@pytest.mark.parametrize(
    ("snippet", "word"),
    [
        ('print("debug: starting", flush=True)', "not a JSON object"),
        ('print(json.dumps(["a", "list"]), flush=True)', "not a JSON object"),
        ('print(json.dumps({"level": "info"}), flush=True)', "no seq"),
        ('print(json.dumps({"seq": True}), flush=True)', "no whole number seq"),
        ('print(json.dumps({"seq": "3"}), flush=True)', "no whole number seq"),
        ("print('{\"seq\": 1e999}', flush=True)", "no whole number seq"),
        ("print('{\"seq\": ' + '9' * 5000 + '}', flush=True)", "not a JSON object"),
        ("print('{\"a\":' * 100000, flush=True)", "not a JSON object"),
        ('sys.stdout.buffer.write(b"\\xff\\xfe\\n"); sys.stdout.flush()', "not a JSON object"),
        ('print("x" * (3 << 20), flush=True)', "longer than 1048576 bytes"),
        ('print("to the error stream", file=sys.stderr, flush=True)', "to the error stream"),
    ],
)
def test_noise_is_log_evidence(start: Start, snippet: str, word: str) -> None:
    body = "\n".join(["    " + snippet, '    say(seq=seq, outcome="accepted", value={})'])
    client = start(f"def call(seq, op, args):\n{body}")
    client.scenario(MEMBERS)
    assert fetch(client) == Outcome.accepted({})
    client.bye()
    log = client.drain_log()
    assert len(noted(log, word)) == 1
    assert all(len(line.text) < 3000 for line in log)


def test_a_number_with_a_point_and_a_byte_order_mark_are_understood(start: Start) -> None:
    client = start(
        "def call(seq, op, args):\n"
        "    text = json.dumps({'seq': float(seq), 'outcome': 'accepted', 'value': {}})\n"
        "    sys.stdout.buffer.write(b'\\xef\\xbb\\xbf' + text.encode() + b'\\r\\n')\n"
        "    sys.stdout.flush()"
    )
    client.scenario(MEMBERS)
    assert fetch(client) == Outcome.accepted({})


def test_half_a_character_in_an_answer_can_still_be_written_down(start: Start) -> None:
    client = start(
        "def call(seq, op, args):\n"
        "    say(seq=seq, outcome='accepted', value={'half': '\\ud83d', 'whole': '\U0001f600'})"
    )
    client.scenario(MEMBERS)
    assert fetch(client) == Outcome.accepted({"half": "?", "whole": "\U0001f600"})


def test_answers_in_any_order_with_three_in_flight(start: Start) -> None:
    client = start(
        "CONCURRENCY, held = 3, []\n"
        "def call(seq, op, args):\n"
        "    held.append((seq, args['path']))\n"
        "    if len(held) == 3:\n"
        "        for seq, path in reversed(held):\n"
        "            say(seq=seq, outcome='accepted', value={'path': path})\n"
        "        held.clear()"
    )
    client.scenario(MEMBERS)
    asked = [("api.call", {"method": "GET", "path": f"/{n}", "body": None}) for n in range(6)]
    outcomes = client.calls(asked, 5)
    assert [(item.value or {}).get("path") for item in outcomes] == [f"/{n}" for n in range(6)]


def test_one_line_at_a_time_without_concurrency(start: Start) -> None:
    client = start(
        "import select\n"
        "def call(seq, op, args):\n"
        "    more = select.select([0], [], [], 0.05)[0]\n"
        "    say(seq=seq, outcome='accepted', value={'more': bool(more)})"
    )
    client.scenario(MEMBERS)
    outcomes = client.calls([("token.fetch", {"scope": None})] * 3, 5)
    assert [(item.value or {})["more"] for item in outcomes] == [False] * 3


def test_an_unknown_number_is_no_answer_and_its_value_is_not_written_down(start: Start) -> None:
    client = start(
        "def call(seq, op, args):\n"
        "    say(seq=99, outcome='accepted', value={'access_token': 'canary-canary'})\n"
        "    say(seq=seq - 1, outcome='accepted', value={'access_token': 'canary-canary'})"
    )
    client.scenario(MEMBERS)
    assert fetch(client, 0.2) == Outcome.crashed("time ran out")
    log = client.drain_log()
    assert noted(log, "no line has seq 99")
    assert noted(log, "seq 2 was answered before")
    assert noted(log, "no answer within 0.2 s; lines came that answer nothing")
    assert not noted(log, "canary")


def test_the_first_of_two_answers_counts(start: Start) -> None:
    client = start(
        "def call(seq, op, args):\n"
        "    say(seq=seq, outcome='rejected', **{'class': 'malformed'}, detail='first')\n"
        "    say(seq=seq, outcome='accepted', value={})"
    )
    client.scenario(MEMBERS)
    assert fetch(client) == Outcome.rejected("malformed", "first")
    client.scenario(MEMBERS)
    assert noted(client.drain_log(), "was answered before")


def test_a_late_answer_is_log_evidence_and_the_next_call_goes_on(start: Start) -> None:
    client = start(
        "def call(seq, op, args):\n"
        "    time.sleep(args.get('sleep', 0))\n"
        "    say(seq=seq, outcome='accepted', value={})"
    )
    client.scenario(MEMBERS)
    assert client.call("token.fetch", {"sleep": 0.3}, 0.1) == Outcome.crashed("time ran out")
    assert fetch(client) == Outcome.accepted({})
    assert len(noted(client.drain_log(), "late answer to seq 3")) == 1


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ("{}", "answer not understood: outcome is nothing"),
        ("{'outcome': 'acepted'}", 'outcome is "acepted"'),
        ("{'outcome': 'accepted'}", "answer not understood: accepted without an object value"),
        ("{'outcome': 'accepted', 'value': 'canary'}", "without an object value"),
        ("{'outcome': ['canary']}", "outcome is a list"),
        ("{'outcome': 'crashed', 'detail': 'out of\\x1b[31m memory'}", "out of␛[31m memory"),
        ("{'outcome': 'unsupported', 'reason': 'not today'}", "unsupported (not today)"),
    ],
)
def test_an_answer_that_is_not_understood_is_crashed(
    start: Start, answer: str, detail: str
) -> None:
    client = start(f"def call(seq, op, args):\n    say(seq=seq, **{answer})")
    client.scenario(MEMBERS)
    outcome = fetch(client)
    assert outcome.kind == "crashed"
    assert detail in outcome.detail
    assert "canary" not in outcome.detail


@pytest.mark.parametrize("given", ["{'class': 'nonsense'}", "{}", "{'class': 7}"])
def test_an_unknown_class_is_unclassified(start: Start, given: str) -> None:
    client = start(
        f"def call(seq, op, args):\n    say(seq=seq, outcome='rejected', detail='no', **{given})"
    )
    client.scenario(MEMBERS)
    outcome = fetch(client)
    assert (outcome.kind, outcome.reject_class) == ("rejected", "unclassified")
    assert outcome.detail.startswith("no (the adapter gave ")


def test_unsupported_stays_so_for_a_capability_that_is_not_claimed(start: Start) -> None:
    client = start("def call(seq, op, args):\n    say(seq=seq, outcome='unsupported', reason='x')")
    client.scenario(MEMBERS)
    assert client.call("jwt.verify", {"token": "t"}, 5) == Outcome.unsupported("x")


CRASHING = """
def call(seq, op, args):
    if args["scope"] == "die":
        print("last words", file=sys.stderr, flush=True)
        os._exit(7)
    say(seq=seq, outcome="accepted", value={})
"""


def test_a_dead_adapter_is_started_once_more_for_each_scenario(
    start: Start, tmp_path: Path
) -> None:
    client = start(CRASHING)
    die, live = ("token.fetch", {"scope": "die"}), ("token.fetch", {"scope": "live"})
    client.scenario(MEMBERS)
    client.clock(5.0)
    first = client.calls([live, die, live], 5)
    assert [item.kind for item in first] == ["accepted", "crashed", "accepted"]
    assert "ended with exit code 7 during the call" in first[1].detail
    assert "last words" in first[1].detail
    second = client.calls([die, live], 5)
    assert [item.kind for item in second] == ["crashed", "crashed"]
    assert "not sent: the adapter ended with exit code 7, the second time" in second[1].detail
    assert client.scenario(MEMBERS) is None
    assert client.calls([live], 5)[0].kind == "accepted"
    told = [line["cmd"] for line in heard(tmp_path)]
    opening = ["hello", "scenario"]
    assert told == [
        *opening, "clock", "call", "call", *opening, "clock", "call", "call", *opening, "call",
    ]  # fmt: skip
    seqs = [line["seq"] for line in heard(tmp_path)]
    assert seqs == sorted(set(map(int, map(str, seqs))))


def test_calls_in_flight_die_with_the_adapter(start: Start) -> None:
    client = start(
        "CONCURRENCY, seen = 3, []\n"
        "def call(seq, op, args):\n"
        "    seen.append(seq)\n"
        "    if args['scope'] == 'die' and len(seen) == 3: os._exit(0)\n"
        "    if args['scope'] == 'live': say(seq=seq, outcome='accepted', value={})"
    )
    client.scenario(MEMBERS)
    asked = [("token.fetch", {"scope": scope}) for scope in ["die", "die", "die", "live", "live"]]
    kinds = [item.kind for item in client.calls(asked, 5)]
    assert kinds == ["crashed", "crashed", "crashed", "accepted", "accepted"]


def test_after_a_crashed_scenario_no_call_is_sent(start: Start, tmp_path: Path) -> None:
    client = start(
        "def scenario(seq, line):\n"
        "    say(seq=seq, **({} if line['run'] == 'good' else\n"
        "        {'outcome': 'crashed', 'detail': 'no such key'}))"
    )
    assert client.scenario({**MEMBERS, "run": "bad"}) == Outcome.crashed("no such key")
    assert client.clock(1.0) == Outcome.crashed("no such key")
    assert fetch(client) == Outcome.crashed("not sent: no such key")
    assert client.scenario({**MEMBERS, "run": "good"}) is None
    assert fetch(client).kind == "accepted"
    assert [line["cmd"] for line in heard(tmp_path)] == ["hello", "scenario", "scenario", "call"]


def test_a_scenario_that_kills_the_adapter_is_tried_twice(start: Start, tmp_path: Path) -> None:
    client = start("def scenario(seq, line):\n    os._exit(3)")
    outcome = client.scenario(MEMBERS)
    assert outcome is not None
    assert "ended with exit code 3, the second time in this scenario" in outcome.detail
    assert [line["cmd"] for line in heard(tmp_path)] == ["hello", "scenario"] * 2


def test_a_scenario_may_take_no_longer_than_its_time(start: Start) -> None:
    snippet = "def scenario(seq, line):\n    time.sleep(9)"
    client = start(snippet, setup_timeout=0.1, bye_timeout=0.1)
    assert client.scenario(MEMBERS) == Outcome.crashed("time ran out")


def test_an_adapter_that_does_not_read_cannot_hold_up_the_bench(start: Start) -> None:
    client = start("def call(seq, op, args):\n    time.sleep(60)", bye_timeout=0.1)
    client.scenario(MEMBERS)
    large = {"method": "POST", "path": "/", "body": "x" * 2_000_000}
    began = time.monotonic()
    for _ in range(2):
        assert client.call("api.call", large, 0.1) == Outcome.crashed("time ran out")
    client.bye()
    assert time.monotonic() - began < 5
    assert noted(client.drain_log(), "still ran 0.1 s after bye")


def test_a_clock_that_is_not_settable_is_not_observable(start: Start, tmp_path: Path) -> None:
    client = start(
        "def hello(seq):\n"
        "    say(seq=seq, protocol=1, capabilities=['token'], clock='system',\n"
        "        implementation=dict(name='n', version='1', language='C'))"
    )
    client.scenario(MEMBERS)
    with pytest.raises(NotObservable, match="runs on system time"):
        client.clock(1.0)
    assert "clock" not in {line["cmd"] for line in heard(tmp_path)}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ("protocol=None", "none of the protocol versions"),
        ("protocol=2", "answered protocol 2"),
        ("protocol=1, clock='system'", "no object implementation"),
        ("protocol=1, clock='sundial'", 'its clock is "sundial"'),
        ("protocol=1, clock='system', concurrency=0", "its concurrency is 0"),
        ("protocol=1, clock='system', implementation={'name': 'x'}", "nothing for version"),
        (f"{WHOLE}, capabilities='token'", "has no list capabilities"),
        (
            f"{WHOLE}, capabilities=['tokens']",
            '"tokens", and protocol 1 knows token, api, jwt, sign; did it mean token?',
        ),
        ("outcome='crashed', detail='no library'", 'hello with "crashed": no library'),
    ],
)
def test_a_hello_that_cannot_be_used_is_not_assessed(
    start: Start, members: str, message: str
) -> None:
    client = start(f"def hello(seq):\n    say(seq=seq, {members})")
    with pytest.raises(NotAssessed) as caught:
        client.hello()
    assert message in caught.value.message
    assert caught.value.where == "--client-command"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("false", "it ended with exit code 1 before it said hello"),
        ("sleep 60", "it said no hello within 0.3 s"),
        ("yes", "it said no hello within 0.3 s\n    stdout: y"),
        ("sh -c 'echo no such library >&2; exit 4'", "exit code 4 before it said hello\n    std"),
        ("sh -c 'kill -SEGV $$'", "was ended by signal SIGSEGV"),
        ("sh -c 'exec >&-; sleep 60'", "closed its standard output before it said hello"),
    ],
)
def test_who_never_says_hello_is_not_assessed(command: str, message: str) -> None:
    client = ProcessClient(command, hello_timeout=0.3)
    began = time.monotonic()
    with pytest.raises(NotAssessed) as caught:
        client.hello()
    assert message in caught.value.message
    assert caught.value.exit_code == 3
    assert caught.value.where == "--client-command"
    assert '{"seq": 1, "cmd": "hello", "protocols": [1]}' in caught.value.hint
    assert time.monotonic() - began < 5
    client.bye()


@pytest.mark.parametrize(
    ("command", "exit_code", "words"),
    [
        ("no-such-program-here", 3, ["there is no command no-such-program-here", "on PATH"]),
        ("./adaptr.py", 3, ["there is no command ./adaptr.py", "near to it: adapter.py"]),
        ("./adapter.py", 3, ["may not be executed", "chmod +x ./adapter.py", "python3 adapter.py"]),
        ("adapter.py", 3, ["a file of that name in this directory", "python3 adapter.py"]),
        ("./broken.sh", 3, ["the interpreter in its first line is not here", "sh broken.sh"]),
        (".", 3, [". is a folder, not a command"]),
        ("A=1 node adapter.js", 3, ["without a shell", "env A=1 node adapter.js"]),
        ("node 'adapter.js", 4, ["cannot be read: no closing quotation"]),
        ("  ", 4, ["the command is empty"]),
    ],
)
def test_a_command_that_cannot_be_started_says_what_to_do(
    command: str,
    exit_code: int,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "adapter.py").write_text("")
    (tmp_path / "broken.sh").write_text("#!/no/such/shell\n")
    (tmp_path / "broken.sh").chmod(0o755)
    with pytest.raises(BenchError) as caught:
        ProcessClient(command).hello()
    assert caught.value.exit_code == exit_code
    for word in words:
        assert word in str(caught.value)


def alive(pid: int) -> bool:
    """Whether a process runs and is not merely waiting to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def gone(pid: int) -> bool:
    """Whether a process is gone within a second."""
    until = time.monotonic() + 1
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not alive(pid)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("end", ["bye", "death"])
def test_children_left_behind_go_with_the_adapter(start: Start, end: str) -> None:
    client = start(
        "import subprocess\n"
        "def call(seq, op, args):\n"
        "    if args['scope'] == 'die': os._exit(0)\n"
        "    child = subprocess.Popen(['sleep', '60'])\n"
        "    say(seq=seq, outcome='accepted', value={'pid': child.pid})"
    )
    client.scenario(MEMBERS)
    pid = (fetch(client).value or {})["pid"]
    assert isinstance(pid, int)
    assert alive(pid)
    if end == "death":
        outcome = client.call("token.fetch", {"scope": "die"}, 5)
        assert "ended with exit code 0 during the call" in outcome.detail
    else:
        client.bye()
    assert gone(pid)


def test_the_environment_has_no_proxy_and_the_runs_ca(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "https_proxy", "No_Proxy", "ALL_PROXY", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, "old")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "old")
    monkeypatch.setenv("KEPT", "kept")
    monkeypatch.setenv("REMOVED", "old")
    start("def call(seq, op, args):\n    say(seq=seq, outcome='accepted', value=dict(os.environ))")
    client = ProcessClient(
        shlex.join([sys.executable, "-I", "-S", "adapter.py"]),
        ca_file="ca.pem",
        env_overrides={"ADDED": "1", "REMOVED": None, "PIP_CERT": "mine"},
    )
    client.scenario(MEMBERS)
    seen = fetch(client).value or {}
    client.bye()
    assert not [name for name in seen if name.lower().endswith("_proxy")]
    assert "SSL_CERT_DIR" not in seen
    assert "REMOVED" not in seen
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert seen[name] == str(tmp_path / "ca.pem")
    assert (seen["KEPT"], seen["ADDED"], seen["PIP_CERT"]) == ("kept", "1", "mine")
    assert os.environ["REQUESTS_CA_BUNDLE"] == "old"


def test_a_flood_of_noise_keeps_the_last_lines(start: Start) -> None:
    client = start(
        "def call(seq, op, args):\n"
        "    for n in range(3000): print('noise', n)\n"
        "    say(seq=seq, outcome='accepted', value={})"
    )
    client.scenario(MEMBERS)
    assert fetch(client).kind == "accepted"
    log = client.drain_log()
    assert log[0] == LogLine("bench", "2000 earlier lines were dropped")
    assert log[-1].text == "noise 2999"
    assert client.drain_log() == []


ANSWERS: list[tuple[str, dict[str, object], bool]] = [
    ("callAnswer", Outcome.accepted({"access_token": "t"}).to_json(), True),
    *(("callAnswer", Outcome.rejected(name, "why").to_json(), True) for name in REJECT_CLASSES),
    ("callAnswer", Outcome.unsupported("why").to_json(), True),
    ("callAnswer", Outcome.crashed("why").to_json(), True),
    ("callAnswer", {"outcome": "rejected", "class": "nonsense", "detail": ""}, False),
    ("callAnswer", {"outcome": "accepted"}, False),
    ("callAnswer", {}, False),
    ("setupAnswer", {}, True),
    ("setupAnswer", {"outcome": "accepted", "value": {}}, False),
    ("helloAnswer", {"protocol": None}, True),
    ("helloAnswer", {"protocol": 1}, False),
    ("byeAnswer", {"extra": 1}, True),
]


@pytest.mark.parametrize(("definition", "answer", "valid"), ANSWERS)
def test_the_schema_knows_an_answer(
    definition: str, answer: dict[str, object], *, valid: bool
) -> None:
    validator = jsonschema_rs.validator_for(protocol_schema(definition))
    assert validator.is_valid({"seq": 4, **answer}) is valid


def test_the_schema_and_the_values_name_the_same_things() -> None:
    definitions = protocol_schema()["$defs"]
    assert definitions["rejectClass"]["enum"] == list(REJECT_CLASSES)
    assert definitions["call"]["properties"]["op"]["enum"] == list(OPERATIONS)
    jsonschema_rs.meta.validate(protocol_schema())


@pytest.mark.parametrize(
    ("op", "args", "valid"),
    [
        ("token.fetch", {"scope": None}, True),
        ("token.fetch", {}, False),
        ("api.call", {"method": "GET", "path": "/a?b=c", "body": [1]}, True),
        ("jwt.verify", {"token": "a.b.c", "issuer": "https://127.0.0.1/r"}, True),
        ("sign.start", {"documents": [{"id": "1", "sha256": "AA=="}], "lang": "nl"}, True),
        ("sign.start", {"documents": [{"id": "1"}], "lang": "nl"}, False),
        ("sign.resume", {"session": 7, "returned_to": "https://127.0.0.1/back"}, True),
        ("sign.forget", {}, False),
    ],
)
def test_the_schema_knows_the_arguments(op: str, args: dict[str, object], *, valid: bool) -> None:
    validator = jsonschema_rs.validator_for(protocol_schema("lineToAdapter"))
    line = {"seq": 1, "cmd": "call", "op": op, "args": args, "timeout": 1.5}
    assert validator.is_valid(line) is valid
