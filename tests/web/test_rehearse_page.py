"""Rehearse: a form that says what is wrong beside its field, and a result in words, pictures and numbers."""

import pytest
from django.urls import reverse

from simlab.analyses import actions_power
from simlab.analyses.powermodels import PowerStudy
from tests.factories import a_study, a_user
from tests.power import a_power_study

pytestmark = pytest.mark.django_db
ASKED = {
    "truth": "assumed", "own": "", "clinicians": "8, 12", "cases": "", "wrong": "", "effects": "-10, 0", "power": "80",
    "precision": "5", "most": "20", "seed": "1",
}  # fmt: skip


@pytest.fixture
def owner(monkeypatch):
    monkeypatch.setattr(actions_power, "_queue", lambda power, lanes: None)
    return a_user()


@pytest.fixture
def study(client, owner):
    client.force_login(owner)
    return a_study(by=owner)


def test_a_grid_is_asked_for_and_watched(client, study):
    answer = client.post(reverse("rehearse", args=[study.pk]), ASKED)
    made = PowerStudy.objects.get()
    assert answer.url == reverse("rehearse-power", args=[study.pk, made.pk])
    assert (made.grid["effects"], made.grid["power"]) == ([-0.1, 0.0], 0.8)
    page = client.get(answer.url).content.decode()
    assert "0 simulated studies done, at most 80 in all" in page
    assert "12 clinicians, effect +0" in page or "12 clinicians, effect 0" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"clinicians": "many"}, "Give whole numbers, with commas between them."),
        ({"clinicians": ""}, "clinicians"),
        ({"wrong": "99"}, "breaks a rule of the protocol"),
        ({"truth": "own", "own": "simlab: truth/1"}, "the text"),
        ({"truth": "nobody"}, "there is none called nobody"),
        ({"seed": ""}, "Give one number."),
        ({"lost": "nobody 5"}, "nobody 5 has none"),
        ({"lost_weekly": "advised much"}, "much is none"),
        ({"lost": "advised 105"}, "105 is outside"),
    ],
)
def test_what_cannot_be_simulated_is_said_beside_its_field(client, study, change, said):
    answer = client.post(reverse("rehearse", args=[study.pk]), {**ASKED, **change})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert "The simulation cannot start" in page
    assert not PowerStudy.objects.exists()


def test_an_arm_that_loses_more_people_is_in_the_truth_and_in_its_name(client, study):
    client.post(reverse("rehearse", args=[study.pk]), {**ASKED, "lost": "advised 5", "lost_weekly": "advised 1%"})
    made = PowerStudy.objects.get()
    assert made.truth["drop-out"]["arms"] == {"advised": {"phases": {}, "each-phase": 0.05, "per-week": 0.01}}
    assert "5.0% more of the arm advised leave before each phase" in made.truth_name


def test_the_result_is_read_in_words_and_numbers(client, study):
    power = a_power_study(study)
    page = client.get(reverse("rehearse-power", args=[study.pk, power.pk])).content.decode()
    for words in (
        "The smallest design that reaches a power of",
        "What limits it: cases or clinicians",
        "What a wrong piece of advice buys",
        "Open its report",
        "The sample size was found by simulating the whole study",
        "Seed 3",
    ):
        assert words in page
    assert page.count("<figure") == 2


def test_figures_and_numbers_can_be_taken_away(client, study):
    power = a_power_study(study)
    for name in ("power-1", "width"):
        drawn = client.get(reverse("rehearse-figure", args=[study.pk, power.pk, name]))
        assert drawn["Content-Type"] == "image/svg+xml"
        rows = client.get(reverse("rehearse-figure-data", args=[study.pk, power.pk, name])).content.decode()
        assert rows.startswith("effect,wrong,cases,clinicians,runs,power")
    assert client.get(reverse("rehearse-figure", args=[study.pk, power.pk, "nothing"])).status_code == 404
    assert client.get(reverse("rehearse-result", args=[study.pk, power.pk])).json()["grid"]["seed"] == 3


def test_a_running_study_can_be_cancelled(client, study):
    client.post(reverse("rehearse", args=[study.pk]), ASKED)
    made = PowerStudy.objects.get()
    client.post(reverse("rehearse-cancel", args=[study.pk, made.pk]))
    page = client.get(reverse("rehearse-power", args=[study.pk, made.pk])).content.decode()
    assert "The simulation was cancelled" in page
    answer = client.get(reverse("rehearse-progress", args=[study.pk, made.pk]))
    assert answer["HX-Refresh"] == "true"


def test_the_power_study_of_another_study_is_not_found(client, study, owner):
    power = a_power_study(a_study(by=a_user()))
    for name in ("rehearse-power", "rehearse-progress", "rehearse-result"):
        assert client.get(reverse(name, args=[study.pk, power.pk])).status_code == 404
        assert client.get(reverse(name, args=[power.study_id, power.pk])).status_code == 404
