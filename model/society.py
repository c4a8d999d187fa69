"""Society: a scenario that lives. A Mesa `Model`; its agents and cells are built when somebody first asks for them."""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa import DataCollector, Model
from mesa.discrete_space import FixedAgent, Network

from valuescape.model.activation import Act, TogetherAct, advance
from valuescape.model.build import bind_parameter, build_settings, build_state
from valuescape.model.checks import measure_label, until
from valuescape.model.description import Together
from valuescape.model.errors import InputError, unknown
from valuescape.model.ledger import Ledger
from valuescape.model.rule import EVERYBODY
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from valuescape.model.rule import Rule

COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
LARGEST_GRID_OF_COMPLETE = 2000


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


class Society(Model):
    """A running society.

    `Society(scenario, rng=7)`; keyword arguments are addresses that vary the scenario, so that Mesa's `batch_run` and
    `SolaraViz` can build it. `step()`, `run()`, `run_for(steps)`; `state`, `agents`, `grid`, `datacollector`, `ledger`.
    The same scenario and seed give the same bits.
    """

    def __init__(
        self,
        scenario: Scenario | str | dict[str, Any] | None = None,
        *,
        rng: Any = None,
        agent_class: type[ValueAgent] | None = None,
        ledger: bool | str = False,
        **changes: Any,
    ) -> None:
        super().__init__(rng=_seed_of(rng))
        self.seed: int = int(self._seed or 0)
        self._described = _scenario_of(scenario)
        if changes:
            self._described = self._described.vary(changes)
        self.agent_classes = _agent_classes(self._described, agent_class)
        self.group_names = [g.name for g in self._described.groups] or [EVERYBODY]
        self.events = self._described.events
        self.clock = 0
        self.changes: list[tuple[int, str, Any]] = []
        self.state = build_state(self._described, self.seed)
        self.settings = build_settings(self._described, self.state, self.seed)
        self._grid: Network | None = None
        self._grid_version = -1
        self._rows: list[ValueAgent] = []
        self._visits: np.ndarray | None = None
        self._visited_at = 0
        self.prepare()
        for rule in self._described.flat_rules:
            rule.check(self.state)
            _check_ties(rule, self)
        self.measures = {measure_label(m): m for m in self._described.record}
        self._until = until(self._described)
        reporters: dict[str, Any] = {label: partial(_read_measure, label=label) for label in self.measures}
        self.datacollector = DataCollector(model_reporters=reporters)
        self.datacollector._validated = True
        self.ledger: Ledger | None = Ledger(self, by_source=ledger == "sources") if ledger else None
        self.record()
        self.running = not self.is_over()

    # --- Mesa keeps a scenario of its own under this name; ours is the one that counts -------------------------------

    @property
    def scenario(self) -> Scenario:
        """The scenario that was built (live changes are in `changes`)."""
        return self._described

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Mesa writes its own default here; nothing to keep."""

    # --- time ---------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One step, in the order of `model/activation.py`."""
        advance(self)

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
        if self.clock >= self._described.steps:
            return True
        if self._until is None:
            return False
        measure, comparison, limit = self._until
        return bool(COMPARE[comparison](measure(self.state), limit))

    def record(self) -> None:
        """Collect the measures when they are due."""
        last = self.clock >= self._described.steps
        if self.clock % self._described.record_every == 0 or last or (self._until is not None and self.is_over()):
            self.datacollector.collect(self)

    def measure(self, label: str) -> float:
        """A recorded measure of the state as it is now."""
        if label not in self.measures:
            raise unknown("recorded measure", label, self.measures)
        measure = self.measures[label]
        if label not in self._arguments or any(t.version for t in self.state.ties.values()):
            self._arguments[label] = measure.bind(self.state)
        return float(type(measure).kernel(*self._arguments[label]))

    def series(self) -> pd.DataFrame:
        """Every record so far: one row per recorded step, one column per measure, and `step`."""
        frame = self.datacollector.get_model_vars_dataframe()
        steps = np.asarray(self.datacollector._collection_steps, int)
        frame.insert(0, "step", steps[: len(frame)])
        return frame.reset_index(drop=True)

    # --- rules --------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Bind rules and measures to the arrays anew: after they were replaced, or the rules changed."""
        self._arguments: dict[str, list[Any]] = {}
        self.acts: list[Act | TogetherAct] = [
            TogetherAct(step.rules, step.label, self) if isinstance(step, Together) else Act(step, self)
            for step in self._described.rules
        ]
        self._due: dict[int, list[tuple[str, Any]]] = {}
        for address, entries in self._described.schedule.items():
            for step, value in entries:
                self._due.setdefault(step, []).append((address, value))

    def _flat_acts(self) -> list[Act]:
        return [part for act in self.acts for part in (act.parts if isinstance(act, TogetherAct) else [act])]

    def members(self, on: str | tuple[str, ...]) -> np.ndarray | None:
        """(N,) bool of a rule's `on`, or None for everybody."""
        names = (on,) if isinstance(on, str) else on
        if EVERYBODY in names:
            return None
        group, mask = self.state.group, np.zeros(self.state.n, bool)
        for name in names:
            plain = name.removeprefix("not ")
            inside = group == self.group_names.index(plain)
            mask |= ~inside if name.startswith("not ") else inside
        return mask

    def apply_schedule(self) -> None:
        """Make the changes that are due at this step."""
        for address, value in self._due.get(self.clock, ()):
            self.apply(address, value)

    def set(self, address: str, value: Any) -> None:
        """Change a rule's parameter now (live addresses only); noted in `changes`."""
        known = {a: found for a, found in self._described.bounds().items() if found.live}
        if address not in known:
            raise unknown("live address", address, known)
        known[address].spec.check(value, address)
        self.changes.append((self.clock, address, value))
        self.apply(address, value)

    def apply(self, address: str, value: Any) -> None:
        """Change a rule's parameter now, unchecked and without a note: what a schedule does."""
        label, name, *group = address.split(".")
        bound = bind_parameter(self._described, self.state, self.seed, label, name, value)
        if group:
            mine = self.state.group == self.group_names.index(group[0])
            bound = np.where(mine, bound, self.settings[label][name])
        self.settings[label][name] = bound
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
        kept["acts"], kept["_arguments"] = [], {}
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)
        self.prepare()
        if self.ledger is not None:
            self.ledger.society = self


def _seed_of(rng: Any) -> Any:
    if rng is None or (isinstance(rng, int | np.integer) and not isinstance(rng, bool)):
        if rng is not None and rng < 0:
            raise InputError(f"rng = {rng}: the seed is a whole number from 0")
        return rng
    if isinstance(rng, np.random.Generator | np.random.SeedSequence | np.random.BitGenerator):
        return rng
    raise InputError(f"rng = {rng!r}: the seed is a whole number from 0")


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


def _check_ties(rule: Rule, society: Society) -> None:
    ties = society.state.ties.get(rule.layer)
    if not rule.uses_ties() or type(rule).signed or ties is None or ties.weight.size == 0:
        return
    worst = int(ties.weight.argmin())
    if ties.weight[worst] < 0:
        i, j = int(ties.rows()[worst]), int(ties.neighbour[worst])
        raise InputError(
            f"{rule.label}: the tie {i} -> {j} has the weight {ties.weight[worst]:g}: this rule takes weights from 0"
        )
