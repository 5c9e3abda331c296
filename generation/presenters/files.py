"""What a file is called once it has left for somebody's disk."""

from generation.models import Output


def file_name(output: Output) -> str:
    """`2026-11-20_q2-turbo_1a2b3c4d.mp4`: sortable, says the model, unique."""
    task = output.task
    model = task.model_title.lower().replace(" ", "-").replace(".", "-")
    suffix = str(output.file.name).rsplit(".", 1)[-1]
    number = f"-{output.position + 1}" if output.position else ""
    return f"{task.created_at:%Y-%m-%d}_{model}_{str(task.pk)[:8]}{number}.{suffix}"
