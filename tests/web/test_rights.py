"""Who may open what: every route for every kind of person. A new route without a row here fails."""

import base64
import uuid

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from simlab.analyses.models import AnalysisRun, Dataset, Figure
from simlab.people.actions import link_participant
from simlab.sittings.actions import issue_return_token, record_batch
from simlab.sittings.actions.mailing import note_token, queue_message
from simlab.sittings.messages import Message
from simlab.studies import actions as studies
from simlab.studies.tokens import hash_of
from simlab.teaching import actions as teaching
from simlab.web import urls
from tests.factories import DAY, NOW, a_case_image, a_message, a_participant, a_sitting, a_study, a_user
from tests.power import a_power_study

pytestmark = pytest.mark.django_db
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")

OPEN = ["home", "healthz", "login", "join", "consent", "return", "mail-stop"]
OWN = [
    "me", "consent-again", "consent-copy", "start", "skip", "link", "leave", "debrief", "questions", "my-mail", "sit",
    "answer", "reflect", "cpd-note",
]  # fmt: skip
STUDIO = [
    "design", "design-check", "protocol-version", "documents", "preview", "balance", "balance-report", "checklist",
    "study-step", "amendments", "amendment-decide", "run", "gaps", "replays", "replay", "run-live", "participants",
    "participants-links", "people",
]  # fmt: skip
RESEARCH = [
    "mail", "mail-invite", "mail-rules", "mail-message", "windows",
    "study", "instruments-csv", "unblind", "adjudication", "adjudication-rate", "adjudication-rescore",
    "report", "report-run", "report-progress", "report-cancel", "report-figure", "report-figure-data",
    "rehearse", "rehearse-power", "rehearse-progress", "rehearse-cancel", "rehearse-example", "rehearse-figure",
    "rehearse-figure-data", "rehearse-result", "report-table-data",
    "report-data", "report-result", "report-plan", "report-pdf", "report-plain", "report-plain-pdf",
    "looks", "looks-appoint", *STUDIO,
]  # fmt: skip
TEACHING = [
    "cohort", "cohort-items", "cohort-review", "cohort-answers", "trainee", "trainee-review", "trainee-comment",
]  # fmt: skip
# Of the trainee alone, in training.
TRAINED = ["my-progress"]
# Of the independent committee; tests/analyses/test_interim_looks.py has the people who must not reach them.
COMMITTEE = ["monitor", "monitor-look", "monitor-decide"]
# Of whoever works with cases: here the owner of a study, whose draft it is.
LIBRARY = [
    "library", "new-pack", "pack", "pack-blueprint", "pack-forms", "pack-equating", "pack-people",
    "pack-moodle",
    "new-case",
    "library-case", "library-preview", "library-file", "library-start",
    "draft", "draft-upload", "draft-history", "draft-file", "draft-picture", "draft-publish",
    "draft-preview", "draft-review", "draft-remark", "draft-sign",
]  # fmt: skip
MATERIAL = ["case-image"]
# Files of a finished report.
TAKEN = ["report-figure", "report-figure-data", "report-table-data", "report-data", "report-result"]
# Of whoever sits an assignment: refused in words where no try is left.
AGAIN = ["again"]
TEACHING += ["assign", "roster"]
LISTS = ["studies", "study-new", "teaching", "concordance", "standards", "monitoring", "mine", "after-login", "tokens"]
# Reached in another way, or answering everybody with a redirect.
ELSEWHERE = ["logout", "eligibility", "token-revoke", "cohort-new"]
POSTED = {
    "again",
    "cohort-new",
    "reflect",
    "design-check",
    "study-step",
    "answer",
    "amendment-decide",
    "participants-links",
    "start",
    "skip",
    "link",
    "report-cancel",
    "unblind",
    "looks-appoint",
    "monitor-look",
    "monitor-decide",
    "rehearse-cancel",
    "rehearse-example",
    "adjudication-rate",
    "adjudication-rescore",
    "mail-invite",
    "mail-rules",
    "pack-people",
    "library-start",
    "draft-upload",
    "draft-publish",
    "draft-remark",
    "draft-sign",
    "trainee-comment",
}


