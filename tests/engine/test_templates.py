"""Every template is a valid study on the shipped pack: drawn, balanced, and walked to its end in every arm."""

import pytest

from simlab.engine.allocation import draw_slots
from simlab.engine.balance import balance
from simlab.engine.casefile import load_pack
from simlab.engine.instrument import load_folder
from simlab.engine.protocol import check_against_pack, check_instruments, load_protocol
from simlab.engine.schedule import draw_encounters
from simlab.rehearsal import planning
from simlab.rehearsal.truth import load_truth
from simlab.stats import planfile
from tests.engine.conftest import ROOT
from tests.engine.walking import walk

TEMPLATES = sorted(path.name for path in (ROOT / "protocols" / "templates").iterdir() if path.is_dir())

SHIPPED = load_folder(ROOT / "instruments")


@pytest.fixture(scope="module")
def packs():
    pack = load_pack(ROOT / "cases" / "primary-care")
    return {pack.id: pack}


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_is_valid_balanced_and_can_be_sat_in_every_arm(name, packs):
    folder = ROOT / "protocols" / "templates" / name
    protocol = load_protocol(folder)
    assert check_against_pack(protocol, packs) == []
    assert protocol.warnings() == []
    planfile.parse(protocol.plan())
    assert set(load_truth(folder / "truth.yaml").arrivals.grades) == set(protocol.population.roles)
    slots = draw_slots(protocol, b"template", per_stratum=12)
    encounters = draw_encounters(protocol, packs, b"template", slots)
    report = balance(protocol, packs, slots, encounters)
    assert report.holds, [check for check in report.checks if not check.holds]
    assert check_instruments(protocol, SHIPPED) == []
    for arm in protocol.arms:
        first = next(slot for slot in slots if slot.arm == arm)
        plan = [one for one in encounters if (one.stratum, one.ordinal) == (first.stratum, first.ordinal)]
        assert walk(protocol, plan) >= len(plan)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_can_be_rehearsed_with_its_truth(name, packs):
    folder = ROOT / "protocols" / "templates" / name
    protocol = load_protocol(folder)
    plan = planning.plan(protocol, packs, load_truth(folder / "truth.yaml"), 24, 1)
    assert plan.persons == 24
    assert set(plan.person_arm) == set(range(len(protocol.arms)))
