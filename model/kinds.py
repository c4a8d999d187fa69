"""The five kinds of declared things, and their registry.

Rule (`model/rule.py`), Structure, Initial, Measure, Failure: each is one frozen, validated class whose docstring holds
formula, shapes and source, and whose parameters are declared once with `param`. A class registers itself when it is
defined. The modules (whole packages, where a name is one) under the entry points "valuescape" fill the registry: all of them
where somebody asks what is known; where one thing is asked for by name, of this package only those that declare something of
that name, since importing all takes as long as a short run. A user's own class comes by a dotted path `my_module:MyRule`.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
import sys
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError, field_validator

from valuescape.model.binding import LAYER, arguments_of, bind, is_compiled
from valuescape.model.compilation import folder_hash
from valuescape.model.errors import InputError, in_our_words, unknown
from valuescape.model.own_files import PACKAGE, files_behind, is_installed_file, is_ours
from valuescape.model.parameters import Parameter, must_be_moderate
from valuescape.model.sources import home_of_module
from valuescape.model.summaries import WORST_GROUP, check_form, coded, over_agents
from valuescape.model.user_code import explain, explain_import
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from valuescape.model.state import State
    from valuescape.model.ties import Ties

_registry: dict[str, dict[str, type[Declared]]] = {}
_HEADS = re.compile(r'^class (\w+)\(|\bname="([^"]+)"', re.MULTILINE)


def snake(name: str) -> str:
    """`FermiImitation` -> `fermi_imitation`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class Declared(BaseModel):
    """A frozen, validated thing with a name, parameters and a docstring; the base of the five kinds."""

    # A file declares many, of which a scenario uses few: pydantic builds the checks of a class when it is first made.
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)
    kind: ClassVar[str] = ""

    def __init_subclass__(cls, kind: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if kind:
            cls.kind = kind
            _registry.setdefault(kind, {})

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if inspect.isabstract(cls) or "kind" in cls.__dict__ or cls.__name__.startswith("_"):
            return
        if not is_ours(cls.__module__):
            load_all()  # a shipped class has its plain name, whichever was defined first
        name = cls.name()
        known = _registry[cls.kind].get(name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            name = called(cls)  # two users' files may use one name: each is called by its dotted path
            if name == cls.name():
                raise TypeError(f"{cls.__module__}.{cls.__name__}: the {cls.kind} `{name}` is {known.__module__}'s")
        cls.define()
        _registry[cls.kind][name] = cls

    @classmethod
    def define(cls) -> None:
        """What a kind checks when a class of it is defined."""

    @classmethod
    def name(cls) -> str:
        """The name by which scenarios call it."""
        return snake(cls.__name__)

    @classmethod
    @cache
    def parameters(cls) -> dict[str, Parameter]:
        """Its parameters by name, in the order of declaration."""
        declared = {}
        for name, info in cls.model_fields.items():
            extra = info.json_schema_extra
            spec = extra.get("parameter") if isinstance(extra, dict) else None
            if isinstance(spec, Parameter):
                kinds = get_args(info.annotation) or (info.annotation,)
                plain = next((k for k in (bool, int, float, str) if k in kinds), object)
                declared[name] = Parameter(**{**spec.__dict__, "type": plain if len(kinds) == 1 or spec.choices else object})
        return declared

    @field_validator("*", mode="wrap")
    @classmethod
    def _check_parameter(cls, value: Any, handler: Callable[[Any], Any], info: Any) -> Any:
        spec = cls.parameters().get(info.field_name)
        where = (info.context or {}).get("address") or cls.name()
        if spec is None or (spec.type not in (bool, int, float) and not spec.choices):
            value = handler(value)
            if spec is not None:
                _must_be_finite(value, f"{where}.{info.field_name}", spec.meaning)
            return value
        return spec.check(value, f"{where}.{info.field_name}")

    @classmethod
    def read(cls, values: dict[str, Any] | None, address: str = "") -> Self:
        """Built from a mapping of parameters; mistakes become `InputError` under the given address."""
        address = address or cls.name()
        if values is not None and not isinstance(values, dict):
            where = address if address.endswith(cls.name()) else f"{address}: {cls.name()}"
            raise InputError(f"{where} = {quoted(values)} is not a mapping of parameters to values")
        try:
            return cls.model_validate(values or {}, context={"address": address})
        except ValidationError as error:
            named = "" if address.endswith(cls.name()) else cls.name()
            raise in_our_words(error, address, cls.model_fields, named) from None

    def to_dict(self) -> dict[str, Any]:
        """Every parameter with its value, defaults written out; plain types only."""
        return self.model_dump(mode="json", warnings=False)  # a per-agent parameter may hold more than its annotation says

    def files(self) -> list[Path]:
        """The files that it reads: they belong to the scenario's digest."""
        files = []
        for name in type(self).parameters():
            value = getattr(self, name)
            if (name == "file" or name.endswith("_file")) and isinstance(value, str) and value:
                files.append(Path(value))
            if isinstance(value, dict) and "csv" in value:
                files.append(Path(value["csv"]))
        return files

    @classmethod
    def summary(cls) -> str:
        """The first sentence of its docstring."""
        return inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].replace("\n", " ")


def _must_be_finite(value: Any, address: str, meaning: str) -> None:
    """Refuse lists in which a number is not one, or larger than any that is read."""
    if isinstance(value, list | tuple):
        for one in value:
            _must_be_finite(one, address, meaning)
    elif isinstance(value, float) and value != value:
        raise InputError(f"{address} holds nan, which is not a number: {meaning}")
    elif isinstance(value, int | float):
        must_be_moderate(value, address, meaning)


class Structure(Declared, kind="structure"):
    """Who can reach whom: builds `Ties`, and positions where it has them."""

    is_complete: ClassVar[bool] = False

    def size(self) -> int | None:
        """The number of agents that it dictates (data), or None where the scenario says how many."""
        return None

    def says(self) -> tuple[str, ...]:
        """Sentences about the data that it reads, and how: `valuescape check` prints them."""
        return ()

    def attributes(self) -> dict[str, np.ndarray]:
        """What its data say of each agent, {name: (n,)}, known before ties are built."""
        return {}

    def by_group(self) -> bool:
        """Whether ties depend on the declared groups, which then stand in order."""
        return False

    def entries(self, n: int) -> float:
        """About how many entries its ties among n agents have, or 0 where they are few: asked before they are made."""
        return 0.0

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        """Ties among n agents; `group` (n,) holds group indices for structures that mix by group."""
        raise TypeError(f"{type(self).__name__} does not say how it is built")


class Initial(Declared, kind="initial"):
    """The first content of a field for the n agents of a group."""

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        """An array of `shape` (first axis n). `context` has value_system, ids (n,), ties, fields, group name."""
        raise TypeError(f"{type(self).__name__} does not say how it is built")

    def says(self, context: Any) -> tuple[str, ...]:
        """Sentences about the data that it reads, and how rows are agents: printed by `valuescape check`."""
        return ()


class Measure(Declared, kind="measure"):
    """A number read off a state: one function whose argument names say which fields it reads.

    - kernel: its body; it takes state fields (read-only), a layer's `start, neighbour, weight, share`, and the parameters by
      name, a choice as its index where the body is compiled;
    - each: a body with the same arguments that gives a number of each agent, (N,) or (N, R), dead ones too; without a
      kernel the measure is their mean over the living. With `each` it has forms over agents, and with an argument `active`
      a form by group (`model/summaries.py`): `human_gap.minority`, `human_gap.worst_tenth`;
    - low, high: its range (None: unbounded);
    - better: "high", "low" or "" (no direction);
    - usual: recorded where a file says nothing of what to record, and the society has what it reads;
    - unit: of the number, "1" where it has none;
    - layer: whose ties it reads;
    - fewest_dimensions: how many value dimensions it needs at least;
    - of_nobody: its number where nobody lives that it is about: NaN, but 0 for a number of things;
    - invariant_under: what can be done to a society without moving it;
    - gamed_by: the degenerate populations that it takes for as good as an honest one, or, without a direction, cannot tell
      from it (`analysis/invariances.py` names both).

    Where there is nothing to measure the number is NaN, never the best value. Of nobody alive, or of an empty group, the
    body is not asked (where it takes `active`).
    """

    kernel: ClassVar[Any] = None
    each: ClassVar[Any] = None
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    better: ClassVar[str] = ""
    usual: ClassVar[bool] = False
    unit: ClassVar[str] = "1"
    layer: ClassVar[str] = "main"
    fewest_dimensions: ClassVar[int] = 1
    of_nobody: ClassVar[float] = float("nan")
    invariant_under: ClassVar[tuple[str, ...]] = ()
    gamed_by: ClassVar[tuple[str, ...]] = ()
    _group: str = PrivateAttr("")
    _form: str = PrivateAttr("")

    @classmethod
    def define(cls) -> None:
        if cls.kernel is not None and cls.each is not None and arguments_of(cls.kernel) != arguments_of(cls.each):
            raise TypeError(f"{cls.__name__}: its kernel and `each` take different arguments")
        if cls.each is not None and "active" not in arguments_of(cls.each):
            raise TypeError(f"{cls.__name__}: `each` takes no `active`, which says who is counted")

    @classmethod
    def body(cls) -> Any:
        """The function whose arguments are the measure's contract."""
        return cls.kernel if cls.kernel is not None else cls.each

    @classmethod
    def arguments(cls) -> tuple[str, ...]:
        """The names of the body's arguments."""
        return arguments_of(cls.body())

    def of(self, group: str, form: str) -> Self:
        """The same measure of a declared group, or in a form over agents (`model/summaries.py`); empty: neither."""
        cls = type(self)
        has = {"agents": cls.each is not None, "living": "active" in self.arguments()}
        check_form(cls.name(), form, cls.better, cls.low, group=group, **has)
        measure = self.model_copy()
        measure._group, measure._form = group, form
        return measure

    @property
    def group(self) -> str:
        """The declared group that it is about; empty: everybody."""
        return self._group

    @property
    def form(self) -> str:
        """The form over agents; empty: none."""
        return self._form

    @property
    def parts(self) -> str:
        """What follows its name: `.minority`, `.worst_tenth`, `.minority.worst_tenth` or nothing."""
        return "".join(f".{word}" for word in (self._group, self._form) if word)

    def needs(self) -> tuple[str, ...]:
        """The state fields that it reads."""
        return tuple(a for a in self.arguments() if a not in (*LAYER, "dims", *self.parameters()))

    def check_dimensions(self, k: int, system: str) -> None:
        """Refuse a value system of too few dimensions."""
        cls = type(self)
        if k < cls.fewest_dimensions:
            raise InputError(
                f"{cls.name()} needs a value system of {cls.fewest_dimensions} dimensions or more, and value_system ="
                f" {system} has {k}: agreement beyond chance is agreement in an order of values; the gaps measure how far"
            )

    def bind(self, state: State) -> list[Any]:
        """The argument list of the body over a state, and what its form reads beside; prepare it once a run."""
        self.check_dimensions(state.sizes.get("K", 1), "the one here")
        settings = {name: getattr(self, name) for name in self.parameters()}
        body = type(self).body()
        if is_compiled(body):
            choices = {name: spec.choices for name, spec in self.parameters().items() if spec.choices}
            settings |= {name: words.index(settings[name]) for name, words in choices.items()}
        bound = bind(body, state, state.ties.get(self.layer), settings, {})[0]
        if self._group and self._group not in state.groups:
            raise unknown(f"group in {type(self).name()}{self.parts}:", self._group, state.groups)
        if self._group or self._form == WORST_GROUP:
            bound += [state.view("group"), state.groups.index(self._group) if self._group else len(state.groups)]
        return bound

    def __call__(self, state: State) -> float:
        return self.reader(state)()

    def reader(self, state: State) -> Callable[[], float]:
        """The measure of a state as a function without arguments, for asking often: what stays is looked up once."""
        cls, number = type(self), self._number_of(self.bind(state))

        def read() -> float:
            try:
                return number()
            except Exception as error:
                explain(error, cls, "when it was measured")
                raise

        return read

    def _number_of(self, bound: list[Any]) -> Callable[[], float]:
        cls, count = type(self), len(self.arguments())
        arguments, beside = bound[:count], bound[count:]
        if "active" not in self.arguments():
            return lambda: float(cls.body()(*arguments))
        if self._form != WORST_GROUP:
            return self._among(arguments, beside, self._form)
        each = [self._among(arguments, [beside[0], number], "") for number in range(beside[1])]

        def worst() -> float:
            known = [x for x in (one() for one in each) if not isnan(x)]
            return (min(known) if cls.better == "high" else max(known)) if known else float("nan")

        return worst

    def _among(self, arguments: list[Any], members: list[Any], form: str) -> Callable[[], float]:
        """The number of the living, or of those in a group; members: everybody's group and its number, or nothing."""
        cls, at = type(self), self.arguments().index("active")
        active, is_whole = arguments[at], cls.kernel is not None and not form
        body: Any = cls.kernel if is_whole else cls.each
        code = coded(form, cls.better)

        def number() -> float:
            living, given = active, arguments
            if members:
                living = active & (members[0] == members[1])
                living.flags.writeable = False  # as every field is handed over: compiled bodies know one type of it
                given = [*arguments[:at], living, *arguments[at + 1 :]]
            if not np.count_nonzero(living):  # half the time of `any()` where few live
                return cls.of_nobody
            found = body(*given)
            return float(found if is_whole else over_agents(found, living, *code))

        return number


class Failure(Declared, kind="failure"):
    """A named failure mode: harms, and the causes without which they would be smaller.

    - harms: what it does, each in its own unit with the least size that matters (`analysis.effects.Harm`);
    - cuts: the names of its causes, as `experiments/failures/cuts.py` knows them; of several each must be needed;
    - source: whether the cause is a source; else it is a channel, through which what a source began goes on;
    - scenario: the scenario of the gallery that shows it.
    """

    harms: ClassVar[tuple[Any, ...]] = ()
    cuts: ClassVar[tuple[str, ...]] = ()
    source: ClassVar[bool] = False
    scenario: ClassVar[str] = ""


def known(kind: str) -> dict[str, type[Declared]]:
    """All registered classes of a kind, by name, with every entry point loaded."""
    load_all()
    return dict(sorted(_registry[kind].items()))


def known_among(kind: str, names: Iterable[str]) -> dict[str, type[Any]]:
    """Those of the names that are registered classes of a kind; all entry points are loaded only where one is missing."""
    asked = [*names]
    for name in asked:
        load_named(name)
    if any(name not in _registry[kind] for name in asked):
        load_all()
    return {name: _registry[kind][name] for name in asked if name in _registry[kind]}


def kinds() -> tuple[str, ...]:
    """The names of the five kinds."""
    return tuple(_registry)


@cache
def _entry_modules() -> tuple[str, ...]:
    """Reading the entry points opens a file for every installed package: once is enough."""
    return tuple(sorted({point.value for point in entry_points(group=PACKAGE)}))


_loading: list[str] = []


@cache
def _shipped() -> dict[str, tuple[str, ...]]:
    """The modules of this package that may declare a name (a class, or a value system): read, and not imported."""
    found: dict[str, list[str]] = {}
    for folder in sorted({name.rpartition(".")[0] if _is_module(name) else name for name in _entry_modules()}):
        spec = find_spec(folder) if folder.split(".")[0] == PACKAGE else None
        for file in sorted(Path(spec.origin).parent.glob("*.py")) if spec is not None and spec.origin else ():
            for head, name in _HEADS.findall(file.read_text(encoding="utf-8")):
                found.setdefault(snake(head or name), []).append(f"{folder}.{file.stem}")
    return {name: tuple(modules) for name, modules in found.items()}


def _is_module(name: str) -> bool:
    """Whether an entry point names one module of a package of ours, which imports others beside it."""
    spec = find_spec(name) if name.split(".")[0] == PACKAGE else None
    return spec is not None and spec.submodule_search_locations is None


def load_named(name: str) -> None:
    """Import the shipped modules that may declare something of this name, unless all are loaded."""
    for module in () if _loading else _shipped().get(snake(name), ()):
        import_module(module)


def load_all() -> None:
    """Import the modules of every entry point, once; one that is being loaded, and asks again, does not begin anew."""
    if _loading:
        return
    try:
        for name in _entry_modules():
            _loading.append(name)
            module = import_module(name)
            for found in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}."):
                import_module(found.name)
    except BaseException:
        _loading.clear()
        raise


