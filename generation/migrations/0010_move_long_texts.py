from django.db import migrations, models
from django.db.models.functions import Cast, Length

LONG = 4_000
AT_ONCE = 20


def move_out(apps, schema_editor):
    """Takes long values out of the rows of tasks; those that have none are not written."""
    Task, TaskText = (apps.get_model("generation", name) for name in ("Task", "TaskText"))
    size = Length(Cast("params", models.TextField()))
    bulky = Task.objects.alias(size=size).filter(size__gt=LONG).order_by("pk")
    ids = list(bulky.values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        for task in Task.objects.filter(pk__in=ids[start : start + AT_ONCE]).only("params"):
            long = {
                name: value
                for name, value in task.params.items()
                if name != "prompt" and isinstance(value, str) and len(value) > LONG
            }
            if long:
                TaskText.objects.create(task=task, params=long)
                for name in long:
                    del task.params[name]
                task.save(update_fields=["params"])


def move_back(apps, schema_editor):
    for text in apps.get_model("generation", "TaskText").objects.select_related("task").iterator():
        text.task.params |= text.params
        text.task.save(update_fields=["params"])
        text.delete()


class Migration(migrations.Migration):
    dependencies = [("generation", "0009_long_texts")]
    operations = [migrations.RunPython(move_out, move_back)]
