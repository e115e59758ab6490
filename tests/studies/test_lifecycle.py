"""The life of a study: one table of steps, approval by a second person, amendments, and a record of all of it."""

import itertools

import pytest

from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.lifecycle import BEFORE_LAUNCH, CLOSED, STEPS, open_steps, step_from
from simlab.studies import actions
from simlab.studies.models import DraftText, Study
from simlab.studies.reading import document_of, protocol_of
from simlab.studies.replaying import first_difference
from tests.factories import NOW, a_draft, a_study, a_user, approved

pytestmark = pytest.mark.django_db
WHY = "A reviewer asked for it."
STATES = [*BEFORE_LAUNCH, "launched", "paused", *CLOSED]
# What a main study may do, written out a second time: from state, step, to state.
PATHS = {
    ("draft", "rehearse", "rehearsed"), ("rehearsed", "approve", "approved"), ("rehearsed", "revise", "draft"),
    ("approved", "revise", "draft"), ("approved", "launch", "launched"), ("launched", "pause", "paused"),
    ("paused", "resume", "launched"), ("launched", "lock", "locked"), ("paused", "lock", "locked"),
    ("locked", "unblind", "unblinded"), ("locked", "archive", "archived"), ("unblinded", "archive", "archived"),
}  # fmt: skip


def test_table_allows_a_main_study_exactly_its_paths():
    found = set()
    for state, name in itertools.product(STATES, STEPS):
        try:
            found.add((state, name, step_from(name, state=state, kind="main").after))
        except Refused:
            continue
    assert found == PATHS
    assert {step.name for step in open_steps(state="draft", kind="main")} == {"rehearse"}
    assert {step.name for step in open_steps(state="draft", kind="pilot")} == {"rehearse", "approve", "launch"}


def colleague(study):
    user = a_user()
    actions.grant_role(study=study, user=user, role="researcher", by=None, now=NOW)
    return user


def test_main_study_goes_its_whole_way_and_every_step_is_on_record():
    owner = a_user()
    study = a_draft(kind="main", by=owner)
    with pytest.raises(Refused, match="rehearsed, and approved by a second person"):
        actions.launch_study(study=study, by=owner, now=NOW, per_stratum=4, unsigned_because=WHY)
    actions.note_rehearsal(study=study, by=owner, now=NOW)
    second = colleague(study)
    with pytest.raises(Refused, match="You wrote part of this study"):
        actions.approve_study(study=study, by=owner, now=NOW)
    actions.approve_study(study=study, by=second, now=NOW, comment="Read with care.")
    with pytest.raises(Refused, match="Only an owner"):
        actions.launch_study(study=study, by=second, now=NOW, per_stratum=4, unsigned_because=WHY)
    actions.launch_study(study=study, by=owner, now=NOW, per_stratum=4, unsigned_because=WHY)
    with pytest.raises(Refused, match="Say in a sentence why"):
        actions.pause_study(study=study, by=owner, now=NOW, reason="")
    actions.pause_study(study=study, by=owner, now=NOW, reason=WHY)
    actions.resume_study(study=study, by=owner, now=NOW)
    actions.lock_study(study=study, by=owner, now=NOW)
    assert Study.objects.get(pk=study.pk).hides_arms
    with pytest.raises(Refused, match="unblinded before it is archived"):
        actions.archive_study(study=study, by=owner, now=NOW, reason=WHY)
    actions.unblind_study(study=study, by=owner, reason=WHY, now=NOW)
    assert not Study.objects.get(pk=study.pk).hides_arms
    actions.archive_study(study=study, by=owner, now=NOW, reason=WHY)
    rows = list(study.transitions.order_by("pk").values_list("before", "step", "after"))
    assert [step for _, step, _ in rows] == [
        "rehearse", "approve", "launch", "pause", "resume", "lock", "unblind", "archive",
    ]  # fmt: skip
    assert set(rows) <= PATHS
    assert set(study.transitions.values_list("protocol_sha256", flat=True)) == {study.protocol.sha256}


def test_change_of_any_text_takes_the_approval_back():
    owner = a_user()
    study = approved(a_draft(kind="main", by=owner))
    first = study.protocol
    version = actions.save_protocol(
        study=study, source=first.source.replace("A small study", "A smaller study"), by=owner, now=NOW
    )
    study.refresh_from_db()
    assert (version.number, study.state, study.title) == (2, "draft", "A smaller study")
    assert study.protocols.get(number=1).source == first.source
    with pytest.raises(Refused):
        actions.launch_study(study=study, by=owner, now=NOW, unsigned_because=WHY)
    again = approved(a_draft(kind="main", by=owner))
    actions.save_documents(study=again, documents={"information": "# Other words"}, by=owner, now=NOW)
    assert Study.objects.get(pk=again.pk).state == "draft"
    assert document_of(again, "information").version == 2


