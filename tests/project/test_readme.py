"""The README tells what the code does."""

from pathlib import Path

from generation.catalog import MODELS
from generation.catalog.sandbox_faults import FAULTS

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()


def test_every_fault_word_is_explained():
    for fault in FAULTS:
        assert f"| `{fault.word}` | {fault.effect} |" in README


def test_every_model_is_listed():
    assert all(f"`{model}`" in README for model in MODELS)


def test_the_top_level_holds_what_the_design_says():
    import subprocess

    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    tops = {name.split("/")[0] for name in tracked}
    allowed = {
        "viduweb", "generation", "templates", "static", "tests", "docs", "manage.py", "pyproject.toml",
        "README.md", "Makefile", "requirements.txt", "requirements-dev.txt", "LICENSE", "CHANGELOG.md",
    }  # fmt: skip
    assert {top for top in tops if not top.startswith(".")} <= allowed
