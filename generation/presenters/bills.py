"""A bill beside the ledger, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from generation.models import Bill, BillRow, Task
from generation.money.amounts import usd_of
from generation.money.bill_compare import Tally
from generation.money.bill_verdicts import Verdict, amount_due
from generation.money.days import Days

from .usage import days_words

TITLES = {
    Verdict.DIFFERS: "Differs",
    Verdict.OPEN: "Open here",
    Verdict.MISSING: "Not on the bill",
    Verdict.UNKNOWN: "Unknown here",
    Verdict.RUNNING: "Not ended",
    Verdict.AGREES: "Agrees",
}
WORDS = {
    Verdict.DIFFERS: "Here they cost something else than the bill says. Settled, they cost what the bill says.",
    Verdict.OPEN: "Nobody knew what these cost. Settled, they cost what the bill says.",
    Verdict.MISSING: "They were charged here, and began and ended on the days of the bill, which does not name "
    "them. Settled, they cost nothing.",
    Verdict.UNKNOWN: "The bill names them, and no task here has such an id. An uncertain task may be one of them: its "
    "page takes the id. What was made elsewhere with the same key is among them too.",
    Verdict.RUNNING: "They have not ended here. Decide what became of them first, or wait.",
    Verdict.AGREES: "Here they cost what the bill says.",
}
TO_SETTLE = (Verdict.DIFFERS, Verdict.OPEN, Verdict.MISSING)
EXPORTED = ("verdict", "remote_id", "task", "member", "model", "ours_usd", "bill_usd", "lines")


def exact(micros: int | None) -> str:
    """Every place that it has: here two amounts are compared."""
    if micros is None:
        return "not known"
    text = f"{abs(usd_of(micros)):,.6f}".rstrip("0")
    whole, _, places = text.partition(".")
    return f"{'-' if micros < 0 else ''}${whole}.{places:0<2}"


@dataclass(frozen=True, slots=True)
class Line:
    """`pk` is what the button to settle it sends."""

    pk: str
    remote_id: str
    task: Task | None
    ours: str
    theirs: str
    off: str
    note: str = ""

    @property
    def about(self) -> str:
        """Whose it is and of which model; never its prompt, which may be private."""
        said = [self.note]
        if self.task:
            said = [self.task.owner.username, self.task.model_title, self.note]
        return " · ".join(filter(None, said))


def lines(rows: Iterable[BillRow]) -> list[Line]:
    return [_line(row) for row in rows]


def _line(row: BillRow) -> Line:
    if row.net is None:
        ours = row.ours or 0
        return Line(str(row.pk), row.remote_id, row.task, exact(ours), "–", exact(-ours))
    notes = [f"{row.count} lines"] if row.count != 1 else []
    if row.net < 0 and row.verdict in (Verdict.DIFFERS, Verdict.OPEN):
        left = amount_due(row, row.ours)
        notes.append("given back" if left is None else f"given back: {exact(left)} is left")
    off = "" if row.ours is None or row.task is None else signed(row.net - row.ours)
    return Line(
        str(row.pk),
        row.remote_id,
        row.task,
        exact(row.ours) if row.task else "",
        exact(row.net),
        off if row.net >= 0 else "",
        ", ".join(notes),
    )


def signed(micros: int) -> str:
    return f"+{exact(micros)}" if micros > 0 else exact(micros)


@dataclass(frozen=True, slots=True)
class Section:
    verdict: str
    title: str
    count: int
    sum: str
    here: bool

    @property
    def counted(self) -> str:
        return f"{self.count:,}"


def sections(found: dict[str, Tally], on: str) -> list[Section]:
    return [
        Section(
            verdict,
            title,
            tally.count,
            exact(tally.ours if verdict == Verdict.MISSING else tally.theirs),
            verdict == on,
        )
        for verdict, title in TITLES.items()
        if (tally := found.get(verdict)) is not None
    ]


def facts(bill: Bill) -> str:
    """Whose and of which days it is, and how much."""
    said = [f"{bill.lines:,} {'line' if bill.lines == 1 else 'lines'}", exact(bill.total)]
    if bill.since and bill.until:
        said.insert(0, days_words(Days(bill.since, bill.until)))
    if bill.key:
        said.append(f"key “{bill.key.label}”")
    return " · ".join(said)


def as_row(row: BillRow) -> list[object]:
    task: Task | None = row.task
    return [
        TITLES[row.verdict],
        row.remote_id,
        task.pk if task else "",
        task.owner.username if task else "",
        task.model if task else "",
        "" if row.ours is None or task is None else usd_of(row.ours),
        "" if row.net is None else usd_of(row.net),
        row.count or 0,
    ]
