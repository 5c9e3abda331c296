"""What SECURITY.md says is proven has its proof."""

import re
from pathlib import Path

import pytest

from .test_docs import CODE, DOCS, NAMED, ROOT, members, parsed

SECURITY = DOCS / "SECURITY.md"
HOLDS = SECURITY.read_text().split("## What holds")[1].split("\n## ")[0]
ROWS = [
    row
    for row in re.findall(r"^\| (.+) \| (.+) \|$", HOLDS, re.MULTILINE)
    if row[0] != "what holds"
]


def missing(proof: str) -> list[str]:
    """What the cell names that is no test of ours; the cell itself when it names nothing."""
    named = [(code, NAMED.fullmatch(code)) for code in CODE.findall(proof)]
    return [code for code, name in named if not (name and is_test(name[1], name[2]))] or (
        [] if named else [proof]
    )


def is_test(path: str, name: str) -> bool:
    file = ROOT / path
    known = path.startswith("tests/") and name.startswith("test_") and file.is_file()
    return known and name in members(parsed(file).body)


@pytest.mark.parametrize(("control", "proof"), ROWS, ids=[row[0][:40] for row in ROWS])
def test_the_proof_of_a_control_is_there(control, proof):
    assert missing(proof) == []


def test_every_line_of_the_tables_is_read():
    assert len(ROWS) == HOLDS.count("`tests/") - HOLDS.count("` `tests/") > 40


def test_a_proof_that_is_gone_would_be_noticed():
    assert missing("`tests/docs/test_security.py: test_nowhere`")
    assert missing("`tests/docs/test_nowhere.py: test_every_line_of_the_tables_is_read`")
    assert missing("`generation/forms/people.py: LoginForm`")
    assert missing("trust us")


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_hash(lock):
    text = Path(ROOT / lock).read_text().replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.startswith((" ", "#", "-"))]
    assert len(packages) > 20
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []
    assert "index-url" not in text
    assert "--require-hashes" in (ROOT / "Makefile").read_text()
