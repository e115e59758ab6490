"""Bots against a site whose line fails: every acknowledged message is on record once, and what must be refused is."""

import uuid
from pathlib import Path

import httpx
import pytest

from simlab.rehearsal import conduct, ledger
from simlab.rehearsal.key import AdviceKey, CaseKey, Key
from simlab.rehearsal.line import Line, Stopped
from simlab.rehearsal.mind import differential
from simlab.rehearsal.truth import Truth
from tests.rehearsal.fake_site import Site

CASES = {f"v{n}": CaseKey(f"case-{n}", f"Reference {n}", ("Wrong 1", "Wrong 2", "Wrong 3"), 0.6) for n in range(3)}
KEY = Key(CASES, {"card-1": AdviceKey(False, "Wrong 2", 0.8)})
SITTINGS = ("exposure", "withdrawal")


def rehearse(site, truth: Truth, path: Path, *, clinicians: int = 8, seed: int = 5, threads: int = 3, **given):
    def advance() -> float | None:
        site.now += 1
        return 28.0 * site.now if site.now < 3 else None

    return conduct.run(
        base_url="http://site",
        join_url="/join/x/",
        key=KEY,
        truth=truth,
        sittings=SITTINGS,
        clinicians=clinicians,
        seed=seed,
        advance=advance,
        ledger_path=path,
        threads=threads,
        transport=httpx.MockTransport(site),
        **given,
    )


@pytest.fixture
def loyal(truth: Truth) -> Truth:
    stay = type(truth.drop_out)()
    door = truth.arrivals.model_copy(update={"grades": {"gp": 1.0}, "declined": 0.0, "ineligible": 0.0})
    return truth.model_copy(update={"drop_out": stay, "arrivals": door})


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("simlab.rehearsal.line.LONGEST_WAIT_S", 0.001)
    monkeypatch.setattr("simlab.rehearsal.line.FIRST_WAIT_S", 0.001)


@pytest.mark.parametrize("failing", [0.0, 0.3])
def test_acknowledged_messages_are_on_record_once(loyal: Truth, tmp_path, failing):
    site = Site(failing=failing)
    summary = rehearse(site, loyal, tmp_path / "ledger")
    assert summary.problems == ()
    assert (summary.enrolled, summary.completed, summary.sittings) == (8, 8, 16)
    lines = ledger.read(tmp_path / "ledger")
    acknowledged = [line["uuid"] for line in lines if line["status"] == "acknowledged"]
    assert sorted(acknowledged) == sorted(site.stored)
    assert (summary.resent > 0) == (failing > 0)


def test_each_case_has_its_answers_at_both_stages(loyal: Truth, tmp_path):
    site = Site()
    rehearse(site, loyal, tmp_path / "ledger", clinicians=2)
    stages = [one["body"]["stage"] for one in site.stored.values() if one["kind"] == "answer"]
    assert (stages.count("initial"), stages.count("final")) == (6, 12)
    assert sum(one["kind"] == "exposure" for one in site.stored.values()) == 12


def test_messages_that_must_be_refused_are_and_are_noted(loyal: Truth, tmp_path, monkeypatch):
    monkeypatch.setattr("simlab.rehearsal.http.CHALLENGED", 1.0)
    summary = rehearse(Site(failing=0.1), loyal, tmp_path / "ledger", clinicians=3)
    refused = [line for line in ledger.read(tmp_path / "ledger") if line["status"] == "refused"]
    assert summary.problems == ()
    assert summary.refused == len(refused) == 12
    assert {line["code"] for line in refused} == {"conflict", "unknown-encounter"}


def test_a_site_that_takes_what_it_must_refuse_is_reported(loyal: Truth, tmp_path, monkeypatch):
    monkeypatch.setattr("simlab.rehearsal.http.CHALLENGED", 1.0)
    careless = Site()
    careless.take = lambda sitting, row, message: Site.take(careless, sitting, row, message) | {"status": "stored"}
    summary = rehearse(careless, loyal, tmp_path / "ledger", clinicians=1)
    assert any("must be refused" in problem for problem in summary.problems)


