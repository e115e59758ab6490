"""Minimisation, sites and lists from outside, from the link to the place; and the replay that verifies them."""

from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction

from simlab.engine.errors import InvalidFile, Refused
from simlab.sittings import actions as sittings
from simlab.studies import actions
from simlab.studies.models import MinimisedChoice, Slot, Study
from simlab.studies.reading import balance_of, read_folder
from simlab.studies.replaying import first_difference
from tests.factories import MINI, NOW, a_consented, a_loaded_pack, a_participant, a_study, a_user

pytestmark = pytest.mark.django_db

SITES = "roles: [gp, gp-registrar]\n  sites: {north: The north practice, south: The south practice}"
LIST = "stratum,arm\ngp,advised\ngp,unaided\ngp-registrar,unaided\n"


def a_drawn_study(allocation: str, *, population: str = SITES, kind: str = "pilot", **launch) -> Study:
    a_loaded_pack()
    source, documents = read_folder(MINI)
    source = with_allocation(source, allocation, population)
    slug = f"drawn-{Study.objects.count()}"
    study = actions.create_study(slug=slug, kind=kind, source=source, documents=documents, by=None, now=NOW)
    return actions.launch_study(study=study, by=None, now=NOW, **{"per_stratum": 12, "seed": "allocating", **launch})


def with_allocation(source: str, allocation: str, population: str) -> str:
    whole = yaml.safe_load(source)
    whole["allocation"] = yaml.safe_load(allocation)
    whole["population"] = yaml.safe_load(f"x:\n  {population}")["x"]
    return yaml.safe_dump(whole, sort_keys=False)


MINIMISED = "{method: minimisation, factors: [grade, site], preferred: 0.8}"


def enrol(study: Study, grade: str, site: str):
    return sittings.declare_eligibility(participant=a_consented(study), answers={"grade": grade, "site": site}, now=NOW)


def enrol_many(study: Study, people: int = 20) -> list:
    pairs = [("gp", "north"), ("gp-registrar", "south"), ("gp", "south"), ("gp", "north"), ("gp-registrar", "north")]
    return [enrol(study, *pairs[n % len(pairs)]) for n in range(people)]


def verify(study: Study) -> str:
    out = StringIO()
    call_command("verify_allocation", study.slug, stdout=out)
    return out.getvalue()


def test_minimisation_keeps_what_each_choice_was_made_on():
    study = a_drawn_study(MINIMISED)
    people = enrol_many(study)
    rows = list(MinimisedChoice.objects.filter(study=study).order_by("number"))
    assert [row.number for row in rows] == list(range(1, 21))
    assert [row.slot_id for row in rows] == [person.slot_id for person in people]
    last = rows[-1]
    assert set(last.counts) == {"grade=gp-registrar", "site=north"}
    before = [one for one in people[:-1] if one.site == "north"]
    assert last.counts["site=north"] == {
        arm: sum(one.slot.arm == arm for one in before) for arm in ("unaided", "advised")
    }
    assert all((row.slot.arm in row.eligible) and row.cutoff in (0.8, 1.0) for row in rows)
    assert people[0].stratum == "gp/north"
    arms = [person.slot.arm for person in people]
    assert abs(arms.count("advised") - arms.count("unaided")) <= 4
    assert verify(study).startswith("equal: 24 places; commitment ")


def test_stored_choice_cannot_be_changed():
    study = a_drawn_study(MINIMISED)
    enrol(study, "gp", "north")
    with pytest.raises(DatabaseError), transaction.atomic():
        MinimisedChoice.objects.update(draw=0.1)


def test_concealed_balance_of_a_minimisation_tells_no_arm():
    study = a_drawn_study(MINIMISED)
    enrol_many(study, 5)
    (row,) = balance_of(study)
    assert (row["stratum"], row["claimed"], row["drawn"]) == ("all", 5, 24)


ANOTHER_FORM = """
UPDATE studies_plannedencounter SET form = 'X' WHERE position = 1
AND slot_id IN (SELECT id FROM studies_slot WHERE study_id = %s AND ordinal = 1)
"""
OTHER_ARM = "UPDATE studies_slot SET arm = 'advised' WHERE study_id = %s AND stratum = 'unaided' AND ordinal = 2"
ONE_MORE = "UPDATE studies_stratum SET claimed = claimed + 1 WHERE study_id = %s AND name = 'advised'"


