"""Shapes of what people judge and decide: texts, looks, gaps, rules of mail."""

from rest_framework import serializers as s

from simlab.sittings.mailmodels import MailRules


class TextToJudge(s.Serializer):
    case = s.CharField()
    title = s.CharField()
    prompt = s.CharField()
    text = s.CharField(help_text="as it was given, in small letters and without marks")
    reference = s.CharField()


class RatingIn(s.Serializer):
    case = s.CharField(max_length=80)
    text = s.CharField(max_length=5000)
    right = s.BooleanField(help_text="whether it counts as the reference answer")


class Rated(RatingIn):
    pass


class Rescored(s.Serializer):
    texts = s.IntegerField()
    answers = s.IntegerField()
    at = s.DateTimeField()


class GapOut(s.Serializer):
    sitting = s.UUIDField()
    participant = s.UUIDField()
    phase = s.CharField()
    number = s.IntegerField()
    is_open = s.BooleanField()
    lease = s.IntegerField(help_text="the window that had the sitting, from one")
    recorded = s.IntegerField()
    missing = s.IntegerField()
    quarantined = s.IntegerField()
    late = s.IntegerField()
    longest_s = s.FloatField(allow_null=True)
    skew_s = s.FloatField(allow_null=True, help_text="the server's clock minus the browser's")


class Rules(s.ModelSerializer):
    reply_to = s.EmailField(required=False, allow_blank=True, default="")
    invitation = s.CharField(required=False, allow_blank=True, default="", max_length=5000)

    class Meta:
        model = MailRules
        fields = ["time_zone", "quiet_from", "quiet_until", "reply_to", "invitation"]
        extra_kwargs = {name: {"required": True} for name in ("time_zone", "quiet_from", "quiet_until")}


class MonitorIn(s.Serializer):
    email = s.CharField(max_length=254)


class MonitorOut(s.Serializer):
    email = s.CharField()
    appointed_at = s.DateTimeField()


class DecisionIn(s.Serializer):
    word = s.CharField(help_text="continue or stop")
    reason = s.CharField(help_text="the committee's own; the team does not see it")


class DecisionOut(s.Serializer):
    number = s.IntegerField()
    word = s.CharField()
    decided_at = s.DateTimeField()


class LooksOut(s.Serializer):
    looks = s.ListField(child=s.FloatField(), help_text="shares of the participants at which a look is due")
    participants = s.IntegerField(allow_null=True)
    spending = s.CharField(allow_null=True)
    committee = MonitorOut(many=True)
    decisions = DecisionOut(many=True)


class LookOut(s.Serializer):
    number = s.IntegerField()
    made_at = s.DateTimeField()
