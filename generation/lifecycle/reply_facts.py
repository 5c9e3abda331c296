"""What the gateway told beside how the task is: what it costs, and what its support asks for."""

from typing import Any

from generation.gateway.failures import GatewayFailure
from generation.gateway.results import TaskReply


def cost_of(reply: TaskReply) -> dict[str, Any]:
    """The cost to store, if the reply of a task that has ended there tells one.

    A reply without a cost takes back none that was told before. What a running task's reply
    says is no cost yet: an unset field of the gateway reads as 0.
    """
    return {} if reply.cost is None else {"cost": reply.cost}


def priced(reply: TaskReply) -> dict[str, Any]:
    """The facts of such a reply for the timeline, with its cost; "" when it tells none."""
    return {**facts(reply), "cost": "" if reply.cost is None else str(reply.cost)}


def facts(said: TaskReply | GatewayFailure | None) -> dict[str, Any]:
    """The names by which the gateway's support finds the request and the task, for the timeline.

    Clean, short, and only those that were told; `discount` is as it was sent.
    """
    if said is None:
        return {}
    found: dict[str, Any]
    if isinstance(said, GatewayFailure):
        found = {"request_id": said.request_id, "http": said.status, "code": said.code}
    else:
        found = {
            "request_id": said.request_id,
            "remote_task_id": said.remote_task_id,
            "jobs": list(said.job_ids),
            "discount": said.discount,
        }
    return {name: value for name, value in found.items() if value}
