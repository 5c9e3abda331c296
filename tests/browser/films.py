"""Results with real films, for browser tests of what shows them. Run in the shell of a stack."""

MADE = """
import json, tempfile
from datetime import timedelta
from pathlib import Path
from generation.catalog import MODELS
from generation.money.prices import price_of
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image as Picture
from generation.media.renditions import renditions
from generation.models.output import POSTERS
from generation.models import Output, Task, User, next_revision
from generation.sandbox.clips import write_clip

owner = User.objects.filter(username="{name}").first() or User.objects.create_user("{name}", password="{password}")
made = []
for number in range({count}):
    size, seconds = (320, 180), 2 + number % 2
    picture = Picture.new("RGB", size, (40 * number, 80, 140))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        write_clip(path, picture, Picture.new("RGBA", size), seconds, audio=False)
        data = path.read_bytes()
    with transaction.atomic():
        revision = next_revision()
        params = {{"prompt": f"{name} film {{number}}", "duration": seconds, "seed": number}}
        task = Task.objects.create(owner=owner, key_label="Team", model="viduq2_turbo_img2video", state="completed",
            params=params, visibility="private",
            created_at=timezone.now() - timedelta(seconds=60 - number), sent_at=timezone.now(), finished_at=timezone.now(),
            cost=price_of(MODELS["viduq2_turbo_img2video"], params).usd, revision=revision, born_revision=revision)
    output = Output(task=task, kind="video", state="stored", source_url="https://x.example/1", mime="video/mp4",
        expires_at=timezone.now(), width=size[0], height=size[1], duration=seconds, bytes=len(data), sha256=task.pk.hex * 2)
    output.file.save(f"{{task.pk}}.mp4", ContentFile(data), save=False)
    for one in renditions(picture):
        getattr(output, POSTERS[one.side]).save(f"{{task.pk}}-{{one.side}}.webp", ContentFile(one.data), save=False)
    output.save()
    made.append(str(task.pk))
print(json.dumps(made[::-1]))
"""
"""The ids, newest first: seen by their owner alone, so that other tests' lists stay as they are."""
