"""Judging answers in people's own words, and letting the verdicts count."""

import datetime

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.sittings.adjudication import NEEDED, items_of, sha256_of
from simlab.sittings.models import Rating, Rescoring, Verdict
from simlab.studies.models import Study


@transaction.atomic
def rate_text(*, study: Study, case_id: str, text: str, right: bool, by: User, now: datetime.datetime) -> Rating:
    """Note what this person makes of a text. Saying the same again changes nothing; a rating is never changed.

    Raises Refused for a text that nobody gave or that is settled.
    """
    Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
    sha256 = sha256_of(text)
    before = Rating.objects.filter(study=study, case_id=case_id, text_sha256=sha256, rater=by).first()
    if before and before.right == right:
        return before
    if before:
        raise Refused("already-decided", "You have judged this text before. A rating cannot be changed.")
    item = next((item for item in items_of(study) if (item.case.id, item.text) == (case_id, text)), None)
    if item is None:
        raise Refused("malformed", "Nobody has given this answer. Load the page again.")
    if item.verdict is not None or item.settled is not None:
        raise Refused("already-decided", "This text is settled already. Go on with the next.")
    return Rating.objects.create(
        study=study, case_id=case_id, text=text, text_sha256=sha256, rater=by, right=right, given_at=now
    )


@transaction.atomic
def apply_verdicts(*, study: Study, by: User, now: datetime.datetime) -> Rescoring:
    """Let every settled text count from now on, for earlier and later answers alike. Raises Refused when there is none.

    Answers stay as they were given. Scores are worked out anew at the next extract; reports made before keep theirs.
    """
    Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
    settled = [item for item in items_of(study) if item.verdict is None and item.settled is not None]
    if not settled:
        raise Refused("nothing-settled", f"There is no new text on which {NEEDED} raters agree.")
    answers = sum(item.answers for item in settled)
    rescoring = Rescoring.objects.create(study=study, by=by, at=now, texts=len(settled), answers=answers)
    Verdict.objects.bulk_create(
        [
            Verdict(
                rescoring=rescoring,
                study=study,
                case_id=item.case.id,
                text=item.text,
                text_sha256=sha256_of(item.text),
                right=bool(item.settled),
            )
            for item in settled
        ]
    )
    return rescoring
