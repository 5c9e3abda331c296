from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0018_ledger_lines'),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='fingerprint',
            field=models.CharField(editable=False, help_text='what was asked for, in short', max_length=64, null=True),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('fingerprint__isnull', False)), fields=['owner', 'fingerprint', '-created_at'], name='task_fingerprint'),
        ),
    ]