def test_unfinished_text_is_kept_beside_the_last_valid_version():
    study = a_draft()
    kept = actions.save_protocol(study=study, source="simlab: study/1\ntitle: Half", by=None, now=NOW)
    assert isinstance(kept, DraftText)
    assert kept.faults > 0
    study.refresh_from_db()
    assert study.protocols.count() == 1
    assert protocol_of(study).title == "A small study"


def test_comment_in_the_text_is_a_version_and_no_new_approval():
    study = approved(a_draft(kind="main"))
    actions.save_protocol(study=study, source="# why\n" + study.protocol.source, by=None, now=NOW)
    study.refresh_from_db()
    assert (study.protocol.number, study.state) == (2, "approved")


@pytest.fixture
def running():
    owner = a_user()
    study = a_study(kind="pilot", by=owner)
    return study, owner, colleague(study)


def test_launched_study_changes_by_amendment_of_two_people_only(running):
    study, owner, second = running
    longer = study.protocol.source.replace("window: 7d", "window: 14d")
    with pytest.raises(Refused, match="by an amendment only"):
        actions.save_protocol(study=study, source=longer, by=owner, now=NOW)
    with pytest.raises(Refused, match="by an amendment only"):
        actions.save_documents(study=study, documents={"consent": "- [ ] Yes"}, by=owner, now=NOW)
    proposed = actions.propose_amendment(
        study=study, source=longer, documents={"information": "# New"}, reason=WHY, by=owner, now=NOW
    )
    assert "-    window: 7d" in proposed.difference
    assert "+    window: 14d" in proposed.difference
    assert "information.md" in proposed.difference
    study.refresh_from_db()
    assert protocol_of(study).phases["withdrawal"].window == "7d"
    with pytest.raises(Refused, match="You proposed this amendment"):
        actions.approve_amendment(amendment=proposed, by=owner, now=NOW)
    actions.approve_amendment(amendment=proposed, by=second, now=NOW)
    study.refresh_from_db()
    assert protocol_of(study).phases["withdrawal"].window == "14d"
    assert document_of(study, "information").text == "# New"
    assert (study.protocol.locked_at, proposed.replaces.number, study.protocol.number) == (NOW, 1, 2)
    assert first_difference(study) is None
    with pytest.raises(Refused, match="decided on before"):
        actions.drop_amendment(amendment=proposed, by=owner, now=NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wrong: 1 of 2", "wrong: 0 of 2"),
        ("forms: {A: 2, B: 2}", "forms: {A: 1, B: 1}"),
        ("sizes: [4, 6]", "sizes: [8]"),
    ],
)
def test_amendment_cannot_touch_what_was_drawn(running, old, new):
    study, owner, _ = running
    with pytest.raises((Refused, InvalidFile)) as refused:
        actions.propose_amendment(
            study=study, source=study.protocol.source.replace(old, new), documents={}, reason=WHY, by=owner, now=NOW
        )
    assert "drawn at the launch" in str(refused.value) or isinstance(refused.value, InvalidFile)
    assert not study.amendments.exists()


def test_amendment_without_difference_reason_or_place_is_refused(running):
    study, owner, _ = running
    same, texts = study.protocol.source, {"information": document_of(study, "information").text}
    for source, reason, words in ((same, WHY, "nothing to amend"), (same + "\n# more", "no", "Say in a sentence")):
        with pytest.raises(Refused, match=words):
            actions.propose_amendment(study=study, source=source, documents=texts, reason=reason, by=owner, now=NOW)
    first = actions.propose_amendment(
        study=study, source=same + "\n# more", documents=texts, reason=WHY, by=owner, now=NOW
    )
    with pytest.raises(Refused, match="Another amendment waits"):
        actions.propose_amendment(study=study, source=same + "\n# m", documents={}, reason=WHY, by=owner, now=NOW)
    actions.drop_amendment(amendment=first, by=owner, now=NOW)
    assert study.amendments.get().dropped_at == NOW


def test_last_owner_cannot_be_taken_away(running):
    study, owner, _ = running
    with pytest.raises(Refused, match="needs an owner"):
        actions.revoke_role(role=study.roles.get(role="owner"), by=owner, now=NOW)
    actions.revoke_role(role=study.roles.get(role="researcher"), by=owner, now=NOW)
    assert study.roles.get().user == owner
