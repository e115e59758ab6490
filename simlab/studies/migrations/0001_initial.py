import datetime
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProtocolVersion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("source", models.TextField()),
                ("document", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("locked_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stratum", models.CharField(max_length=120)),
                ("ordinal", models.PositiveIntegerField()),
                ("arm", models.CharField(max_length=60)),
                ("block", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="CaseVersion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("pack", models.SlugField(max_length=80)),
                ("case_id", models.SlugField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["pack", "case_id"], name="case_version_by_name")],
                "constraints": [models.UniqueConstraint(fields=("pack", "sha256"), name="case_version_content_once")],
            },
        ),
        migrations.CreateModel(
            name="AdviceVersion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("advice_id", models.SlugField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("correct", models.BooleanField()),
                ("error_type", models.CharField(blank=True, max_length=40)),
                (
                    "case_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="advice", to="studies.caseversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PackVersion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("pack", models.SlugField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("number", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("pack", "number"), name="pack_number_once")],
            },
        ),
        migrations.CreateModel(
            name="PlannedEncounter",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("phase", models.CharField(max_length=60)),
                ("sitting", models.PositiveSmallIntegerField()),
                ("position", models.PositiveSmallIntegerField()),
                ("form", models.CharField(max_length=60)),
                (
                    "advice_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="studies.adviceversion",
                    ),
                ),
                (
                    "case_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="studies.caseversion"
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="planned", to="studies.slot"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Study",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("title", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("main", "Main"),
                            ("pilot", "Pilot"),
                            ("demonstration", "Demonstration"),
                            ("rehearsal", "Rehearsal"),
                            ("training", "Training"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("launched", "Launched"),
                            ("paused", "Paused"),
                            ("locked", "Locked"),
                        ],
                        default="draft",
                        max_length=16,
                    ),
                ),
                ("clock_offset", models.DurationField(default=datetime.timedelta(0))),
                ("allocation_seed", models.CharField(blank=True, max_length=64)),
                ("allocation_salt", models.CharField(blank=True, max_length=64)),
                ("allocation_commitment", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                ("launched_at", models.DateTimeField(null=True)),
                (
                    "packs",
                    models.ManyToManyField(help_text="as launched", related_name="studies", to="studies.packversion"),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="twins", to="studies.study"
                    ),
                ),
                (
                    "protocol",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="studies.protocolversion",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "studies",
            },
        ),
        migrations.CreateModel(
            name="Stratum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("claimed", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveIntegerField()),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="strata", to="studies.study"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "strata",
            },
        ),
        migrations.AddField(
            model_name="slot",
            name="study",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="slots", to="studies.study"
            ),
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("researcher", "Researcher"), ("educator", "Educator")],
                        max_length=16,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="study_roles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="studies.study"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="protocolversion",
            name="study",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="protocols", to="studies.study"
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(choices=[("open", "Open"), ("single", "Single")], max_length=8)),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to="studies.study"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("information", "Information"), ("consent", "Consent"), ("debrief", "Debrief")],
                        max_length=16,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="studies.study"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="adviceversion",
            constraint=models.UniqueConstraint(fields=("case_version", "advice_id"), name="advice_version_once"),
        ),
        migrations.AddConstraint(
            model_name="adviceversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("correct", False), ("error_type", ""), _connector="OR"),
                name="advice_right_has_no_error_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedencounter",
            constraint=models.UniqueConstraint(
                fields=("slot", "phase", "sitting", "position"), name="planned_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="study",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("clock_offset", datetime.timedelta(0)),
                    ("kind__in", ["demonstration", "rehearsal", "training"]),
                    _connector="OR",
                ),
                name="study_clock_moves_only_outside_trials",
            ),
        ),
        migrations.AddConstraint(
            model_name="study",
            constraint=models.CheckConstraint(
                condition=models.Q(("clock_offset__gte", datetime.timedelta(0))), name="study_clock_never_goes_back"
            ),
        ),
        migrations.AddConstraint(
            model_name="study",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("launched_at", None), ("state", "draft")),
                    models.Q(
                        models.Q(("state", "draft"), _negated=True),
                        ("launched_at__isnull", False),
                        ("protocol__isnull", False),
                        models.Q(("allocation_seed", ""), _negated=True),
                        models.Q(("allocation_salt", ""), _negated=True),
                        models.Q(("allocation_commitment", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="study_launched_with_an_allocation",
            ),
        ),
        migrations.AddConstraint(
            model_name="study",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "rehearsal"), ("parent__isnull", False)),
                    models.Q(models.Q(("kind", "rehearsal"), _negated=True), ("parent", None)),
                    _connector="OR",
                ),
                name="study_rehearsal_has_a_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="stratum",
            constraint=models.UniqueConstraint(fields=("study", "name"), name="stratum_once"),
        ),
        migrations.AddConstraint(
            model_name="stratum",
            constraint=models.CheckConstraint(
                condition=models.Q(("claimed__lte", models.F("size"))), name="stratum_never_over_claimed"
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(fields=("study", "stratum", "ordinal"), name="slot_place_once"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(condition=models.Q(("ordinal__gte", 1)), name="slot_ordinal_from_one"),
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.UniqueConstraint(fields=("study", "user", "role"), name="role_once"),
        ),
        migrations.AddConstraint(
            model_name="protocolversion",
            constraint=models.UniqueConstraint(fields=("study", "number"), name="protocol_number_once"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "single"), ("used_at", None), _connector="OR"),
                name="invitation_open_is_never_used_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(fields=("study", "kind", "version"), name="document_version_once"),
        ),
    ]