@contextmanager
def importable_from(folder: Path | None) -> Iterator[None]:
    """A user's own modules can be imported from `folder` and from the working directory."""
    added = [str(f) for f in (folder, Path.cwd()) if f is not None and str(f) not in sys.path]
    sys.path[:0] = added
    try:
        yield
    finally:
        for entry in added:
            sys.path.remove(entry)


def find(kind: str, name: str, folder: Path | None = None) -> type[Any]:
    """The class of a kind by name (`averaging` or `Averaging`) or by dotted path (`my_module:MyRule`)."""
    if ":" in name:
        return _from_path(kind, name, folder)
    if snake(name) not in _registry[kind]:
        load_named(name)
    if snake(name) not in _registry[kind]:
        load_all()
    try:
        return _registry[kind][snake(name)]
    except KeyError:
        raise unknown(kind, name, _registry[kind]) from None


def _from_path(kind: str, path: str, folder: Path | None) -> type[Any]:
    thing = load_class(kind, path, folder)
    if not (issubclass(thing, Declared) and thing.kind == kind):
        module_name, _, class_name = path.partition(":")
        raise InputError(f"{kind} `{path}`: {module_name} has no {kind} class {class_name}")
    own_sources(thing)  # what was read just now, whatever becomes of the file while this process lives
    return thing


