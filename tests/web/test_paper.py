"""The report on paper: the same bytes each time, the page's own numbers, and no text that is taken for markup."""

import datetime
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from simlab.engine.protocol import parse_protocol
from simlab.stats import baseline, figures, planfile, plans
from simlab.web import report_pdf
from simlab.web.presenters import checklist, paper, plain, reportpage
from simlab.web.presenters.about import About, banner_of, listed
from tests.stats.conftest import make_study

DEMO = Path(__file__).parents[2] / "protocols" / "demo" / "study.yaml"
PLAN = {
    "simlab": "plan/1", "title": "A study", "protocol_sha256": "0" * 64, "arms": ["unaided", "advised"],
    "control": "unaided", "phases": ["baseline", "exposure", "withdrawal", "retention"],
    "advised": {"exposure": ["advised"]}, "analyses": ["flow", "accuracy", "reliance", "time", "deskilling"],
    "primary": {
        "name": "deskilling", "phase": "withdrawal", "adjusted_for": "baseline", "between": ["unaided", "advised"],
        "claim": "noninferiority", "margin": 0.1, "reason": "for a test",
    },
    "alpha": 0.05, "seed": 1, "bootstrap": 100,
}  # fmt: skip
HOSTILE = '#panic("x") $1$ *b* _i_ `r` @ref <label> \\ // /* "q" [c] {d} = 標題 \u202e 🩺 \ue000'


@pytest.fixture(scope="module")
def made():
    table = make_study()
    table["grade"] = "gp"
    table["advice_error_type"] = table["advice"].map({"W": "premature-closure"})
    result = plans.run(table, PLAN)
    drawn = {
        f.name: SimpleNamespace(name=f.name, title=f.title, alt=f.alt, svg=f.svg.decode(), csv=f.csv)
        for f in figures.draw(result, table, PLAN)
    }
    plan = planfile.parse(PLAN)
    facts = {
        "characteristics": baseline.characteristics(table, plan), "wrong_advice": baseline.wrong_advice(table, plan),
    }  # fmt: skip
    return {"result": result, "figures": drawn, "facts": facts, "table": table}


def about(made, **changed):
    blank = {
        "title": "Does AI advice deskill GPs?", "kind": "rehearsal", "protocol": parse_protocol(DEMO.read_text()),
        "protocol_number": 1, "made_on": datetime.date(2026, 11, 23), "virtual": 24, "participants": 24,
        "enrolled_from": datetime.date(2026, 11, 1), "enrolled_to": datetime.date(2026, 11, 2),
        "packs": (("primary-care", "9" * 64),),
    }  # fmt: skip
    return About(**{**blank, **made["facts"], **changed})


def values(made, **changed):
    return paper.paper_of(about(made, **changed), made["result"], PLAN, made["figures"])


def test_pdf_is_the_same_bytes_each_time_and_holds_no_date(made):
    one, two = report_pdf.report_pdf(values(made)), report_pdf.report_pdf(values(made))
    assert one == two
    assert one.startswith(b"%PDF-")
    assert b"CreationDate" not in one
    assert b"pdfuaid" in one, "not tagged for screen readers"


def test_hostile_title_is_text_and_nothing_else(made):
    told = values(made, title=HOSTILE)
    told["abstract"] = [{"question": HOSTILE, "answer": HOSTILE}]
    told["results"][0]["tables"][0]["rows"][0][0] = HOSTILE
    told["references"] = [HOSTILE]
    assert report_pdf.report_pdf(told).startswith(b"%PDF-")
    page = plain.plain_of("participants", about(made, title=HOSTILE), made["result"], PLAN)
    assert report_pdf.plain_pdf(page).startswith(b"%PDF-")


def test_numbers_are_those_of_the_page(made):
    page = reportpage.page_of(made["result"], PLAN, made["figures"])
    told = values(made)
    assert told["abstract"][1:] == page["headline"]
    shown = {row[0]: row[1] for part in told["results"] for table in part["tables"] for row in table["rows"]}
    for section in page["sections"]:
        if section["name"] != "flow":
            assert all(shown[row["label"]] == row["value"] for row in section["rows"])


def test_every_figure_has_its_place_and_words(made):
    told = values(made)
    placed = [figure["alt"] for part in told["results"] for figure in part["figures"]]
    assert sorted(placed) == sorted(figure.alt for figure in made["figures"].values())
    assert all(placed)


