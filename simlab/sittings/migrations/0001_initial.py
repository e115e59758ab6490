import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('studies', '0002_immutable'),
    ]

    operations = [
        migrations.CreateModel(
            name='Encounter',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('stage', models.CharField(max_length=16)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('planned', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='encounter', to='studies.plannedencounter')),
            ],
        ),
        migrations.CreateModel(
            name='Participant',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('stratum', models.CharField(blank=True, max_length=120)),
                ('grade', models.CharField(blank=True, max_length=60)),
                ('site', models.CharField(blank=True, max_length=60)),
                ('state', models.CharField(choices=[('arrived', 'Arrived'), ('declined', 'Declined'), ('ineligible', 'Ineligible'), ('enrolled', 'Enrolled'), ('withdrawn', 'Withdrawn'), ('completed', 'Completed')], default='arrived', max_length=16)),
                ('virtual', models.BooleanField(default=False)),
                ('return_token_sha256', models.CharField(max_length=64, null=True, unique=True)),
                ('eligibility', models.JSONField(null=True)),
                ('created_at', models.DateTimeField()),
                ('enrolled_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('invitation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='participants', to='studies.invitation')),
                ('slot', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='participant', to='studies.slot')),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='participants', to='studies.study')),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('statements', models.JSONField()),
                ('agreed', models.BooleanField()),
                ('given_at', models.DateTimeField()),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='studies.document')),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='sittings.participant')),
            ],
        ),
        migrations.CreateModel(
            name='Sitting',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('phase', models.CharField(max_length=60)),
                ('number', models.PositiveSmallIntegerField()),
                ('structure', models.CharField(max_length=16)),
                ('opened_at', models.DateTimeField()),
                ('completed_at', models.DateTimeField(null=True)),
                ('lease', models.PositiveIntegerField(default=1)),
                ('acked', models.PositiveIntegerField(default=0, help_text='highest number without a gap, of the current lease')),
                ('last_seq', models.PositiveIntegerField(default=0, help_text='highest number seen, of the current lease')),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='sittings.participant')),
            ],
        ),
        migrations.CreateModel(
            name='Quarantine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField()),
                ('lease', models.PositiveIntegerField()),
                ('seq', models.PositiveIntegerField()),
                ('body', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('reason', models.CharField(max_length=40)),
                ('received_at', models.DateTimeField()),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quarantine', to='sittings.sitting')),
            ],
            options={
                'verbose_name_plural': 'quarantine',
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField()),
                ('lease', models.PositiveIntegerField()),
                ('seq', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=16)),
                ('payload', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('t_mono_ms', models.FloatField()),
                ('t_origin_ms', models.FloatField()),
                ('received_at', models.DateTimeField()),
                ('encounter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='sittings.encounter')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='sittings.sitting')),
            ],
        ),
        migrations.AddField(
            model_name='encounter',
            name='sitting',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='encounters', to='sittings.sitting'),
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('initial', 'Initial'), ('final', 'Final')], max_length=8)),
                ('answer', models.JSONField()),
                ('given_at', models.DateTimeField()),
                ('encounter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='sittings.encounter')),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='sittings.event')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('encounter', 'stage'), name='decision_once_a_stage'), models.CheckConstraint(condition=models.Q(('stage__in', ['initial', 'final'])), name='decision_stage_known')],
            },
        ),
        migrations.CreateModel(
            name='Exposure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('assigned', 'Assigned'), ('rendered', 'Rendered'), ('seen', 'Seen'), ('opened', 'Opened'), ('followed-link', 'Followed Link'), ('accepted', 'Accepted'), ('overridden', 'Overridden'), ('ignored', 'Ignored')], max_length=16)),
                ('dwell_ms', models.FloatField(null=True)),
                ('rendered_sha256', models.CharField(blank=True, max_length=64)),
                ('advice_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='studies.adviceversion')),
                ('encounter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exposures', to='sittings.encounter')),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='exposure', to='sittings.event')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['assigned', 'rendered', 'seen', 'opened', 'followed-link', 'accepted', 'overridden', 'ignored'])), name='exposure_kind_known'), models.CheckConstraint(condition=models.Q(('dwell_ms', None), ('dwell_ms__gte', 0), _connector='OR'), name='exposure_dwell_not_negative')],
            },
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('enrolled_at', None), ('slot', None), ('state__in', ['arrived', 'declined', 'ineligible', 'withdrawn'])), models.Q(('enrolled_at__isnull', False), ('slot__isnull', False), ('state__in', ['enrolled', 'withdrawn', 'completed'])), _connector='OR'), name='participant_enrolled_has_a_slot'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ['withdrawn', 'completed'])), models.Q(models.Q(('state__in', ['withdrawn', 'completed']), _negated=True), ('ended_at', None)), _connector='OR'), name='participant_ended_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('agreed', True)), fields=('participant',), name='consent_given_once'),
        ),
        migrations.AddConstraint(
            model_name='sitting',
            constraint=models.UniqueConstraint(fields=('participant', 'phase', 'number'), name='sitting_once'),
        ),
        migrations.AddConstraint(
            model_name='sitting',
            constraint=models.UniqueConstraint(condition=models.Q(('completed_at', None)), fields=('participant',), name='sitting_open_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='sitting',
            constraint=models.CheckConstraint(condition=models.Q(('lease__gte', 1)), name='sitting_lease_from_one'),
        ),
        migrations.AddConstraint(
            model_name='sitting',
            constraint=models.CheckConstraint(condition=models.Q(('acked__lte', models.F('last_seq'))), name='sitting_acked_was_seen'),
        ),
        migrations.AddIndex(
            model_name='quarantine',
            index=models.Index(fields=['sitting', 'lease', 'seq'], name='quarantine_by_number'),
        ),
        migrations.AddConstraint(
            model_name='quarantine',
            constraint=models.UniqueConstraint(fields=('sitting', 'uuid', 'sha256'), name='quarantine_content_once'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('sitting', 'uuid'), name='event_uuid_once'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('sitting', 'lease', 'seq'), name='event_number_once'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('seq__gte', 1)), name='event_number_from_one'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['answer', 'exposure', 'event'])), name='event_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='encounter',
            constraint=models.UniqueConstraint(fields=('sitting', 'position'), name='encounter_position_once'),
        ),
        migrations.AddConstraint(
            model_name='encounter',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('sitting',), name='encounter_open_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='encounter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('stage', 'done')), models.Q(models.Q(('stage', 'done'), _negated=True), ('closed_at', None)), _connector='OR'), name='encounter_done_is_closed'),
        ),
    ]
