"""The figure in CI's output counts what it says."""

from tests.covered import SCOPE, report


def file(run, missed):
    return {"executed_lines": list(range(run)), "missing_lines": list(range(missed))}


def test_shares_by_room_and_of_all_without_migrations():
    said = report(
        {
            "generation/views/tasks.py": file(30, 10),
            "generation/views/keys.py": file(20, 0),
            "generation/jobs.py": file(5, 5),
            "generation/migrations/0001_initial.py": file(500, 0),
            "generation/views/__init__.py": file(0, 0),
        }
    )
    assert said.startswith(SCOPE)
    assert [line.split() for line in said.splitlines() if "%" in line] == [
        ["generation", "5", "of", "10", "50%"],
        ["generation/views", "50", "of", "60", "83%"],
        ["all", "55", "of", "70", "79%"],
    ]
