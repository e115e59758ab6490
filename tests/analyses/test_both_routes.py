"""The two routes of a rehearsal meet in the real extract: one distribution, whether people sat the pages or a table."""

import pytest
from scipy import stats

from simlab.analyses.extract import analysis_table
from simlab.analyses.rehearsing import rehearse
from simlab.rehearsal import dataset, http
from simlab.rehearsal.presets import preset, suited
from simlab.studies.reading import packs_of, protocol_of
from tests.factories import a_study

CLINICIANS, SEED = 24, 20261123


@pytest.fixture
def tables(transactional_db, live_server, settings, tmp_path, monkeypatch):
    """The extract of a study that bots sat over HTTP, and a data set of many more made in memory."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(http, "CHALLENGED", 1.0)
    study = a_study(kind="main")
    truth = suited(preset("assumed"), protocol_of(study))
    truth = truth.changed(drop_out={"phases": {}, "within_sitting": 0.0}, care={"pasting_persons": 0.2})
    rehearsal, summary = rehearse(
        study=study,
        truth=truth,
        clinicians=CLINICIANS,
        seed=SEED,
        base_url=live_server.url,
        threads=2,
        progress=lambda words, done, of: None,
    )
    sat = analysis_table(rehearsal.study)
    made = dataset.simulate(protocol_of(study), packs_of(study), truth, 600, SEED)
    return summary, sat, made


@pytest.mark.slow
def test_both_routes_give_one_distribution_through_the_real_extract(tables):
    summary, sat, made = tables
    assert summary.problems == ()
    assert summary.completed == CLINICIANS
    # Every sitting was tried with messages that must be refused, and each of them was.
    assert summary.refused == 2 * summary.sittings
    assert list(sat.columns) == list(made.columns)
    assert set(sat["case"].dropna()) == set(made["case"].dropna())
    assert sat["virtual"].all()
    for arm in sorted(made["arm"].dropna().unique()):
        for phase in sorted(made["phase"].dropna().unique()):
            one, other = (
                t[(t["arm"] == arm) & (t["phase"] == phase) & (t["status"] == "complete")] for t in (sat, made)
            )
            assert len(one) > 0
            assert set(one["structure"]) == set(other["structure"])
            counts = [
                [int(t["final_correct"].sum()), int((~t["final_correct"].astype(bool)).sum())] for t in (one, other)
            ]
            assert stats.fisher_exact(counts).pvalue > 0.0005, (arm, phase, counts)
            for column in ("final_confidence", "time_active_s"):
                # One value a person, so that the values of a sample are independent.
                means = [t.groupby("participant")[column].mean() for t in (one, other)]
                assert stats.ks_2samp(*means).pvalue > 0.0005, (arm, phase, column)
    shown = [t[t["advice_shown"].astype(bool)] for t in (sat, made)]
    shares = [[int(t["advice_correct"].sum()), int((t["advice_correct"] == False).sum())] for t in shown]  # noqa: E712
    assert stats.fisher_exact(shares).pvalue > 0.0005
