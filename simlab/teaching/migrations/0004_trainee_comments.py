"""What educators tell trainees, append-only in the database itself."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("studies", "0002_immutable"),
        ("teaching", "0003_assignments_with_dates_and_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TraineeComment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField()),
                ("by", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("trainee", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="teaching.trainee")),
            ],
            options={
                "ordering": ["written_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="trainee_comment_says_something"),
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER trainee_comment_append_only BEFORE UPDATE OR DELETE ON teaching_traineecomment "
            "FOR EACH ROW EXECUTE FUNCTION simlab_refuse_change()",
            "DROP TRIGGER trainee_comment_append_only ON teaching_traineecomment",
        ),
    ]  # fmt: skip
