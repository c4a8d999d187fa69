"""Society: a running scenario. It can be kept at a step and taken back to it, changed on the way, and forked.

A Mesa `Model`; its agents and cells are built when somebody first asks for them.
"""

from __future__ import annotations

import copy
import operator
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa import DataCollector, Model
from mesa.discrete_space import FixedAgent, Network

from valuescape.model.activation import Act, TogetherAct, advance, flat_acts
from valuescape.model.build import bind_parameter, build_settings, build_state, change, check_built, members
from valuescape.model.checks import measure_label, settled, until
from valuescape.model.description import Together
from valuescape.model.errors import InputError, unknown
from valuescape.model.ledger import TARGETS, Ledger
from valuescape.model.limits import LARGEST_SEED, limit
from valuescape.model.own_minds import OwnMinds, asked_of, influenced_before, own_name, run_again, set_apart, ties_of
from valuescape.model.records import Records
from valuescape.model.rule import EVERYBODY
from valuescape.model.scenario import Scenario
from valuescape.model.schedule import changed, for_everybody, in_order, value_at
from valuescape.model.snapshot import Snapshot, kept, kept_state, memory_of, put_back, remember
from valuescape.model.stillness import Stillness
from valuescape.model.words import in_digits, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    import networkx as nx
    import pandas as pd

    from valuescape.model.kinds import Measure
    from valuescape.model.rule import Rule
    from valuescape.model.state import State

COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
LARGEST_GRID_OF_COMPLETE = limit(
    "A society", "complete ties as a graph (`society.grid`, `society.graph`)", 2000, "agents", "refused when it is asked for"
)
_START_AGAIN = "start again under the other scenario"
# What may differ between a society's scenario and one that it goes on under; of rules and schedule, what lies ahead.
NOT_IN_THE_PAST = frozenset({"name", "sentence", "meanings", "steps", "until", "interventions", "rules", "schedule"})


class ValueAgent(FixedAgent):
    """One agent: a view of one row of the state, on its cell of the network.

    Any field can be read and set as an attribute (`agent.values`, `agent.coalition`). Subclass it with a `step` of your
    own and name the class in the scenario (`agent_class: my_module:MyAgent`, of all or of a group) or hand it to
    `Society(scenario, agent_class=...)`; the rule `own_step` calls its step in its place in the order.
    """

    def __init__(self, model: Society, row: int) -> None:
        super().__init__(model)
        self.row = row
        self.cell = model._grid_cell(row)

    def step(self) -> None:
        """Let this agent revise now, by every rule that it may follow, in place."""
        self.model.revise(self.row)

    @property
    def active(self) -> bool:
        """Whether it lives."""
        return bool(self.model.state.active[self.row])

    @property
    def group(self) -> str:
        """The name of its declared group."""
        return self.model.group_names[int(self.model.state.group[self.row])]

    @property
    def neighbours(self) -> list[ValueAgent]:
        """Those whom it listens to."""
        ties = self.model.state.ties["main"]
        if ties.implicit:
            return [a for a in self.model.agents if a.row != self.row]
        rows = ties.neighbour[ties.start[self.row] : ties.start[self.row + 1]]
        return [self.model.agent(int(j)) for j in rows]

    def __getattr__(self, name: str) -> Any:
        model = self.__dict__.get("model")
        if name.startswith("_") or model is None or name not in model.state:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return model.state[name][self.__dict__["row"]]

    def __setattr__(self, name: str, value: Any) -> None:
        model = self.__dict__.get("model")
        if model is not None and "row" in self.__dict__ and name in model.state:
            model.state.check(name, value, name)
            model.state[name][self.row] = value
        else:
            super().__setattr__(name, value)


def _read_measure(society: Society, label: str) -> float:
    return society.measure(label)


