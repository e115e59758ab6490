"""From the data of a pilot to records about the forms of a pack."""

import datetime
import hashlib
import io

import pandas as pd
from django.conf import settings
from django.db import transaction

from simlab.analyses.models import AnalysisRun, Dataset
from simlab.engine.casefile import Pack
from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.stats import datafile, form_equivalence, items, planfile
from simlab.stats.errors import BadInput
from simlab.stats.item_response import Answers
from simlab.stats.prepare import prepare
from simlab.studies import actions
from simlab.studies.equated import bounds_of, form_hash
from simlab.studies.models import FormBound, FormEquating, Study
from simlab.studies.reading import pack_of

MOST_BYTES = 20_000_000
LEVEL = 0.95


def datasets_for(user: User, pack: str) -> list[Dataset]:
    """Frozen data of trials of this pack in which the person does research. Virtual clinicians equate nothing."""
    mine = Study.objects.filter(kind__in=["pilot", "main"], packs__pack=pack)
    if not user.is_superuser:
        mine = mine.filter(roles__user=user, roles__role__in=["owner", "researcher"])
    found = Dataset.objects.filter(study__in=mine, runs__state="done").select_related("study")
    return list(found.distinct().order_by("-created_at"))


def equate_study(*, pack: Pack, dataset: Dataset, by: User, now: datetime.datetime) -> list[FormEquating]:
    """Record what the unaided decisions of a study say of every declared pair. Raises Refused."""
    study = dataset.study
    sat = pack_of(study.packs.get(pack=pack.id))
    run = AnalysisRun.objects.filter(dataset=dataset, state="done").latest("finished_at")
    same = {
        pair: bound
        for pair, bound in _declared(pack).items()
        if all(form in sat.forms and form_hash(sat, form) == form_hash(pack, form) for form in pair)
    }
    if not same:
        raise Refused("other-content", "This study sat other contents of the forms that have a bound.")
    more = {"study": study, "data_from": dataset.created_at}
    return _record(pack, same, _answers(dataset, run), f"Study “{study.title}”", dataset.sha256, by, now, more)


def _answers(dataset: Dataset, run: AnalysisRun) -> Answers:
    """The unaided answers in frozen data, which must still be what was frozen."""
    try:
        plan = planfile.parse(run.plan)
        data = prepare(datafile.read(settings.DATA_DIR / dataset.path), plan)
    except BadInput as fault:
        raise Refused("data-unreadable", f"The frozen data cannot be read. {fault}") from None
    if data.data_sha256 != dataset.sha256:
        raise Refused("data-changed", "The file of the data is no longer what was frozen. Restore it from a backup.")
    return items.of(data.encounters, plan).answers


def equate_file(*, pack: Pack, content: bytes, name: str, by: User, now: datetime.datetime) -> list[FormEquating]:
    """Record what a CSV file of unaided answers (participant, case, correct) says. Raises Refused."""
    if not content or len(content) > MOST_BYTES:
        raise Refused("malformed", f"Choose a CSV file of up to {MOST_BYTES // 1_000_000} MB.")
    try:
        table = pd.read_csv(io.BytesIO(content), dtype="string", keep_default_na=False)
        answers = form_equivalence.answers_of(table)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise Refused("malformed", "The file is no CSV table in UTF-8.") from None
    except BadInput as fault:
        raise Refused("malformed", str(fault)) from None
    digest = hashlib.sha256(content).hexdigest()
    return _record(pack, _declared(pack), answers, f"File “{name[:200]}”", digest, by, now, {})


def _declared(pack: Pack) -> dict[tuple[str, str], FormBound]:
    bounds = bounds_of(pack)
    if not bounds:
        raise Refused("no-bound", "Declare a bound for a pair of forms first; it must come before the data.")
    return bounds


@transaction.atomic
def _record(
    pack: Pack, bounds: dict[tuple[str, str], FormBound], answers: Answers, source: str, digest: str, by: User,
    now: datetime.datetime, more: dict,
) -> list[FormEquating]:  # fmt: skip
    made = []
    for found in form_equivalence.compare(answers, pack.forms, level=LEVEL):
        bound = bounds.get((found.one, found.other))
        if bound is None:
            continue
        gap = found.gap
        made.append(
            actions.record_equating(
                bound=bound, source=source, data_sha256=digest, method=form_equivalence.METHOD, level=LEVEL,
                persons=found.persons, decisions=found.decisions, difference=gap and gap.value, low=gap and gap.low,
                high=gap and gap.high, verdict=found.verdict(bound.bound), note=found.note, by=by, now=now, **more,
            )
        )  # fmt: skip
    if not made:
        raise Refused("no-answers", "The data hold no answers to both forms of any pair with a bound.")
    return made
