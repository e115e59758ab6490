"""Which list each person takes a place of: for rehearsals, and to see how well a list can be foretold."""

from collections import Counter
from collections.abc import Sequence

from simlab.engine.minimisation import choose, uniforms
from simlab.engine.protocol import Protocol
from simlab.engine.recruitment import balanced_features

Person = tuple[str, str]  # grade, site; the site is empty where the protocol lists none


def lists_of(protocol: Protocol, seed: str, people: Sequence[Person]) -> list[str]:
    """The list of each person in the order they come: their stratum, or the arm that a minimisation chooses."""
    if not protocol.is_minimised or protocol.allocation is None:
        return [protocol.stratum_of(grade, site) for grade, site in people]
    features = balanced_features(protocol.allocation)
    counts: dict[str, Counter[str]] = {}
    arms = []
    for number, (grade, site) in enumerate(people, start=1):
        has = {"grade": grade, "site": site}
        levels = {f"{feature}={has[feature]}" for feature in features}
        mine = {level: counts.setdefault(level, Counter()) for level in sorted(levels)}
        arm = choose(protocol.arms, protocol.allocation.preferred, mine, uniforms(seed, number)).arm
        for level in levels:
            counts[level][arm] += 1
        arms.append(arm)
    return arms


def sites_for(protocol: Protocol, people: int) -> list[str]:
    """A site for each person, in turn; empty where the protocol lists none."""
    sites = list(protocol.population.sites) or [""]
    return [sites[number % len(sites)] for number in range(people)]
