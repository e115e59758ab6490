"""Bounds and equatings of forms: the page, the claim, and each constraint broken once."""

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from simlab.studies import actions
from simlab.studies.equated import bounds_of, latest_of
from simlab.studies.models import FormBound, FormEquating
from simlab.studies.reading import pack_of
from tests.factories import NOW, a_loaded_pack, a_user

pytestmark = pytest.mark.django_db


def a_file(pack, people: int, seed: int) -> bytes:
    """Everybody takes all cases; forms are equally hard."""
    rng = np.random.default_rng(seed)
    rows = ["participant,case,correct"]
    for person in range(people):
        skill = rng.normal(0, 1)
        cases = sorted({case for members in pack.forms.values() for case in members})
        rows += [f"p{person},{case},{int(rng.random() < 1 / (1 + np.exp(-skill)))}" for case in cases]
    return "\n".join(rows).encode()


def test_a_claim_stands_only_on_a_record_after_a_declared_bound(client):
    version, staff = a_loaded_pack(), a_user(is_staff=True)
    pack = pack_of(version)
    one, other = list(pack.forms)[:2]
    client.force_login(staff)
    page, forms = reverse("pack-equating", args=["mini"]), reverse("pack-forms", args=["mini"])
    content = a_file(pack, 600, 1)

    def sent():
        return client.post(page, {"act": "file", "file": SimpleUploadedFile("pilot.csv", content)})

    assert sent().status_code == 409
    assert b"Parallel within" not in client.get(forms).content
    given = {"act": "declare", "pair": f"{one} {other}", "bound": "0.5", "reason": "Smaller than between trainees."}
    assert client.post(page, {**given, "bound": "wide"}).status_code in (409, 422)
    assert client.post(page, given).status_code == 302
    assert sent().status_code == 302
    record = FormEquating.objects.get()
    assert (record.verdict, record.persons, record.decisions) == ("parallel", 600, 2400)
    assert -0.5 < record.low < record.difference < record.high < 0.5
    assert b"Parallel within the declared bound" in client.get(forms).content
    assert client.post(page, {**given, "bound": "0.9"}).status_code == 302
    assert sent().status_code == 409  # a bound chosen after the estimate
    assert FormEquating.objects.count() == 1
    changed = pack.cases[pack.forms[one][0]].model_copy(update={"title": "Another title"})
    other_pack = pack.model_copy(update={"cases": {**pack.cases, changed.id: changed}})
    assert (latest_of(other_pack), bounds_of(other_pack)) == ({}, {})


def test_only_authors_declare_and_the_database_keeps_what_was_said(client):
    version, staff = a_loaded_pack(), a_user(is_staff=True)
    reviewer = a_user()
    actions.grant_case_right(pack="mini", user=reviewer, name="reviewer", by=staff)
    client.force_login(reviewer)
    given = {"act": "declare", "pair": "A B", "bound": "0.5", "reason": "Small."}
    refused = client.post(reverse("pack-equating", args=["mini"]), given)
    assert b"Only authors" in refused.content
    one, other = list(pack_of(version).forms)[:2]
    bound = actions.declare_bound(version=version, one=other, other=one, bound=0.3, reason="Small.", by=staff, now=NOW)
    assert (bound.one, bound.other) == (one, other)

    def breaks(words, act):
        with pytest.raises(DatabaseError, match=words), transaction.atomic():
            act()

    breaks("immutable", lambda: FormBound.objects.update(bound=1))
    same = {"version": version, "reason": "x", "declared_at": NOW, "declared_by": staff}
    breaks("form_bound_is_meant", lambda: FormBound.objects.create(**same, one="A", other="B", bound=0))
    breaks("form_bound_of_two_forms", lambda: FormBound.objects.create(**same, one="A", other="A", bound=1))
    row = {
        "bound": bound, "one_sha256": "a", "other_sha256": "b", "data_sha256": "c", "source": "s", "method": "m",
        "persons": 1, "decisions": 1, "level": 0.95, "made_at": NOW, "made_by": staff,
    }  # fmt: skip
    breaks("form_equating_verdict_with_interval", lambda: FormEquating.objects.create(**row, verdict="parallel"))
    FormEquating.objects.create(**row, verdict="undecided")
    breaks("form_equating_once_for_the_data", lambda: FormEquating.objects.create(**row, verdict="undecided"))
    breaks("immutable", lambda: FormEquating.objects.update(verdict="undecided"))
