"""Drawing mutants: which of all that mutmut could make are made."""

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import libcst as cst
import libcst.matchers as m
from mutmut.mutation.file_mutation import Mutation, create_mutations

from tests.mutants.packages import PACKAGES, ROOT, Package


@dataclass(frozen=True)
class Mutant:
    """One small fault: `code` is the whole file `path` with it."""

    package: str
    path: str
    code: str

    @cached_property
    def diff(self) -> str:
        lines = difflib.unified_diff(
            self._original, self.code.splitlines(), self.path, self.path, n=2, lineterm=""
        )
        return "\n".join(lines)

    @cached_property
    def key(self) -> str:
        """Names it in the records, as long as what it changes stays the same."""
        changed = [line for line in self.diff.splitlines() if not line.startswith("@@")]
        return hashlib.sha256("\n".join(changed).encode()).hexdigest()[:16]

    @cached_property
    def lines(self) -> range:
        """The lines of the original that it changes, from 1."""
        matcher = difflib.SequenceMatcher(None, self._original, self.code.splitlines(), False)
        changed = [block for block in matcher.get_opcodes() if block[0] != "equal"]
        return range(changed[0][1] + 1, max(changed[-1][2], changed[0][1] + 1) + 1)

    @property
    def _original(self) -> list[str]:
        return (ROOT / self.path).read_text().splitlines()


def draw(count: int, seed: str, names: list[str]) -> list[Mutant]:
    """As many of each package, as far as it has them.

    Each candidate's place is a hash of the seed and its own text: a change elsewhere in the
    code leaves what was drawn as it was.
    """
    lots = {name: sorted(_lots(PACKAGES[name], seed)) for name in names}
    shares = _shares(count, {name: len(found) for name, found in lots.items()})
    drawn = [(name, lot) for name in names for lot in lots[name][: shares[name]]]
    chosen = {(path, index): name for name, (_, path, index) in drawn}
    mutants = []
    for path, wanted in groupby(sorted(chosen), key=lambda pair: pair[0]):
        module, mutations = _mutations(path)
        for _, index in wanted:
            mutation = mutations[index]
            replaced = module.deep_replace(mutation.original_node, mutation.mutated_node)
            assert isinstance(replaced, cst.Module)
            mutants.append(Mutant(chosen[path, index], path, replaced.code))
    return sorted(mutants, key=lambda mutant: hashlib.sha256(mutant.key.encode()).digest())


def _shares(count: int, available: dict[str, int]) -> dict[str, int]:
    """`count` dealt out evenly; what a small package does not have goes to the others."""
    shares: dict[str, int] = {}
    for left, name in zip(
        range(len(available), 0, -1), sorted(available, key=available.__getitem__), strict=True
    ):
        shares[name] = min(available[name], round((count - sum(shares.values())) / left))
    return shares


def _lots(package: Package, seed: str) -> Iterator[tuple[str, str, int]]:
    """(place in the draw, path, index of the mutation) of every candidate."""
    for path in package.files():
        module, mutations = _mutations(path)
        seen: Counter[str] = Counter()
        unheard = _for_readers(module)
        wanted = _methods(module, package.classes) if package.classes else None
        for index, mutation in enumerate(mutations):
            function = mutation.contained_by_top_level_function
            if wanted is not None and function not in wanted:
                continue
            if mutation.original_node in unheard or _is_wording(mutation):
                continue
            where = function.name.value if isinstance(function, cst.FunctionDef) else ""
            nodes = (mutation.original_node, mutation.mutated_node)
            text = "\0".join((seed, path, where, *map(module.code_for_node, nodes)))
            seen[text] += 1
            place = hashlib.sha256(f"{text}\0{seen[text]}".encode()).hexdigest()
            yield place, path, index


def _mutations(path: str) -> tuple[cst.Module, list[Mutation]]:
    module, mutations, *_ = create_mutations(path, (ROOT / path).read_text())
    return module, mutations


def _methods(module: cst.Module, suffix: str) -> set[cst.CSTNode]:
    return {
        method
        for statement in module.body
        if isinstance(statement, cst.ClassDef) and statement.name.value.endswith(suffix)
        for method in statement.body.body
    }


def _is_wording(mutation: Mutation) -> bool:
    """Another letter in a sentence, or a word in other letters: header names and SQL do not
    mind, and a test that repeats every sentence tests nothing.
    """
    before, after = mutation.original_node, mutation.mutated_node
    if not isinstance(before, cst.SimpleString) or not isinstance(after, cst.SimpleString):
        return False
    return " " in before.value or before.value.lower() == after.value.lower()


def _for_readers(module: cst.Module) -> set[cst.CSTNode]:
    """What only a log or a type checker reads, with all that is in it."""
    named = m.Name("logger") | m.Name("__all__")
    calls = m.Call(func=m.Name("cast") | m.Attribute(value=m.Name("logger") | m.Name("logging")))
    heads = m.findall(module, calls | m.Assign(targets=[m.AssignTarget(target=named)]))
    return {node for head in heads for node in _with_children(head)}


def _with_children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _with_children(child)
