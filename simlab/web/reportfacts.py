"""The facts of a study that its report tells beside the numbers, read from the database and the frozen table."""

from dataclasses import replace

from django.db.models import Max, Min

from simlab.analyses.models import AnalysisRun
from simlab.analyses.reading import Shown, label_of, whole_table
from simlab.engine.protocol import parse_protocol
from simlab.stats import baseline, blinding, deviations, planfile
from simlab.stats.blinded_table import open_phases
from simlab.stats.columns import NEVER_ALLOCATED
from simlab.web.presenters.about import About, Amendment


def about_of(told: Shown) -> About:
    """As the study was when the run ended, so that the same run gives the same report for ever."""
    run = told.run
    study = run.study
    table, plan = told.table(), planfile.parse(told.own_plan)
    allocated = table[~table["status"].isin(NEVER_ALLOCATED)].drop_duplicates("participant")
    version = study.protocols.filter(sha256=run.protocol_sha256).first() or study.protocol
    enrolled = study.participants.filter(enrolled_at__lte=run.finished_at)
    dates = enrolled.aggregate(first=Min("enrolled_at"), last=Max("enrolled_at"))
    shown = study.unblinded_at
    early = shown is not None and shown <= run.finished_at and (study.locked_at is None or shown < study.locked_at)
    return About(
        title=study.title,
        kind=study.kind,
        protocol=parse_protocol(version.source),
        protocol_number=version.number,
        made_on=run.finished_at.date(),
        virtual=int(allocated["virtual"].sum()),
        participants=len(allocated),
        label=label_of(run),
        blinded=told.blinded,
        arms=plan.arms,
        enrolled_from=dates["first"] and dates["first"].date(),
        enrolled_to=dates["last"] and dates["last"].date(),
        commitment=study.allocation_commitment,
        packs=tuple(study.packs.order_by("pack").values_list("pack", "sha256")),
        characteristics=baseline.characteristics(table, plan) if plan.phases else [],
        wrong_advice=[] if told.blinded else baseline.wrong_advice(table, plan),
        deviations=_deviations(told),
        amendments=_amendments(run, version.number),
        unsigned=(study.unsigned_cases, study.unsigned_reason) if study.unsigned_cases else None,
        unblinded=(study.unblinded_at.date(), study.unblinding_reason) if early else None,
    )


def _deviations(told: Shown) -> list[deviations.Deviation]:
    """Counted on the whole table, for windows rest on phases with advice; shown in letters where arms are hidden."""
    plan = planfile.parse(told.plan)
    found = deviations.deviations(whole_table(told.run), plan)
    if not told.blinded:
        return found
    named = blinding.letters(plan, told.run.study.allocation_salt)
    kept = [one for one in found if one.phase in open_phases(plan) and not one.of_advice]
    return sorted(
        (replace(one, arm=named[one.arm]) for one in kept), key=lambda d: (plan.phases.index(d.phase), d.kind, d.arm)
    )


def _amendments(run: AnalysisRun, used: int) -> list[Amendment]:
    """Versions of the protocol that were made after the launch and before the run ended."""
    launched = run.study.launched_at
    later = run.study.protocols.filter(created_at__gt=launched, created_at__lte=run.finished_at, number__gt=1)
    return [Amendment(one.number, one.created_at.date(), one.number == used) for one in later.order_by("number")]
