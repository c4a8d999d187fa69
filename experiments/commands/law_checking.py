"""`valuescape check my_rule.py`: which laws a user's own classes obey, and where one breaks, with the smallest example."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import announce_compilation, console, print_json, table

if TYPE_CHECKING:
    from valuescape.experiments.laws.examination import Examination
    from valuescape.experiments.laws.finding import Finding

A_LAW_IS_BROKEN, NOT_EXAMINED = 1, 2
_TOLD = ("agents", "seed", "parameters", "structure", "activation", "on", "groups", "start", "step")
_PLACES = {"sparse": "sparse ties", "complete": "complete ties"}


def names_code(what: str) -> bool:
    """Whether the argument of `check` means classes and not a scenario: a Python file, or `my_module:MyRule`."""
    if what.endswith(".py"):
        return True
    return ":" in what and not Path(what).is_file() and what not in gallery.scenarios()


def check_laws(what: str, *, as_json: bool) -> int:
    """Examine every class and print the findings.

    The exit code is 1 where a law is broken, and 2 where no small society could be made of a class.
    """
    announce_compilation(quiet=as_json)
    from valuescape.experiments.laws.examination import classes_of, examine

    examinations = [examine(cls) for cls in classes_of(what)]
    broken = [e for e in examinations if e.broken]
    refused = [e for e in examinations if e.refused]
    if as_json:
        counts = {"broken": len(broken), "not_examined": len(refused)}
        print_json({"checked": what, "classes": [e.to_dict() for e in examinations], **counts})
    else:
        for examination in examinations:
            _print(examination)
        _print_counts(len(examinations), len(broken), len(refused))
    return A_LAW_IS_BROKEN if broken else NOT_EXAMINED if refused else 0


def _print(examination: Examination) -> None:
    out = console()
    out.print(f"[bold]{escape(examination.name)}[/bold] ({examination.kind})")
    told = [finding for findings in examination.by_law().values() for finding in _told(findings)]
    rows = [[str(f.law), f.name, f.verdict, escape(_sentence(f))] for f in told]
    out.print(table(["law", "", "", "what was seen"], rows, (0,)))
    out.print()


def _told(findings: list[Finding]) -> list[Finding]:
    """Of one law: what is broken, refused or advised; else one line that it holds."""
    from valuescape.experiments.laws.finding import ADVICE, BROKEN, HOLDS, REFUSED

    for verdict in (BROKEN, REFUSED, ADVICE):
        wanted = [finding for finding in findings if finding.verdict == verdict]
        if wanted:
            return list({finding.sentence: finding for finding in wanted}.values())
    return [finding for finding in findings if finding.verdict == HOLDS][:1] or findings[:1]


def _sentence(finding: Finding) -> str:
    from valuescape.experiments.laws.finding import BROKEN

    example = example_in_words(finding.to_dict()["example"]) if finding.verdict == BROKEN else ""
    return finding.sentence + (f" ({example})" if example else "")


def example_in_words(example: dict[str, Any]) -> str:
    """How to make the example again: "2 agents, seed 1, strength = 0.5, sparse ties, sequential, step 0"."""
    words = []
    for key in _TOLD:
        value = example.get(key)
        match key:
            case _ if value is None:
                continue
            case "agents":
                words.append(f"{value} agent{'' if value == 1 else 's'}")
            case "parameters":
                words += [f"{name} = {one}" for name, one in value.items()]
            case "structure":
                words.append(_PLACES.get(value, value))
            case "activation":
                words.append(str(value))
            case "groups" | "on" | "start":
                words.append(f"{key}: {value}")
            case _:
                words.append(f"{key} {value}")
    return ", ".join(words)


def _print_counts(all_of_them: int, broken: int, refused: int) -> None:
    what = "class" if all_of_them == 1 else "classes"
    parts = [f"{all_of_them} {what}"]
    parts.append("no law is broken" if not broken else f"{broken} break{'s' if broken == 1 else ''} a law")
    if refused:
        parts.append(f"{refused} could not be examined")
    console().print("; ".join(parts) + ".")
