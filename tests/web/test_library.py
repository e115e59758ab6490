"""Writing, reviewing and signing a case over the pages, and the file that comes out."""

import datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from simlab.engine.casefile import load_pack
from simlab.people.actions import link_participant
from simlab.studies import actions
from simlab.studies.casedrafts import read_draft
from simlab.studies.models import CaseDraft, CaseSignature, CaseText, CaseVersion, PackVersion
from simlab.teaching.actions import create_cohort
from simlab.web.presenters import caseform
from tests.factories import MINI, NOW, a_loaded_pack, a_participant, a_user

pytestmark = pytest.mark.django_db
LIBRARY = Path(__file__).resolve().parents[2] / "cases"
CASE = "tired-and-cold"


@pytest.fixture
def people():
    a_loaded_pack()
    staff, author, reviewer = a_user(is_staff=True), a_user(), a_user()
    actions.grant_case_right(pack="mini", user=author, name="author", by=staff)
    actions.grant_case_right(pack="mini", user=reviewer, name="reviewer", by=author)
    return {"staff": staff, "author": author, "reviewer": reviewer}


def a_draft_of(author, source: str | None = None, name: str = CASE) -> CaseDraft:
    source = source or (MINI / CASE / "case.yaml").read_text()
    return actions.start_draft(pack="mini", case_id=name, source=source, files={}, why="imported", by=author, now=NOW)


def test_a_file_goes_in_and_comes_out_byte_for_byte(client, people):
    content = (LIBRARY / "primary-care/awake-at-three/case.yaml").read_bytes().replace(b"\n", b"\r\n", 3) + b"# the end"
    client.force_login(people["author"])
    client.post(reverse("new-case", args=["mini"]), {"file": SimpleUploadedFile("case.yaml", content)})
    draft = CaseDraft.objects.get()
    client.get(reverse("draft", args=[draft.pk]))
    assert client.get(reverse("draft-file", args=[draft.pk])).content == content


def posted(draft: CaseDraft, **changes: str) -> dict[str, str]:
    """The whole form as a browser sends it, with these changes."""
    text = draft.texts.latest("number")
    data = read_draft(draft, NOW.date()).data
    shown = {node.name: caseform.shown(node).replace("\n", "\r\n")
             for _, _, part in caseform.sections_of(data) for node in caseform.leaves(part)}  # fmt: skip
    return {**shown, "after": str(text.number), **changes}


def test_a_change_of_one_field_changes_one_line(client, people):
    draft = a_draft_of(people["author"])
    before = draft.texts.get().source.splitlines()
    client.force_login(people["author"])
    address = reverse("draft", args=[draft.pk])
    assert client.post(address, posted(draft)).status_code == 302
    assert draft.texts.count() == 1
    client.post(address, posted(draft, title="Tired, and cold as well"))
    after = draft.texts.latest("number").source.splitlines()
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        ("title: Tired for half a year", "title: Tired, and cold as well")
    ]


def test_problems_name_field_and_line_as_one_types(client, people):
    draft = a_draft_of(people["author"])
    client.force_login(people["author"])
    data = posted(draft, **{"advice[1].summary": "", "presentation": "I have hypothyroidism, doctor."})
    told = client.post(reverse("draft", args=[draft.pk]), data, HTTP_HX_REQUEST="true").content.decode()
    assert 'data-fault="advice[1].summary"' in told
    assert "line 33" in told
    assert draft.texts.count() == 2
    data = posted(draft, **{"advice[1].summary": "Consider it"})
    told = client.post(reverse("draft", args=[draft.pk]), data, HTTP_HX_REQUEST="true").content.decode()
    assert 'data-fault="presentation"' in told
    assert "names the reference diagnosis" in told


def test_items_are_added_and_removed_by_buttons(client, people):
    draft = a_draft_of(people["author"])
    client.force_login(people["author"])
    address = reverse("draft", args=[draft.pk])
    client.post(address, posted(draft, act="add:stages[1].items"))
    assert len(read_draft(draft, NOW.date()).data["stages"][0]["items"]) == 3
    client.post(address, posted(draft, act="remove:stages[1].items[3]"))
    assert draft.texts.latest("number").source == draft.texts.get(number=1).source


def test_words_of_two_people_are_never_mixed_or_lost(client, people):
    draft = a_draft_of(people["author"])
    stale = posted(draft, title="Mine")
    actions.save_text(draft=draft, source="other: words\n", after=1, by=people["staff"], now=NOW)
    client.force_login(people["author"])
    answer = client.post(reverse("draft", args=[draft.pk]), {"after": stale["after"], "source": "title: Mine\r\n"})
    assert answer.status_code == 409
    assert b"while you were writing" in answer.content
    assert b"title: Mine" in answer.content
    form = client.post(reverse("draft", args=[draft.pk]), {"after": "1", "title": "Mine"})
    assert b"while you were writing" in form.content
    assert draft.texts.latest("number").source == "other: words\n"


