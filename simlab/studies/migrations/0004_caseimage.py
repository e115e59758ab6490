"""Pictures of cases, as immutable as the case they belong to."""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE TRIGGER studies_caseimage_immutable BEFORE UPDATE OR DELETE ON studies_caseimage
    FOR EACH ROW EXECUTE FUNCTION simlab_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("studies", "0003_locked_for_good")]

    operations = [
        migrations.CreateModel(
            name="CaseImage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("media_type", models.CharField(max_length=20)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "case_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="images", to="studies.caseversion"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("case_version", "name"), name="case_image_once")],
            },
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER studies_caseimage_immutable ON studies_caseimage"),
    ]
