"""The JSON of the gateway's answers, in the shape that each model's page documents."""

from typing import Any

from generation.catalog.spec import Category, ModelSpec

from .refusals import failure, moderation
from .tasks import FAILED, MODERATED, SandboxTask

NEARLY = 0.99


def created(task: SandboxTask) -> dict[str, Any]:
    return {
        "id": task.id,
        "created_at": int(task.created),
        "status": "in_progress",
        "model": task.model,
    }


def in_progress(spec: ModelSpec, task: SandboxTask, now: float) -> dict[str, Any]:
    reply = created(task) | {"progress": round(min(task.progress(now), NEARLY), 3)}
    if spec.category is Category.REFERENCE2IMAGE:
        # Its page says "only present when completed" of `usage`, but not of `output`.
        reply["output"] = {"status": "processing", "content": []}
    return reply


def failed(spec: ModelSpec, task: SandboxTask) -> dict[str, Any]:
    """A failed task is HTTP 200. It tells a cost of nothing; the gateway's may be empty instead."""
    error = {FAILED: failure, MODERATED: moderation}[task.outcome](spec)
    return created(task) | {"status": "failed", "error": error, "usage": {"cost": "0"}}


def completed(spec: ModelSpec, task: SandboxTask, url: str) -> dict[str, Any]:
    return created(task) | {
        "status": "completed",
        "progress": 1.0,
        "output": _output(spec, task, url),
        "usage": {"cost": task.cost, "discount": 1},
        "metadata": _metadata(spec, task),
    }


def _output(spec: ModelSpec, task: SandboxTask, url: str) -> Any:
    content = {"type": spec.output, "url": url}
    match spec.category:
        case Category.REFERENCE2IMAGE:
            return {"status": "success", "content": [content | {"jobId": task.job}]}
        case Category.REFERENCE2VIDEO:
            return [{"task_id": task.job, "task_status": "done", "results": [content]}]
        case _:
            return [{"content": [content | {"jobId": task.job}]}]


def _metadata(spec: ModelSpec, task: SandboxTask) -> dict[str, Any]:
    if spec.category is Category.REFERENCE2VIDEO:
        return {"remote_task_id": task.job, "model": task.model}
    return {"in_queue_at": task.created, "upload_at": task.due, "completed_at": task.due}
