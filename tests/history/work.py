"""How much of the tables a request reads: what its statements visit, not how long they take."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

EVERY = 50
"""Steps of SQLite's machine between two counts."""

HISTORY = ("generation_task", "generation_taskevent", "generation_taskimage",
           "generation_tasksubject", "generation_output")  # fmt: skip
"""The tables that grow with every task."""


@dataclass
class Statement:
    """One statement; `steps` are those of SQLite's machine until the next one began."""

    sql: str
    params: object
    steps: int = 0

    @property
    def is_question(self) -> bool:
        return self.sql.lstrip("( ").upper().startswith(("SELECT", "WITH"))


@dataclass
class Work:
    statements: list[Statement] = field(default_factory=list)

    def _execute(self, execute, sql, params, many, context):
        self.statements.append(Statement(sql, params))
        return execute(sql, params, many, context)

    def _step(self):
        if self.statements:
            self.statements[-1].steps += EVERY


@contextmanager
def counted():
    """The Work of all statements of a block."""
    work = Work()
    sqlite = connection.vendor == "sqlite"
    connection.ensure_connection()
    if sqlite:
        connection.connection.set_progress_handler(work._step, EVERY)
    try:
        with connection.execute_wrapper(work._execute):
            yield work
    finally:
        if sqlite:
            connection.connection.set_progress_handler(None, 0)


def complaints(statement: Statement, most: int) -> list[str]:
    """What is wrong with how the database answers: history read whole, or more than `most` rows."""
    if not statement.is_question:
        return []
    judge = _sqlite if connection.vendor == "sqlite" else _postgresql
    return judge(statement, most)


def _sqlite(statement: Statement, most: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.params)
        plan = [row[3] for row in cursor.fetchall()]
    tables = {alias: table for table in HISTORY for alias in _aliases(statement.sql, table)}
    wrong = [
        f"{line} ({tables[words[1]]})"
        for line in plan
        if (words := line.split())[0] == "SCAN" and words[1] in tables
        and "USING INDEX" not in line and "COVERING INDEX" not in line
        # In the order of its numbers, and so only until there are enough: see the steps.
        and not (" LIMIT " in statement.sql and not any("TEMP B-TREE" in one for one in plan))
    ]  # fmt: skip
    # Visiting and comparing a row takes at least five steps; a card or a sort of a page's, more.
    if statement.steps > most * 20:
        wrong.append(f"{statement.steps} steps: {'; '.join(plan)}")
    return wrong


def _aliases(sql: str, table: str) -> set[str]:
    words = sql.replace("(", " ").replace(")", " ").replace(",", " ").split()
    return {table} | {
        words[at + 1].strip('"')
        for at, word in enumerate(words[:-1])
        if word.strip('"') == table and words[at + 1].strip('"')[0] in "UVWTS"
    }


def _postgresql(statement: Statement, most: int) -> list[str]:
    with connection.cursor() as cursor:
        # A table of a few thousand rows is read whole even where an index leads to the right ones.
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", statement.params)
        (plan,) = cursor.fetchone()
        cursor.execute("SET enable_seqscan = on")
    plan = json.loads(plan) if isinstance(plan, str) else plan
    wrong = []
    for node in _nodes(plan[0]["Plan"]):
        visited = node["Actual Loops"] * (
            node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Index Recheck", 0)
        )  # fmt: skip
        table = node.get("Relation Name", "")
        name = f"{node['Node Type']} {table} {node.get('Index Name', '')}".strip()
        if node["Node Type"] == "Seq Scan" and table in HISTORY and node["Actual Loops"]:
            wrong.append(name)
        elif visited > most:
            wrong.append(f"{name}: {visited:.0f} rows")
    return wrong


def _nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
