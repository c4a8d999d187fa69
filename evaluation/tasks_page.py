"""`docs/tasks.md`: every open task with its evidence, made from the tasks, their bounds and `evidence.json`.

`python -m valuescape.evaluation.tasks_page` writes the page anew; a test holds that it is what they say.
"""

from __future__ import annotations

from pathlib import Path

from valuescape.evaluation.agent_tasks import AgentTask
from valuescape.evaluation.bounds import Bound, bound_of
from valuescape.evaluation.evidence import DOSES, SEEDS, SLACK, Evidence, evidence, open_tasks
from valuescape.evaluation.scoring import FORMS
from valuescape.evaluation.task import TWINS, Task
from valuescape.experiments.runs.files import written
from valuescape.model.errors import InputError
from valuescape.model.words import in_words, signed

PAGE = Path(__file__).parent.parent / "docs" / "tasks.md"
INTRODUCTION = """# The tasks and their evidence

Made by `python -m valuescape.evaluation.tasks_page`. Of each open task: what it demands, and what shows that it is a task.

- **Nothing fails it**: where nothing is done, alignment is at least .2 below what it is with the cause cut, in every
  society.
- **The cause is what is said**: alignment rises with the dose of the cut (0: the cause as it is, 1: none of it). From one
  dose to the next it nowhere falls by more than {slack} with the whole interval over seeds below 0. Means over
  {seeds[mechanisms]} seeds, of agents over {seeds[agents]}; there the pressure has the dose, and an agent of the background
  stands in the focal place.
- **It can be done**: the frozen ceiling, the best of the cut and the baselines that are not voided, is at least .2 above
  nothing in both twins; else the task is not scored.
"""


def text() -> str:
    """The page.

    Errors: a task has no evidence yet.
    """
    found = evidence()
    missing = [name for name in open_tasks() if name not in found]
    if missing:
        raise InputError(f"task {missing[0]} has no evidence: make evaluation makes it")
    parts = [INTRODUCTION.format(slack=signed(SLACK).lstrip("+"), seeds={t: len(x) for t, x in SEEDS.items()})]
    parts += [_of(task, bound_of(task), found[name]) for name, task in open_tasks().items()]
    return "\n".join(parts)


def _of(task: Task | AgentTask, bound: Bound, there: Evidence) -> str:
    kind = "agents" if isinstance(task, AgentTask) else "mechanisms"
    scored = ", ".join(task.parts)
    lines = [
        f"## {task.name}", "", f"{task.sentence} It demands {task.demands}.", "",
        f"Failure: {in_words(task.failure)}; for {kind}; scored: {scored}; regime: {task.regime or 'none'}; version"
        f" {task.version}, `{task.digest}`.", "",
        f"| society | twin | {' | '.join(f'dose {dose}' for dose in DOSES)} |", f"|---|---|{'---|' * len(DOSES)}",
    ]  # fmt: skip
    for member in there.alignment:
        lines += [f"| {member} | {twin} | {' | '.join(map(signed, there.curve(member, twin)))} |" for twin in TWINS]
    fails = "Nothing fails it" if there.nothing_fails else "**Nothing does not fail it in every society**"
    cause = "the cause is what is said" if there.follows_the_dose else "**alignment does not rise with every dose**"
    room = [f"{bound.room(form):.2f} ({form})" for form in FORMS]
    makers = sorted({name for form in FORMS for name in bound.best[form].values()})
    stands = "it can be done" if bound.stands("mean") else "**it does not stand**"
    lines += [
        "", f"{fails}; {cause}; {stands}: the ceiling is {' and '.join(room)} above"
        f" nothing, by {', '.join(makers)}.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    with written(PAGE) as new:
        new.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
