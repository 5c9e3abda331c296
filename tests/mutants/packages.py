"""What is mutated, and the tests that have to notice."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Package:
    """`sources` and `tests` are globs from the root. With `classes` only the methods of classes
    whose names end so are mutated.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    classes: str = ""
    but: tuple[str, ...] = ()

    def files(self) -> list[str]:
        """The sources, from the root.

        :raises LookupError: A glob fits no file: something was moved.
        """
        return [name for name in _found(self.sources) if name not in self.but]

    def test_paths(self) -> list[str]:
        """Folders and files for pytest.

        :raises LookupError: A glob fits no file: something was moved.
        """
        return _found(self.tests)


ELSEWHERE = ("tests/people", "tests/money", "tests/library", "tests/gallery")
"""Where what has forms, tables and rules of its own is tested with them."""

PACKAGES = {
    "state machine": Package(
        ("generation/lifecycle/*.py", "generation/scheduling/*.py", "generation/workers/*.py"),
        ("tests/lifecycle", "tests/engine", "tests/storage/test_marks.py", *ELSEWHERE),
        but=("generation/workers/failpoints.py",),  # is there for tests alone
    ),
    "gateway client": Package(("generation/gateway/*.py",), ("tests/gateway",)),
    "download guard": Package(
        ("generation/media/download.py", "generation/media/guard.py"), ("tests/media",)
    ),
    "forms": Package(("generation/forms/*.py",), ("tests/forms", "tests/views", *ELSEWHERE)),
    "visibility": Package(
        ("generation/models/*.py",),
        ("tests/views", "tests/lifecycle", *ELSEWHERE),
        classes="QuerySet",
    ),
    "permissions": Package(
        ("generation/people/*.py", "generation/models/uses.py"),
        ("tests/views", "tests/lifecycle", "tests/denial", *ELSEWHERE),
    ),
}


def _found(globs: tuple[str, ...]) -> list[str]:
    names = []
    for glob in globs:
        fitting = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(glob))
        if not fitting:
            raise LookupError(f"{glob} fits nothing any more: mend tests/mutants/packages.py")
        names += fitting
    return names
