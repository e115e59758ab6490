"""Why a case deserves a second look, in words. A flag is a reason to read the case, not a verdict on it."""

from simlab.teaching.items import FEWEST_TRAINEES, Case, Difficulty

NEARLY_ALL, NEARLY_NONE = 0.9, 0.2
HARDLY = 0.1  # item-rest correlation
ENOUGH_TO_TELL = 30  # trainees, for a correlation near zero to mean something
MISFIT = (0.7, 1.3)  # mean squares (Wright and Linacre 1994, for tests of multiple choice)
SURPRISING = 2.0  # z
FEWEST_CHOOSERS = 5


def flags_of(case: Case, rasch: Difficulty | None, grades: list[dict]) -> list[str]:
    """Reasons, the gravest first. `grades` are the rows of this case."""
    return [*_key(case), *_easy(case), *_fit(rasch), *_unlike(grades)]


def _key(case: Case) -> list[str]:
    item = case.item
    if item.n < FEWEST_TRAINEES or item.rest is None:
        return []
    if item.rest_high is not None and item.rest_high < 0:
        return ["Those who do better on the other cases are more often wrong here: check the case and its reference."]
    key = next((one for one in case.choices if one.key), None)
    better = [one.answer for one in case.choices if key and not one.key and _above(one.rest_mean, key.rest_mean)
              and one.n >= FEWEST_CHOOSERS]  # fmt: skip
    said = [f"“{one}” was chosen by trainees who do better elsewhere than those who were right." for one in better]
    if item.rest < HARDLY and item.n >= ENOUGH_TO_TELL:
        said.append("Right or wrong here goes hardly together with the other cases.")
    return said


def _above(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one > other


def _easy(case: Case) -> list[str]:
    item = case.item
    if item.n < FEWEST_TRAINEES or item.difficulty is None or item.low is None or item.high is None:
        return []
    if item.difficulty in (0.0, 1.0):
        return [f"Everybody was {'right' if item.difficulty else 'wrong'}: the case tells nobody apart."]
    if item.low > NEARLY_ALL:
        return ["Nearly everybody was right: the case tells little."]
    return ["Nearly everybody was wrong: too hard, or the reference is in doubt."] if item.high < NEARLY_NONE else []


def _fit(rasch: Difficulty | None) -> list[str]:
    if rasch is None:
        return []
    low, high = MISFIT
    pairs = ((rasch.infit, rasch.infit_z), (rasch.outfit, rasch.outfit_z))
    if any(square > high and z > SURPRISING for square, z in pairs):
        return ["More surprising answers than the Rasch model allows: able trainees miss it or weak ones get it."]
    if any(square < low and z < -SURPRISING for square, z in pairs):
        return ["Answers follow ability more closely than chance allows: it may repeat another case."]
    return []


def _unlike(grades: list[dict]) -> list[str]:
    return [
        f"At equal skill, {'harder' if row['delta'] < 0 else 'easier'} for {row['focal']} than for {row['reference']}."
        for row in grades
        if row["class"] == "C"
    ]
