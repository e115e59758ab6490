"""The packs and protocols of the repository are content: all of it is loaded, and drawn once."""

import pytest

from simlab.engine.allocation import draw_slots
from simlab.engine.balance import balance
from simlab.engine.card import SHOWABLE, card, card_faults
from simlab.engine.casefile import load_pack
from simlab.engine.protocol import check_against_pack, load_protocol
from simlab.engine.schedule import draw_encounters
from tests.engine.conftest import ROOT

PROTOCOLS = sorted(path.parent.name for path in ROOT.glob("protocols/*/study.yaml"))


@pytest.fixture(scope="module")
def packs():
    return {path.parent.name: load_pack(path) for path in sorted(ROOT.glob("cases/*/pack.yaml"))}


def test_every_piece_of_advice_makes_a_sound_card(packs):
    for pack in packs.values():
        for case in pack.cases.values():
            for advice in case.advice:
                assert card_faults(card(advice, show=SHOWABLE, case_id=case.id)) == []


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_fits_its_packs_and_draws_in_balance(packs, name):
    protocol = load_protocol(ROOT / "protocols" / name)
    if not set(protocol.cases.packs) <= set(packs):
        pytest.skip("its pack is imported by hand from data that is not in the repository")
    assert check_against_pack(protocol, packs) == []
    slots = draw_slots(protocol, "content", per_stratum=24)
    assert balance(protocol, packs, slots, draw_encounters(protocol, packs, "content", slots)).holds
