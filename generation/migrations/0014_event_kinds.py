from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TROUBLE = (
    "at-risk",
    "failed",
    "key-missing",
    "key-refused",
    "key-unreadable",
    "lost",
    "not-found",
    "refused",
    "uncertain",
    "unreachable",
    "waits",
)
KINDS = (
    *("queued", "claimed", "fitted", "sending", "waits", "accepted", "refused", "late", "status"),
    *("unreachable", "not-found", "empty", "key-refused", "key-missing", "key-unreadable"),
    *("key-accepted", "generated", "failed", "at-risk", "completed", "lost", "uncertain", "found"),
    *("canceled", "gave-up", "sent-again", "held", "released"),
)
REASONS = (
    *("busy", "unreachable", "unmarked", "held", "key", "at-risk", "refused", "generation"),
    *("input", "gave-up", "sent-again", "no-answer", "deadline", "not-found", "no-file", "expired"),
)


def count_what_was_gone(apps, schema_editor):
    """From the timeline, where it was counted until now: only of files that are still tried."""
    Output, TaskEvent = (apps.get_model("generation", name) for name in ("Output", "TaskEvent"))
    for output in Output.objects.filter(state="pending").only("task", "position").iterator():
        said = TaskEvent.objects.filter(task=output.task_id, kind="at-risk")
        times = said.filter(detail__gone=True, detail__file=output.position).count()
        if times:
            Output.objects.filter(pk=output.pk).update(times_gone=times)


class AddColumn(migrations.AddField):
    """Where Django would copy the table on SQLite, though the database knows the default itself."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        before, after = (
            state.apps.get_model(app_label, self.model_name) for state in (from_state, to_state)
        )
        field = after._meta.get_field(self.name)
        BaseDatabaseSchemaEditor.add_field(schema_editor, before, field)


class Migration(migrations.Migration):
    dependencies = [("generation", "0013_queue_shares_and_wakeups")]

    operations = [
        # Both databases rename the column in the index and its condition too: nothing is built anew.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RenameField("taskevent", "word", "kind")],
            state_operations=[
                migrations.RemoveIndex("taskevent", "event_trouble"),
                migrations.RenameField("taskevent", "word", "kind"),
                migrations.AddIndex(
                    "taskevent",
                    models.Index(
                        models.F("at"),
                        condition=models.Q(kind__in=TROUBLE),
                        name="event_trouble",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            "taskevent",
            "kind",
            models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=32),
        ),
        migrations.AlterField(
            "task",
            "reason",
            models.CharField(
                blank=True,
                choices=[(reason, reason) for reason in REASONS],
                help_text="why it ended or waits",
                max_length=32,
            ),
        ),
        AddColumn(
            "output",
            "times_gone",
            models.PositiveSmallIntegerField(
                default=0, db_default=0, help_text="how often its address said that the file is gone"
            ),
        ),
        migrations.RunPython(count_what_was_gone, migrations.RunPython.noop),
    ]
