"""Writes of what an educator tells a trainee."""

from datetime import datetime

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.teaching.models import Trainee, TraineeComment

LONGEST = 4000  # characters


def comment_on_trainee(*, trainee: Trainee, text: str, by: User, now: datetime) -> TraineeComment:
    """Tell the trainee something about their review. Only the educator of their cohort may."""
    said = text.strip()
    if trainee.cohort.owner_id != by.pk:
        raise Refused("not-yours", "Only the educator of this cohort can comment. Ask them to.")
    if not 0 < len(said) <= LONGEST:
        raise Refused("malformed", f"A comment has 1 to {LONGEST} characters: this one has {len(said)}.")
    return TraineeComment.objects.create(trainee=trainee, text=said, by=by, written_at=now)