@pytest.fixture
def world(settings, tmp_path):
    """One of everything, and one person of each kind."""
    settings.DATA_DIR = tmp_path
    owner, participant_user, foreign = a_user(), a_user(), a_user()
    study = a_study(by=owner)
    sitting = a_sitting()
    mine = sitting.participant
    link_participant(participant_id=mine.pk, user=participant_user)
    trained = a_sitting(a_participant(a_study(kind="training")))
    cohort = teaching.create_cohort(title="Autumn", by=owner, now=NOW)
    trainee = cohort.trainees.create(label="Trainee 01")
    given = cohort.assignments.create(study=trained.participant.study, assigned_at=NOW)
    trainee.seats.create(assignment=given, participant=trained.participant)
    (tmp_path / "data.parquet").write_bytes(b"PAR1")
    dataset = Dataset.objects.create(
        study=study, sha256="0" * 64, path="data.parquet", rows=1, columns=[], created_at=NOW
    )
    run = AnalysisRun.objects.create(
        study=study, plan={"protocol_sha256": ""}, plan_sha256="", protocol_sha256="", state="cancelled",
        dataset=dataset, requested_at=NOW, finished_at=NOW,
    )  # fmt: skip
    done = AnalysisRun.objects.create(
        study=study, plan={"protocol_sha256": ""}, plan_sha256="", protocol_sha256="", state="done",
        dataset=dataset, requested_at=NOW, finished_at=NOW,
        result_json='{"analyses": [{"name": "flow", "estimates": []}]}',
    )  # fmt: skip
    Figure.objects.create(run=done, name="flow", title="Flow", position=0, svg="<svg/>", csv="a", alt="b")
    power = a_power_study(study)
    studies.propose_amendment(
        study=study, source=study.protocol.source + "# more\n", documents={}, reason="For the table.", by=owner, now=NOW
    )
    _, token = studies.open_link(study=study, by=owner, now=NOW)
    ours = a_participant(study)
    link_participant(participant_id=ours.pk, email="ours@example.org")
    queue_message(participant=ours, kind="debrief", now=NOW)
    sent = study.mails.get()
    note_token(mail=sent, token_sha256=hash_of("in-mail"))
    arguments = {
        "join": [token], "consent": [token], "return": [issue_return_token(participant=mine)],
        "sit": [sitting.pk], "answer": [sitting.pk],
        **{name: [mine.pk] for name in OWN if name not in ("sit", "answer")},
        **{name: [study.pk, run.pk] for name in RESEARCH}, "study": [study.pk], "report": [study.pk],
        "instruments-csv": [study.pk], "unblind": [study.pk], "looks": [study.pk], "looks-appoint": [study.pk],
        **{name: [study.pk] for name in COMMITTEE},
        "mail": [study.pk], "mail-invite": [study.pk], "mail-rules": [study.pk],
        "mail-message": [study.pk, sent.pk], "mail-stop": ["in-mail"], "windows": [study.pk, ours.pk],
        **{name: [study.pk] for name in STUDIO},
        "replay": [study.pk, a_replayed(ours).pk],
        "protocol-version": [study.pk, 1], "study-step": [study.pk, "pause"], "amendment-decide": [study.pk, 1],
        "adjudication": [study.pk], "adjudication-rate": [study.pk], "adjudication-rescore": [study.pk],
        **{name: [study.pk, power.pk] for name in RESEARCH if name.startswith("rehearse-")}, "rehearse": [study.pk],
        "rehearse-example": [study.pk, power.pk, 0],
        "rehearse-figure": [study.pk, power.pk, "width"], "rehearse-figure-data": [study.pk, power.pk, "width"],
        "report-plain": [study.pk, run.pk, "educators"], "report-plain-pdf": [study.pk, run.pk, "participants"],
        **{name: [study.pk, done.pk] for name in TAKEN},
        "report-figure": [study.pk, done.pk, "flow"], "report-figure-data": [study.pk, done.pk, "flow"],
        "report-table-data": [study.pk, done.pk, "flow", "estimates"],
        "again": [mine.pk], "assign": [cohort.pk], "roster": [cohort.pk],
        "case-image": [a_case_image(sitting).case_version_id, "picture.png"],
        **library_arguments(owner),
        **{name: [cohort.pk] for name in TEACHING},
        **{name: [cohort.pk, trainee.pk] for name in TEACHING if name.startswith("trainee")},
        "my-progress": [trained.participant_id],
    }  # fmt: skip
    return {
        "arguments": arguments,
        "owner": owner,
        "participant": participant_user,
        "foreign": foreign,
        "sitting": sitting,
        "trained": trained.participant,
    }