def load_class(what: str, path: str, folder: Path | None) -> type[Any]:
    """A user's class by its dotted path `my_module:MyClass`; the module is looked for in `folder` first."""
    module_name, _, class_name = path.partition(":")
    module = load_module(module_name, folder, f"{what} `{path}`")
    thing = getattr(module, class_name, None)
    if not inspect.isclass(thing):
        kind = {"agent_class": "agent class", "class": "class"}.get(what, f"{what} class")
        raise InputError(f"{what} `{path}`: {module_name} has no {kind} {class_name}")
    return thing


def load_module(name: str, folder: Path | None, where: str) -> ModuleType:
    """A user's module, looked for in `folder` first; what goes wrong in it is one sentence with its file and line."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise InputError(f"{where}: {quoted(name)} is not the name of a module")
    folder = home_of_module(name, folder, where)
    home = folder or Path.cwd()
    with importable_from(folder):
        try:
            module = import_module(name)
        except InputError:
            raise
        except Exception as error:
            if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
                raise InputError(f"{where}: there is no module {name} in {home}") from None
            raise explain_import(error, name) from error
    beside = home.joinpath(*name.split(".")).with_suffix(".py")
    loaded = Path(getattr(module, "__file__", None) or beside)
    if beside.is_file() and folder_hash(beside.parent) != folder_hash(loaded.parent):
        raise InputError(f"{where}: another module {name} is loaded already, {loaded}: rename {beside}")
    return module


def called(cls: type[Declared]) -> str:
    """How a scenario names the class: its plain name, or the dotted path of a user's own."""
    root = cls.__module__.split(".")[0]
    ours = {name.split(".")[0] for name in _entry_modules()} | {PACKAGE}
    return cls.name() if root in ours else f"{cls.__module__}:{cls.__name__}"


@cache
def own_sources(cls: type[Any]) -> dict[str, str]:
    """The modules that are not this project's and that say what a class does, with the hash of each one's file.

    A user's class is made by its own file, by those of the classes that it is built on and of its kernels, and by all that
    these import; each as it was when first asked for, which is when it was imported.
    """
    bodies = [getattr(cls, name, None) for name in ("kernel", "whole")]
    named = [c.__module__ for c in cls.__mro__ if not issubclass(cls, Declared) or issubclass(c, Declared)]
    named = [name for name in named if not _is_installed(name)]
    named += [getattr(body, "__module__", "") for body in bodies if body is not None]
    files = {name: file for module in dict.fromkeys(named) if module for name, file in files_behind(module).items()}
    return {name: blake2b(file.read_bytes(), digest_size=8).hexdigest() for name, file in files.items()}


def _is_installed(module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is None or is_installed_file(Path(file))