def test_what_could_not_be_saved_from_the_form_stands_in_the_file(client, people):
    draft = a_draft_of(people["author"])
    stale = posted(draft, title="Mine alone")
    other = draft.texts.get().source.replace("two jumpers", "ten jumpers")
    actions.save_text(draft=draft, source=other, after=1, by=people["staff"], now=NOW)
    client.force_login(people["author"])
    page = client.post(reverse("draft", args=[draft.pk]), stale)
    assert page.status_code == 409
    assert b"title: Mine alone" in page.content


def test_a_file_that_is_no_yaml_is_kept_and_told(client, people):
    draft = a_draft_of(people["author"])
    client.force_login(people["author"])
    client.post(reverse("draft", args=[draft.pk]), {"after": "1", "source": "title: [\r\n"})
    page = client.get(reverse("draft", args=[draft.pk])).content.decode()
    assert "cannot be read" in page
    client.post(reverse("draft-history", args=[draft.pk]), {"number": "1"})
    assert draft.texts.latest("number").source == (MINI / CASE / "case.yaml").read_text()


SIGNED = {
    "name": "A B", "role": "general practitioner", "registration": "GMC 0", "review_by": "2030-01-01", "sure": "yes",
}  # fmt: skip


def signed_by(client, who, draft: CaseDraft, **changes: str):
    client.force_login(who)
    seen = str(draft.texts.latest("number").number)
    return client.post(reverse("draft-sign", args=[draft.pk]), {**SIGNED, "seen": seen, **changes})


def test_a_signature_holds_for_what_was_signed_and_no_longer(client, people):
    draft = a_draft_of(people["author"])
    assert read_draft(draft, NOW.date()).state(NOW.date()) == "unsigned"
    assert signed_by(client, people["reviewer"], draft).status_code == 302
    reading = read_draft(draft, NOW.date())
    assert reading.state(datetime.date(2026, 11, 23)) == "signed"
    assert reading.state(datetime.date(2030, 1, 2)) == "overdue"
    assert CaseSignature.objects.get().content_sha256 == reading.case.status.reviewed_content
    assert reading.case.status.notice.startswith("Written for simulation; reviewed by A B, general practitioner, GMC 0")
    client.force_login(people["author"])
    client.post(reverse("draft", args=[draft.pk]), posted(draft, title="Tired for a year"))
    reading = read_draft(draft, NOW.date())
    assert reading.state(NOW.date()) == "unsigned"
    assert reading.case.status.notice == "Written for simulation; not clinically reviewed"


def test_a_signature_that_was_copied_into_another_case_is_none(people):
    draft = a_draft_of(people["author"])
    actions.sign_case(
        draft=draft, seen=1, name="A B", role="GP", registration="GMC 0", review_by=datetime.date(2030, 1, 1),
        by=people["reviewer"], now=NOW,
    )  # fmt: skip
    source = draft.texts.latest("number").source.replace("two jumpers", "three jumpers")
    actions.save_text(draft=draft, source=source, after=2, by=people["author"], now=NOW)
    reading = read_draft(draft, NOW.date())
    assert reading.state(NOW.date()) == "changed"
    assert any("does not belong to the case" in str(fault) for fault in reading.advised)


@pytest.mark.parametrize(
    ("who", "changes", "told"),
    [
        ("author", {}, b"You wrote part of this case"),
        ("reviewer", {"registration": " "}, b"your registration"),
        ("reviewer", {"sure": ""}, b"read the whole case"),
        ("reviewer", {"seen": "0"}, b"was changed after you opened"),
        ("reviewer", {"review_by": "2020-01-01"}, b"must be after today"),
        ("reviewer", {"review_by": "soon"}, b"Give the day"),
    ],
)
def test_a_signature_is_refused_in_words(client, people, who, changes, told):
    draft = a_draft_of(people["author"])
    actions.grant_case_right(pack="mini", user=people["author"], name="reviewer", by=people["staff"])
    answer = signed_by(client, people[who], draft, **changes)
    assert told in answer.content
    assert not CaseSignature.objects.exists()


def test_changes_that_are_asked_for_stand_in_the_way_until_they_are_settled(client, people):
    draft = a_draft_of(people["author"])
    client.force_login(people["reviewer"])
    address = reverse("draft-remark", args=[draft.pk])
    client.post(address, {"body": "The dose is wrong.", "kind": "changes"})
    assert b"not settled yet" in signed_by(client, people["reviewer"], draft).content
    client.force_login(people["author"])
    client.post(address, {"body": "Corrected.", "settles": str(draft.remarks.get().pk)})
    assert signed_by(client, people["reviewer"], draft).status_code == 302