def a_replayed(participant):
    """A sitting from which something came."""
    sitting = a_sitting(participant)
    told = [Message.model_validate(a_message(1, "event", None, name="focus"))]
    record_batch(sitting=sitting, lease=sitting.lease, messages=told, now=NOW)
    return sitting


def library_arguments(owner) -> dict[str, list[object]]:
    """A case of the pack, and a draft of the owner with a picture."""
    draft = studies.start_draft(
        pack="mini", case_id="of-the-owner", source="id: of-the-owner\n", files={"dot.png": PNG}, why="written",
        by=owner, now=NOW,
    )  # fmt: skip
    case = ["mini", "tired-and-cold"]
    return {
        **{name: ["mini"] for name in LIBRARY if name.startswith("pack") or name == "new-case"},
        **{name: case for name in LIBRARY if name.startswith("library-")},
        **{name: [draft.pk] for name in LIBRARY if name.startswith("draft")},
        "draft-picture": [draft.pk, "dot.png"],
    }


def status_of(client, world, name: str, who: str) -> int:
    client.logout()
    if who != "anonymous":
        client.force_login(world[who])
    ask = client.post if name in POSTED else client.get
    answer = ask(reverse(name, args=world["arguments"].get(name, [])))
    if answer.streaming:
        list(answer.streaming_content)  # or the file of a download stays open
    return answer.status_code


def test_every_route_has_a_row():
    known = {*OPEN, *OWN, *RESEARCH, *TEACHING, *TRAINED, *COMMITTEE, *MATERIAL, *LIBRARY, *LISTS, *AGAIN, *ELSEWHERE}
    assert {pattern.name for pattern in urls.urlpatterns} == known
    assert all(pattern.name in get_resolver().reverse_dict for pattern in urls.urlpatterns)


def statuses(client, world, names: list[str], who: str) -> dict[str, int]:
    return {name: status_of(client, world, name, who) for name in names}


@pytest.mark.parametrize("who", ["anonymous", "foreign", "owner", "participant"])
def test_open_pages_are_open_to_all(client, world, who):
    found = statuses(client, world, OPEN, who)
    assert {name: status for name, status in found.items() if status not in (200, 302)} == {}


@pytest.mark.parametrize("who", ["anonymous", "foreign", "owner"])
def test_pages_of_a_participant_are_not_found_by_others(client, world, who):
    assert statuses(client, world, OWN, who) == dict.fromkeys(OWN, 404)


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 404), ("foreign", 404), ("owner", 404), ("participant", 409)]
)
def test_another_try_is_for_the_trainee(client, world, who, status):
    assert statuses(client, world, AGAIN, who) == dict.fromkeys(AGAIN, status)


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 302), ("foreign", 404), ("participant", 404), ("owner", 422)]
)
def test_a_cohort_is_made_by_whoever_works_on_studies_or_teaches(client, world, who, status):
    """The owner reaches the page and is refused in words: nothing was filled in."""
    assert status_of(client, world, "cohort-new", who) == status


def test_pages_of_a_participant_are_found_by_them(client, world):
    assert 404 not in statuses(client, world, OWN, "participant").values()


@pytest.mark.parametrize(("who", "status"), [("anonymous", 302), ("foreign", 404), ("participant", 404)])
def test_pages_of_research_and_teaching_are_not_found_by_others(client, world, who, status):
    names = RESEARCH + TEACHING
    assert statuses(client, world, names, who) == dict.fromkeys(names, status)


def test_pages_of_research_and_teaching_are_found_by_their_people(client, world):
    found = statuses(client, world, RESEARCH + TEACHING, "owner")
    # 409 and 422: reached, and refused in words because there is nothing to judge.
    assert {name: status for name, status in found.items() if status not in (200, 302, 409, 422)} == {}


@pytest.mark.parametrize("who", ["anonymous", "foreign", "owner", "participant"])
def test_progress_of_a_trainee_is_not_found_by_others(client, world, who):
    """Not by another participant, and not by the educator either, who has a page of their own."""
    assert statuses(client, world, TRAINED, who) == dict.fromkeys(TRAINED, 404)


