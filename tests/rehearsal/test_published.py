"""The templates' virtual clinicians give the published figures back, and say what is published and what is assumed."""

from pathlib import Path

import pytest

from simlab.rehearsal import calibration, recovery
from simlab.rehearsal.presets import preset, presets, suited
from simlab.rehearsal.truth import BadTruth, load_truth

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "protocols" / "templates"
PUBLISHED = {
    "kostopoulou-2015": {"odds-ratio/early": 1.31, "odds-ratio/late": 1.10},
    "jabbour-2023": {"unaided": 0.73, "change/right/plain": 0.029, "change/wrong/plain": -0.113},
    "goddard-2014": {"first": 262 / 520, "improved": 68 / 520, "worsened": 27 / 520},
    "deskilling": {"deskilling/difference": -0.06},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_rehearsal_gives_the_published_figure_back(name):
    world = recovery.load_world(TEMPLATES / name, ROOT / "cases")
    found = calibration.given_back(world.truth, world.protocol, world.packs, people=2500, seed=3)
    assert {one.asked.figure: one.asked.published for one in found} == pytest.approx(PUBLISHED[name], abs=1e-4)
    for one in found:
        # The calibration's own Monte-Carlo error, and of what is integrated its tolerance.
        assert abs(one.value.value - one.asked.published) < 4 * one.value.mc_se + 0.004, one


@pytest.mark.parametrize(
    ("template", "name"), [("deskilling", "budzyn-2025"), *((n, n) for n in PUBLISHED if n != "deskilling")]
)
def test_a_template_and_the_preset_of_its_name_are_one_truth(template, name):
    assert load_truth(TEMPLATES / template / "truth.yaml") == preset(name)


def test_every_calibrated_truth_names_its_source():
    for one in presets():
        for figure in one.truth.calibrated:
            assert any(character.isdigit() for character in figure.source), one.name
        if one.truth.basis != "calibrated":
            assert one.truth.basis == "assumed"


def test_a_dose_of_deskilling_is_called_assumed():
    assert "assumed" in preset("assumed").title
    assert "assumed" in preset("budzyn-2025").title


def test_an_unknown_preset_is_named_with_those_there_are():
    with pytest.raises(BadTruth, match="assumed"):
        preset("nobody")


def test_a_preset_is_suited_to_the_roles_of_a_protocol(protocol):
    surgeons = preset("assumed").changed(arrivals={"grades": {"consultant": 1.0}})
    assert set(suited(surgeons, protocol).arrivals.grades) == set(protocol.population.roles)
    assert suited(preset("assumed"), protocol) == preset("assumed")
