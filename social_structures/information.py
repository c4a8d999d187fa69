"""Unequal information: what an agent can know of the human values and of its task, by role.

A role is a declared group: `information: {insiders: 1, others: 0.3}`. Who hears few others: `contact_limit`.
"""

from __future__ import annotations

from valuescape.model.alignment import inside, reference_row
from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.streams import split, uniform

UNKNOWN = -1.0
LASTING = "whether what one can see is drawn once a run (else anew each time)"


@njit
def learn(k, i, values, new_values, goal, sight, new_sight, strength, information, lasting):
    """Close the gap to `goal` (K,) in each dimension whose draw, kept in `sight`, lies below `information`."""
    for d in range(goal.size):
        draw = sight[i, d]
        if draw < 0.0 or not lasting:
            draw = uniform(k, d)
            new_sight[i, d] = draw
        if draw < information:
            new_values[i, d] = inside(values[i, d] + strength * (goal[d] - values[i, d]))


@njit
def learn_values(
    who,
    key,
    at,
    values,
    new_values,
    human_values,
    group,
    sight_of_values,
    new_sight_of_values,
    strength,
    information,
    lasting,
):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        goal = human_values[reference_row(i, group, human_values)]
        learn(k, i, values, new_values, goal, sight_of_values, new_sight_of_values, strength[i], information[i], lasting)


class InformedPull(Rule):
    """Agents are drawn to the human values as far as they know them.

        v_id <- v_id + strength_i (h_d - v_id)  where x_id < information_i;  x_id uniform on [0, 1)

    Information 1: `human_pull`, bit for bit; 0: nothing is learned. Drawn anew: E[v - h] falls as (1 - strength q)^t and
    E[(v - h)^2] as (1 - q + q (1 - strength)^2)^t, q = information. `lasting`: a share q of the dimensions closes as (1 -
    strength)^t, the rest never, and more information only adds to what is seen. values (N, K), human_values (H, K), the
    draws x in sight_of_values (N, K). An agent alone is drawn like everybody.
    Unequal information: Akerlof (1970), Q. J. Econ. 84, 488-500; of the human by the machine: Hadfield-Menell et al.
    (2016), arXiv 1606.03137.
    """

    strength: float = param(0.1, 0, 1, "share of the gap closed in a step, where it is known", per_agent=True)
    information: float = param(1.0, 0, 1, "share q of the dimensions that one can see", per_agent=True, off=0.0)
    lasting: bool = param(False, meaning=LASTING)
    fields = (
        Field("sight_of_values", ("N", "K"), default=UNKNOWN, meaning="the draw that decides what it sees of human values"),
    )
    writes = ("values", "sight_of_values")
    kernel = learn_values


@njit
def learn_task(
    who, key, at, values, new_values, objectives, sight_of_task, new_sight_of_task, strength, information, lasting
):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        learn(
            k, i, values, new_values, objectives[i], sight_of_task, new_sight_of_task, strength[i], information[i], lasting
        )


class InformedTaskPull(Rule):
    """Agents are drawn to what their task rewards as far as they know it: the principal knows, the agent sees a part.

        v_id <- v_id + strength_i (o_id - v_id)  where x_id < information_i;  x_id uniform on [0, 1)

    As `informed_pull`, towards one's own objectives: information 1 is `task_pull`, bit for bit. values, objectives (N, K),
    the draws x in sight_of_task (N, K). An agent alone is drawn like everybody.
    Principal and agent under unequal information: Ross (1973), Am. Econ. Rev. 63, 134-139; Holmstrom (1979), Bell J.
    Econ. 10, 74-91.
    """

    strength: float = param(0.1, 0, 1, "share of the gap closed in a step, where it is known", per_agent=True)
    information: float = param(1.0, 0, 1, "share q of the dimensions that one can see", per_agent=True, off=0.0)
    lasting: bool = param(False, meaning=LASTING)
    fields = (Field("sight_of_task", ("N", "K"), default=UNKNOWN, meaning="the draw that decides what it sees of its task"),)
    writes = ("values", "sight_of_task")
    kernel = learn_task