def test_progress_is_found_by_the_trainee_and_by_nobody_outside_training(client, world):
    """A trial has no page of progress, not even for the person who sits it."""
    trained, sat = world["trained"], world["sitting"].participant
    link_participant(participant_id=trained.pk, user=world["participant"])
    client.force_login(world["participant"])
    assert client.get(reverse("my-progress", args=[trained.pk])).status_code == 200
    assert client.get(reverse("my-progress", args=[sat.pk])).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 404), ("foreign", 404), ("participant", 200), ("owner", 200)]
)
def test_picture_of_a_case_is_for_those_who_meet_or_run_it(client, world, who, status):
    assert statuses(client, world, MATERIAL, who) == dict.fromkeys(MATERIAL, status)


@pytest.mark.parametrize("who", ["owner", "foreign", "participant"])
def test_pages_of_the_committee_are_not_found_by_others(client, world, who):
    assert statuses(client, world, COMMITTEE, who) == dict.fromkeys(COMMITTEE, 404)


@pytest.mark.parametrize(("who", "status"), [("anonymous", 302), ("foreign", 404), ("participant", 404)])
def test_library_and_drafts_are_not_found_by_others(client, world, who, status):
    assert statuses(client, world, LIBRARY, who) == dict.fromkeys(LIBRARY, status)


def test_library_and_drafts_are_found_by_their_people(client, world):
    found = statuses(client, world, LIBRARY, "owner")
    assert {name: status for name, status in found.items() if status not in (200, 302, 409, 422)} == {}


def test_a_draft_is_not_found_by_people_of_another_pack(client, world):
    stranger = a_user()
    studies.start_pack(
        name="other", title="Other", description="Other", specialties=["general"], terms_of="", by=stranger, now=NOW
    )
    client.force_login(stranger)
    for name in ("draft", "draft-file", "draft-review", "library-case", "pack"):
        assert client.get(reverse(name, args=world["arguments"][name])).status_code == 404, name
    assert client.get(reverse("pack", args=["other"])).status_code == 200


def test_lists_ask_for_log_in(client, world):
    assert statuses(client, world, LISTS, "anonymous") == dict.fromkeys(LISTS, 302)
    assert set(statuses(client, world, LISTS, "foreign").values()) <= {200, 302}


def test_list_of_studies_is_empty_for_a_foreign_person(client, world):
    client.force_login(world["foreign"])
    assert b"You do not work on a study yet" in client.get(reverse("studies")).content


def test_report_of_one_study_is_not_reached_through_another(client, world):
    study, run = world["arguments"]["report-run"]
    client.force_login(world["owner"])
    other = a_study(by=world["owner"])
    assert client.get(reverse("report-run", args=[other.pk, run])).status_code == 404
    assert client.get(reverse("report-run", args=[study, run])).status_code == 200


def test_educator_role_reads_no_report(client, world):
    educator = a_user()
    study = a_study(by=world["owner"])
    studies.grant_role(study=study, user=educator, role="educator", by=None, now=NOW)
    client.force_login(educator)
    assert client.get(reverse("study", args=[study.pk])).status_code == 404


def test_researcher_of_the_parent_reads_the_twin(client, world):
    study = a_study(by=world["owner"])
    twin = studies.make_twin(study=study, seed="twin", by=None, now=NOW + DAY, per_stratum=8)
    client.force_login(world["owner"])
    assert client.get(reverse("study", args=[twin.pk])).status_code == 200
    client.force_login(world["foreign"])
    assert client.get(reverse("study", args=[twin.pk])).status_code == 404


def test_made_up_objects_are_not_found(client, world):
    client.force_login(world["owner"])
    for name in ("me", "sit", "study", "cohort"):
        assert client.get(reverse(name, args=[uuid.uuid4()])).status_code == 404


def test_changes_are_refused_by_get(client, world):
    client.force_login(world["participant"])
    for name in ("start", "skip", "link"):
        assert client.get(reverse(name, args=world["arguments"][name])).status_code == 405


def test_form_without_token_is_refused_in_our_look(world):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world["participant"])
    answer = strict.post(reverse("start", args=world["arguments"]["start"]))
    assert answer.status_code == 403
    assert b"open too long" in answer.content
