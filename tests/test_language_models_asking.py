"""Asking a server: faults, budget, concurrency, the record; killed and resumed; replayed without a server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.language_server import LanguageServer, Law
from valuescape.language_models.asking import NOTHING_LEFT, Patience, ask
from valuescape.language_models.call_budget import Budget, Prices, Spending
from valuescape.language_models.endpoint import Endpoint, LostError, NotTakenError
from valuescape.language_models.exchange_record import Record
from valuescape.language_models.exchanges import CHAT, COMPLETION, Reply, Request
from valuescape.model.errors import InputError

PROMPT = 'A: "cats"\nB: "dogs"\n7 of 10 chose: A\n3 of 10 chose: B'
QUICK = Patience(attempts=5, first=0.01, most=0.1)
EXACT = {CHAT: {"logprobs": True, "top_logprobs": 20, "max_tokens": 1}, COMPLETION: {"logprobs": 20, "max_tokens": 1}}


def requests(count: int, form: str = CHAT, **parameters) -> list[Request]:
    return [Request("m", PROMPT, form, {"max_tokens": 1, **parameters}, draw) for draw in range(count)]


@pytest.mark.parametrize("form", [CHAT, COMPLETION])
def test_log_probabilities_come_back_as_the_law_gave_them(tmp_path, form):
    law = Law("cats", beta=1.0, h=0.0)
    with LanguageServer(law) as server, Record(tmp_path / "r.jsonl") as record:
        (reply,) = ask([Request("m", PROMPT, form, EXACT[form])], record, Endpoint(server.url)).replies
    chance = law.chance(PROMPT)[0]
    found = {token.strip(): 2.718281828459045**value for token, value in reply.first_token.items()}
    assert found["A"] / (found["A"] + found["B"]) == pytest.approx(chance, abs=1e-12)
    assert (reply.tokens_in, reply.tokens_out) == (len(PROMPT.split()), 1)


def test_faults_are_tried_again_and_everything_is_answered_once(tmp_path):
    faults = {2: "429", 5: "500", 7: "drop", 11: "503", 13: "noise"}
    with LanguageServer(Law("cats"), faults) as server, Record(tmp_path / "r.jsonl") as record:
        answers = ask(requests(30), record, Endpoint(server.url), patience=QUICK, concurrency=4)
        assert None not in answers.replies and answers.stopped is None
        assert record.unanswered == 2 and record.repeated == 0  # the dropped one and the noise may have been paid
        assert answers.calls == 32 and server.calls == 35
        assert server.most_at_once <= 4
        assert sum(answers.failures.values()) == 5


def test_a_time_out_is_a_lost_call(tmp_path):
    with LanguageServer(Law("cats"), {1: "slow"}) as server, Record(tmp_path / "r.jsonl") as record:
        answers = ask(requests(1), record, Endpoint(server.url, timeout=0.3), patience=QUICK)
        assert answers.replies[0] is not None and record.unanswered == 1 and answers.calls == 2


@pytest.mark.parametrize(("status", "said"), [("401", "asks for a key"), ("404", "no such model"), ("400", "parameters")])
def test_what_no_repetition_mends_is_one_sentence_at_once(tmp_path, status, said):
    with LanguageServer(Law("cats"), lambda call: status) as server, Record(tmp_path / "r.jsonl") as record:
        with pytest.raises(InputError, match=f"answers {status} for the model m: .*{said}"):
            ask(requests(20), record, Endpoint(server.url), concurrency=2, patience=QUICK)
        assert server.calls <= 2 and record.unanswered == 0


def test_a_server_that_fails_for_ever_ends_it_and_what_was_answered_is_kept(tmp_path):
    with LanguageServer(Law("cats"), lambda call: None if call <= 3 else "500") as server:
        with Record(tmp_path / "r.jsonl") as record:
            with pytest.raises(InputError, match="5 attempts at one request failed, the last one thus: status 500"):
                ask(requests(10), record, Endpoint(server.url), concurrency=1, patience=QUICK)
            assert len(record.replies) == 3
        server.faults = {}
        with Record(tmp_path / "r.jsonl") as record:
            assert None not in ask(requests(10), record, Endpoint(server.url)).replies
        assert server.paid == 10


def test_nobody_listens():
    with pytest.raises(NotTakenError, match="nobody answers there"):
        Endpoint("http://127.0.0.1:9/v1", timeout=2).attempt(requests(1)[0])
    with LanguageServer(Law("cats"), {1: "drop"}) as server, pytest.raises(LostError):
        Endpoint(server.url).attempt(requests(1)[0])


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://x/v1", "http://me:secret@x/v1", ""])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(InputError, match="--base-url"):
        Endpoint(url)


# The budget


def test_calls_are_never_more_than_the_budget_and_what_was_paid_is_kept(tmp_path):
    with LanguageServer(Law("cats"), delay=0.005) as server, Record(tmp_path / "r.jsonl") as record:
        answers = ask(requests(40), record, Endpoint(server.url), budget=Budget(calls=13), concurrency=5)
        assert server.paid == 13 == sum(r is not None for r in answers.replies) == answers.calls
        assert answers.stopped == "the budget is spent: 13 of 13 (calls)"
        again = ask(requests(40), record, Endpoint(server.url), budget=Budget(calls=13), concurrency=5)
        assert server.paid == 13 and again.replies == answers.replies  # it covers the record, whoever wrote it


@pytest.mark.parametrize("budget", [Budget(tokens=100), Budget(money=0.0001)], ids=["tokens", "money"])
def test_tokens_and_money_are_overrun_by_the_calls_under_way_at_most(tmp_path, budget):
    each, at_once = len(PROMPT.split()) + 1, 4
    with LanguageServer(Law("cats"), delay=0.005) as server, Record(tmp_path / "r.jsonl") as record:
        answers = ask(
            requests(90), record, Endpoint(server.url), budget=budget, prices=Prices(1.0, 1.0), concurrency=at_once
        )
    assert answers.stopped is not None and 100 <= answers.tokens <= 100 + each * at_once
    assert answers.money == pytest.approx(answers.tokens / 1e6)


def test_a_budget_below_nothing_is_refused():
    with pytest.raises(InputError, match=r"budget: calls = -1 lies outside \[0, inf\)"):
        Budget(calls=-1)
    spending = Spending(Budget(calls=1), Prices())
    assert [spending.began(), spending.began()] == [True, False]
    spending.refused()
    assert spending.began()


# The record


def test_it_replays_bit_for_bit_without_a_server(tmp_path):
    path = tmp_path / "r.jsonl"
    with LanguageServer(Law("cats", malformed=0.2)) as server, Record(path) as record:
        asked = requests(25, **EXACT[CHAT])
        first = ask(asked, record, Endpoint(server.url)).replies
    before = path.read_bytes()
    read = Record(path, writes=False)
    assert ask(asked, read).replies == first and path.read_bytes() == before
    more = ask([*asked, Request("m", "another", CHAT)], read)
    assert more.replies[-1] is None and more.stopped == NOTHING_LEFT


def test_no_key_is_in_the_record(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-very-secret")
    with LanguageServer(Law("cats"), {1: "401"}) as server, Record(tmp_path / "r.jsonl") as record:
        with pytest.raises(InputError) as mistake:
            ask(requests(1), record, Endpoint(server.url, key_variable="MY_KEY"))
        ask(requests(3), record, Endpoint(server.url, key_variable="MY_KEY"))
    assert server.keys == {"Bearer sk-very-secret"}
    assert "secret" not in (tmp_path / "r.jsonl").read_text() + str(mistake.value)


def test_what_makes_two_requests_one():
    one = Request("m", "p", CHAT, {"a": 1, "b": 2}, 0)
    assert one.key == Request("m", "p", CHAT, {"b": 2, "a": 1}, 0).key
    others = [Request("n", "p", CHAT, {"a": 1, "b": 2}), Request("m", "q", CHAT, {"a": 1, "b": 2}),
              Request("m", "p", COMPLETION, {"a": 1, "b": 2}), Request("m", "p", CHAT, {"a": 1}),
              Request("m", "p", CHAT, {"a": 1, "b": 2}, 1)]  # fmt: skip
    assert len({one.key, *(r.key for r in others)}) == 6


def test_a_torn_line_is_dropped_and_a_damaged_one_named(tmp_path):
    path = tmp_path / "r.jsonl"
    one, other = requests(2)
    with Record(path) as record:
        for request in (one, other):
            record.begin(request)
            record.keep(request, Reply("A"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert Record(path, writes=False).find(other) is None
    with Record(path) as record:
        assert record.find(one) == Reply("A") and record.find(other) is None and record.unanswered == 1
        record.begin(other)
        record.keep(other, Reply("B"))
    assert Record(path, writes=False).find(other) == Reply("B")
    lines = whole.splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{}\n" + lines[2])
    with pytest.raises(InputError, match=r"r\.jsonl: line 2 is damaged"):
        Record(path)


def test_one_process_writes_at_a_time(tmp_path):
    with Record(tmp_path / "r.jsonl"), pytest.raises(InputError, match="another process is writing to this record"):
        Record(tmp_path / "r.jsonl")
    with pytest.raises(InputError, match="this record is only read"):
        Record(tmp_path / "r.jsonl", writes=False).begin(requests(1)[0])


CHILD = """
import sys
from pathlib import Path
from tests.test_language_models_asking import requests
from valuescape.language_models.asking import ask
from valuescape.language_models.endpoint import Endpoint
from valuescape.language_models.exchange_record import Record
with Record(Path(sys.argv[2])) as record:
    ask(requests(60), record, Endpoint(sys.argv[1]), concurrency=3)
"""


def test_killed_and_resumed_nothing_is_lost_and_only_what_was_under_way_is_paid_twice(tmp_path):
    path = tmp_path / "r.jsonl"
    with LanguageServer(Law("cats"), delay=0.02) as server:
        process = subprocess.Popen([sys.executable, "-c", CHILD, server.url, str(path)])
        while server.paid < 20:
            time.sleep(0.01)
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.1)
        before = server.paid
        with Record(path) as record:
            kept, lost = len(record.replies), record.unanswered
            assert kept >= 20 - 3 and lost <= 3 and before - kept <= 3
            assert None not in ask(requests(60), record, Endpoint(server.url)).replies
            assert server.paid == before + 60 - kept and server.paid - 60 <= lost
    kinds = [next(iter(json.loads(line))) for line in path.read_text().splitlines()]
    assert kinds.count("kept") == 60
