"""The facts of a study that its report tells beside the numbers, read from the database and the frozen table."""

from pathlib import Path

from django.conf import settings
from django.db.models import Max, Min

from simlab.analyses.models import AnalysisRun
from simlab.analyses.reading import label_of
from simlab.engine.protocol import parse_protocol
from simlab.stats import baseline, datafile, planfile
from simlab.stats.columns import NEVER_ALLOCATED
from simlab.web.presenters.about import About


def about_of(run: AnalysisRun) -> About:
    """As the study was when the run ended, so that the same run gives the same report for ever."""
    study = run.study
    table = datafile.read(Path(settings.DATA_DIR) / run.dataset.path)
    allocated = table[~table["status"].isin(NEVER_ALLOCATED)].drop_duplicates("participant")
    version = study.protocols.filter(sha256=run.protocol_sha256).first() or study.protocol
    enrolled = study.participants.filter(enrolled_at__lte=run.finished_at)
    dates = enrolled.aggregate(first=Min("enrolled_at"), last=Max("enrolled_at"))
    plan = planfile.parse(run.plan)
    return About(
        title=study.title,
        kind=study.kind,
        protocol=parse_protocol(version.source),
        protocol_number=version.number,
        made_on=run.finished_at.date(),
        virtual=int(allocated["virtual"].sum()),
        participants=len(allocated),
        label=label_of(run),
        enrolled_from=dates["first"] and dates["first"].date(),
        enrolled_to=dates["last"] and dates["last"].date(),
        commitment=study.allocation_commitment,
        packs=tuple(study.packs.order_by("pack").values_list("pack", "sha256")),
        characteristics=baseline.characteristics(table, plan),
        wrong_advice=baseline.wrong_advice(table, plan),
    )
