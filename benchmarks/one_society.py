"""S1 to S6: a step of one society, against the same rule in Mesa, scipy, NDlib, mesa-frames and EGTtools.

Both sides work on the same ties from the same first state. What is deterministic must end equal; a rule that draws is led
through the very events of a society and must end equal too, or agree in distribution where the peer draws for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.benchmarks.elsewhere import Elsewhere
from valuescape.benchmarks.led import culture_events, meeting_events
from valuescape.benchmarks.mesa_people import Believer, Listener, People, Player, Villager, hearings, meetings, spread
from valuescape.benchmarks.timing import Found, Row, compared, must_agree, must_agree_in_distribution, processor, turns
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORK = {"structure": {"regular": {"degree": 10}}, "steps": 10**6}
AVERAGING = {**NETWORK, "value_system": 10, "initial": {"values": "uniform"}, "record": ["spread"],
             "rules": [{"averaging": {"strength": 0.5}}]}  # fmt: skip
OPINIONS = {**NETWORK, "value_system": "stance", "initial": {"values": "uniform"}}
LATTICE = {"lattice": {"neighbourhood": "moore"}}
DEFFUANT = {**OPINIONS, "rules": [{"deffuant": {"tolerance": 0.2, "strength": 0.5}}]}
NEAR_ENOUGH = {**OPINIONS, "rules": [{"bounded_confidence": {"tolerance": 0.2}}]}
BEST_PAID = {
    "structure": LATTICE,
    "value_system": "stance",
    "initial": {"values": {"same": {"value": 0.5}}, "cooperates": {"chance": {"share": 0.9}}},
    "rules": [
        {"dilemma": {"reward": 1.0, "sucker": 0.0, "temptation": 1.85, "punishment": 0.0, "pay": "accumulate",
                     "with_self": True}},
        {"imitate_best": {"learning": 0.0}},
    ],
    "steps": 10**6,
}  # fmt: skip
CULTURE = {
    "structure": {"lattice": {"wrap": False}},
    "value_system": "stance",
    "traits": 5,
    "initial": {"traits": {"kinds": {"q": 10}}},
    "rules": [{"culture_copy": {"q": 10}}],
    "steps": 10**6,
}


def society_of(described: dict[str, Any], agents: int, seed: int = 7, **more: Any) -> Society:
    """A society of so many agents."""
    return Society(Scenario.from_dict({**described, "agents": agents, **more}), rng=seed)


def per_step(society: Society, steps: int) -> Callable[[], float]:
    """Processor seconds of a step, the mean of so many."""
    return lambda: processor(lambda: society.run_for(steps)) / steps


def led(described: dict[str, Any], kind: type, lead: Callable[[People, Society, int], None], ours: Any, theirs: Any) -> str:
    """Whether Mesa's agents, led through the events of a society of 1,000, end as that society does."""
    society = society_of(described, 1024)
    people = People(society, kind)
    for step in range(5):
        lead(people, society, step)
        society.step()
    return must_agree(kind.__name__, ours(society), [theirs(p) for p in people.people], 1e-12)


def alike(described: dict[str, Any], kind: type, verbs: tuple[str, ...], ours: Any, theirs: Any) -> str:
    """Whether Mesa's agents end as a society of 1,000 does, where nothing is drawn."""
    society = society_of(described, 1024)
    people = People(society, kind)
    for _ in range(5):
        people.all_do(*verbs)
    society.run_for(5)
    return must_agree(kind.__name__, ours(society), [theirs(p) for p in people.people], 1e-12)