def test_same_seed_gives_the_same_answers_on_any_number_of_threads(loyal: Truth, tmp_path):
    said = []
    for threads in (1, 4):
        site = Site(failing=0.2, seed=threads)
        rehearse(site, loyal, tmp_path / f"ledger-{threads}", threads=threads)
        bodies = [
            str((one["body"]["stage"], one["body"]["answer"]))
            for one in site.stored.values()
            if one["kind"] == "answer"
        ]
        said.append(sorted(bodies))
    assert said[0] == said[1]


def test_who_declines_or_is_not_eligible_turns_away_at_the_door(truth: Truth, tmp_path):
    door = truth.arrivals.model_copy(update={"grades": {"gp": 1.0}, "declined": 0.2, "ineligible": 0.2})
    site = Site()
    summary = rehearse(site, truth.model_copy(update={"arrivals": door}), tmp_path / "ledger", clinicians=20)
    assert summary.enrolled == 20 == len(site.people)
    assert summary.declined == site.outcomes.count("declined") > 0
    assert summary.ineligible == site.outcomes.count("ineligible") > 0


def test_who_drops_out_sits_no_more(loyal: Truth, tmp_path):
    gone = type(loyal.drop_out)(phases={"withdrawal": {"advised": 1.0, "unaided": 1.0}})
    site = Site()
    summary = rehearse(site, loyal.model_copy(update={"drop_out": gone}), tmp_path / "ledger", clinicians=4)
    assert (summary.dropped, summary.completed, len(site.sittings)) == (4, 0, 4)


def test_time_on_the_browsers_clock_only_moves_forward(loyal: Truth, tmp_path):
    site = Site()
    rehearse(site, loyal, tmp_path / "ledger", clinicians=1)
    for sitting in site.sittings:
        cases = [str(uuid.uuid5(uuid.UUID(sitting), str(n))) for n in range(3)]
        marks = [one["t_mono_ms"] for one in site.stored.values() if one["encounter"] in cases]
        assert len(marks) > 6
        assert marks == sorted(marks)


def test_a_wrong_page_is_a_problem_not_a_crash(loyal: Truth, tmp_path):
    site = Site()
    site.step = lambda sitting: httpx.Response(404)
    summary = rehearse(site, loyal, tmp_path / "ledger", clinicians=2)
    assert len(summary.problems) == 2
    assert "answered 404" in summary.problems[0]


def test_a_site_that_never_answers_is_given_up(monkeypatch):
    now = iter(range(1000))
    line = Line(
        "http://site",
        transport=httpx.MockTransport(lambda _: httpx.Response(502)),
        sleep=lambda _: None,
        clock=lambda: float(next(now)),
    )
    with pytest.raises(Stopped, match="no answer for 90 seconds"):
        line.page("/")


@pytest.mark.parametrize(("answer", "rank", "where"), [(0, 1, 0), (1, 2, 1), (2, 3, 2), (3, 0, None)])
def test_the_list_holds_the_reference_at_its_rank(answer, rank, where):
    listed = differential(CASES["v0"], answer, rank)
    assert len(set(listed)) == len(listed) == 3
    assert listed[0] == ("Reference 0" if answer == 0 else f"Wrong {answer}")
    assert ("Reference 0" in listed) == (where is not None)
    if where is not None:
        assert listed[where] == "Reference 0"


def test_an_arm_that_loses_people_loses_them_over_http(loyal: Truth, tmp_path):
    site, losing = Site(), type(loyal.drop_out)(arms={"advised": {"phases": {"withdrawal": 1.0}}})
    told = loyal.model_copy(update={"drop_out": losing})
    asked: list[str] = []

    def arm_of(participant: str) -> str:
        asked.append(participant)
        return "advised" if len(asked) % 2 else "unaided"

    summary = rehearse(site, told, tmp_path / "ledger", clinicians=4, threads=1, arm_of=arm_of)
    assert (summary.dropped, summary.completed) == (2, 2)
    assert asked == list(summary.participants)
