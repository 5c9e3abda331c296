"""What a task has cost, in words. The fact is `Task.charge`; every page says it with these."""

from generation.catalog.money import usd
from generation.models import Task


def sentence(task: Task) -> str:
    if task.charge is None:
        return "It is not known whether it was charged."
    return f"Charged {usd(task.charge)}." if task.charged else "Not charged."


def word(task: Task) -> str:
    if task.charge is None:
        return "not known"
    return usd(task.charge) if task.charged else "nothing"


def price(task: Task) -> str:
    if task.charge is not None and (task.cost is not None or task.settled is not None):
        return usd(task.charge)
    if task.is_running:
        return "" if task.estimate is None else f"about {usd(task.estimate)}"
    return "cost not known" if task.state == Task.State.COMPLETED else ""