def averaging_against_mesa() -> list[Found]:
    """S1: ten value dimensions, ten neighbours, one measure every step."""
    check = alike(AVERAGING, Listener, ("look", "change"), lambda s: s.state.values, lambda p: p.values)
    found = []
    for n in (10_000, 100_000):
        society = society_of(AVERAGING, n)
        people = People(society, Listener, {"spread": spread})
        sides = turns(
            per_step(society, 2_000_000 // n), lambda people=people: processor(lambda: people.all_do("look", "change"))
        )
        what = f"averaging, K = 10, degree 10, N = {n:,}"
        found.append(compared("S1", what, "Mesa", sides, "ns an agent", 1e9 / n, 200, check))
    return found


def averaging_against_agentpy() -> list[Found]:
    """S1: the same in AgentPy."""
    n = 10_000
    society = society_of(AVERAGING, n)
    ties = society.state.ties["main"]
    given = {"start": ties.start, "neighbour": ties.neighbour, "values": society.state.values}
    with Elsewhere("agentpy", "agentpy_people.py", **given) as peer:
        sides = turns(per_step(society, 200), peer.step)
        again = society_of(AVERAGING, n)
        again.run_for(len(sides[0]) + 1)
        check = must_agree("averaging", again.state.values, peer.end(), 1e-12)
    what = f"averaging, K = 10, degree 10, N = {n:,}"
    return [compared("S1", what, "AgentPy", sides, "ns an agent", 1e9 / n, None, check)]


def averaging_against_scipy() -> list[Found]:
    """S2: v + (share @ v - v) / 2 by a sparse matrix, float32 on both sides."""
    from scipy.sparse import csr_array

    described = {**AVERAGING, "dtype": "float32", "record": []}
    found = []
    for n in (10_000, 100_000):
        society = society_of(described, n)
        ties = society.state.ties["main"]
        share = csr_array((ties.share.astype(np.float32), ties.neighbour, ties.start), shape=(n, n))
        values = society.state.values.copy()

        def step(values: np.ndarray = values, share: Any = share) -> None:
            heard = share @ values
            heard -= values
            heard *= np.float32(0.5)
            values += heard

        society.step()
        step()
        check = must_agree("averaging", society.state.values, values, 1e-6)
        many = 2_000_000 // n
        sides = turns(
            per_step(society, many), lambda step=step, many=many: processor(lambda: [step() for _ in range(many)]) / many
        )
        what = f"averaging, K = 10, degree 10, N = {n:,}, float32"
        found.append(compared("S2", what, "scipy.sparse", sides, "ns an agent", 1e9 / n, 1.3, check))
    return found


def deffuant_against_mesa() -> list[Found]:
    """S3: as many meetings as agents, on a network."""
    check = led(DEFFUANT, Believer, meeting_events, lambda s: s.state.values[:, 0], lambda p: p.opinion)
    n = 100_000
    society = society_of(DEFFUANT, n)
    people = People(society, Believer)
    sides = turns(per_step(society, 5), lambda: processor(lambda: meetings(people)))
    return [compared("S3", f"Deffuant, degree 10, N = {n:,}", "Mesa", sides, "ns a meeting", 1e9 / n, 50, check)]


def deffuant_against_ndlib() -> list[Found]:
    """S3: on complete ties, where NDlib's model with no bias is Deffuant's."""
    import networkx as nx
    from ndlib.models.ModelConfig import Configuration
    from ndlib.models.opinions import AlgorithmicBiasModel

    complete = {**OPINIONS, "structure": "complete", "rules": [{"deffuant": {"tolerance": 0.3, "strength": 0.5}}]}

    def theirs(n: int) -> Any:
        peer, config = AlgorithmicBiasModel(nx.complete_graph(n)), Configuration()
        for name, value in {"epsilon": 0.3, "mu": 0.5, "gamma": 0}.items():
            config.add_model_parameter(name, value)
        peer.set_initial_status(config)
        peer.iteration()
        return peer

    left, left_ours = [], []
    for seed in range(30):
        peer = theirs(100)
        peer.iteration_bunch(8, node_status=False)
        left.append(np.std(list(peer.status.values())))
        society = society_of(complete, 100, seed)
        society.run_for(8)
        left_ours.append(float(society.state.values.std()))
    check = must_agree_in_distribution("Deffuant", np.array(left_ours), np.array(left))
    n = 1000
    society, peer = society_of(complete, n), theirs(n)
    sides = turns(per_step(society, 500), lambda: processor(lambda: peer.iteration(node_status=False)))
    what = f"Deffuant, complete ties, N = {n:,}"
    return [compared("S3", what, "NDlib", sides, "ns a meeting", 1e9 / n, 800, check)]


def near_enough_against_mesa() -> list[Found]:
    """S4: Hegselmann and Krause's rule on a network."""
    opinions = lambda s: s.state.values[:, 0]  # noqa: E731
    check = alike(NEAR_ENOUGH, Believer, ("look", "change"), opinions, lambda p: p.opinion)
    n = 100_000
    society = society_of(NEAR_ENOUGH, n)
    people = People(society, Believer)
    sides = turns(per_step(society, 20), lambda: processor(lambda: people.all_do("look", "change")))
    what = f"Hegselmann-Krause, degree 10, N = {n:,}"
    return [compared("S4", what, "Mesa", sides, "ns an agent", 1e9 / n, 200, check)]


def near_enough_against_frames() -> list[Found]:
    """S4: the same against mesa-frames."""
    n = 100_000
    society = society_of(NEAR_ENOUGH, n)
    ties = society.state.ties["main"]
    given = {"start": ties.start, "neighbour": ties.neighbour, "opinion": society.state.values[:, 0]}
    with Elsewhere("mesa-frames", "frames_people.py", **given) as peer:
        sides = turns(per_step(society, 20), peer.step)
        again = society_of(NEAR_ENOUGH, n)
        again.run_for(len(sides[0]) + 1)
        check = must_agree("Hegselmann-Krause", again.state.values[:, 0], peer.end(), 1e-9)
    what = f"Hegselmann-Krause, degree 10, N = {n:,}"
    return [compared("S4", what, "mesa-frames", sides, "ns an agent", 1e9 / n, 20, check)]


def culture_and_best_paid() -> list[Found]:
    """S5: Axelrod's culture with five features; the prisoner's dilemma on a torus, imitating the best paid."""
    n = 100_489  # 317 x 317
    check = led(CULTURE, Villager, culture_events, lambda s: s.state.traits, lambda p: p.traits)
    society = society_of(CULTURE, n)
    people = People(society, Villager)
    sides = turns(per_step(society, 5), lambda: processor(lambda: hearings(people)))
    what = f"Axelrod's culture, F = 5, q = 10, lattice, N = {n:,}"
    found = [compared("S5", what, "Mesa", sides, "ns an event", 1e9 / n, 60, check)]
    verbs = ("play", "look", "change")
    check = alike(BEST_PAID, Player, verbs, lambda s: s.state.cooperates, lambda p: p.cooperates)
    society = society_of(BEST_PAID, n)
    players = People(society, Player)
    sides = turns(per_step(society, 20), lambda: processor(lambda: players.all_do(*verbs)))
    what = f"prisoner's dilemma, imitate the best, Moore torus, N = {n:,}"
    return [*found, compared("S5", what, "Mesa", sides, "ns an agent", 1e9 / n, 80, check)]


def fermi_against_egttools() -> list[Found]:
    """S6: a snowdrift game, pairwise comparison, everybody at once, on a regular network of degree 8."""
    from egttools.games import NormalFormNetworkGame
    from egttools.numerical.structure import NetworkSync

    payoffs = np.array([[3.0, 2.0], [4.0, 1.0]])  # rows: what one does, cooperation first
    described = {
        "structure": {"regular": {"degree": 8}},
        "value_system": "stance",
        "initial": {"values": {"same": {"value": 0.5}}, "cooperates": {"chance": {"share": 0.5, "exact": True}}},
        "rules": [
            {"dilemma": {"reward": 3.0, "sucker": 2.0, "temptation": 4.0, "punishment": 1.0, "pay": "accumulate"}},
            {"fermi_imitation": {"temperature": 1.0, "learning": 0.0}},
        ],
        "steps": 10**6,
    }

    def theirs(society: Society) -> tuple[Any, Any]:
        n, ties = society.state.n, society.state.ties["main"]
        rows = {i: ties.neighbour[ties.start[i] : ties.start[i + 1]].tolist() for i in range(n)}
        game = NormalFormNetworkGame(1, payoffs)  # named: the process keeps a bare pointer to it
        peer = NetworkSync(2, 1.0, 0.0, rows, game, 100_000)
        peer.initialize_state(np.array([n // 2, n - n // 2], np.uint64))
        return peer, game

    shares, shares_ours = [], []
    for seed in range(40):
        society = society_of(described, 500, seed)
        peer, _game = theirs(society)
        for _ in range(30):
            peer.update_population()
        society.run_for(30)
        shares.append(float(peer.mean_population_state()[0]) / 500)
        shares_ours.append(float(society.state.cooperates.mean()))
    check = must_agree_in_distribution("Fermi imitation", np.array(shares_ours), np.array(shares))
    n = 10_000
    society = society_of(described, n)
    peer, _game = theirs(society)
    sides = turns(per_step(society, 100), lambda: processor(peer.update_population))
    what = f"snowdrift game, Fermi imitation, degree 8, N = {n:,}"
    return [compared("S6", what, "EGTtools", sides, "ns an agent", 1e9 / n, 20, check)]


ROWS = (
    Row("S1", "averaging, one measure every step", lambda: [*averaging_against_mesa(), *averaging_against_agentpy()]),
    Row("S2", "averaging as a sparse matrix", averaging_against_scipy),
    Row("S3", "Deffuant's meetings", lambda: [*deffuant_against_mesa(), *deffuant_against_ndlib()]),
    Row("S4", "Hegselmann and Krause on a network", lambda: [*near_enough_against_mesa(), *near_enough_against_frames()]),
    Row("S5", "culture; a dilemma with imitation", culture_and_best_paid),
    Row("S6", "Fermi imitation on a network", fermi_against_egttools),
)
