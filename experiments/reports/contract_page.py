"""`docs/contract.md`: how to write a rule, a measure, a structure, an initial, an agent, a failure mode.

The prose is written by hand in the page itself. Between a line `<!-- made: NAME -->` and the next `<!-- end -->` stands what
the code makes: a table of `TABLES`, or the file NAME of the repository as it is. `python -m
valuescape.experiments.reports.contract_page` (`make docs`) makes them anew, and a test holds the page to it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.analysis.invariances import INVARIANCES, POPULATIONS
from valuescape.experiments.laws.small_society import ours
from valuescape.experiments.runs.provenance import ROOT, write_text
from valuescape.model.binding import LAYER, PLAIN, RESERVED, is_compiled, plain_function
from valuescape.model.kinds import Measure, known
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import CORE, SIZES, Field
from valuescape.model.words import in_brackets, in_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PAGE = ROOT / "docs" / "contract.md"
HELPERS = {
    "streams": ("split", "uniform", "happens", "normal", "pick", "below", "bits"),
    "ties": ("partner", "living_partner", "ties_of"),
    "near_memory": ("vector", "fetch_ahead"),
    "alignment": ("distance", "apart", "inside", "reference_row"),
    "games": ("encounter", "partners", "sum_of_living", "room_for"),
}
# What is refused when a class is defined: what somebody wrote, why it is refused, and the class.
REFUSED = {
    "no body": (
        "a rule without a body changes nothing",
        "writes = ('values',)",
    ),
    "an argument that nothing answers to": (
        "a misspelled field would be found out in the first step only",
        "writes = ('values',)\ndef kernel(self, who, valeus, new_values): ...",
    ),
    "`new_values = ...` in the body": (
        "it would bind a name of the body's own, and the society would stay as it was",
        "writes = ('values',)\ndef kernel(self, who, values, new_values):\n    new_values = values / 2",
    ),
    "`values` in `writes`, and no argument `new_values`": (
        "what the rule says of itself must be what it can do",
        "writes = ('values',)\ndef kernel(self, who, values): ...",
    ),
    "an argument `new_values`, and `values` not in `writes`": (
        "what it changes must be known before it runs: by checks, by the ledger, by nulls",
        "def kernel(self, who, values, new_values): ...",
    ),
    "`ties` in `writes`, and no argument `ties`": (
        "only `ties.cut`, `add`, `rewire` and `reweigh` change ties",
        "writes = ('values', 'ties')\ndef kernel(self, who, new_values): ...",
    ),
    "a parameter with the name of a field or of a reserved word": (
        "fields, parameters and words are one name space: an argument means one thing",
        "values: float = param(0.5, 0, 1, 'a share')\nwrites = ('coalition',)\ndef kernel(self, who, new_coalition): ...",
    ),
    "an axis that no parameter measures": (
        "the array could not be made",
        "fields = (Field('words', ('N', 'V'), 'int'),)\nwrites = ('words',)\ndef kernel(self, who, new_words): ...",
    ),
    "`below` a size that no parameter gives": (
        "what lies outside could not be told",
        "fields = (Field('word', ('N',), 'int', below='V'),)\nwrites = ('word',)\ndef kernel(self, who, new_word): ...",
    ),
    "a field of another module, declared otherwise": (
        "two rules would mean two things by one name: import the `Field` object instead",
        "fields = (Field('payoff', ('N',), 'int'),)\nwrites = ('payoff',)\ndef kernel(self, who, new_payoff): ...",
    ),
    "`expressed` in `writes` without `falsified`": (
        "rows that are not marked as falsified follow `values` after every rule: the writing would be lost",
        "writes = ('expressed',)\ndef kernel(self, who, new_expressed): ...",
    ),
    "a field in `writes` that is neither core nor in `fields`": (
        "nobody would allocate it",
        "writes = ('mood',)\ndef kernel(self, who): ...",
    ),
    "a `reach` or an activation that is none": (
        "a misspelled word would be taken for the default",
        "writes = ('values',)\nreach = 'pair'\ndef kernel(self, who, new_values): ...",
    ),
    "reach `partner`, and no `activations`": (
        "whoever is met is written on too, so two cannot both revise a copy of what was there",
        "writes = ('values',)\nreach = 'partner'\ndef kernel(self, who, mate, new_values): ...",
    ),
    "an argument `mate` without reach `partner`": (
        "only rules of that reach meet somebody",
        "writes = ('values',)\ndef kernel(self, who, mate, new_values): ...",
    ),
    "`looks_at` that is no word": (
        "it says one of two things, or nothing",
        "writes = ('values',)\nlooks_at = 'ties'\ndef kernel(self, who, new_values): ...",
    ),
    "`looks_at = 'partner'` without ties": (
        "there is nobody to pick",
        "writes = ('values',)\nlooks_at = 'partner'\ndef kernel(self, who, new_values): ...",
    ),
}
_REGION = re.compile(r"(<!-- made: (?P<name>\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """The page with every made part as the code makes it now."""
    return _REGION.sub(lambda region: region[1] + _made(region["name"]) + region[3], page)


def made_parts(page: str) -> list[str]:
    """The names of the parts of a page that are made."""
    return [region["name"] for region in _REGION.finditer(page)]


def _made(name: str) -> str:
    if name in TABLES:
        return TABLES[name]()
    return f"```python\n{(ROOT / name).read_text(encoding='utf-8')}```\n"


def explained(docstring: str | None, names: Iterable[str]) -> dict[str, str]:
    """What a docstring says of each name, where it says `name: text;` or `one, other: text.`"""
    text = " ".join((docstring or "").split())
    word = rf"`?(?:{'|'.join(names)})`?"
    heads = list(re.finditer(rf"(?:^|[-;.] |and )({word}(?:, {word})*): ", text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    said = {}
    for head, end in zip(heads, ends, strict=True):
        words = re.findall(r"\w+", head[1])
        said |= dict.fromkeys(words, text[head.end() : end].split(". ")[0].strip(" ;.-,"))
    return said


# --- tables -------------------------------------------------------------------------------------------------------------


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines) + "\n"


def _code(content: object) -> str:
    return f"`{content}`" if content not in ("", None) else ""


def _codes(words: Iterable[object]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _bounds(field: Field) -> str:
    """The bounds of a field; whole numbers that stay below a size end one before it."""
    if field.low is None and field.high is None:
        return ""
    bounds = in_brackets(field.low, field.high)
    return bounds if not field.below else f"{bounds.partition(',')[0]}, {field.below} - 1]"


def field_rows() -> str:
    """Every field of the core and of the shipped rules."""
    shipped = {field.name: field for cls in _rules() for field in cls.fields}
    columns = ["field", "dims", "dtype", "bounds", "facts", "before the first step", "meaning"]
    columns += ["where it is read and nothing makes it: it needs", "declared in"]
    return _table(columns, ([*field_row(field), _code(_home(field))] for field in (*CORE, *shipped.values())))


def field_row(field: Field) -> list[str]:
    """All that a field says of itself."""
    first = f"a copy of `{field.copy_of}`" if field.copy_of else f"a view of `{field.alias_of}`"
    first = first if field.copy_of or field.alias_of else in_digits(field.default)
    facts = [name for name in ("starts", "mind", "anew") if getattr(field, name)]
    facts += [field.role] if field.role else []
    dims = ", ".join(map(str, field.dims)) + ("," if len(field.dims) == 1 else "")
    bounds, told = _bounds(field), ", ".join(facts)
    return [_code(field.name), f"({dims})", field.dtype, bounds, told, first, field.meaning, field.missing]


def size_rows() -> str:
    """The letters of axes."""
    common = {"N": "places for agents", "K": "dimensions of the value system", "F": "traits: `traits` of the scenario"}
    common["H"] = "reference profiles: 1, or one per declared group that names its own"
    rows = [[_code(letter), common[letter]] for letter in SIZES]
    for cls in _rules():
        sized = {name: spec for name, spec in cls.parameters().items() if spec.size}
        rows += [[_code(spec.size), f"`{cls.name()}.{name}`: {spec.meaning}"] for name, spec in sized.items()]
    return _table(["letter", "how long"], rows)


def word_rows(words: dict[str, str]) -> str:
    """Argument words of a body."""
    return _table(["argument", "what it is"], [[_code(word), said] for word, said in words.items()])


def helper_rows() -> str:
    """Functions that a compiled body may call."""
    rows = []
    for module, names in HELPERS.items():
        home = importlib.import_module(f"valuescape.model.{module}")
        for name in names:
            function = plain_function(getattr(home, name))
            line = inspect.cleandoc(function.__doc__ or "").split("\n\n")[0].replace("\n", " ")
            rows.append([_code(f"{name}{inspect.signature(function)}"), _code(f"valuescape.model.{module}"), line])
    return _table(["function", "in", "what it gives"], rows)


def param_rows() -> str:
    """What `param` takes."""
    signature = inspect.signature(param).parameters
    said = explained(param.__doc__, signature)
    rows = [
        [_code(name), "" if entry.default is entry.empty else _code(repr(entry.default)), said[name]]
        for name, entry in signature.items()
    ]
    return _table(["fact", "default", "what it says"], rows)


def fact_rows() -> str:
    """What a `Field` takes."""
    said = explained(Field.__doc__, [entry.name for entry in fields(Field)])
    rows = [
        [_code(entry.name), "" if entry.default is MISSING else _code(repr(entry.default)), said[entry.name]]
        for entry in fields(Field)
    ]
    return _table(["fact", "default", "what it says"], rows)


def class_rows(base: type[Any]) -> str:
    """What a class of rules or of measures declares, and the default of each."""
    names = flags(base)
    said = explained(base.__doc__, names)
    return _table(
        ["in the class", "default", "what it says"], [[_code(n), _code(repr(getattr(base, n))), said[n]] for n in names]
    )


def flags(base: type[Any]) -> list[str]:
    """The names that the classes of a kind declare beside parameters: its own class variables, in order."""
    return [name for name, kind in base.__annotations__.items() if str(kind).startswith("ClassVar") and name != "kind"]


def rule_rows() -> str:
    """Every shipped rule, and all that it declares."""
    columns = ["rule", "writes", "reach", "activations, the default first", "looks at", "signed", "fields", "off", "rate"]
    columns += ["each agent's own", "choices", "not live", "sizes", "body", "second bodies", "hooks"]
    return _table(columns, map(rule_row, _rules()))


def rule_row(cls: type[Any]) -> list[str]:
    """All that a rule declares."""
    specs = cls.parameters()
    words = {name: spec.choices for name, spec in specs.items() if spec.choices}
    return [
        _code(cls.name()),
        _codes(cls.writes),
        cls.reach,
        ", ".join(cls.activations),
        cls.looks_at,
        "yes" if cls.signed else "",
        _codes(field.name for field in cls.fields),
        ", ".join(f"`{name}={_word(value)}`" for name, value in cls.off().items()),
        _code(cls.rate()),
        _codes(name for name, spec in specs.items() if spec.per_agent),
        "; ".join(f"`{name}`: {', '.join(choices)}" for name, choices in words.items()),
        _codes(name for name, spec in specs.items() if not spec.live),
        ", ".join(f"`{spec.size}` = `{name}`" for name, spec in specs.items() if spec.size),
        f"{'compiled' if is_compiled(cls.kernel) else 'plain'} `{plain_function(cls.kernel).__qualname__}`",
        ", ".join(name for name in ("whole", "trace") if getattr(cls, name) is not None),
        ", ".join(hook for hook in ("wants", "resolve", "check") if getattr(cls, hook) is not getattr(Rule, hook)),
    ]


def refusal(source: str) -> str:
    """What is said when a class of rules with this body is defined."""
    known("rule")  # the fields of all shipped rules are known by name
    names = {"Rule": Rule, "param": param, "Field": Field}
    lines = "\n    ".join(source.splitlines())
    try:
        exec(f"class Mine(Rule):\n    {lines}\n", names)
    except TypeError as error:
        return str(error)
    raise ValueError(f"not refused: {source}")


def refusal_rows() -> str:
    """What is refused when a class is defined, why, and in which words."""
    rows = [[what, why, refusal(source)] for what, (why, source) in REFUSED.items()]
    return _table(["what was written", "why it is refused", "the message"], rows)


def _word(value: object) -> str:
    return in_digits(value) if isinstance(value, float) else str(value)


def _rules() -> list[type[Any]]:
    """The shipped rules, by name."""
    return ours("rule")


def _home(field: Field) -> str:
    """The file that declares a field, and the name that it has there."""
    if field in CORE:
        return "model/state.py"
    holders = [m for name, m in sys.modules.items() if name.startswith("valuescape.") and field in _fields_in(m)]
    homes = [(m, name) for m in holders for name in _assigned(Path(m.__file__ or "")) if vars(m).get(name) is field]
    if homes:
        module, name = homes[0]
        return f"{_file(module.__name__)}: {name}"
    return _file(next(cls for cls in _rules() if field in cls.fields).__module__)


def _fields_in(module: Any) -> list[Field]:
    return [thing for thing in vars(module).values() if isinstance(thing, Field)]


def _assigned(file: Path) -> list[str]:
    """The names that a file assigns to at its top level."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return [t.id for line in body if isinstance(line, ast.Assign) for t in line.targets if isinstance(t, ast.Name)]


def _file(module: str) -> str:
    return module.removeprefix("valuescape.").replace(".", "/") + ".py"


TABLES: dict[str, Callable[[], str]] = {
    "fields": field_rows,
    "sizes": size_rows,
    "layer": lambda: word_rows(LAYER),
    "reserved": lambda: word_rows(RESERVED),
    "plain": lambda: word_rows(PLAIN),
    "helpers": helper_rows,
    "param": param_rows,
    "field": fact_rows,
    "rule": lambda: class_rows(Rule),
    "measure": lambda: class_rows(Measure),
    "invariances": lambda: _table(["invariant under", "what is done"], [[_code(n), s] for n, s in INVARIANCES.items()]),
    "populations": lambda: _table(["gamed by", "what it is"], [[_code(n), s] for n, s in POPULATIONS.items()]),
    "refused": refusal_rows,
    "rules": rule_rows,
}


def main() -> None:
    """Make the tables and the shown files of the page anew."""
    write_text(PAGE, filled(PAGE.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
