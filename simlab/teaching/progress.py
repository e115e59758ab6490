"""What a trainee may read of their own review: the facts the educator reads, once the debrief has told the answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from simlab.sittings.progress import progress_of
from simlab.studies.models import Study
from simlab.teaching.gathering import Gathering, gathered_by, gathering_of
from simlab.teaching.models import Trainee
from simlab.teaching.reading import participants_of
from simlab.teaching.responses import responses_of
from simlab.teaching.traineereview import Chosen, TraineeReview, review_of


@dataclass(frozen=True)
class Read:
    """A review with its gathering; `held`: answered cases that wait for their debrief and are in neither."""

    review: TraineeReview
    gathering: Gathering
    held: int


def for_educator(trainee: Trainee, chosen: Chosen) -> Read:
    return Read(review_of(responses_of(trainee), chosen), gathering_of(gathered_by(trainee)), 0)


def for_trainee(trainee: Trainee, now: Callable[[Study], datetime]) -> Read:
    """Right and wrong are told where the debrief is open; earlier they would give the answers away."""
    told = {
        (str(person.pk), phase)
        for person in participants_of(trainee)
        for phase in progress_of(person, now(person.study)).debriefed
    }
    table = responses_of(trainee)
    open_ = pd.Series([key in told for key in zip(table["participant"], table["phase"], strict=True)], dtype=bool)
    gathered = [one for one in gathered_by(trainee) if (str(one.participant), one.phase) in told]
    return Read(review_of(table[open_.to_numpy()], Chosen()), gathering_of(gathered), int((~open_).sum()))
