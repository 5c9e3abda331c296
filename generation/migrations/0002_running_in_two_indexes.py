from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0001_initial'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='task',
            name='task_running',
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('finished_at', None)), fields=['owner', 'state'], name='task_own_running'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('finished_at', None)), fields=['visibility', 'state'], name='task_team_running'),
        ),
    ]
