
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0025_usage_by_subject'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['owner', '-uploaded_at'], name='image_recent'),
        ),
    ]
