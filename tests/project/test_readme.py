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


def test_it_says_what_redis_needs():
    (row,) = (line for line in README.splitlines() if line.startswith("| `REDIS_URL` |"))
    for words in ("a database of its own", "`requirepass`", "`rediss://`", "private network"):
        assert words in row


def test_it_says_that_a_proxy_has_to_buffer_and_why():
    (words,) = (part for part in README.split("\n\n") if "buffers" in part)
    assert "a proxy with TLS" in words
    assert "slow or hostile clients fill" in words
    assert "docs/operating.md#slow-clients-floods-and-large-files" in words


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
