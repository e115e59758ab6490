"""Each constraint and trigger on cases that are being written, broken once."""

import datetime

import pytest
from django.db import DatabaseError, transaction

from simlab.studies import actions
from simlab.studies.models import CaseDraft, CaseRemark, CaseRight, CaseSignature, CaseText, DraftPicture, Study
from tests.factories import MINI, NOW, a_loaded_pack, a_study, a_user

pytestmark = pytest.mark.django_db
CASE = "tired-and-cold"


@pytest.fixture
def staff():
    a_loaded_pack()
    return a_user(is_staff=True)


@pytest.fixture
def draft(staff):
    source = (MINI / CASE / "case.yaml").read_text()
    return actions.start_draft(
        pack="mini", case_id=CASE, source=source, files={"a.png": b"x"}, why="imported", by=staff, now=NOW
    )


@pytest.fixture
def signature(draft):
    return actions.sign_case(
        draft=draft, seen=1, name="A B", role="GP", registration="GMC 0", review_by=datetime.date(2030, 1, 1),
        by=a_user(is_staff=True), now=NOW,
    )  # fmt: skip


def refuses(words: str, act) -> None:
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        act()


def test_names_are_given_once(staff, draft):
    right = {"pack": "mini", "user": staff, "name": "author"}
    CaseRight.objects.create(**right)
    refuses("case_right_once", lambda: CaseRight.objects.create(**right))
    refuses("case_right_known", lambda: CaseRight.objects.create(**{**right, "name": "king"}))
    again = {"pack": "mini", "case_id": CASE, "created_at": NOW, "created_by": staff}
    refuses("case_draft_once", lambda: CaseDraft.objects.create(**again))
    text = {"draft": draft, "number": 1, "source": "", "why": "written", "saved_at": NOW, "saved_by": staff}
    refuses("case_text_number_once", lambda: CaseText.objects.create(**text))
    refuses("case_text_reason_known", lambda: CaseText.objects.create(**{**text, "number": 2, "why": "lost"}))


def test_a_remark_says_something_and_only_an_answer_settles(staff, draft):
    asked = actions.remark(draft=draft, body="Change it.", kind="changes", by=staff, now=NOW)
    remark = {"draft": draft, "text_number": 1, "made_at": NOW, "made_by": staff}
    refuses("case_remark_says_something", lambda: CaseRemark.objects.create(kind="comment", body="", **remark))
    settled = "case_remark_settles_a_request"
    refuses(settled, lambda: CaseRemark.objects.create(kind="settled", body="So.", **remark))
    refuses(settled, lambda: CaseRemark.objects.create(kind="comment", body="So.", settles=asked, **remark))


def test_a_signature_says_who_and_is_given_once(signature):
    values = CaseSignature.objects.values(
        "draft_id", "pack", "case_id", "content_sha256", "name", "role", "registration", "review_by", "signed_at",
        "signed_by_id",
    ).get()  # fmt: skip
    refuses("case_signature_once_for_a_content", lambda: CaseSignature.objects.create(**values))
    for name in ("name", "role", "registration"):
        other = {**values, "content_sha256": "0" * 64, name: ""}
        refuses("case_signature_says_who", lambda other=other: CaseSignature.objects.create(**other))


@pytest.mark.parametrize("model", [CaseText, DraftPicture, CaseRemark, CaseSignature])
def test_what_was_written_and_signed_stays(staff, draft, signature, model):
    actions.remark(draft=draft, body="Good.", by=staff, now=NOW)
    row = model.objects.first()
    change = {"name": "z"} if hasattr(row, "name") else {"body": "z"} if hasattr(row, "body") else {"source": "z"}
    refuses("immutable", lambda: model.objects.filter(pk=row.pk).update(**change))
    refuses("immutable", lambda: model.objects.filter(pk=row.pk).delete())


@pytest.mark.parametrize("change", [{"unsigned_reason": "Another one."}, {"unsigned_cases": 1}])
def test_why_a_study_was_launched_on_unsigned_cases_stays(change):
    study = a_study(kind="main")
    assert study.unsigned_cases > 1
    refuses(
        "its unsigned cases and the reason for them stay", lambda: Study.objects.filter(pk=study.pk).update(**change)
    )
