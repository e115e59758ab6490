import django.db.models.deletion
from django.db import migrations, models


def seat_everybody(apps, schema_editor):
    """Each trainee was one participant of one study: that becomes their first try. A trial's row is let go."""
    trainees, assignments, seats = (apps.get_model("teaching", name) for name in ("Trainee", "Assignment", "Seat"))
    rows = trainees.objects.filter(participant__study__kind="training").select_related("participant", "cohort")
    for trainee in rows:
        assignment, _ = assignments.objects.get_or_create(
            cohort=trainee.cohort, study_id=trainee.participant.study_id,
            defaults={"assigned_at": trainee.cohort.created_at},
        )  # fmt: skip
        seats.objects.create(trainee=trainee, assignment=assignment, participant_id=trainee.participant_id, attempt=1)


class Migration(migrations.Migration):
    dependencies = [("sittings", "0006_leaving_and_consent"), ("teaching", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                ("assignment", models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="teaching.assignment")),
                ("participant", models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="seat", to="sittings.participant")),
                ("trainee", models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="teaching.trainee")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("trainee", "assignment", "attempt"), name="seat_attempt_once"),
                    models.CheckConstraint(condition=models.Q(("attempt__gte", 1)), name="seat_attempts_from_one"),
                ],
            },
        ),
        migrations.RunPython(seat_everybody, migrations.RunPython.noop),
        # What the step above wrote must be settled before the column can go.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="trainee", name="participant"),
    ]  # fmt: skip
