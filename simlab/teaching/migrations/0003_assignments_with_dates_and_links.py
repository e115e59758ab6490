"""Dates and tries of an assignment, places of a cohort, and the links of the people on its roster."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("studies", "0010_form_equatings"), ("teaching", "0002_seats")]

    operations = [
        migrations.AddField("assignment", "closes_at", models.DateTimeField(null=True)),
        migrations.AddField("assignment", "opens_at", models.DateTimeField(null=True)),
        migrations.AddField("assignment", "tries", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField("cohort", "places", models.PositiveSmallIntegerField(
            default=30, help_text="how many may join by the links of the cohort")),
        migrations.AddConstraint(
            "assignment", models.CheckConstraint(condition=Q(tries__gte=1), name="assignment_tries_from_one")),
        migrations.AddConstraint("assignment", models.CheckConstraint(
            condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
            name="assignment_closes_after_it_opens")),
        migrations.AddConstraint(
            "cohort", models.CheckConstraint(condition=Q(places__gte=1), name="cohort_has_places")),
        migrations.CreateModel(
            name="PersonalLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("assignment", models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="links", to="teaching.assignment")),
                ("invitation", models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="personal_link",
                    to="studies.invitation")),
                ("trainee", models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="links", to="teaching.trainee")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("trainee", "assignment"), name="personal_link_once"),
                ],
            },
        ),
    ]  # fmt: skip
