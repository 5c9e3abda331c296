"""What a mutation run is made of, without running one."""

import pytest

from tests.mutants import drawing, packages
from tests.mutants.drawing import Mutant, draw
from tests.mutants.packages import PACKAGES, ROOT, Package
from tests.mutants.reach import Reach


@pytest.fixture
def small(monkeypatch):
    """One package with little code, so that a draw takes no time."""
    package = Package(("generation/models/image.py",), ("tests/views",), classes="QuerySet")
    monkeypatch.setattr(drawing, "PACKAGES", {"small": package})


def test_every_package_names_code_and_tests_that_exist():
    for package in PACKAGES.values():
        assert package.files()
        assert package.test_paths()


def test_a_glob_that_fits_nothing_is_said():
    with pytest.raises(LookupError, match="generation/gone"):
        Package(("generation/gone/*.py",), ()).files()


def test_the_same_seed_draws_the_same_and_another_one_others(small):
    keys = [mutant.key for mutant in draw(4, "1", ["small"])]
    assert len(set(keys)) == 4
    assert keys == [mutant.key for mutant in draw(4, "1", ["small"])]
    assert keys != [mutant.key for mutant in draw(4, "2", ["small"])]


def test_a_mutant_is_its_file_with_one_difference_within_the_chosen_classes(small):
    original = (ROOT / "generation/models/image.py").read_text()
    methods = original[original.index("class ImageQuerySet") : original.index("class Image(")]
    for mutant in draw(50, "1", ["small"]):
        assert mutant.code != original
        compile(mutant.code, mutant.path, "exec")
        changed = original.splitlines()[mutant.lines.start - 1 : mutant.lines.stop - 1]
        assert "\n".join(changed) in methods


def test_what_a_small_package_lacks_goes_to_the_others():
    assert drawing._shares(30, {"large": 100, "small": 4, "other": 100}) == {
        "small": 4,
        "large": 13,
        "other": 13,
    }


def test_a_change_is_given_to_the_tests_that_run_its_statement():
    source = "import os\n\ndef f(a):\n    return g(\n        a,\n    )\n"
    reach = Reach(
        {"x.py": {1: [""], 3: [""], 4: ["slow", "fast"]}}, {"slow": 2, "fast": 1, "no": 0}
    )
    assert reach.tests_of("x.py", range(5, 6), source) == ["fast", "slow"]


def test_what_runs_as_a_file_is_loaded_is_given_to_all_tests_of_the_file():
    """The test that came first is no nearer to it than the others."""
    source = "import os\n\ndef f(a):\n    return g(a)\n"
    reach = Reach(
        {"x.py": {1: ["first"], 3: ["first"], 4: ["near"]}}, {"far": 1, "first": 3, "near": 2}
    )
    assert reach.tests_of("x.py", range(1, 2), source) == ["near", "first"]
    assert reach.tests_of("x.py", range(4, 5), source) == ["near"]


def test_a_mutant_keeps_its_name_when_lines_move(monkeypatch, tmp_path):
    monkeypatch.setattr(drawing, "ROOT", tmp_path)
    lines = [f"x{number} = {number}" for number in range(9)]
    keys = set()
    for before in ([], ["", ""]):
        original = [*before, *lines]
        (tmp_path / "x.py").write_text("\n".join(original))
        keys.add(Mutant("x", "x.py", "\n".join(original).replace("x4 = 4", "x4 = 5")).key)
    assert len(keys) == 1


def test_what_is_logged_is_not_mutated(monkeypatch, tmp_path):
    monkeypatch.setattr(drawing, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    text = (
        'logger = getLogger(__name__)\n\ndef f(a):\n    logger.info("x", a, 3)\n    return a + 1\n'
    )
    (tmp_path / "x.py").write_text(text)
    lots = list(drawing._lots(Package(("x.py",), ()), "1"))
    _, mutations = drawing._mutations("x.py")
    changed = {type(mutations[index].original_node).__name__ for _, _, index in lots}
    assert changed == {"BinaryOperation", "Integer"}
