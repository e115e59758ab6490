"""The primary comparison analysed in other ways, beside the primary itself, and whether any of them disagrees.

Nothing here replaces the primary answer. Two rows are kept as warnings rather than as rivals: GEE and the model with
intercepts only take the cases as given, so where the effect differs between cases their intervals are too narrow.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from simlab.stats import contrasts, deskilling, estimand, populations, resample, robust, separation
from simlab.stats.accuracy import DF, unreadable
from simlab.stats.glmm import Factor, GlmmFit, Prior
from simlab.stats.intercurrent import Intercurrent
from simlab.stats.intervals import CannotFit, Interval
from simlab.stats.modelling import Naming, fitted, sites
from simlab.stats.planfile import Plan, Primary
from simlab.stats.prepare import Prepared, Sieved, yes
from simlab.stats.result import Analysis, Convergence, Estimate, Table

TITLE = "The primary comparison in other ways"
FEW_CLUSTERS = 30  # below this sandwich covariances are too small, so tests by resampling are added
SUCH, THESE, DRAW = "such cases and such clinicians", "these cases, such clinicians", "these cases, these clinicians"


@dataclass(frozen=True)
class Way:
    """One way to answer the primary question. `found` is None when it could not be done; `why` then says so."""

    name: str
    label: str
    speaks_of: str
    about: Sieved
    found: Interval | None
    why: str | None = None


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """The primary comparison first, then every other way, each with its n and whether it agrees."""
    primary = plan.primary
    if primary is None:
        return unreadable("sensitivity", TITLE, "The plan names no primary contrast to analyse in other ways.")
    phases = (primary.adjusted_for, primary.phase)
    kept = estimand.chosen(prepared.encounters, plan, primary, phases)
    if why := deskilling.absent(kept.rows, primary, phases):
        return unreadable("sensitivity", TITLE, why)
    ways = [*_populations_and_events(prepared.encounters, plan, primary, kept), *_other_models(kept, plan, primary)]
    told = [disagreement(ways[0].found, way.found, primary, plan.alpha) for way in ways[1:]]
    apart = [f"{way.label}: {said}." for way, said in zip(ways[1:], told, strict=True) if said]
    tables = (
        Table("verdict", ("sentence",), ((_sentence(ways, apart),),)),
        Table("sensitivity", _COLUMNS, tuple(_row(way, primary, plan.alpha, ways[0]) for way in ways)),
        *_by_population(ways, primary, plan.alpha),
        populations.table(prepared.encounters, plan, primary, phases),
    )
    return Analysis("sensitivity", TITLE, tuple(_estimate(way) for way in ways), warnings=tuple(apart), tables=tables)


def _populations_and_events(encounters: pd.DataFrame, plan: Plan, primary: Primary, kept: Sieved) -> Iterator[Way]:
    phases = (primary.adjusted_for, primary.phase)
    yield _mixed("primary", "Primary, as planned", kept, plan, primary)
    for name in ("allocated", "per-protocol"):
        if name != primary.population:
            rows = estimand.chosen(encounters, plan, primary, phases, population=name)
            yield _mixed(name, f"Population: {name}", rows, plan, primary)
    failure: dict[str, str] = dict.fromkeys(("drop_out", "time_out", "skipped_case"), "composite-failure")
    events = Intercurrent.model_validate(primary.intercurrent.model_dump() | failure)
    rows = estimand.chosen(encounters, plan, primary.model_copy(update={"intercurrent": events}), phases)
    yield _mixed("failure", "Missing answers scored as wrong", rows, plan, primary)


def _mixed(name: str, label: str, kept: Sieved, plan: Plan, primary: Primary) -> Way:
    """The primary model on other decisions."""
    if why := deskilling.absent(kept.rows, primary, (primary.adjusted_for, primary.phase)):
        return Way(name, label, SUCH, kept, None, why)
    design: list[contrasts.Design] = []

    def fit() -> GlmmFit:
        design.append(deskilling.design_of(kept.rows, plan, primary, primary.phase))
        return contrasts.fit(design[0])

    model = fitted(fit)
    if model.fit is None or not model.readable:
        return Way(
            name, label, SUCH, kept, None, f"the model is {model.convergence.verdict}: {model.convergence.detail}"
        )
    found = contrasts.deskilling(model.fit, design[0], level=plan.level, df=DF)
    return Way(name, label, SUCH, kept, found)


def _other_models(kept: Sieved, plan: Plan, primary: Primary) -> Iterator[Way]:
    try:
        design = deskilling.design_of(kept.rows, plan, primary, primary.phase)
        apart = separation.separated(design.y, design.x, design.names)
    except CannotFit as refusal:
        yield Way("two-way", "Regression clustered on clinician and case", SUCH, kept, None, str(refusal))
        return
    unit, units = _allocated(kept.rows, plan)
    people, cases = units.to_numpy(dtype=object), kept.rows["case"].to_numpy(dtype=object)
    names = design.names

    def two_way() -> Interval:
        return _standardised(robust.clustered(design.y, design.x, people, cases, names=names), plan.level)

    def gee() -> Interval:
        return _standardised(robust.gee(design.y, design.x, people, names=names), plan.level)

    clustered = f"Regression clustered on {unit} and case"
    marginal = f"Estimating equations (GEE) clustered on {unit}"
    control = "Mixed model with intercepts only (a control: its interval is too narrow)"
    yield _way("two-way", clustered, SUCH, kept, two_way, apart)
    yield _way("gee", marginal, THESE, kept, gee, apart)
    yield _way("intercepts", control, THESE, kept, lambda: _intercepts_only(design, plan.level), apart)
    if apart is not None or separation.cells(design.y, design.where):
        weak = "Weak prior on coefficients, because a cell is all right or all wrong"
        yield _way("weak-prior", weak, SUCH, kept, lambda: _with_prior(design, plan.level), None)
    if units.nunique() < FEW_CLUSTERS:
        wild = f"Wild cluster bootstrap, because {unit}s are few"
        drawn = f"Randomisation test, because {unit}s are few"
        yield _way("wild", wild, THESE, kept, lambda: _wild(design, people, plan), None)
        yield _way("randomisation", drawn, DRAW, kept, lambda: _randomisation(kept.rows, plan, primary), None)


def _allocated(rows: pd.DataFrame, plan: Plan) -> tuple[str, "pd.Series[str]"]:
    """What was allocated, in a word, and which one each decision belongs to."""
    if plan.cluster is None:
        return "clinician", rows["participant"]
    return "site", pd.Series(sites(rows, plan), index=rows.index, dtype=object)


def _way(name: str, label: str, speaks_of: str, kept: Sieved, find: Callable[[], Interval], apart: str | None) -> Way:
    if apart is not None:
        return Way(name, label, speaks_of, kept, None, apart)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what cannot be read is withheld below, with its reason
        try:
            found = find()
        except (CannotFit, np.linalg.LinAlgError) as refusal:
            return Way(name, label, speaks_of, kept, None, str(refusal))
    if not np.isfinite(found.value):
        return Way(name, label, speaks_of, kept, None, "the estimate is not a number")
    return Way(name, label, speaks_of, kept, found)


def _standardised(fit: robust.RobustFit, level: float) -> Interval:
    if not fit.converged:
        raise CannotFit("The regression did not converge.")
    return robust.standardised_difference(fit, [1.0, 1.0, 1.0], [1.0, 1.0, 0.0], level=level)


def _intercepts_only(design: contrasts.Design, level: float) -> Interval:
    factors = tuple(Factor(factor.name, factor.labels) for factor in design.factors)
    cells = {
        key: replace(cell, z={name: np.asarray(z)[..., :1] for name, z in cell.z.items()})
        for key, cell in design.cells.items()
    }
    bare = replace(design, factors=factors, cells=cells)
    fit = contrasts.fit(bare)
    if not fit.converged:
        raise CannotFit(fit.verdict)
    return contrasts.deskilling(fit, bare, level=level, df="normal")


def _with_prior(design: contrasts.Design, level: float) -> Interval:
    fit = contrasts.fit(design, prior=Prior())
    if not fit.converged:
        raise CannotFit(fit.verdict)
    return contrasts.deskilling(fit, design, level=level, df=DF)


def _wild(design: contrasts.Design, people: np.ndarray, plan: Plan) -> Interval:
    rng = resample.generator(plan.seed, "wild cluster bootstrap")
    made = robust.wild_cluster_p(design.y, design.x, people, names=design.names, test=design.names[2], rng=rng)
    return Interval(made.value, None, None, None, None, plan.level, made.method, "risk difference", made.p)


def _randomisation(rows: pd.DataFrame, plan: Plan, primary: Primary) -> Interval:
    right = rows.assign(right=yes(rows["final_correct"]).astype(float))
    share = right.pivot_table(index="participant", columns="phase", values="right", aggfunc="mean")
    both = share.dropna()
    people = rows.drop_duplicates("participant").set_index("participant").loc[both.index]
    units = _allocated(people.reset_index(), plan)[1]
    unit_of = {str(person): str(unit) for person, unit in zip(people.index, units, strict=True)}
    arm_of = {unit_of[str(person)]: str(arm) for person, arm in people["arm"].items()}
    strata = {unit_of[str(person)]: str(name) for person, name in people["stratum"].fillna("").items()}
    # What baseline says is taken out before arms are looked at, so redrawing the arms stays exact.
    before, after = (both[name].to_numpy(dtype=float) for name in (primary.adjusted_for, primary.phase))
    line = np.column_stack([np.ones(len(before)), before])
    rest = after - line @ np.linalg.lstsq(line, after, rcond=None)[0]
    exposed = primary.between[1]

    def difference(arms: Mapping[str, str]) -> float:
        has = np.array([arms[unit_of[str(person)]] == exposed for person in both.index])
        return float(rest[has].mean() - rest[~has].mean())

    rng = resample.generator(plan.seed, "randomisation test")
    made = robust.randomisation_test(difference, arm_of, strata, rng=rng)
    method = f"clinicians' own shares right, less what baseline says, {made.method}"
    return Interval(made.observed, None, None, None, None, plan.level, method, "risk difference", made.p)


def _excludes_zero(found: Interval, alpha: float) -> bool | None:
    if found.low is not None and found.high is not None:
        return found.low > 0 or found.high < 0
    return None if found.p is None else found.p < alpha


def shown(found: Interval, primary: Primary, alpha: float) -> bool | None:
    """Whether the claim of the plan is shown; None where there is no interval to judge it by."""
    if found.low is None or found.high is None:
        return None
    made = deskilling.verdict(found, primary, alpha)
    return bool(made.rows[0][made.columns.index("shown")])


def disagreement(first: Interval | None, other: Interval | None, primary: Primary, alpha: float) -> str | None:
    """How another way disagrees with the primary answer, in words; None when it does not, or cannot be compared."""
    if first is None or other is None:
        return None
    said = []
    if first.value * other.value < 0:
        said.append("the sign is the opposite")
    zero = _excludes_zero(first, alpha), _excludes_zero(other, alpha)
    if None not in zero and zero[0] != zero[1]:
        said.append(f"it {'excludes' if zero[1] else 'does not exclude'} zero, unlike the primary")
    claim = shown(first, primary, alpha), shown(other, primary, alpha)
    if primary.claim == "noninferiority" and None not in claim and claim[0] != claim[1]:
        said.append(f"it {'shows' if claim[1] else 'does not show'} non-inferiority, unlike the primary")
    return "; ".join(said) or None


def _sentence(ways: list[Way], apart: list[str]) -> str:
    done = [way for way in ways[1:] if way.found is not None]
    if ways[0].found is None:
        return "The primary model may not be read, so there is nothing to agree with; the other ways stand alone."
    undone = f" {len(ways) - 1 - len(done)} could not be done." if len(done) < len(ways) - 1 else ""
    if not apart:
        return f"None of the {len(done)} other ways disagrees with the primary in sign or conclusion.{undone}"
    verb = "disagrees" if len(apart) == 1 else "disagree"
    return f"{len(apart)} of the {len(done)} other ways {verb} with the primary. {' '.join(apart)}{undone}"


_COLUMNS = ("analysis", "speaks of", "estimate", "low", "high", "p", "claim shown", "agrees", "in words")
_Row = tuple[str | float | bool | None, ...]


def _row(way: Way, primary: Primary, alpha: float, first: Way) -> _Row:
    found = way.found
    if found is None:
        return (way.label, way.speaks_of, None, None, None, None, None, None, f"Not done: {way.why}")
    said = None if way is first else disagreement(first.found, found, primary, alpha)
    agrees = None if first.found is None or way is first else said is None
    words = "The answer of the plan" if way is first else said or ("Agrees" if agrees else "Nothing to compare with")
    return (
        way.label, way.speaks_of, found.value, found.low, found.high, found.p, shown(found, primary, alpha), agrees,
        words[:1].upper() + words[1:],
    )  # fmt: skip


def _by_population(ways: list[Way], primary: Primary, alpha: float) -> tuple[Table, ...]:
    """A claim of non-inferiority in both populations: leaving people out, or keeping them in, can each hide a loss."""
    if primary.claim != "noninferiority":
        return ()
    rows: list[_Row] = []
    for name in ("allocated", "per-protocol"):
        way = next(way for way in ways if way.name == ("primary" if name == primary.population else name))
        if way.found is None:
            rows.append((name, primary.margin, None, None, None, f"Not done: {way.why}"))
        else:
            said = dict(zip(*_verdict(way.found, primary, alpha), strict=True))
            rows.append((name, primary.margin, said["lower limit"], said["shown"], said["p"], said["sentence"]))
    columns = ("population", "margin", "lower limit", "shown", "p", "sentence")
    return (Table("non-inferiority by population", columns, tuple(rows)),)


def _verdict(found: Interval, primary: Primary, alpha: float) -> tuple[tuple[str, ...], _Row]:
    made = deskilling.verdict(found, primary, alpha)
    return made.columns, made.rows[0]


def _estimate(way: Way) -> Estimate:
    name, naming = f"difference/{way.name}", Naming(way.found.level if way.found else 0.0, way.about)
    if way.found is None:
        made = naming.withheld(name, way.label, "difference", Convergence(False, "not fitted", way.why or ""))
        return replace(made, note=f"Not done: {way.why}")
    made = naming.estimate(name, way.label, way.found, "difference")
    return made if made.low is not None else replace(made, level=None)
