from django.db import migrations
from django.db.models import Count, Q, Sum

AT_ONCE = 500
KEPT = ("handle", "title", "notes", "voice_id", "visibility")


def keep_what_there_is(apps, schema_editor):
    """Every subject as it is now, under the number that it has now."""
    Subject, SubjectImage, Version, Image = (
        apps.get_model("generation", name)
        for name in ("Subject", "SubjectImage", "SubjectVersion", "SubjectVersionImage")
    )
    versions, numbers = [], {}
    for subject in Subject.objects.order_by().iterator():
        versions.append(
            Version(
                subject=subject,
                number=subject.version,
                by_id=subject.owner_id,
                at=subject.updated_at,
                what="As it was when versions began",
                **{name: getattr(subject, name) for name in KEPT},
            )
        )
    Version.objects.bulk_create(versions, batch_size=AT_ONCE)
    numbers = dict(Version.objects.order_by().values_list("subject_id", "pk"))
    Image.objects.bulk_create(
        (
            Image(
                version_id=numbers[given.subject_id],
                image_id=given.image_id,
                url=given.url,
                position=given.position,
            )
            for given in SubjectImage.objects.order_by().iterator()
        ),
        batch_size=AT_ONCE,
    )


def count_uses(apps, schema_editor):
    """From the whole history, once; of what still runs the end is counted when it comes."""
    TaskSubject, Use = (apps.get_model("generation", name) for name in ("TaskSubject", "SubjectUse"))
    known = TaskSubject.objects.filter(subject__isnull=False).order_by()
    keys = ("subject", "task__owner", "task__visibility")
    counted = known.values_list(*keys).annotate(
        made=Count("pk"),
        completed=Count("pk", filter=Q(task__state="completed")),
        failed=Count("pk", filter=Q(task__state__in=("failed", "lost"))),
        spent=Sum("task__cost", filter=Q(task__finished_at__isnull=False)),
    )
    Use.objects.bulk_create(
        (
            Use(
                subject_id=subject,
                number=0,
                member_id=member,
                visibility=visibility,
                tasks=tasks,
                completed=completed,
                failed=failed,
                spent=spent or 0,
            )
            for subject, member, visibility, tasks, completed, failed, spent in counted
        ),
        batch_size=AT_ONCE,
    )
    uses = {(use.subject_id, use.member_id, use.visibility): use.pk for use in Use.objects.all()}
    running = known.filter(task__finished_at=None)
    for pk, *key in list(running.values_list("pk", *keys)):
        TaskSubject.objects.filter(pk=pk).update(use=uses[tuple(key)])


class Migration(migrations.Migration):
    dependencies = [("generation", "0021_subject_versions")]

    operations = [
        migrations.RunPython(keep_what_there_is, migrations.RunPython.noop),
        migrations.RunPython(count_uses, migrations.RunPython.noop),
    ]
