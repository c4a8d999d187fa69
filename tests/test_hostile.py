"""What strangers send to the page: links and texts that name code, files, too much work, or nonsense."""

from __future__ import annotations

import asyncio
import base64
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest

from tests.mutants import mutant
from tests.played import SMALL
from valuescape.experiments import gallery
from valuescape.experiments.live import preparation
from valuescape.experiments.live.preparation import LONGEST_PATH, MOST_WORK, ROUNDS, must_be_shown, work_of_a_step
from valuescape.experiments.live.session import LONGEST_LINK, Session, read_link, read_text
from valuescape.language_models.answer_source import Source
from valuescape.language_models.call_manner import Manner
from valuescape.model import sources
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.model.own_files import is_ours
from valuescape.model.scenario import Scenario
from valuescape.views import tab as tabs
from valuescape.views.door import Door, refusal
from valuescape.views.tab import Tab

PLAIN = "agents: 5\nstructure: complete\n"
PAYLOAD = "from pathlib import Path\nPath({!r}).write_text('run')\nclass X: pass\n"
CODE = [
    PLAIN + "rules: ['payload_mod:X']\n",
    PLAIN + "rules: [{'payload_mod:X': {strength: 1}}]\n",
    PLAIN + "rules: [{together: ['payload_mod:X']}]\n",
    PLAIN + "record: ['payload_mod:X']\n",
    PLAIN + "until: payload_mod:X < 1\n",
    "agents: 5\nstructure: payload_mod:X\n",
    PLAIN + "layers: {talk: payload_mod:X}\n",
    PLAIN + "initial: {values: payload_mod:X}\n",
    PLAIN + "groups: [{name: a, initial: {values: 'payload_mod:X'}}]\n",
    PLAIN + "agent_class: payload_mod:X\n",
    PLAIN + "groups: [{name: a, agent_class: 'payload_mod:X'}]\n",
]
FILES = [
    PLAIN + "initial: {values: {survey: {file: SECRET, columns: [a]}}}\n",
    PLAIN + "groups: [{name: a, initial: {values: {survey: {file: SECRET, columns: [a]}}}}]\n",
    "structure: {from_file: {file: SECRET}}\n",
    PLAIN + "layers: {talk: {from_file: {file: SECRET}}}\n",
    PLAIN + "initial: {values: uniform}\nrules: [{averaging: {strength: {csv: SECRET, column: a}}}]\n",
    PLAIN + "initial: {values: uniform}\nrules: [{together: [{averaging: {strength: {csv: SECRET, column: a}}}]}]\n",
]


