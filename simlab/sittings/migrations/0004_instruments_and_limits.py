import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sittings", "0004_adjudication"),
        ("studies", "0005_designs"),
    ]

    operations = [
        migrations.AddField("encounter", "deadline", models.DateTimeField(null=True)),
        migrations.AddField("encounter", "timed_out", models.BooleanField(default=False)),
        migrations.AddConstraint(
            "encounter",
            models.CheckConstraint(
                condition=models.Q(("timed_out", False))
                | models.Q(("closed_at__isnull", False), ("deadline__isnull", False)),
                name="encounter_timed_out_had_a_deadline",
            ),
        ),
        migrations.CreateModel(
            name="InstrumentResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("point", models.CharField(max_length=80)),
                ("phase", models.CharField(max_length=60)),
                ("sitting", models.PositiveSmallIntegerField(default=0)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("answers", models.JSONField()),
                ("given_at", models.DateTimeField()),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="responses", to="studies.instrument"
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="sittings.participant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("participant", "instrument", "point", "sitting", "position"), name="response_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER sittings_instrumentresponse_append_only BEFORE UPDATE OR DELETE "
            "ON sittings_instrumentresponse FOR EACH ROW EXECUTE FUNCTION simlab_refuse_change()",
            "DROP TRIGGER sittings_instrumentresponse_append_only ON sittings_instrumentresponse",
        ),
    ]
