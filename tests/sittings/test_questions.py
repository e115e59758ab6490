"""Questionnaires, time limits, practice, probes and conditions within a person: from the protocol to the rows."""

import csv
import datetime
import io

import pytest
import yaml
from django.db import DatabaseError, transaction
from django.test import Client

from simlab.analyses.extract import analysis_table
from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.points import Due
from simlab.sittings import actions as sittings
from simlab.sittings.access import SESSION_KEY
from simlab.sittings.messages import Message
from simlab.sittings.models import Encounter, InstrumentResponse, Participant, Sitting
from simlab.sittings.questions import questions_due
from simlab.sittings.reading import current_step
from simlab.studies import actions
from simlab.studies.models import Study
from simlab.studies.reading import read_folder
from tests.factories import DAY, MINI, NOW, a_loaded_pack, a_participant, a_user, an_answer

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)


def a_designed_study(changes: dict, *, by=None) -> Study:
    """The small study with parts of its protocol replaced, launched."""
    a_loaded_pack()
    source, documents = read_folder(MINI)
    whole = yaml.safe_load(source)
    for path, value in changes.items():
        *above, last = path.split(".")
        place = whole
        for step in above:
            place = place[step]
        place[last] = value
    source = yaml.safe_dump(whole, sort_keys=False)
    slug = f"designed-{Study.objects.count()}"
    study = actions.create_study(slug=slug, kind="pilot", source=source, documents=documents, by=by, now=NOW)
    return actions.launch_study(study=study, by=None, now=NOW, per_stratum=8, seed="designs")


def answer_case(sitting: Sitting, now: datetime.datetime, lease_seq: list[int]) -> dict:
    """Answer the open case to its end; the state of the first refusal, if any."""
    encounter = sitting.encounters.open().get()
    for stage in ("initial", "final"):
        encounter.refresh_from_db()
        if encounter.stage == "done" or (stage == "initial") != (encounter.stage == "initial"):
            continue
        lease_seq[0] += 1
        message = Message.model_validate(an_answer(lease_seq[0], encounter.pk, stage))
        result = sittings.record_batch(sitting=sitting, lease=sitting.lease, messages=[message], now=now)
        if result.results[0]["status"] != "stored":
            return result.results[0]
    return {}


def sit_all(participant: Participant, now: datetime.datetime, **answers: object) -> Sitting:
    sitting, seq = sittings.open_sitting(participant=participant, now=now), [0]
    while sitting.encounters.open().exists():
        answer_case(sitting, now, seq)
        for due in questions_due(participant, now):
            sittings.answer_questions(participant=participant, due=due, answers=answers, now=now)
    sitting.refresh_from_db()
    return sitting


POINTS = {
    "before study": ["demographics"],
    "after exposure": ["sus", "outside-help"],
    "after each case of withdrawal": ["after-case"],
    "after study": ["comments"],
}


def test_questionnaires_come_at_their_points_and_nowhere_else():
    study = a_designed_study({"instruments": POINTS})
    person = a_participant(study)
    assert [due.instrument for due in questions_due(person, NOW)] == ["demographics"]
    with pytest.raises(Refused, match="questions come before"):
        sittings.open_sitting(participant=person, now=NOW)
    first = questions_due(person, NOW)[0]
    assert sittings.answer_questions(participant=person, due=first, answers={"years": "7"}, now=NOW)
    assert not sittings.answer_questions(participant=person, due=first, answers={"years": "8"}, now=NOW)
    assert InstrumentResponse.objects.get().answers["years"] == 7
    sitting, seq = sittings.open_sitting(participant=person, now=NOW), [0]
    while sitting.encounters.open().exists():
        assert questions_due(person, NOW) == []
        answer_case(sitting, NOW, seq)
    assert [due.instrument for due in questions_due(person, NOW)] == ["sus", "outside-help"]
    other = Due("after study", "comments", "withdrawal")
    with pytest.raises(Refused, match="not asked now"):
        sittings.answer_questions(participant=person, due=other, answers={}, now=NOW)


def test_question_after_each_case_holds_the_next_case_back():
    study = a_designed_study({"instruments": {"after each case of exposure": ["after-case"]}})
    person = a_participant(study)
    sitting, seq = sittings.open_sitting(participant=person, now=NOW), [0]
    answer_case(sitting, NOW, seq)
    assert not sitting.encounters.open().exists()
    step = current_step(Sitting.objects.with_participant().get(pk=sitting.pk))
    assert (step["page"], step["next"]) == ("questions", f"/me/{person.pk}/questions/")
    (due,) = questions_due(person, NOW)
    assert (due.sitting, due.position) == (1, 1)
    sittings.answer_questions(participant=person, due=due, answers={"difficulty": 4}, now=NOW)
    assert sitting.encounters.open().get().position == 2
    answer_case(sitting, NOW, seq)
    (due,) = questions_due(person, NOW)
    sittings.answer_questions(participant=person, due=due, answers={}, now=NOW)
    sitting.refresh_from_db()
    assert sitting.completed_at == NOW
    assert InstrumentResponse.objects.count() == 2


