"""Shapes of packs, cases and drafts."""

import base64
import binascii

from rest_framework import serializers as s

from simlab.exchange.rest.shapes import Fault
from simlab.studies.models import CaseDraft, CaseRemark, CaseSignature, PackVersion


class PackOut(s.ModelSerializer):
    cases = s.SerializerMethodField()

    class Meta:
        model = PackVersion
        fields = ["pack", "title", "number", "sha256", "created_at", "cases"]
        read_only_fields = fields

    def get_cases(self, version: PackVersion) -> list[str]:
        return sorted(version.content["cases"])


class PackIn(s.Serializer):
    name = s.CharField(max_length=80)
    title = s.CharField(max_length=200)
    description = s.CharField(max_length=2000)
    specialties = s.ListField(child=s.CharField(max_length=80), min_length=1)
    terms_of = s.CharField(max_length=80, required=False, default="", help_text="pack whose conditions are copied")


class CaseOut(s.Serializer):
    pack = s.CharField()
    case = s.CharField()
    sha256 = s.CharField()
    source = s.CharField(help_text="the text of case.yaml")


class DraftLine(s.ModelSerializer):
    case = s.CharField(source="case_id", read_only=True)

    class Meta:
        model = CaseDraft
        fields = ["id", "pack", "case", "created_at"]
        read_only_fields = fields


class DraftIn(s.Serializer):
    pack = s.CharField(max_length=80)
    case = s.CharField(max_length=80)
    source = s.CharField(trim_whitespace=False, help_text="the text of case.yaml")


class TextIn(s.Serializer):
    source = s.CharField(trim_whitespace=False)
    after = s.IntegerField(min_value=1, help_text="the number of the text that was changed")


class PictureBytes(s.CharField):
    def to_internal_value(self, data):
        try:
            return base64.b64decode(super().to_internal_value(data), validate=True)
        except (binascii.Error, ValueError):
            raise s.ValidationError("This is not base64. Encode the file of the picture as base64.") from None


class PictureIn(s.Serializer):
    base64 = PictureBytes(help_text="the file of the picture in base64")


class RemarkIn(s.Serializer):
    body = s.CharField(max_length=5000)
    place = s.CharField(max_length=200, required=False, default="", allow_blank=True)
    kind = s.CharField(required=False, default="comment", help_text="comment or changes")
    settles = s.IntegerField(required=False, default=None, allow_null=True, help_text="the request that is answered")

    def validate_kind(self, kind: str) -> str:
        if kind not in ("comment", "changes"):
            raise s.ValidationError("Use “comment” or “changes”.")
        return kind


class RemarkOut(s.ModelSerializer):
    class Meta:
        model = CaseRemark
        fields = ["id", "body", "place", "text_number", "settles", "made_at"]
        read_only_fields = fields


class SignatureIn(s.Serializer):
    seen = s.IntegerField(min_value=1, help_text="the number of the text that was read")
    name = s.CharField(max_length=120)
    role = s.CharField(max_length=120)
    registration = s.CharField(max_length=120)
    review_by = s.DateField()
    sure = s.BooleanField(help_text="that the whole case was read")


class SignatureOut(s.ModelSerializer):
    class Meta:
        model = CaseSignature
        fields = ["name", "role", "registration", "content_sha256", "review_by", "signed_at"]
        read_only_fields = fields


class DraftOut(s.Serializer):
    id = s.UUIDField()
    pack = s.CharField()
    case = s.CharField()
    number = s.IntegerField(help_text="of the latest text")
    state = s.CharField()
    source = s.CharField()
    faults = Fault(many=True, help_text="what keeps it from being published")
    advised = Fault(many=True)
    remarks = RemarkOut(many=True)
    signatures = SignatureOut(many=True)
