"""What goes in and out of the API: parsed and printed here, decided elsewhere."""

from rest_framework import serializers as s

from simlab.analyses.models import AnalysisRun
from simlab.analyses.powermodels import PowerStudy
from simlab.sittings.mailmodels import Mail
from simlab.sittings.models import Participant
from simlab.studies.models import Amendment, Document, Invitation, ProtocolVersion, Role, Study, Transition

KINDS = ["main", "pilot", "demonstration", "training"]
STEPS = ["rehearse", "approve", "revise", "launch", "pause", "resume", "lock", "unblind", "archive"]


class Fault(s.Serializer):
    place = s.CharField(required=False)
    message = s.CharField()
    remedy = s.CharField(required=False)
    line = s.IntegerField(required=False, allow_null=True)
    field = s.CharField(required=False, help_text="path of the field, for example phases.retention.window")


class Problem(s.Serializer):
    code = s.CharField(help_text="for programs; never changes its meaning")
    message = s.CharField(help_text="one sentence for people")
    remedy = s.CharField(help_text="what to do; empty where the sentence says it")
    faults = Fault(many=True, required=False)


class StudyOut(s.ModelSerializer):
    protocol_sha256 = s.CharField(source="protocol.sha256", read_only=True)
    protocol_number = s.IntegerField(source="protocol.number", read_only=True)
    blinded = s.BooleanField(source="hides_arms", read_only=True)

    class Meta:
        model = Study
        fields = [
            "id", "slug", "title", "kind", "state", "blinded", "protocol_number", "protocol_sha256",
            "allocation_commitment", "created_at", "launched_at", "locked_at", "unblinded_at",
        ]  # fmt: skip
        read_only_fields = fields


class Texts(s.Serializer):
    information = s.CharField(required=False, trim_whitespace=False)
    consent = s.CharField(required=False, trim_whitespace=False)
    debrief = s.CharField(required=False, trim_whitespace=False)


class StudyIn(s.Serializer):
    slug = s.SlugField(max_length=80)
    kind = s.ChoiceField(choices=KINDS)
    title = s.CharField(max_length=200, required=False)
    template = s.CharField(required=False, help_text="the name of a template: its protocol and its documents")
    source = s.CharField(required=False, trim_whitespace=False, help_text="the text of study.yaml, instead")
    documents = Texts(required=False)

    def validate(self, attrs):
        if ("template" in attrs) == ("source" in attrs):
            raise s.ValidationError("Give either a template or a source.")
        return attrs


class Source(s.Serializer):
    source = s.CharField(trim_whitespace=False, help_text="the text of study.yaml")


class Checked(s.Serializer):
    valid = s.BooleanField()
    sha256 = s.CharField(allow_null=True, help_text="of the meaning of the protocol, where it is valid")
    faults = Fault(many=True)
    warnings = Fault(many=True)


class Saved(s.Serializer):
    valid = s.BooleanField(help_text="an invalid text is kept as unfinished, and the last valid version stays")
    number = s.IntegerField(allow_null=True)
    sha256 = s.CharField(allow_null=True)


class TemplateOut(s.Serializer):
    name = s.CharField()
    title = s.CharField()
    summary = s.CharField(allow_blank=True)


class ProtocolOut(s.ModelSerializer):
    class Meta:
        model = ProtocolVersion
        fields = ["number", "sha256", "source", "created_at", "locked_at"]
        read_only_fields = fields


class DocumentOut(s.ModelSerializer):
    class Meta:
        model = Document
        fields = ["kind", "version", "sha256", "text", "created_at"]
        read_only_fields = fields


class StepIn(s.Serializer):
    step = s.ChoiceField(choices=STEPS)
    reason = s.CharField(required=False, default="", allow_blank=True)
    per_stratum = s.IntegerField(required=False, min_value=1, max_value=5000, help_text="places of each list; launch")
    allocation_list = s.CharField(required=False, trim_whitespace=False, help_text="a list made elsewhere; launch")
    unsigned_because = s.CharField(required=False, default="", help_text="why a main study has unsigned cases; launch")


class StepOut(s.ModelSerializer):
    class Meta:
        model = Transition
        fields = ["step", "before", "after", "reason", "protocol_sha256", "by_id", "at"]
        read_only_fields = fields


class AmendmentIn(s.Serializer):
    source = s.CharField(trim_whitespace=False)
    documents = Texts(required=False)
    reason = s.CharField()


class AmendmentOut(s.ModelSerializer):
    class Meta:
        model = Amendment
        fields = [
            "id", "number", "difference", "reason", "proposed_by_id", "proposed_at", "approved_by_id", "effective_at",
            "dropped_at",
        ]  # fmt: skip
        read_only_fields = fields


class AmendmentDecision(s.Serializer):
    decision = s.ChoiceField(choices=["approve", "drop"])