def test_answers_to_questions_are_append_only():
    person = a_participant(a_designed_study({"instruments": {"before study": ["demographics"]}}))
    (due,) = questions_due(person, NOW)
    sittings.answer_questions(participant=person, due=due, answers={}, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        InstrumentResponse.objects.update(point="x")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["suss"], "there is no instrument “suss”. Did you mean “sus”?"),
        (["jian-2000"], "the wording of “jian-2000” is not ours"),
    ],
)
def test_study_with_a_questionnaire_nobody_has_is_not_made(names, words):
    with pytest.raises(InvalidFile, match=words):
        a_designed_study({"instruments": {"after study": names}})
    assert not Study.objects.exists()


def client_of(person: Participant) -> Client:
    client = Client()
    session = client.session
    session[SESSION_KEY] = [str(person.pk)]
    session.save()
    return client


def test_pages_lead_through_the_questions_and_on():
    study = a_designed_study({"instruments": {"before study": ["propensity-short", "outside-help"]}})
    person = a_participant(study)
    client = client_of(person)
    home = client.get(f"/me/{person.pk}/").content.decode()
    assert "A few questions first" in home
    assert "/start/" not in home
    assert client.post(f"/me/{person.pk}/start/").headers["Location"] == f"/me/{person.pk}/questions/"
    page = client.get(f"/me/{person.pk}/questions/").content.decode()
    assert "You and computer programs" in page
    assert "expected" not in page
    url = f"/me/{person.pk}/questions/"
    wrong = client.post(url, {"instrument": "propensity-short", "rely": "9"})
    assert wrong.status_code == 422
    assert "a number from 1 to 5" in wrong.content.decode()
    client.post(url, {"instrument": "propensity-short", "rely": "4", "better": "2", "wary": "1", "attention": "3"})
    assert "Did you have any help?" in client.get(url).content.decode()
    client.post(url, {"instrument": "outside-help", "help": ["search", "ai"]})
    assert client.get(url).headers["Location"] == f"/me/{person.pk}/"
    assert InstrumentResponse.objects.get(instrument__name="outside-help").answers == {"help": ["search", "ai"]}
    assert client_of(a_participant(study)).get(url).status_code == 404


def test_interface_for_programs_asks_the_same():
    person = a_participant(a_designed_study({"instruments": {"before study": ["demographics"]}}))
    client, url = client_of(person), f"/api/participants/{person.pk}/questions/"
    (asked,) = client.get(url).json()["due"]
    assert [item["id"] for item in asked["items"]] == ["years", "gender", "age", "ai-at-work"]
    assert client.post(url, {"answers": {"years": "many"}}, content_type="application/json").status_code == 422
    assert client.post(url, "[]", content_type="application/json").status_code == 422
    assert client.post(url, {"answers": {"years": 3}}, content_type="application/json").json() == {"due": []}
    assert client.post(url, {"answers": {}}, content_type="application/json").status_code == 409