def test_sections_come_in_the_order_of_a_journal(made):
    names = [part["name"] for part in values(made)["results"]]
    wanted = ["flow", "deskilling", "persistence", "decay", "accuracy", "reliance", "time"]
    assert [name for name in names if name in wanted] == wanted


def test_citations_are_numbered_in_order_and_all_are_listed(made):
    told = values(made)
    text = " ".join(part["text"] for part in told["methods"])
    first = list(dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)\]", text)))
    assert first == list(range(1, len(first) + 1))
    assert len(told["references"]) == len(set(told["references"])) >= len(first)


def test_baseline_table_counts_people_and_their_answers(made):
    table = next(t for t in values(made)["results"][0]["tables"] if t["title"].startswith("Participants at the start"))
    rows = {row[0].strip(): row[1:] for row in table["rows"]}
    assert rows["Participants"] == ["12", "12", "24"]
    assert rows["General practitioner"] == ["12 (100%)", "12 (100%)", "24 (100%)"]
    first = made["table"][made["table"]["phase"] == "baseline"]
    right = (first["final"] == "R").sum()
    assert rows["Right at first choice"][2].startswith(f"{right} of {len(first)} ")


def test_wrong_advice_is_counted_by_what_became_of_it(made):
    rows = made["table"]
    wrong = rows[rows["advice"] == "W"]
    kind = made["facts"]["wrong_advice"][0]
    assert (kind.kind, kind.shown) == ("premature-closure", len(wrong))
    assert kind.followed == (wrong["final"] == "W").sum()
    assert kind.right == (wrong["final"] == "R").sum()


def test_checklist_names_gaps_and_fills_what_the_data_tell(made):
    rows = {(row["guide"], row["item"]): row for row in checklist.checklist_of(about(made), PLAN, {"flow"})}
    assert rows["CONSORT 2025", "2"]["gap"]
    assert rows["CONSORT 2025", "23"]["said"] == "1 Nov 2026 to 2 Nov 2026"
    assert not rows["CONSORT-AI", "19"]["gap"]
    nobody = about(made, enrolled_from=None, wrong_advice=[])
    rows = {(row["guide"], row["item"]): row for row in checklist.checklist_of(nobody, PLAN, {"flow"})}
    assert rows["CONSORT 2025", "23"]["gap"]
    assert rows["CONSORT-AI", "19"]["gap"]


@pytest.mark.parametrize(
    ("kind", "virtual", "says"),
    [
        ("rehearsal", 9, "are virtual"), ("demonstration", 0, "not come from a real trial"),
        ("demonstration", 3, "Virtual clinicians are among"), ("main", 3, "3 of the participants are virtual"),
    ],
)  # fmt: skip
def test_banner_warns_of_what_is_no_trial(kind, virtual, says):
    assert says in banner_of(kind, virtual)["text"]


def test_banner_is_absent_from_a_trial_of_real_people():
    assert banner_of("main", 0) is None


@pytest.mark.parametrize("reader", list(plain.READERS))
def test_plain_page_says_what_was_asked_found_and_not_said(made, reader):
    page = plain.plain_of(reader, about(made), made["result"], PLAN)
    assert [part["title"] for part in page["parts"]][:3] == [
        "What was asked",
        "What was found",
        "What this does not say",
    ]
    assert page["parts"][1]["points"]
    assert "virtual" in page["banner"]["text"]
    assert b"/Type/Pages/Count 1/" in report_pdf.plain_pdf(page), "more than one page"


@pytest.mark.parametrize("reader", list(plain.READERS))
def test_plain_page_of_no_findings_says_so(made, reader):
    page = plain.plain_of(reader, about(made), {**made["result"], "analyses": []}, PLAN)
    assert page["parts"][1] == {"title": "What was found", "paragraphs": [plain.NOTHING_YET], "points": []}


def test_participants_read_no_interval_and_no_jargon(made):
    page = plain.plain_of("participants", about(made), made["result"], PLAN)
    text = " ".join(one["answer"] for one in page["parts"][1]["points"])
    assert not re.search(r"interval|RAIR|RSR|p [=<]|points", text)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "no"), (0.02, "fewer than one out of ten"), (0.97, "about nine out of ten"), (1.0, "ten out of ten")],
)
def test_shares_in_words_keep_none_and_all_for_none_and_all(share, words):
    assert plain.in_ten(share) == words


def test_listed_joins_as_a_sentence_does():
    assert [listed(items) for items in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