def spoilt(study: Study, sql: str) -> str:
    """Change a row past its trigger, as somebody with the whole database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, [study.pk])
        cursor.execute("SET session_replication_role = origin")
    difference = first_difference(study)
    with pytest.raises(CommandError):
        verify(study)
    return difference


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (OTHER_ARM, "place that differs"),
        ("UPDATE studies_minimisedchoice SET draw = 0.123 WHERE study_id = %s AND number = 3", "differs is number 3"),
        (ONE_MORE, "places were given out"),
        ("UPDATE studies_study SET allocation_salt = 'other' WHERE id = %s", "commitment is not that of the lists"),
        (ANOTHER_FORM, "planned case that differs"),
    ],
)
def test_any_change_is_found_and_named(sql, words):
    study = a_drawn_study(MINIMISED)
    enrol_many(study, 6)
    assert first_difference(study) is None
    difference = spoilt(study, sql)
    study.refresh_from_db()
    assert words in (difference if "salt" not in sql else first_difference(study))


def test_blocks_verify_too_and_name_what_was_changed():
    study = a_study(per_stratum=8)
    a_participant(study)
    assert verify(study).startswith("equal")
    difference = spoilt(
        study, "UPDATE studies_slot SET block = 9 WHERE study_id = %s AND stratum = 'gp' AND ordinal = 1"
    )
    assert "place that differs: drawn SlotPlan(stratum='gp', ordinal=1" in difference


def test_balance_is_told_check_by_check_with_the_rate_of_guessing():
    study, out = a_study(per_stratum=8), StringIO()
    call_command("balance", study.slug, stdout=out)
    said = out.getvalue()
    assert "no-repeats        holds" in said
    assert "BROKEN" not in said
    assert "names the next one right in 6" in said or "names the next one right in 7" in said


def test_seed_and_salt_are_on_no_page_and_in_no_table(client):
    """RND-02, for what the web shows: the study team of a trial under way cannot read them."""
    owner = a_user()
    study = a_study(kind="main", by=owner, seed="a" * 32)
    client.force_login(owner)
    for path in (
        "/studies/",
        f"/studies/{study.pk}/",
        f"/studies/{study.pk}/report/",
        f"/studies/{study.pk}/instruments.csv",
    ):
        reply = client.get(path)
        shown = b"".join(reply.streaming_content) if reply.streaming else reply.content
        assert reply.status_code == 200
        assert study.allocation_seed.encode() not in shown
        assert study.allocation_salt.encode() not in shown


def test_place_comes_back_when_enrolment_breaks(monkeypatch):
    """RND-08: nothing is taken unless the person is told."""
    study = a_drawn_study(MINIMISED)
    person = a_consented(study)

    def broken(*args, **kwargs):
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(person), "save", broken)
        with pytest.raises(RuntimeError), transaction.atomic():
            sittings.declare_eligibility(participant=person, answers={"grade": "gp", "site": "north"}, now=NOW)
    assert not MinimisedChoice.objects.exists()
    again = sittings.declare_eligibility(participant=person, answers={"grade": "gp", "site": "north"}, now=NOW)
    assert (again.slot.ordinal, MinimisedChoice.objects.get().number) == (1, 1)
    assert verify(study).startswith("equal")


def test_study_that_was_not_launched_has_nothing_to_verify():
    with pytest.raises(CommandError, match="There is no study"):
        call_command("verify_allocation", "nowhere")


def test_site_decides_the_arm_where_sites_are_allocated():
    study = a_drawn_study(
        "{method: simple}",
        population="roles: [gp, gp-registrar]\n  allocate-by: site\n  sites: {north: North, south: South}",
    )
    for site in ("north", "south"):
        assert len({enrol(study, "gp", site).slot.arm for _ in range(3)}) == 1
    assert verify(study).startswith("equal")


def test_person_of_no_listed_site_is_not_admitted():
    study = a_drawn_study(MINIMISED)
    assert enrol(study, "gp", "west").state == "ineligible"
    assert enrol(study, "gp", "").state == "ineligible"


def test_list_from_outside_is_used_as_it_is():
    study = a_drawn_study("{method: list, strata: [grade]}", population="roles: [gp, gp-registrar]", listed=LIST)
    assert Slot.objects.filter(study=study).count() == 3
    assert [enrol(study, "gp", "").slot.arm for _ in range(2)] == ["advised", "unaided"]
    with pytest.raises(Refused, match="All places"):
        enrol(study, "gp", "")
    assert verify(study).startswith("equal: 3 places")
    twin = actions.make_twin(study=study, seed="rehearsal", by=None, now=NOW, per_stratum=4)
    assert twin.slots.count() >= 8
    assert verify(twin).startswith("equal")


def test_study_with_a_list_is_not_launched_without_one():
    with pytest.raises(Refused, match="list made elsewhere"):
        a_drawn_study("{method: list}", population="roles: [gp, gp-registrar]")
    with pytest.raises(Refused, match="takes no list from outside"):
        a_drawn_study("{method: simple}", population="roles: [gp, gp-registrar]", listed=LIST)
    with pytest.raises(InvalidFile, match="there is no stratum"):
        a_drawn_study("{method: list}", population="roles: [gp, gp-registrar]", listed=LIST)
