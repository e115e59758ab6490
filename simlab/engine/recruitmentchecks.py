"""What must hold between the arms, the population and the allocation of a protocol."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simlab.engine.recruitment import Allocation, balanced_features
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol

Finding = tuple[FieldPath, str, str]


def allocation_findings(protocol: "Protocol") -> Iterator[Finding]:
    allocation = protocol.allocation
    yield from _sites(protocol)
    if allocation is None:
        if len(protocol.arms) > 1:
            yield (), "the study has arms but no “allocation”.", "Add “allocation: {method: blocks, sizes: [4, 6]}”."
        return
    yield from _fields_of_the_method(allocation)
    yield from _features(protocol, allocation)
    if allocation.method == "blocks":
        yield from _block_sizes(protocol, allocation)
    if allocation.method == "minimisation" and allocation.preferred * len(protocol.arms) <= 1:
        message = f"with {len(protocol.arms)} arms, {allocation.preferred:g} prefers none of them."
        yield ("allocation", "preferred"), message, f"Write more than {1 / len(protocol.arms):.2g}, for example 0.8."


def allocation_warnings(protocol: "Protocol") -> Iterator[Finding]:
    allocation = protocol.allocation
    if allocation is None or len(protocol.arms) < 2:
        return
    if allocation.method == "blocks" and len(set(allocation.sizes)) == 1:
        message = "with blocks of one size, the end of each block can be foretold."
        yield ("allocation", "sizes"), message, "Mix sizes, for example [4, 6]."
    if allocation.method == "minimisation" and allocation.preferred == 1:
        message = "without a random element, most allocations of a minimisation can be foretold."
        yield ("allocation", "preferred"), message, "Write 0.8, or leave it out."
    if protocol.population.allocate_by == "site" and len(protocol.population.sites) < 4 * len(protocol.arms):
        message = f"{len(protocol.population.sites)} sites are few for {len(protocol.arms)} arms."
        yield ("population", "sites"), message, "Allocate at least four sites to each arm, or allocate by person."
    yield from _more_strata_than_blocks(protocol, allocation)


def _sites(protocol: "Protocol") -> Iterator[Finding]:
    if protocol.population.allocate_by != "site":
        return
    path: FieldPath = ("population", "allocate-by")
    if len(protocol.population.sites) < len(protocol.arms):
        message = f"{len(protocol.arms)} arms cannot be shared out over {len(protocol.population.sites)} sites."
        yield path, message, "List at least one site for each arm under “sites”, or write “allocate-by: person”."
    if protocol.allocation and protocol.allocation.method not in ("blocks", "simple"):
        message = f"sites cannot be allocated by {protocol.allocation.method}."
        yield ("allocation", "method"), message, "Write “blocks” or “simple”."
    if protocol.allocation and protocol.allocation.strata:
        message = "sites are allocated from one list, so there is nothing to stratify."
        yield ("allocation", "strata"), message, "Remove “strata”."


def _fields_of_the_method(allocation: Allocation) -> Iterator[Finding]:
    method = allocation.method
    if method == "blocks" and not allocation.sizes:
        yield ("allocation", "method"), "blocks need their sizes.", "Add “sizes: [4, 6]”."
    for name, owner in (("sizes", "blocks"), ("factors", "minimisation"), ("preferred", "minimisation")):
        if getattr(allocation, name) != Allocation.model_fields[name].default and method != owner:
            yield ("allocation", name), f"“{name}” belongs to the method {owner}.", f"Remove it, or write “{owner}”."
    if method == "minimisation" and not allocation.factors:
        yield ("allocation", "method"), "a minimisation needs what to balance.", "Add “factors: [grade]”."
    if method == "minimisation" and allocation.strata:
        message = "a minimisation balances by “factors”, not within “strata”."
        yield ("allocation", "strata"), message, "Write it as “factors”."


def _features(protocol: "Protocol", allocation: Allocation) -> Iterator[Finding]:
    name = "factors" if allocation.method == "minimisation" else "strata"
    for index, feature in enumerate(balanced_features(allocation)):
        path: FieldPath = ("allocation", name, index)
        if feature == "site" and not protocol.population.sites:
            yield path, "the protocol lists no sites.", "Add “sites:” under “population”, or remove “site”."
        elif feature in balanced_features(allocation)[:index]:
            yield path, f"“{feature}” is named twice.", "Name it once."


def _block_sizes(protocol: "Protocol", allocation: Allocation) -> Iterator[Finding]:
    ratio = sum(protocol.arms.values())
    for index, size in enumerate(allocation.sizes):
        path: FieldPath = ("allocation", "sizes", index)
        if size % ratio:
            weights = ":".join(str(weight) for weight in protocol.arms.values())
            yield (
                path,
                f"a block of {size} cannot hold the arms in the ratio {weights}.",
                f"Write a multiple of {ratio}.",
            )
        elif len(protocol.arms) > 1 and size == ratio == 2 and protocol.population.allocate_by == "person":
            remedy = "Write larger blocks, for example [4, 6]."
            yield path, "in blocks of 2 every second allocation can be foretold.", remedy


def _more_strata_than_blocks(protocol: "Protocol", allocation: Allocation) -> Iterator[Finding]:
    planned = protocol.population.planned
    if planned is None or allocation.method != "blocks" or not allocation.strata:
        return
    blocks = planned * len(allocation.sizes) // sum(allocation.sizes)
    if len(protocol.strata) > blocks:
        message = f"{len(protocol.strata)} strata share about {blocks} blocks, so most blocks would stay incomplete."
        remedy = "Stratify by less, or balance by “method: minimisation”."
        yield ("allocation", "strata"), message, remedy
