"""A task and a line of its ledger as rows of an export."""

from decimal import Decimal
from typing import Any

from generation.catalog import effective
from generation.models import LedgerEntry, Task
from generation.money.rollup import kind_of
from generation.presenters import spreadsheet

COLUMNS = (
    *("task", "created_at", "finished_at", "member", "key", "model", "kind", "state", "duration_s"),
    *("resolution", "estimate_usd", "charged_usd", "subjects", "remote_id"),
)


def as_row(task: Any, *, safe: bool = True) -> list[str]:
    """In the order of COLUMNS; `safe` for spreadsheets. `task.handles` are those of its subjects."""
    values = effective(task.spec, task.params) if task.spec else task.params
    row = [
        str(task.pk),
        _moment(task.created_at),
        _moment(task.finished_at),
        task.owner.username,
        task.key.label if task.key else task.key_label,
        task.model,
        kind_of(task.model),
        task.state,
        str(values.get("duration") or ""),
        str(values.get("resolution") or ""),
        amount(task.estimate),
        amount(charge_of(task)),
        " ".join(task.handles),
        task.remote_id,
    ]
    return [spreadsheet.safe(cell) for cell in row] if safe else row


def charge_of(task: Task) -> Decimal | None:
    told = task.cost is not None or task.settled is not None
    return task.charge if told or task.finished_at else None


def as_line(line: LedgerEntry) -> dict[str, Any]:
    return {
        "id": line.pk,
        "task": str(line.task_id),
        "at": _moment(line.created_at),
        "kind": line.kind,
        "amount_usd": amount(line.amount),
        "member": line.user.username,
        "key": line.key_label,
        "model": line.model,
        "discount": line.discount,
        "reason": line.reason,
        "actor": line.actor.username if line.actor else "",
    }


def amount(usd: Decimal | None) -> str:
    if usd is None:
        return ""
    text = f"{usd:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(at: Any) -> str:
    return at.isoformat() if at else ""
