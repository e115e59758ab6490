"""The studio: from a template to a running study, each page as the study team finds it."""

import html
import re

import pytest
from django.urls import reverse

from simlab.sittings.models import Participant
from simlab.studies import actions
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of
from tests.factories import MINI, NOW, a_draft, a_participant, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db
WHY = "A reviewer asked for it."


@pytest.fixture
def owner():
    return a_user()


@pytest.fixture
def draft(owner, client):
    client.force_login(owner)
    return a_draft(kind="pilot", by=owner)


def told(answer) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def get(client, name, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, (name, answer.status_code)
    return told(answer)


def post(client, name, *args, **data):
    return client.post(reverse(name, args=args), data)


def checked(client, study, source, trigger="", **fields) -> str:
    return html.unescape(
        client.post(
            reverse("design-check", args=[study.pk]), {"source": source, **fields}, headers={"HX-Trigger-Name": trigger}
        ).content.decode()
    )


def test_study_begins_from_a_template_with_its_own_title(client, owner):
    client.force_login(owner)
    assert "Goddard" in get(client, "study-new") or "advice" in get(client, "study-new")
    for wrong in ({"title": ""}, {"kind": "rehearsal"}, {"template": "../demo"}):
        given = {"title": "My study", "kind": "pilot", "template": "deskilling", **wrong}
        assert post(client, "study-new", **given).status_code == 422
    assert not Study.objects.exists()
    assert post(client, "study-new", title="My study", kind="pilot", template="deskilling").status_code == 302
    made = Study.objects.get()
    assert (made.title, made.kind, made.state, made.slug) == ("My study", "pilot", "draft", "my-study")
    assert made.roles.get().user == owner
    assert "# " in made.protocol.source, "the remarks of the template stay"


@pytest.mark.parametrize(
    ("old", "new", "faults", "field", "proposal"),
    [
        ("wrong: 1 of 2", "wrong: 2 of 3", 1, "advice.two-stage.wrong", "a number that divides 2"),
        (
            "opens: 7d after exposure",
            "opens: 7d after exposur",
            1,
            "phases.withdrawal.opens",
            "Did you mean “exposure”",
        ),
        ("forms: {A: 2, B: 2}", "forms: {A: 4, B: 4}", 2, "cases.forms.A", "Write at most 2"),
        ("analysis:", "instruments: {before study: [demografics]}\nanalysis:", 1, "instruments", "“demographics”"),
        ("sizes: [4, 6]", "sizes: [3, 6]", 1, "allocation.sizes[1]", "multiple of 2"),
    ],
)
def test_each_fault_is_told_once_at_its_line_and_field_with_a_proposal(
    client, draft, old, new, faults, field, proposal
):
    source = draft.protocol.source.replace(old, new)
    page = checked(client, draft, source)
    problems = re.findall(r'<p class="problem problem--fault">(.*?)</p>', page, flags=re.S)
    assert len(problems) == faults, problems
    line = source[: source.index(new)].count("\n") + 1
    assert f'data-line="{line}"' in problems[0]
    assert field in problems[0]
    assert proposal in problems[0]


def test_form_writes_into_the_text_and_leaves_the_rest(client, draft):
    source = "# a remark\n" + draft.protocol.source
    page = checked(client, draft, source, "field:phases/withdrawal/window", **{"field:phases/withdrawal/window": "14d"})
    text = re.search(r'<textarea id="source".*?>\n(.*?)</textarea>', page, flags=re.S).group(1)
    assert text == source.replace("window: 7d", "window: 14d")
    assert 'hx-swap-oob="true"' in page
    page = checked(client, draft, source, "field:phases/exposure/label", **{"field:phases/exposure/label": "Part A"})
    assert "label: Part A" in page
    page = checked(client, draft, source, "field:advice/two-stage/wrong", **{"field:advice/two-stage/wrong": "9 of 2"})
    assert "problem--fault" in page
    assert Study.objects.get(pk=draft.pk).protocols.count() == 1, "nothing is kept by checking"


def test_saving_keeps_versions_and_an_unfinished_text_beside_them(client, draft):
    source = draft.protocol.source
    assert post(client, "design", draft.pk, source=source.replace("A small study", "Smaller")).status_code == 302
    assert "Saved. Every save is a version" in get(client, "design", draft.pk)
    assert post(client, "design", draft.pk, source="simlab: study/1\ntitle: Half").status_code == 302
    page = get(client, "design", draft.pk)
    assert "This is an unfinished text" in page
    assert "title: Half" in page
    draft.refresh_from_db()
    assert (draft.protocol.number, protocol_of(draft).title) == (2, "Smaller")
    assert "+title: Smaller" in get(client, "protocol-version", draft.pk, 2)
    assert "No text is left unfinished" in get(client, "checklist", draft.pk)


def test_documents_are_saved_as_versions_and_fixed_by_the_launch(client, draft, owner):
    assert post(client, "documents", draft.pk, consent="- [ ] I agree").status_code == 302
    assert draft.documents.filter(kind="consent").count() == 2
    actions.launch_study(study=draft, by=owner, now=NOW, per_stratum=4)
    assert post(client, "documents", draft.pk, consent="- [ ] No").status_code == 409
    assert "change by an amendment" in get(client, "documents", draft.pk)


def test_preview_is_marked_and_is_no_data(client, draft):
    answer = client.post(reverse("preview", args=[draft.pk]), {"arm": "advised"}, follow=True)
    person = Participant.objects.get()
    assert (person.virtual, person.slot.arm, person.study.kind) == (True, "advised", "preview")
    assert person.study.parent == draft
    assert "Preview: nothing here counts." in told(answer)
    sat = client.post(reverse("start", args=[person.pk]), follow=True)
    assert "Preview: nothing here counts." in told(sat)
    assert "/sit/" in sat.redirect_chain[-1][0]
    again = client.post(reverse("preview", args=[draft.pk]), {"arm": "unaided"}, follow=True)
    assert again.status_code == 200
    assert draft.twins.count() == 1, "one copy serves until it is full or the text changes"
    assert not draft.participants.exists()
    assert "Preview" not in get(client, "studies").replace("preview 1", "")
    assert post(client, "preview", draft.pk, arm="nobody").status_code == 409


def test_balance_tells_every_promise_with_its_worst_deviation(client, draft):
    assert "The study is being drawn and counted" in get(client, "balance", draft.pk)
    page = get(client, "balance-report", draft.pk)
    assert "Every promise holds" in page
    assert "differ by at most" in page
    assert "names the next one right in" in page


def test_checklist_leads_a_main_study_to_its_launch_by_two_people(client, owner):
    client.force_login(owner)
    study = a_draft(kind="main", by=owner)
    page = get(client, "checklist", study.pk)
    assert "Give somebody who wrote none of it a role first" in page
    assert post(client, "study-step", study.pk, "rehearse").status_code == 409
    actions.note_rehearsal(study=study, by=owner, now=NOW)
    second = a_user()
    assert post(client, "people", study.pk, email=second.email, role="researcher").status_code == 302
    assert "You wrote part of this study" in get(client, "checklist", study.pk)
    client.force_login(second)
    assert post(client, "study-step", study.pk, "approve", reason="Read.").status_code == 302
    assert post(client, "study-step", study.pk, "launch", places="4", unsigned=WHY).status_code == 409
    client.force_login(owner)
    assert post(client, "study-step", study.pk, "launch", places="many").status_code == 409
    assert post(client, "study-step", study.pk, "launch", places="4", unsigned=WHY).status_code == 302
    assert Study.objects.get(pk=study.pk).state == "launched"
    for step, reason in (("pause", WHY), ("resume", ""), ("lock", ""), ("unblind", WHY), ("archive", WHY)):
        assert post(client, "study-step", study.pk, step, reason=reason).status_code == 302, step
    page = get(client, "checklist", study.pk)
    assert "The study is archived" in page
    assert page.count(WHY) >= 3


def test_amendment_is_proposed_by_one_and_put_into_force_by_another(client, owner):
    client.force_login(owner)
    study, second = a_study(kind="pilot", by=owner), a_user()
    actions.grant_role(study=study, user=second, role="researcher", by=owner, now=NOW)
    text = study.protocol.source.replace("window: 7d", "window: 14d")
    assert post(client, "amendments", study.pk, source=text, reason=WHY).status_code == 302
    assert "Somebody else has to approve it" in get(client, "amendments", study.pk)
    assert "An amendment waits for a second person" in get(client, "run", study.pk)
    assert post(client, "amendment-decide", study.pk, 1, what="approve").status_code == 409
    client.force_login(second)
    assert post(client, "amendment-decide", study.pk, 1, what="approve").status_code == 302
    assert "In force since" in get(client, "amendments", study.pk)


def test_run_page_tells_no_arm_and_renews_itself(client, owner):
    client.force_login(owner)
    study = a_study(kind="pilot", by=owner, per_stratum=12)
    for _ in range(3):
        person = a_participant(study)
        sit_through(person, NOW)
    page = client.get(reverse("run", args=[study.pk])).content.decode()
    assert 'hx-trigger="every 5s"' in page
    assert "3</strong><span>enrolled" in page
    assert "advised" not in page
    assert "unaided" not in page
    live = client.get(reverse("run-live", args=[study.pk])).content.decode()
    assert live.lstrip().startswith('<div id="live"')


def test_participants_stand_under_their_code_alone(client, owner):
    client.force_login(owner)
    study = a_study(kind="pilot", by=owner)
    person = a_participant(study)
    page = get(client, "participants", study.pk)
    assert str(person.pk)[:8] in page
    assert "advised" not in page
    assert "0 people" in get(client, "participants", study.pk, state="withdrawn") or "No people" in get(
        client, "participants", study.pk, state="withdrawn"
    )
    assert str(person.pk)[:8] in get(client, "participants", study.pk, code=str(person.pk)[:6])
    link = re.search(
        r"http://testserver/join/[\w-]+/", html.unescape(post(client, "participants-links", study.pk).content.decode())
    )
    assert client.get(link.group(0)).status_code == 200
    one = study.invitations.filter(kind="open").order_by("-created_at").first()
    assert post(client, "participants-links", study.pk, close=one.pk).status_code == 302
    assert client.get(link.group(0)).status_code == 404


def test_only_an_owner_changes_roles_and_the_last_one_stays(client, owner):
    study, other = a_study(kind="pilot", by=owner), a_user()
    actions.grant_role(study=study, user=other, role="researcher", by=owner, now=NOW)
    client.force_login(other)
    assert post(client, "people", study.pk, email=other.email, role="owner").status_code == 409
    client.force_login(owner)
    assert post(client, "people", study.pk, email="nobody@example.org", role="owner").status_code == 409
    assert post(client, "people", study.pk, take=study.roles.get(role="owner").pk).status_code == 409
    assert post(client, "people", study.pk, take=study.roles.get(role="researcher").pk).status_code == 302
    assert get(client, "people", study.pk).count("Take away") == 2


def test_text_of_the_mini_study_is_that_of_its_folder(draft):
    assert draft.protocol.source == (MINI / "study.yaml").read_text()