class Collector(DataCollector):
    """Mesa's data collector over a society's records: the measures are its model reporters, and nothing is kept twice."""

    def __init__(self, records: Records) -> None:
        self.records = records
        super().__init__(model_reporters={label: partial(_read_measure, label=label) for label in records.columns[1:]})
        self._validated = True

    @property
    def model_vars(self) -> dict[str, np.ndarray]:  # type: ignore[override]
        """Each measure's values so far, {label: (T,)}."""
        return dict(zip(self.records.columns[1:], self.records.table().T[1:], strict=True))

    @model_vars.setter
    def model_vars(self, lists: Any) -> None:
        """Mesa writes its own empty lists here; nothing to keep."""

    @property
    def _collection_steps(self) -> list[float]:  # type: ignore[override]
        return self.records.table()[:, 0].tolist()

    @_collection_steps.setter
    def _collection_steps(self, steps: Any) -> None:
        pass

    def collect(self, model: Society) -> None:
        """Take down the measures now; a second time at one step changes nothing."""
        model.take_down()


class Society(Model):
    """A running society.

    `Society(scenario, rng=7)`; keyword arguments are addresses that vary the scenario, so that Mesa's `batch_run` and
    `SolaraViz` can build it. `step()`, `run()`, `run_for(steps)`; `state`, `agents`, `grid`, `datacollector`.
    The same scenario and seed give the same bits.

    Time: `set` changes a parameter now, `snapshot` and `restore` keep a moment and go back to it, `fork` lets another
    society begin here, `adopt` goes on with further rules. Whatever was changed stands in `scenario`, which gives the same
    bits when it is run from step 0 with the same seed.

    ledger: True books what each rule does to each gap; "sources" also who moved whom; "totals" keeps no single entries.
    threads: how many share a synchronous rule in which each agent writes its own row, from 20,000 agents on; their number
    changes no bit.
    """

    def __init__(
        self,
        scenario: Scenario | str | dict[str, Any] | None = None,
        *,
        rng: Any = None,
        agent_class: type[ValueAgent] | None = None,
        ledger: bool | str = False,
        threads: int = 1,
        **changes: Any,
    ) -> None:
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise InputError(f"threads = {quoted(threads)}: a whole number from 1 on")
        super().__init__(rng=_seed_of(rng))
        self.threads = threads
        self.seed: int = int(self._seed or 0)
        declared = _scenario_of(scenario)
        self._declared = self._scenario = declared.vary(changes) if changes else declared
        self._agent_class = agent_class
        self.clock = 0
        self.state = build_state(self._scenario, self.seed, TARGETS if ledger else ())
        self.settings = build_settings(self._scenario, self.state, self.seed)
        self._grid: Network | None = None
        self._grid_version = -1
        self._rows: list[ValueAgent] = []
        self._visits: np.ndarray | None = None
        self._visited_at = 0
        self._before: weakref.ref[Snapshot] | None = None
        self._still: Stillness | None = None
        self.prepare()
        check_built(self._scenario.flat_rules, self.state, "when it looked at the state before the first step")
        self.records = Records(("step", *self.measures))
        self.datacollector: DataCollector = Collector(self.records)
        self.ledger: Ledger | None = None
        if ledger:
            by_source, forgets = ledger == "sources", ledger == "totals"
            self.ledger = Ledger(self.state, self.group_names, by_source=by_source, forgets=forgets)
        self.record()
        self.running = not self.is_over()

    # --- Mesa keeps a scenario of its own under this name; ours is the one that counts -------------------------------

    @property
    def scenario(self) -> Scenario:
        """The scenario that gives this society, bit for bit, when it is run from step 0 with the same seed.

        It is the one that was built, with the rules that were added and every live change in its schedule.
        """
        return self._scenario

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Mesa writes its own default here; nothing to keep."""

    # --- forwards -----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One step, in the order of `model/activation.py`."""
        try:
            advance(self)
        except BaseException:
            self._set_mesas_clock(self.steps - 1, self.time - 1)  # else Mesa silently makes no further step
            raise

    def run(self) -> Society:
        """Until the scenario's `until` or its last step."""
        while self.running:
            self.step()
        return self

    def run_for(self, duration: float | int) -> None:  # type: ignore[override]
        """So many further steps, whatever the scenario's own end is."""
        for _ in range(int(duration)):
            self.step()

    def is_over(self) -> bool:
        """Whether the last step is reached, or `until` holds."""
        if self._still is not None:  # looks at every step, whether or not it is the last
            rules, ahead = self._scenario.flat_rules, self._due
            if self._still.holds(self.state, self.clock, rules, ahead):
                return True
        if self.clock >= self._scenario.steps:
            return True
        if self.until is None:
            return False
        measure, comparison, limit = self.until
        return bool(COMPARE[comparison](self._read_off("until", measure), limit))

    # --- what is recorded ---------------------------------------------------------------------------------------------

    def record(self) -> None:
        """Take down the measures when they are due, and let Mesa's data collector collect."""
        if self._is_due():
            self.take_down()
            self.datacollector.collect(self)

    def _is_due(self) -> bool:
        last = self.clock >= self._scenario.steps
        return self.clock % self._scenario.record_every == 0 or last or (self._scenario.until is not None and self.is_over())

    def take_down(self) -> None:
        """Write the measures of this step into the records, if they are not there yet."""
        if self.measures and self.records.latest != self.clock:
            self.records.append([self.clock, *(self.measure(label) for label in self.measures)])

    def measure(self, label: str) -> float:
        """A recorded measure of the state as it is now."""
        if label not in self.measures:
            raise unknown("recorded measure", label, self.measures)
        return self._read_off(f"record {label}", self.measures[label])

    def _read_off(self, place: str, measure: Measure) -> float:
        """A measure of the state, its arguments prepared once unless ties change."""
        if place not in self._readers or any(t.version for t in self.state.ties.values()):
            self._readers[place] = measure.reader(self.state)
        return self._readers[place]()

    def series(self) -> pd.DataFrame:
        """Every record so far: one row per recorded step, one column per measure, and `step`."""
        import pandas as pd

        frame = pd.DataFrame(self.records.table(), columns=list(self.records.columns))
        return frame.astype({"step": int})

    # --- changes ------------------------------------------------------------------------------------------------------

    def set(self, address: str, value: Any, *, until: int | None = None) -> None:
        """Change a rule's parameter from now on, or up to step `until`; then it is again what the schedule says for then.

        It acts at once, and stands in the schedule of `scenario` from this step on, in place of what that said of the
        address for the same time. A value for everybody replaces those of groups.
        Errors: an address that is not live; a value outside its bounds; an `until` that is not ahead, or where there is no
        single value to go back to.
        """
        value = self.check(address, value)
        if until is not None and until <= self.clock:
            raise InputError(f"until = {until}: a change that begins at step {self.clock} ends at a later step")
        built = {name: known.value for name, known in self._scenario.bounds().items()}
        schedule = changed(self._scenario.schedule, built, address, value, self.clock, until)
        self._scenario = self._scenario.scheduled(schedule)
        self._plan()
        self.apply(address, value)

    def check(self, address: str, value: Any) -> Any:
        """The value as a live address takes it, or an `InputError` that names address, value and what is allowed."""
        live = {name: known for name, known in self._scenario.bounds().items() if known.live}
        if address not in live:
            raise unknown("live address", address, live)
        return live[address].spec.check(value, address)

    def value_of(self, address: str) -> Any:
        """What a live address is set to for the next step: by the schedule, or as the society was built."""
        bounds = self._scenario.bounds()
        if address not in bounds:
            raise unknown("address", address, bounds)
        return value_at(self._scenario.schedule, address, self.clock, bounds[address].value)

    @property
    def changes(self) -> list[tuple[int, str, Any]]:
        """(step, address, value) of every entry of the schedule that the society was not built with, also of those ahead."""
        declared = in_order(self._declared.schedule)
        return [entry for entry in in_order(self._scenario.schedule) if entry not in declared]

    def adopt(self, scenario: Scenario) -> None:
        """Go on under another scenario with the same past: other rules from now on, or another schedule from now on.

        The society is then the one that the scenario gives when it is run from step 0, bit for bit: a field that a further
        rule brings starts as it would have started. Only a gap that it brings to the ledger is booked from now on.
        Errors: what happened before this step would have been otherwise under the scenario.
        """
        old = self._scenario
        _check_same_past(old, scenario, self.clock)
        if self.clock > 0 and settled(scenario) not in (None, settled(old)):
            raise InputError(f"until: for how long nothing has changed is not known at step {self.clock}: {_START_AGAIN}")
        same = [rule for rule in scenario.flat_rules if rule in old.flat_rules]
        fresh = [rule for rule in scenario.flat_rules if rule not in same]
        if scenario.rules != old.rules:
            self._take_rules(scenario, same, fresh)
        labels = {rule.label for rule in fresh}
        moved = {for_everybody(address) for address in scenario.schedule if address.split(".")[0] in labels}
        moved |= {for_everybody(address) for step, address, _ in in_order(old.schedule, self.clock) if step == self.clock}
        self._scenario = scenario
        self._wind({address for address in moved if address in scenario.bounds()})
        self.prepare()
        if self.ledger is not None:
            self.ledger.attend(self.state)
        if self._is_due():
            self.take_down()
        elif self.records.latest == self.clock:  # it was the last step, and is not any more
            self.records.cut(len(self.records) - 1)
        self.running = not self.is_over()

    def _take_rules(self, scenario: Scenario, same: list[Rule], fresh: list[Rule]) -> None:
        """Give the state the fields and the settings that a scenario's rules need, as at step 0 where they are new."""
        built = build_state(scenario, self.seed, asked_of(self.state.fields))
        check_built(fresh, built, "when it looked at the state that it was added to")
        for layer, ties in self.state.ties.items():
            if layer not in built.ties:
                continue
            if built.ties[layer].implicit == ties.implicit:
                built.ties[layer] = ties
            elif self.clock > 0:
                raise InputError(
                    f"rules: complete ties would be stored, and stored ones draw other partners: {_START_AGAIN}"
                )
        for name in self.state.aliases.keys() ^ built.aliases.keys() if self.clock > 0 else ():
            source = {**self.state.aliases, **built.aliases}[name]
            for rule in same:
                if rule.begin < self.clock and rule.activation != "synchronous" and {name, source} <= rule.used():
                    raise InputError(
                        f"rules: {name} would be an array apart from {source}, and {rule.label}, which has acted already,"
                        f" would have read other numbers: {_START_AGAIN}"
                    )
        settings = build_settings(scenario, built, self.seed)
        for name, array in built.arrays.items():
            if name in self.state and self.state[name].shape == array.shape:
                built.arrays[name] = self.state[name]
        self._keep_own_minds(scenario, built)
        put_back(self.state, built)
        self.settings = settings | {rule.label: self.settings[rule.label] for rule in same}

    def _keep_own_minds(self, scenario: Scenario, built: State) -> None:
        """What is newly held apart for the own minds begins as it stands, which no agent may have influenced before."""
        influenced, layers = influenced_before(self._scenario, self.clock), [*map(ties_of, self.state.ties)]
        for name in OwnMinds.of(scenario, asked_of(built.fields)).apart:
            own = own_name(name)
            if own in self.state.arrays or own in self.state.ties or name not in (*self.state.fields, *layers):
                continue
            if name in influenced:
                raise InputError(
                    f"rules: what {name} would be without the agents' influence is not known at step {self.clock}:"
                    f" {_START_AGAIN}"
                )
            set_apart(built, name, self.state)

    def _wind(self, parameters: set[str]) -> None:
        """Set parameters (`label.parameter`) to what the scenario and its schedule say for now."""
        for address in parameters:
            label, name = address.split(".")
            self.settings[label][name] = bind_parameter(self._scenario, self.state, self.seed, label, name)
        for step, address, value in in_order(self._scenario.schedule):
            if step <= self.clock and for_everybody(address) in parameters:
                self.apply(address, value)

    # --- moments ------------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """This moment, to be restored later, here or in another society, also one of another process (it can be pickled).

        It holds a copy of each array that has changed since the snapshot before, and shares the others with that one. It
        does not hold the class of Mesa agents, events that a user has scheduled with Mesa, a user's own data collector, nor
        what a subclass keeps.
        """
        before = None if self._before is None else self._before()
        state = kept_state(self.state, None if before is None else before.state)
        numbers, generator = self.random.getstate(), self.rng.bit_generator
        taken = Snapshot(
            scenario=self._scenario,
            declared=self._declared,
            seed=self.seed,
            clock=self.clock,
            state=state,
            settings={label: dict(values) for label, values in self.settings.items()},
            records=self.records.copy(),
            ledger=None if self.ledger is None else self.ledger.copy(state),
            visits=None if self._visits is None else kept(self._visits, None if before is None else before.visits),
            visited_at=self._visited_at,
            still=None if self._still is None else self._still.copy(),
            mesa={
                "steps": self.steps,
                "time": self.time,
                "running": self.running,
                "agent_id_counter": self.agent_id_counter,
                "random": before.mesa["random"] if before is not None and before.mesa["random"] == numbers else numbers,
                "generator": (type(generator).__name__, generator.state),
            },
            agents=memory_of(self._rows, self) if self._rows else None,
        )
        self._before = weakref.ref(taken)
        return taken

    def restore(self, snapshot: Snapshot) -> None:
        """Be what the snapshot holds, and go on from there bit for bit as the society did of which it was taken.

        Arrays and ties stay the same objects, with the old content. The ledger is another one. Mesa agents that were built
        after the snapshot are built anew when they are asked for.
        """
        put_back(self.state, snapshot.state)
        self._declared, self._scenario = snapshot.declared, snapshot.scenario
        self.seed, self.clock = snapshot.seed, snapshot.clock
        self.settings = {label: dict(values) for label, values in snapshot.settings.items()}
        self.prepare()
        self.records = snapshot.records.copy()
        if isinstance(self.datacollector, Collector):
            self.datacollector = Collector(self.records)
        self.ledger = None if snapshot.ledger is None else snapshot.ledger.copy(self.state)
        self._visits = None if snapshot.visits is None else snapshot.visits.copy()
        self._visited_at = snapshot.visited_at
        self._still = None if snapshot.still is None else snapshot.still.copy()
        self._restore_mesa(snapshot)
        self._before = weakref.ref(snapshot)

    def _restore_mesa(self, snapshot: Snapshot) -> None:
        mesa = snapshot.mesa
        if snapshot.agents is None or len(self._rows) != self.state.n:
            for agent in self._rows:
                agent.remove()
            self._rows, self._grid, self.agent_id_counter = [], None, 1
        self._grid_version = -1
        if snapshot.agents is not None:
            _ = self.agents
            remember(self._rows, self, snapshot.agents)
        self._set_mesas_clock(mesa["steps"], mesa["time"])
        self.running, self.agent_id_counter = mesa["running"], mesa["agent_id_counter"]
        self.random.setstate(mesa["random"])
        name, numbers = mesa["generator"]
        if type(self.rng.bit_generator).__name__ != name:
            self.rng = np.random.Generator(getattr(np.random, name)())
        self.rng.bit_generator.state = numbers

    def _set_mesas_clock(self, steps: int, time: float) -> None:
        """Mesa's counters, and its next step one unit after them."""
        self._default_schedule.pause()
        self.steps, self.time = steps, time
        self._default_schedule.resume()

    def fork(self, changes: dict[str, Any] | None = None) -> Society:
        """Another society that goes on from this step with the same random draws, live addresses changed from now on.

        changes: {address: value}. Without changes it goes on bit for bit as this one; this one is not touched.
        """
        shared = {id(part): part for part in (self._declared, self._scenario)}
        other = copy.deepcopy(self, shared)
        for address, value in (changes or {}).items():
            other.set(address, value)
        return other

    # --- rules --------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Bind rules and measures to the arrays anew: after they were replaced, or the rules changed."""
        scenario = self._scenario
        self.group_names = [g.name for g in scenario.groups] or [EVERYBODY]
        self.agent_classes = _agent_classes(scenario, self._agent_class)
        self.events = scenario.events
        self.measures = {measure_label(m): m for m in scenario.record}
        self.until, still = until(scenario), settled(scenario)
        if still is None or self._still is None or self._still.settled != still:
            self._still = None if still is None else Stillness(still)
        self._readers: dict[str, Callable[[], float]] = {}
        self.acts: list[Act | TogetherAct] = [
            TogetherAct(step.rules, step.label, self) if isinstance(step, Together) else Act(step, self)
            for step in scenario.rules
        ]
        run_again(self, self._flat_acts(), scenario)
        self._plan()

    def _plan(self) -> None:
        """What the schedule has ahead, by step."""
        self._due: dict[int, list[tuple[str, Any]]] = {}
        for step, address, value in in_order(self._scenario.schedule, self.clock):
            self._due.setdefault(step, []).append((address, value))

    def _flat_acts(self) -> list[Act]:
        return flat_acts(self.acts)

    def members(self, on: str | tuple[str, ...]) -> np.ndarray | None:
        """(N,) bool of a rule's `on`, or None for everybody."""
        return members(self.state.group, self.group_names, on)

    def apply_schedule(self) -> None:
        """Make the changes that are due at this step."""
        for address, value in self._due.get(self.clock, ()):
            self.apply(address, value)

    def apply(self, address: str, value: Any) -> None:
        """Change a rule's parameter now, unchecked and without a note: what a schedule does."""
        change(self._scenario, self.state, self.seed, self.settings, address, value)
        label = address.split(".")[0]
        for act in self._flat_acts():
            if act.label == label:
                act.prepare()

    def follow(self, written: tuple[str, ...]) -> None:
        """Rows that are not falsified express what they hold."""
        if "expressed" in self.state.arrays and ("values" in written or "falsified" in written):
            honest = ~self.state.falsified
            self.state.expressed[honest] = self.state.values[honest]

    def revise(self, row: int) -> None:
        """Let one agent revise in place by every open rule that writes its own row or a pair's."""
        if self._visits is None or self._visited_at != self.clock:
            self._visits, self._visited_at = np.zeros(self.state.n, np.int64), self.clock
        visit = int(self._visits[row])
        self._visits[row] += 1
        for act in self._flat_acts():
            if act.rule.reach != "society" and "agents" not in act.rule.named() and act.open_at(self.clock):
                act.revise_one(row, visit, self.clock)

    # --- Mesa's agents and grid, built when asked for -----------------------------------------------------------------

    @property
    def agents(self) -> Any:
        """Mesa's set of agents; only the living ones where places are vacant."""
        if not self._rows:
            classes, group = self.agent_classes, self.state.group
            self._rows = [classes[group[row]](self, row) for row in range(self.state.n)]
        active = self.state.arrays["active"]
        return self._all_agents if active.all() else self._all_agents.select(lambda a: bool(active[a.row]))

    def agent(self, row: int) -> ValueAgent:
        """The agent of a row."""
        if not self._rows:
            _ = self.agents
        return self._rows[row]

    def graph(self, layer: str = "main") -> nx.Graph:
        """The ties of a layer as a networkx graph over the rows, with `weight`."""
        import networkx as nx

        ties = self.state.ties.get(layer)
        graph = nx.DiGraph() if ties is not None and ties.directed else nx.Graph()
        graph.add_nodes_from(range(self.state.n))
        if ties is None:
            return graph
        if ties.implicit and self.state.n > LARGEST_GRID_OF_COMPLETE:
            raise InputError(f"complete ties among {self.state.n:,} agents as a graph: at most {LARGEST_GRID_OF_COMPLETE:,}")
        stored = ties.explicit()
        weights = stored.weight if ties.directed else stored.weight[stored.rows() <= stored.neighbour]
        graph.add_weighted_edges_from((int(i), int(j), float(w)) for (i, j), w in zip(stored.edges(), weights, strict=True))
        return graph

    @property
    def grid(self) -> Network:
        """A `mesa.discrete_space.Network` of the ties, each agent on its cell."""
        version = sum(t.version for t in self.state.ties.values())
        if self._grid is None:
            self._grid = Network(self.graph(), layout=None, random=self.random)
            self._grid_version = version
        elif version != self._grid_version:
            self._reconnect(self.graph())
            self._grid_version = version
        if not self._rows:
            _ = self.agents
        return self._grid

    def _reconnect(self, graph: nx.Graph) -> None:
        grid = self._grid
        if grid is None:
            return
        grid.G = graph
        for cell in grid.all_cells:
            for other in list(cell.connections.values()):
                cell.disconnect(other)
            grid._connect_single_cell(cell)

    def _grid_cell(self, row: int) -> Any:
        if self._grid is None:
            self._grid = Network(self.graph(), layout=None, random=self.random)
            self._grid_version = sum(t.version for t in self.state.ties.values())
        cells: dict[Any, Any] = self._grid._cells
        return cells[row]

    # --- pickle, deepcopy: prepared argument lists are views of arrays, and are made anew ------------------------------

    def __getstate__(self) -> dict[str, Any]:
        kept = self.__dict__.copy()
        kept["acts"], kept["_readers"], kept["_before"] = [], {}, None
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)
        self.prepare()