def test_export_holds_answers_scores_checks_and_events_and_no_arm():
    owner = a_user()
    study = a_designed_study({"instruments": {"before study": ["propensity-short", "outside-help"]}}, by=owner)
    person = a_participant(study)
    first, second = questions_due(person, NOW)
    given = {"rely": 4, "better": 2, "wary": 1, "attention": 3}
    sittings.answer_questions(participant=person, due=first, answers=given, now=NOW)
    sittings.answer_questions(participant=person, due=second, answers={"help": ["ai"]}, now=NOW)
    client = Client()
    client.force_login(owner)
    reply = client.get(f"/studies/{study.pk}/instruments.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(reply.streaming_content).decode())))
    told = {(row["kind"], row["name"]): row["value"] for row in rows}
    assert float(told["score", "propensity"]) == pytest.approx((4 + 2 + 5) / 3)
    assert told["check", "attention"] == "False"
    assert told["event", "outside-help"] == "True"
    assert person.slot.arm not in {value for row in rows for value in row.values()}
    client.force_login(a_user())
    assert client.get(f"/studies/{study.pk}/instruments.csv").status_code == 404


def test_items_reach_the_analysis_table_on_one_row_of_the_phase():
    person = a_participant(a_designed_study({"instruments": {"after exposure": ["sus"]}}))
    sit_all(person, NOW, **{f"s{n}": 3 for n in range(1, 11)})
    table = analysis_table(person.study)
    told = table[table["questionnaire"].notna()]
    assert list(told["phase"]) == ["exposure"]
    assert told["questionnaire"].iloc[0] == '{"sus": [3, 3, 3, 3, 3, 3, 3, 3, 3, 3]}'.replace("3", "3.0")


LIMITED = {"phases.exposure": {"advice": {"unaided": "reconsider", "advised": "two-stage"}, "time-limit": "2m"}}


def test_what_is_told_of_help_stands_on_every_row_of_the_phase_and_nowhere_else():
    study = a_designed_study({"instruments": {"after exposure": ["outside-help"]}})
    told, silent = a_participant(study), a_participant(study)
    sit_all(told, NOW, help=["search", "ai"])
    sit_all(silent, NOW, help=["none"])
    table = analysis_table(study)
    exposure = table["phase"] == "exposure"
    for person, said in ((told, True), (silent, False)):
        own = table[(table["participant"] == str(person.pk)) & exposure]["outside_help"]
        assert len(own) > 1
        assert own.tolist() == [said] * len(own)
    assert table.loc[~exposure, "outside_help"].isna().all()
    assert table["ai_between_phases"].isna().all()


def test_answer_after_the_deadline_is_not_taken_and_the_case_is_timed_out():
    person = a_participant(a_designed_study(LIMITED))
    sitting, seq = sittings.open_sitting(participant=person, now=NOW), [0]
    step = current_step(Sitting.objects.with_participant().get(pk=sitting.pk), NOW + MINUTE)
    assert step["left_ms"] == 60_000
    first = sitting.encounters.open().get()
    assert first.deadline == NOW + 2 * MINUTE
    message = Message.model_validate(an_answer(1, first.pk, "initial"))
    late = sittings.record_batch(sitting=sitting, lease=1, messages=[message], now=NOW + 3 * MINUTE)
    assert late.results[0]["status"] == "refused"
    first.refresh_from_db()
    assert (first.timed_out, first.stage, first.closed_at) == (True, "done", NOW + 2 * MINUTE)
    second = sitting.encounters.open().get()
    assert (second.position, second.deadline) == (2, NOW + 5 * MINUTE)
    seq[0] = 1
    answer_case(sitting, NOW + 4 * MINUTE, seq)
    table = analysis_table(person.study).set_index(["phase", "position"])
    assert list(table.loc["exposure"]["status"].sort_index()) == ["timed-out", "complete"]


def test_answer_within_the_grace_counts():
    person = a_participant(a_designed_study(LIMITED))
    sitting = sittings.open_sitting(participant=person, now=NOW)
    assert answer_case(sitting, NOW + 2 * MINUTE + datetime.timedelta(seconds=2), [0]) == {}
    assert not Encounter.objects.filter(timed_out=True).exists()


def test_sitting_that_runs_out_of_time_ends_and_its_other_cases_are_timed_out():
    changes = {"phases.exposure": {**LIMITED["phases.exposure"], "time-limit": "2m", "sitting-limit": "3m"}}
    person = a_participant(a_designed_study(changes))
    sitting = sittings.open_sitting(participant=person, now=NOW)
    sittings.expire(sitting=Sitting.objects.with_participant().get(pk=sitting.pk), now=NOW + 10 * MINUTE)
    sitting.refresh_from_db()
    assert sitting.completed_at == NOW + 10 * MINUTE
    table = analysis_table(person.study)
    assert set(table[table["phase"] == "exposure"]["status"]) == {"timed-out"}


def test_page_shows_what_is_left_and_how_many_wait():
    changes = {"phases.exposure": {**LIMITED["phases.exposure"], "queue": True}}
    person = a_participant(a_designed_study(changes))
    sitting = sittings.open_sitting(participant=person, now=NOW)
    page = client_of(person).get(f"/sit/{sitting.pk}/").content.decode()
    assert "1 waiting" in page or "data-countdown" in page


MIXED = {
    "conditions": {"half": {"shares": {"none": 1, "shown": 1}}},
    "advice": {"shown": {"when": "with-case", "wrong": "0 of 1"}},
    "analysis": {"secondary": ["reliance"]},
    "phases": {
        "exposure": {"advice": "half", "probes": 1},
        "withdrawal": {"opens": "7d after exposure", "window": "7d", "advice": "none"},
    },
}


def test_conditions_within_a_person_decide_case_by_case():
    study = a_designed_study(MIXED)
    person = a_participant(study)
    sit_all(person, NOW)
    met = list(Encounter.objects.filter(sitting__participant=person).select_related("planned").order_by("position"))
    assert sorted(one.planned.condition for one in met[:2]) == ["none", "shown"]
    assert all((one.planned.advice_version_id is not None) == (one.planned.condition == "shown") for one in met)
    assert [one.planned.purpose for one in met] == ["case", "case", "probe"]
    assert met[2].planned.case_version_id == met[0].planned.case_version_id
    table = analysis_table(study)
    exposure = table[table["phase"] == "exposure"]
    assert len(exposure) == 2  # the probe is stored and does not count
    assert set(exposure["structure"]) == {"unaided", "concurrent"}
    assert sit_all(person, NOW + 7 * DAY).completed_at
    person.refresh_from_db()
    assert person.state == "completed"
