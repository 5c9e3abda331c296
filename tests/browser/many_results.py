"""Results with pictures, some failed and some that run, for browser tests of many. Run in the shell of a stack."""

PICTURED = """
from io import BytesIO
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image as Picture
from generation.media.renditions import renditions
from generation.models.output import POSTERS
from generation.models import Output, Task, User

def finish(task, colour):
    w, h = (int(part) for part in task.params["aspect_ratio"].split(":"))
    size = (1280, round(1280 * h / w))
    picture = Picture.new("RGB", size, colour)
    buffer = BytesIO(); picture.save(buffer, "JPEG")
    output = Output(task=task, kind="image", state="stored", source_url="https://x.example/1", mime="image/jpeg",
        expires_at=timezone.now(), width=size[0], height=size[1], bytes=len(buffer.getvalue()), sha256=task.pk.hex * 2)
    output.file.save(f"{{task.pk}}.jpg", ContentFile(buffer.getvalue()), save=False)
    for one in renditions(picture):
        getattr(output, POSTERS[one.side]).save(f"{{task.pk}}-{{one.side}}.jpg", ContentFile(one.data), save=False)
    output.save()
"""
"""To be formatted, as what goes on after it: `finish` gives a task its picture."""

MADE = (
    PICTURED
    + """
import json
from datetime import timedelta
from generation.models import ApiKey, next_revision

owner = User.objects.create_superuser("{name}", "{name}@example.com", "{password}")
RATIOS = ["16:9", "3:4", "1:1", "21:9", "9:16", "4:3"]
made = []
with transaction.atomic():
    for number in range({count}):
        ratio = RATIOS[number % 6]
        revision = next_revision()
        running, failed = number >= {running_from}, {failed_from} <= number < {failed_until}
        made.append(Task.objects.create(
            owner=owner, key=ApiKey.objects.first(), key_label="Team", model="viduq2_reference2image",
            state="processing" if running else "failed" if failed else "completed",
            reason="generation" if failed else "", error_code="AuditSubmitIllegal" if failed else "",
            params={{"prompt": f"Picture {{number:03}}", "aspect_ratio": ratio}}, visibility="private",
            created_at=timezone.now() - timedelta(seconds={count} + 70 - number), sent_at=timezone.now(),
            finished_at=None if running else timezone.now(), progress=0.4 if running else None,
            next_poll_at=timezone.now() + timedelta(hours=3), deadline_at=timezone.now() + timedelta(hours=9),
            remote_id=f"{name}-{{number}}", cost=None if running else "0.08", revision=revision, born_revision=revision,
        ))
for task in made:
    if task.state == "completed":
        finish(task, (30 + hash(task.pk) % 120, 80, 140))
print(json.dumps([str(task.pk) for task in made]))
"""
)


def results_of(name, password, *, count=130, running_from=106, failed=range(100, 101)):
    """Code that makes `name` and that many tasks, and prints their ids, oldest first."""
    return MADE.format(
        name=name,
        password=password,
        count=count,
        running_from=running_from,
        failed_from=failed.start,
        failed_until=failed.stop,
    )
