"""What a task has cost, in words. The fact is `Task.charge`; every page says it with these."""

from generation.catalog.money import usd
from generation.models import Task


def sentence(task: Task) -> str:
    """For what went wrong: "Charged $0.20.", "Not charged." or that it is not known."""
    if task.charge is None:
        return "It is not known whether it was charged."
    return f"Charged {usd(task.charge)}." if task.charged else "Not charged."


def word(task: Task) -> str:
    """The same as the value of a row or a column."""
    if task.charge is None:
        return "not known"
    return usd(task.charge) if task.charged else "nothing"


def price(task: Task) -> str:
    """For a card: what it has cost, or about what it will; "" when a sentence says it."""
    if task.cost is not None:
        return usd(task.cost)
    if task.is_running:
        return "" if task.estimate is None else f"about {usd(task.estimate)}"
    return "cost not known" if task.state == Task.State.COMPLETED else ""