def link(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(zlib.compress(data, 9)).decode()


@pytest.fixture
def shut(monkeypatch, tmp_path):
    """The page's process, with a module and a file of somebody's beside the server."""
    monkeypatch.setattr(sources, "_only", None)
    monkeypatch.chdir(tmp_path)
    Path("payload_mod.py").write_text(PAYLOAD.format(str(tmp_path / "mark")))
    Path("secret.csv").write_text("password,hunter2\n")
    sources.only_ours([gallery.SCENARIOS])
    yield tmp_path
    sys.modules.pop("payload_mod", None)


@pytest.mark.parametrize("text", CODE)
def test_code_that_a_link_names_is_not_imported(shut, text):
    for read in (lambda: read_link(link(text)), lambda: read_text(text), lambda: Scenario.from_yaml(text, shut)):
        with pytest.raises(InputError, match=r"code of a user's own.*valuescape app --allow-own-code FOLDER"):
            read()
    assert not (shut / "mark").exists() and "payload_mod" not in sys.modules


@pytest.mark.parametrize("text", FILES)
@pytest.mark.parametrize(
    "place", ["secret.csv", "FOLDER/secret.csv", "/etc/passwd", "GALLERY/../../../pyproject.toml", "\\0", "~"]
)
def test_a_file_that_a_link_names_is_not_opened(shut, text, place, monkeypatch):
    known("structure")  # the registry reads the files of packages once
    monkeypatch.setattr(Path, "open", lambda *_, **__: pytest.fail("a file was opened"))
    place = place.replace("FOLDER", str(shut)).replace("GALLERY", str(gallery.SCENARIOS))
    with pytest.raises(InputError) as refused:
        read_link(link(text.replace("SECRET", f'"{place}"')))
    assert "files are not read from a link" in str(refused.value) and "hunter2" not in str(refused.value)


def test_a_symbolic_link_out_of_the_allowed_folder_leads_nowhere(shut, monkeypatch):
    own = shut / "own"
    own.mkdir()
    (own / "out.csv").symlink_to(shut / "secret.csv")
    (own / "out_mod.py").symlink_to(shut / "payload_mod.py")
    sources.only_ours([gallery.SCENARIOS], own)
    with pytest.raises(InputError, match="files are not read"):
        read_text("structure: {from_file: {file: out.csv}}\n")
    for module in ("out_mod", "payload_mod", "os", "nowhere"):
        with pytest.raises(InputError, match=f"there is no module {module} in the folder that --allow-own-code names"):
            read_text(PLAIN + f"rules: ['{module}:X']\n")
    assert not (shut / "mark").exists()


def test_a_folder_that_is_allowed_is_read_and_run(shut):
    own = shut / "own"
    own.mkdir()
    (own / "ties.csv").write_text("source,target\na,b\nb,c\n")
    (own / "own_structure_mod.py").write_text(
        "from valuescape.social_structures.networks import Ring\n"
        'class OwnRing(Ring):\n    """A ring. Ties (n * degree entries)."""\n'
    )
    sources.only_ours([gallery.SCENARIOS], own)
    assert read_text("structure: {from_file: {file: ties.csv, ties: undirected}}\n")[0].structure.size() == 3
    scenario, *_ = read_text("agents: 9\nstructure: own_structure_mod:OwnRing\n")
    assert scenario.to_dict()["structure"] == {"own_structure_mod:OwnRing": {"degree": 4}}
    assert read_text(scenario.to_yaml())[0] == scenario


def test_a_value_that_is_set_in_the_page_opens_no_file_either(shut):
    session = Session(Scenario.from_yaml(SMALL), 0)
    with pytest.raises(InputError, match="files are not read from a link or a page"):
        session.change("averaging.strength", {"csv": str(shut / "secret.csv"), "column": "password"})


def test_every_scenario_of_the_gallery_may_be_shown_and_comes_back_from_its_link(shut):
    for name in gallery.scenarios():
        scenario = gallery.load(name)
        must_be_shown(scenario)
        assert read_text(scenario.to_yaml())[0] == scenario


# --- whatever is wrong, the page opens on karate and says why ------------------------------------------------------------

NONSENSE = {
    "nothing in it": link(""),
    "no base64": "%%%",
    "no deflate": base64.urlsafe_b64encode(b"abc").decode(),
    "cut short": link(SMALL)[:40],
    "a bomb": link(b"a" * (50 << 20)),
    "too long": "a" * (LONGEST_LINK + 1),
    "not text": link(b"\xff\xfe\x00"),
    "no mapping": link("- a"),
    "laughs": link("a: &a [x, x]\nb: &b [*a, *a]\n"),
    "deep": link("[" * 10_000),
    "many parts": link("a: [" + "1," * 60_000 + "]"),
    "label": link(PLAIN + "initial: {values: uniform}\nrules: [{averaging: {label: 5}}]\n"),
    "doubled": link("agents: 5\nagents: 6\n"),
    "a billion steps": link(f"# valuescape: seed 0, step 1000000000\n{SMALL}"),
    "no such step": link(f"# valuescape: seed 0, step {'9' * 5000}\n{SMALL}"),
    "no such seed": link(f"# valuescape: seed {2**63}, step 1\n{SMALL}"),
    "huge": link(SMALL.replace("agents: 40", "agents: 100000000")),
    "too large to show": link(SMALL.replace("agents: 40", "agents: 100001")),
    "too many ties": link(SMALL.replace("agents: 40", "agents: 30000").replace("degree: 4", "degree: 29998")),
    "too many dimensions": link("agents: 30000\nvalue_system: 1000\ninitial: {values: uniform}\nrecord: [spread]\n"),
    "too many events": link(SMALL + "events: 2000000\n"),
    "too many groups": link(
        f"agents: 500\ngroups: [{', '.join(f'{{name: g{i}, count: 1}}' for i in range(200))}, {{name: z}}]"
    ),
    "infinity": link(SMALL.replace("0.0123", ".inf")),
    "no number": link(SMALL.replace("0.0123", ".nan")),
    "a rule that cannot be built": link(SMALL.replace("degree: 4", "degree: 39")),
}


@pytest.mark.parametrize("packed", NONSENSE.values(), ids=NONSENSE)
def test_the_page_opens_on_karate_and_says_why(shut, packed):
    begun = time.perf_counter()
    tab = Tab(packed)
    try:
        assert tab.source.value == "karate" and tab.session.clock == 0 and tab.job is None
        assert tab.error.value.endswith(" Showing karate instead.") and len(tab.error.value) < 900
        assert "Traceback" not in tab.error.value and ".py" not in tab.error.value
        assert time.perf_counter() - begun < 15
    finally:
        tab.close()


def test_an_error_of_any_kind_leaves_karate_too(shut, monkeypatch):
    def broken(_: str) -> None:
        raise TypeError("/somewhere/inside: " + "x" * 10_000)

    monkeypatch.setattr(tabs, "read_link", broken)
    tab = Tab("a")
    assert tab.source.value == "karate" and tab.error.value.startswith("TypeError: ") and len(tab.error.value) < 300
    tab.close()


@pytest.mark.slow
def test_mutants_as_links_open_or_are_refused(shut):
    for number in range(0, 60, 2):
        _, data, _ = mutant(number)
        tab = Tab(link(Scenario.to_yaml.__globals__["yaml"].safe_dump(data)))
        assert "server's log" not in tab.error.value, (number, tab.error.value)
        tab.step()
        assert "server's log" not in tab.error.value, (number, tab.error.value)
        tab.close()


# --- work that a link asks for --------------------------------------------------------------------------------------------

FAR = link(f"# valuescape: seed 0, step {LONGEST_PATH}\n{SMALL.replace('steps: 30', 'steps: 1000000')}")


def working(tab: Tab) -> threading.Thread:
    thread = threading.Thread(target=lambda: asyncio.run(tab.work()))
    thread.start()
    end = time.time() + 60
    while not tab.progress.value and time.time() < end:
        time.sleep(0.01)
    assert tab.progress.value.startswith("Stepping to 200,000: at ") and tab.busy[0]
    return thread


def test_stepping_to_a_far_moment_is_said_and_can_be_stopped(shut):
    tab = Tab(FAR)
    assert tab.session.clock == 0 and tab.source.value == ""
    thread = working(tab)
    tab.stop()
    thread.join(5)
    assert not thread.is_alive() and 0 < tab.session.clock < LONGEST_PATH and not tab.busy[0] and not tab.progress.value
    assert tab.notice.value == f"This is step {tab.session.clock:,}, not 200,000: it was stopped."
    tab.close()


def test_stepping_ends_with_the_tab_and_when_its_time_is_over(shut, monkeypatch):
    tab = Tab(FAR)
    thread = working(tab)
    tab.close()
    thread.join(5)
    clock = tab.session.clock
    assert not thread.is_alive() and clock < LONGEST_PATH
    monkeypatch.setattr(tabs, "LONGEST_WAY", 0.3)
    tab = Tab(FAR)
    asyncio.run(tab.work())
    assert 0 < tab.session.clock < LONGEST_PATH and tab.notice.value.endswith("not 200,000: 0.3 s are over.")
    tab.close()


def test_a_way_back_along_the_path_ends_with_the_tab(shut):
    session = Session(Scenario.from_yaml(SMALL), 0)
    session.step(40)
    session.end()
    session.seek(7)
    assert session.clock < 7 or session.clock == max(s for s in session.keyframes if s <= 7)


def test_play_ends_at_the_longest_path(shut, monkeypatch):
    monkeypatch.setattr(tabs, "LONGEST_PATH", 12)
    tab = Tab(link(SMALL.replace("steps: 30", "steps: 1000")))
    tab.playing.value = True
    tab.step(50)
    assert tab.session.clock == 12 and not tab.playing.value and "The window ends here, at step 12" in tab.notice.value
    tab.close()


def test_saving_can_be_stopped_and_leaves_nothing(shut):
    tab = Tab(link(SMALL.replace("steps: 30", "steps: 1000")))
    tab.step(20)
    tab.saving.value = "folder"
    tab.enough.clear = lambda: None  # the viewer is quicker
    tab.stop()
    asyncio.run(tab.keep())
    assert (
        tab.error.value == "stopped at step 0: nothing was saved" and not tab.folder.value and not (shut / "runs").exists()
    )
    tab.close()


@pytest.mark.parametrize("seed", ["9" * 5000, str(2**63), "-1", "x", ""])
def test_a_seed_that_is_none_is_refused_in_words(shut, seed):
    tab = Tab(link(f"# valuescape: seed {seed}, step 0\n{SMALL}"))
    assert tab.source.value == "karate" and "seed" in tab.error.value
    tab.next_seed.value = 2**63
    tab.reset()
    assert tab.error.value.endswith("the seed is a whole number below 2**63")
    tab.close()


def test_what_is_shown_is_bounded_before_it_is_built(monkeypatch):
    monkeypatch.setattr(preparation, "LARGEST_STATE", 1000)
    with pytest.raises(InputError, match=r"schwartz10 = \d+ bytes: the window shows at most 1,000"):
        must_be_shown(Scenario.from_yaml(SMALL))


# --- the door ------------------------------------------------------------------------------------------------------------

SERVED = ("127.0.0.1", 8765)
OURS = "http://127.0.0.1:8765"
KNOCKS = [
    ("http", {"host": "127.0.0.1:8765"}, True),
    ("http", {"host": "localhost:8765"}, True),
    ("http", {"host": "[::1]:8765"}, True),
    ("http", {"host": "LOCALHOST:8765", "origin": "http://localhost:8765"}, True),
    ("http", {"host": "evil.example:8765"}, False),
    ("http", {"host": "127.0.0.1"}, False),
    ("http", {"host": "127.0.0.1:80"}, False),
    ("http", {"host": "127.0.0.1:8765.evil.example"}, False),
    ("http", {}, False),
    ("http", {"host": "127.0.0.1:8765", "origin": "https://evil.example"}, False),
    ("http", {"host": "127.0.0.1:8765", "origin": "null"}, False),
    ("websocket", {"host": "127.0.0.1:8765", "origin": OURS}, True),
    ("websocket", {"host": "127.0.0.1:8765", "origin": "http://evil.example"}, False),
    ("websocket", {"host": "127.0.0.1:8765", "origin": "http://127.0.0.1:9999"}, False),
    ("websocket", {"host": "127.0.0.1:8765", "origin": "http://localhost:8765"}, False),
    ("websocket", {"host": "evil.example:8765", "origin": "http://evil.example:8765"}, False),
    ("websocket", {"host": "127.0.0.1:8765"}, False),
]


def scope(kind, headers, server=SERVED):
    return {"type": kind, "server": server, "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}


@pytest.mark.parametrize(("kind", "headers", "open_"), KNOCKS)
def test_only_the_page_itself_comes_in(kind, headers, open_):
    assert (refusal(scope(kind, headers)) == "") is open_


def test_the_address_that_was_reached_is_a_name_too_and_two_hosts_are_none():
    lan = ("192.168.1.5", 8765)
    assert refusal(scope("http", {"host": "192.168.1.5:8765"}, lan)) == ""
    assert refusal(scope("http", {"host": "192.168.1.6:8765"}, lan)) != ""
    assert refusal({**scope("http", {}), "headers": [(b"host", b"localhost:8765"), (b"host", b"evil:8765")]}) != ""
    assert refusal(scope("http", {"host": "localhost:8765"}, None)) != ""


def test_the_door_answers_403_closes_sockets_and_lets_nobody_frame_the_page():
    async def page(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def knock(asked):
        sent = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await Door(page)(asked, receive, send)
        return sent

    good, *_ = asyncio.run(knock(scope("http", {"host": "localhost:8765"})))
    assert good["status"] == 200 and (b"content-security-policy", b"frame-ancestors 'self'") in good["headers"]
    assert asyncio.run(knock(scope("http", {"host": "evil"})))[0]["status"] == 403
    (closed,) = asyncio.run(knock(scope("websocket", {"host": "localhost:8765"})))
    assert closed["type"] == "websocket.close" and closed["code"] == 1008


# --- one step, and how many tabs -------------------------------------------------------------------------------------------

HEAVY = {
    "a game of all with all, a thousand times": "agents: 2000\ntraits: 2\ninitial: {traits: {kinds: {q: 8}}}\n"
    "rules: [{norms_game: {opportunities: 1000}}]\n",
    "who saw who did not punish": "agents: 2000\ntraits: 2\ninitial: {traits: {kinds: {q: 8}}}\n"
    "rules: [{norms_game: {metanorms: true}}]\n",
    "many rules over many ties": "agents: 10000\nstructure: {ring: {degree: 200}}\nvalue_system: 10\n"
    "initial: {values: uniform}\nrules: [" + ", ".join(f"{{averaging: {{label: a{i}}}}}" for i in range(100)) + "]\n",
    "everybody with everybody": "agents: 1000\nstructure: complete\nvalue_system: 200\ninitial: {values: uniform}\n"
    "rules: [" + ", ".join(f"{{bounded_confidence: {{label: a{i}}}}}" for i in range(20)) + "]\n",
    "Python, tie by tie": "agents: 9000\nstructure: {ring: {degree: 200}}\nvalue_system: 1\ninitial: {values: uniform}\n"
    "rules: [{cut_bridges: {label: a}}, {cut_bridges: {label: b}}]\n",
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
def test_one_step_that_would_hold_a_core_is_refused(text):
    with pytest.raises(
        InputError, match=r"numbers to be read in a step: the window shows at most 2,000,000,000; run larger"
    ):
        must_be_shown(read_text(text)[0])


def test_the_gallery_is_far_from_the_limit_of_a_step():
    assert max(work_of_a_step(gallery.load(name)) for name in gallery.scenarios()) < MOST_WORK / 1000


PLACES = {"topic", "dimension", "target", "tags", "most", "begin", "end", "every"}  # which one, or how many at most
BOUNDED = {"q", "blocs", "calls", "concurrency", "wordings", "panel"}  # drawn from, counted once a step, never asked


def test_every_whole_number_that_multiplies_the_work_of_a_step_is_counted():
    open_ended = {
        name
        for kind in ("rule", "measure")
        for cls in known(kind).values()
        if is_ours(cls.__module__)  # other tests of this process declare parts too
        for name, spec in cls.parameters().items()
        if spec.type is int and (spec.high is None or spec.high > 20)
    }
    assert open_ended - PLACES - BOUNDED == set(ROUNDS)


def test_what_a_link_names_asks_no_server_and_writes_no_record(shut, tmp_path, monkeypatch):
    """The page's owner has a server and a key; a stranger's link says how many calls to make."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    source = Source("stances", Manner("m"), str(tmp_path / "new.jsonl"), calls=50)
    with pytest.raises(InputError, match="there is no such record, and nothing may be asked"):
        source.record()
    assert not (tmp_path / "new.jsonl").exists()


def test_a_server_keeps_so_many_societies_and_no_more(shut, monkeypatch):
    monkeypatch.setattr(tabs, "MOST_TABS", len(tabs.open_tabs()) + 2)
    first, second = Tab(), Tab()
    with pytest.raises(
        InputError, match=r"^this server keeps societies for at most \d+ tabs: close one, and load this page"
    ):
        Tab()
    first.close()
    third = Tab()
    second.close()
    third.close()