def test_publishing_makes_a_version_and_leaves_the_others_alone(client, people):
    before = PackVersion.objects.latest_of("mini")
    source = (MINI / CASE / "case.yaml").read_text().replace(f"id: {CASE}", "id: always-cold")
    draft = a_draft_of(people["author"], source.replace("Tired for half a year", "Always cold"), "always-cold")
    client.force_login(people["author"])
    answer = client.post(reverse("draft-publish", args=[draft.pk]))
    assert answer.url == reverse("library-case", args=["mini", "always-cold"])
    after = PackVersion.objects.latest_of("mini")
    assert after.number == before.number + 1
    assert {**before.content["cases"], "always-cold": after.content["cases"]["always-cold"]} == after.content["cases"]
    assert after.content["forms"] == before.content["forms"]
    assert CaseVersion.objects.filter(case_id="always-cold").count() == 1
    export = client.get(reverse("library-file", args=["mini", "always-cold"])).content
    assert export == draft.texts.get().source.encode()


def test_an_exported_case_is_loaded_to_the_same_hash(client, people, tmp_path):
    """The file of the page, put into a folder, is the same case to the loader."""
    client.force_login(people["author"])
    client.post(reverse("library-start", args=["mini", CASE]))
    draft = CaseDraft.objects.get()
    signed_by(client, people["reviewer"], draft)
    client.force_login(people["author"])
    client.post(reverse("draft-publish", args=[draft.pk]))
    content = client.get(reverse("draft-file", args=[draft.pk])).content
    for file in MINI.rglob("*.yaml"):
        if file.name != "study.yaml":
            copy = tmp_path / "mini" / file.relative_to(MINI)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    (tmp_path / "mini" / CASE / "case.yaml").write_bytes(content)
    before = PackVersion.objects.latest_of("mini")
    assert actions.load_pack(pack=load_pack(tmp_path / "mini"), now=NOW).pk == before.pk


def test_pages_of_the_library_tell_state_gaps_and_that_forms_are_not_parallel(client, people):
    client.force_login(people["author"])
    page = client.get(reverse("library"), {"state": "unsigned", "q": "tired"}).content.decode()
    assert "1 of 4 cases" in page
    assert "0 of 4 cases" in client.get(reverse("library"), {"state": "signed"}).content.decode()
    assert "gaps" in client.get(reverse("pack-blueprint", args=["mini"])).content.decode()
    forms = client.get(reverse("pack-forms", args=["mini"])).content.decode()
    assert "called parallel only after equating" in forms
    case = client.get(reverse("library-case", args=["mini", CASE])).content.decode()
    for told in ("not clinically reviewed", "premature closure", "minor harm", "hypothyroidism state"):
        assert told in case
    shown = client.get(reverse("library-preview", args=["mini", CASE]), {"advice": "wrong-1"}).content.decode()
    assert "Consider depression" in shown
    assert "premature" not in shown


def test_whoever_takes_part_reads_no_pack_of_the_study(client, people):
    link_participant(participant_id=a_participant().pk, user=people["author"])
    client.force_login(people["author"])
    assert client.get(reverse("pack", args=["mini"])).status_code == 404
    assert client.get(reverse("library-case", args=["mini", CASE])).status_code == 404


def test_a_pack_of_ones_own(client):
    a_loaded_pack()
    educator = a_user()
    create_cohort(title="Autumn", by=educator, now=NOW)
    client.force_login(educator)
    given = {"name": "mine", "title": "My cases", "description": "For teaching", "specialties": "general"}
    assert client.post(reverse("new-pack"), {**given, "terms_of": "mini"}).status_code == 302
    assert client.post(reverse("new-pack"), {**given, "terms_of": "mini"}).status_code == 422
    client.post(reverse("new-case", args=["mine"]), {"name": "a-new-one", "title": "A new one", "specialty": "general"})
    draft = CaseDraft.objects.get()
    page = client.get(reverse("draft", args=[draft.pk])).content.decode()
    assert "problems to mend" in page
    assert CaseText.objects.count() == 1


def test_a_draft_is_previewed_as_it_stands(client, people):
    draft = a_draft_of(people["author"])
    client.force_login(people["author"])
    address = reverse("draft-preview", args=[draft.pk])
    page = client.get(address)
    assert page.status_code == 200
    assert b"With advice 2" in page.content
    assert client.get(address, {"advice": "nobody"}).status_code == 404


def test_the_questions_that_fit_are_taken_to_moodle_and_the_others_are_named(client, people):
    pack = load_pack(LIBRARY / "answer-forms")
    actions.load_pack(pack=pack, now=NOW)
    client.force_login(people["staff"])
    page = client.get(reverse("pack", args=["answer-forms"])).content.decode()
    assert "3 of 12 questions fit." in page
    assert "Script concordance: " in page
    file = client.get(reverse("pack-moodle", args=["answer-forms"]))
    assert file["Content-Disposition"] == 'attachment; filename="answer-forms-1-moodle.xml"'
    assert file.content.count(b"<idnumber>") == 3
    assert reverse("pack-moodle", args=["mini"]) not in client.get(reverse("pack", args=["mini"])).content.decode()
    assert client.get(reverse("pack-moodle", args=["mini"])).status_code == 409
    client.force_login(a_user())
    assert client.get(reverse("pack-moodle", args=["answer-forms"])).status_code == 404