def _seed_of(rng: Any) -> Any:
    if rng is None or (isinstance(rng, int | np.integer) and not isinstance(rng, bool)):
        if rng is not None and rng < 0:
            raise InputError(f"rng = {rng}: the seed is a whole number from 0")
        if rng is not None and rng > LARGEST_SEED:
            raise InputError(f"rng = {in_digits(rng)}: the seed is a whole number below 2**63")
        return rng
    if isinstance(rng, np.random.Generator | np.random.SeedSequence | np.random.BitGenerator):
        return rng
    raise InputError(f"rng = {quoted(rng)}: the seed is a whole number from 0")


def _scenario_of(given: Any) -> Scenario:
    if isinstance(given, Scenario):
        return given
    if isinstance(given, dict):
        return Scenario.from_dict(given)
    if given is None:
        raise InputError("scenario is missing: a Scenario, or a mapping that describes one")
    return Scenario.from_file(given)


def _agent_classes(described: Scenario, given: type[ValueAgent] | None) -> list[type[ValueAgent]]:
    """The class of agents of each group: the one that is given, else what the scenario says."""
    classes = [given or cls or ValueAgent for cls in described.agent_classes()]
    for cls in classes:
        if not issubclass(cls, ValueAgent):
            raise InputError(f"agent_class = {cls.__name__} is no class of agents: a subclass of ValueAgent")
    return classes


def _past(scenario: Scenario, clock: int) -> dict[str, Any]:
    """What a scenario says of the steps before `clock`."""
    past = {key: part for key, part in scenario.to_dict().items() if key not in NOT_IN_THE_PAST}
    rules = {}
    for step in scenario.rules:
        together = step.label if isinstance(step, Together) else ""
        for rule in step.rules if isinstance(step, Together) else (step,):
            if rule.begin < clock:
                end = rule.end if rule.end is not None and rule.end < clock else None
                rules[rule.label] = (together, type(rule).name(), {**rule.to_dict(), "end": end})
    past["rules"] = list(rules.items())
    past["schedule"] = [e for e in in_order(scenario.schedule) if e[0] < clock and e[1].split(".")[0] in rules]
    if scenario.record_every > 1 and clock > 0:
        past["until"], past["steps"] = scenario.until, min(scenario.steps, clock)
    return past


def _check_same_past(old: Scenario, new: Scenario, clock: int) -> None:
    before, after = _past(old, clock), _past(new, clock)
    for key in before:
        if before[key] != after[key]:
            raise InputError(f"{key}: under this scenario, what happened before step {clock} would have been otherwise")
