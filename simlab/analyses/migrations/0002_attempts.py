from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="analysisrun",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, help_text="how often a worker began"),
        ),
    ]
