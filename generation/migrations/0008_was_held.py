from django.db import migrations, models


def note_what_is_held(apps, schema_editor):
    tasks = apps.get_model("generation", "Task").objects
    tasks.filter(held_since__isnull=False).update(was_held=True)


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0007_handles_of_ones_own'),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='was_held',
            field=models.BooleanField(default=False, help_text='a request of before a restore may have been charged'),
        ),
        migrations.RunPython(note_what_is_held, migrations.RunPython.noop),
    ]
