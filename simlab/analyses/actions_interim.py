"""Writes about looks before the end: appoint who is independent, make the look that is due, record the decision."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from simlab.analyses.actions import freeze_dataset
from simlab.analyses.extract import analysis_table
from simlab.analyses.interimmodels import InterimDecision, InterimLook, Monitor
from simlab.analyses.reading_interim import independent, looks_planned, monitors, open_look
from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.stats import interim, plans
from simlab.stats.errors import BadPlan, BadTable
from simlab.stats.planfile import plan_hash
from simlab.stats.result import dump, plain
from simlab.studies.models import Study
from simlab.studies.reading import has_role, protocol_of

SHORTEST_REASON = 10  # characters


@transaction.atomic
def appoint_monitor(*, study: Study, email: str, by: User, now: datetime) -> Monitor:
    """Put a person with an account on the committee. Raises Refused for anybody but an owner and for the dependent."""
    if not has_role(study, by, "owner"):
        raise Refused("not-owner", "Only an owner of the study may appoint its committee.")
    if looks_planned(study) is None:
        raise Refused("no-looks", "The plan of this study has no looks before the end, so there is nothing to monitor.")
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise Refused("no-account", "Nobody with this address has an account. Check it, or ask the person to make one.")
    if not independent(study, user):
        raise Refused(
            "not-independent",
            "This person has a part in the study or runs this site. Name somebody who has neither.",
        )
    made, _ = Monitor.objects.get_or_create(
        study=study, user=user, defaults={"appointed_by_id": by.pk, "appointed_at": now}
    )
    return made


@transaction.atomic
def make_look(*, study: Study, by: User, now: datetime) -> InterimLook:
    """Compute and keep the look that is due on the data as they are. Raises Refused where none is, or one is open."""
    held = _for_monitor(study, by)
    if open_look(held) is not None:
        raise Refused("undecided", "Decide on the look that was made before another one.")
    table = analysis_table(held)
    document = protocol_of(held).plan()
    try:
        found = interim.look(table, document)
    except (BadPlan, BadTable) as fault:
        raise Refused("no-look", f"No look can be made now: {fault}") from None
    verdict = next((one for one in found.tables if one.name == "advice"), None)
    if verdict is None:
        raise Refused("no-look", f"No look can be made now: {' '.join(found.warnings)}")
    number = int(verdict.rows[0][0])
    if held.interim_looks.filter(number=number).exists():
        raise Refused("made-already", f"Look {number} was made and decided. The next one is not due yet.")
    return InterimLook.objects.create(
        study=held, number=number, plan_sha256=plan_hash(document), code_version=plans.code_version(),
        dataset=freeze_dataset(study=held, table=table, now=now), found_json=dump(plain(asdict(found))).decode(),
        made_by_id=by.pk, made_at=now,
    )  # fmt: skip


@transaction.atomic
def decide_look(*, study: Study, word: str, reason: str, by: User, now: datetime) -> InterimDecision:
    """Record that the trial continues or stops. The team is told the word and the day. There is no way back."""
    held = _for_monitor(study, by)
    look = open_look(held)
    if look is None:
        raise Refused("nothing-open", "There is no look to decide on. Make the one that is due first.")
    if word not in InterimDecision.Word.values:
        raise Refused("no-word", "Say whether the trial continues or stops.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("no-reason", "Give the committee’s reason in a sentence. The study team does not see it.")
    return InterimDecision.objects.create(
        look=look, word=word, reason=reason.strip(), decided_by_id=by.pk, decided_at=now
    )


def _for_monitor(study: Study, by: User) -> Study:
    """The study, held so that two people cannot make or decide one look; Refused for anybody not of the committee."""
    held = Study.objects.select_for_update(of=("self",)).select_related("protocol").get(pk=study.pk)
    if not monitors(held, by):
        raise Refused("not-monitor", "Only the independent committee sees and decides looks.")
    return held
