"""What went into a task, in its order, as it was then."""

from django.db import models

from .task import Task


class TaskSubject(models.Model):
    """A subject as it was when the task was made. `made_at` is when: lists are in that order."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="subjects")
    subject = models.ForeignKey("Subject", models.SET_NULL, null=True, related_name="+")
    version = models.ForeignKey("SubjectVersion", models.SET_NULL, null=True, related_name="+")
    use = models.ForeignKey(
        "SubjectUse",
        models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
        help_text="where it is counted",
    )
    handle = models.CharField(max_length=32)
    title = models.CharField(max_length=80)
    voice_id = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        indexes = [
            # a gallery of one subject
            models.Index(fields=["subject", "-made_at", "-task"], name="task_subject_list"),
            # a subject's page: what was made with it, newest first
            models.Index(fields=["subject", "-id"], name="task_subject_newest"),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"


class TaskImage(models.Model):
    """One input image: an upload, or an address that only the gateway opens."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="images")
    subject = models.ForeignKey(
        TaskSubject, models.CASCADE, null=True, blank=True, related_name="images"
    )
    image = models.ForeignKey("Image", models.PROTECT, null=True, related_name="+")
    url = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.url or str(self.image)