class BalanceRow(s.Serializer):
    stratum = s.CharField()
    arm = s.CharField()
    drawn = s.IntegerField()
    claimed = s.IntegerField()


class ParticipantOut(s.ModelSerializer):
    class Meta:
        model = Participant
        fields = ["id", "state", "stratum", "grade", "site", "virtual", "created_at", "enrolled_at", "ended_at"]
        read_only_fields = fields


class WindowIn(s.Serializer):
    phase = s.CharField(max_length=60)
    opens = s.DateTimeField(required=False, allow_null=True, default=None)
    closes = s.DateTimeField(required=False, allow_null=True, default=None)
    reason = s.CharField()


class WindowOut(s.Serializer):
    phase = s.CharField()
    state = s.CharField()
    opens = s.DateTimeField(allow_null=True)
    closes = s.DateTimeField(allow_null=True)


class Person(s.Serializer):
    email = s.CharField(max_length=254)
    name = s.CharField(max_length=120, required=False, default="", allow_blank=True)
    time_zone = s.CharField(max_length=64, required=False, default="", allow_blank=True)


class InvitationIn(s.Serializer):
    people = Person(many=True, required=False, help_text="a personal link for each, which mail brings them")
    open = s.BooleanField(required=False, default=False, help_text="one link for many instead")

    def validate(self, attrs):
        if bool(attrs.get("people")) == attrs["open"]:
            raise s.ValidationError("Give people to invite, or ask for an open link.")
        return attrs


class InvitationOut(s.ModelSerializer):
    class Meta:
        model = Invitation
        fields = ["id", "kind", "created_at", "used_at", "closed_at"]
        read_only_fields = fields


class Invited(s.Serializer):
    invitations = InvitationOut(many=True)
    link = s.CharField(allow_null=True, help_text="of an open invitation; shown once")


class MailOut(s.ModelSerializer):
    class Meta:
        model = Mail
        fields = [
            "id", "kind", "window", "number", "participant", "state", "due_at", "until", "attempts", "sent_at",
            "problem", "final",
        ]  # fmt: skip
        read_only_fields = fields


class MailDecisionIn(s.Serializer):
    what = s.ChoiceField(choices=["now", "cancel", "retry", "arrived"])
    reason = s.CharField()


class AnalysisOut(s.ModelSerializer):
    plan_sha256 = s.CharField(read_only=True)
    data_sha256 = s.CharField(source="dataset.sha256", read_only=True, default=None)
    rows = s.IntegerField(source="dataset.rows", read_only=True, default=None)

    class Meta:
        model = AnalysisRun
        fields = [
            "id", "state", "message", "error", "plan_sha256", "protocol_sha256", "data_sha256", "rows", "code_version",
            "requested_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class PowerIn(s.Serializer):
    clinicians = s.ListField(child=s.IntegerField(min_value=4, max_value=5000), min_length=1, max_length=20)
    effects = s.ListField(child=s.FloatField(min_value=-0.9, max_value=0.9), required=False, default=list)
    cases = s.ListField(child=s.IntegerField(min_value=1, max_value=200), required=False, default=list)
    wrong = s.ListField(child=s.IntegerField(min_value=0, max_value=200), required=False, default=list)
    truth = s.CharField(required=False, default="assumed", help_text="the name of a truth that SimLab brings")
    most = s.IntegerField(required=False, min_value=10, max_value=10_000, default=200)
    precision = s.FloatField(required=False, min_value=0.001, max_value=0.5, default=0.05)
    seed = s.IntegerField(required=False, min_value=0, default=1)


class PowerOut(s.ModelSerializer):
    class Meta:
        model = PowerStudy
        fields = ["id", "state", "grid", "truth_name", "protocol_sha256", "error", "requested_at", "finished_at"]
        read_only_fields = fields


class RoleIn(s.Serializer):
    email = s.CharField(max_length=254)
    role = s.ChoiceField(choices=Role.Name.choices)


class RoleOut(s.ModelSerializer):
    email = s.CharField(source="user.email", read_only=True)
    name = s.CharField(source="user.display_name", read_only=True)

    class Meta:
        model = Role
        fields = ["id", "role", "email", "name"]
        read_only_fields = fields


class RunOut(s.Serializer):
    states = s.DictField(child=s.IntegerField(), help_text="participants by state")
    sitting_now = s.IntegerField()
    late = s.IntegerField()
    missed = s.IntegerField()
    schedule = s.DictField(child=s.DictField(child=s.IntegerField()), help_text="phase, state of its window, people")
    mail = s.DictField(child=s.IntegerField(), help_text="messages by state")
    quarantined = s.IntegerField()
    last_enrolled = s.DateTimeField(allow_null=True)


class PreviewIn(s.Serializer):
    arm = s.CharField(max_length=60)


class PreviewOut(s.Serializer):
    participant = s.UUIDField()
    link = s.CharField(help_text="opens the preview in a browser; shown once")
