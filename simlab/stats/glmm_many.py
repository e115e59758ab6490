"""The Laplace likelihood of one model at many neighbouring parameters at once: gradients, and information on beta.

Differences of the gradient (the Hessian) and of the information (degrees of freedom) ask for a dozen points close to
one whose mode is known. One after another they cost a dozen times the overhead of small arrays; here the point is one
more axis, P. The mode of each point is predicted to first order and then mended with the factor of the known point,
which differs little; the determinant and its derivatives are computed at each point, as `Laplace` does for one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from simlab.stats.glmm_terms import Term, inverse_of_blocks, root_of_blocks
from simlab.stats.intervals import Array, Codes

if TYPE_CHECKING:
    from simlab.stats.glmm_laplace import Laplace, Mode

MOST_STEPS = 12
MENDED = 1e-15  # decrement of the last step to the mode; the error after it is smaller by the change of the Hessian
LARGEST = 2_000_000  # elements of the crossed block over all points; larger models have no overhead worth saving


@dataclass
class _Factors:
    """`Factorised` of each point: (P, G, q1, q1), (P, G, q1, q1), (P, G·q1, S) and the inverse of the Schur part."""

    inverse: Array
    root: Array
    crossing: Array
    schur: Array


@dataclass
class _Modes:
    """The modes of P points: effects (P, levels, q) of both factors; eta, slope and weight of each row (P, n)."""

    lowers: list[Array]
    effects: list[Array]
    eta: Array
    slope: Array
    weight: Array


def worth_it(model: "Laplace", points: Array) -> bool:
    """Whether the points can share one computation: two random factors, of a size whose overhead is worth saving."""
    if len(model.terms) != 2 or model.last is None:
        return False
    one, other = (term.count * term.width for term in model.terms)
    return len(points) * one * other <= LARGEST


class Neighbours:
    """Parameters `points` (P, k + size of theta) around the last mode of a model with two random factors."""

    def __init__(self, model: "Laplace", points: Array) -> None:
        self.model, self.points = model, points
        self.count = len(points)
        offset = np.arange(self.count)[:, None]
        self.codes: list[Codes] = [(offset * t.count + t.codes).ravel() for t in model.terms]
        pair = model.pairs[0, 1]
        self.cell: Codes = (offset * (pair.shape[0] * pair.shape[2]) + pair.cell).ravel()
        self.single = bool(np.bincount(pair.cell).max() == 1)  # nobody met a case twice, so a pair has one row at most

    def gradients(self) -> Array | None:
        """The exact gradient at each point, (P, size); None where a mode could not be found from the known one."""
        modes = self._modes()
        return None if modes is None else self._gradients(modes)

    def informations(self) -> Array | None:
        """Information on beta of the weighted linear model at each mode, (P, k, k); None as above."""
        modes = self._modes()
        if modes is None:
            return None
        factors, x = self._factorised(modes), self.model.x
        weighted = modes.weight[:, :, None] * x
        right = []
        for place, (term, lower) in enumerate(zip(self.model.terms, modes.lowers, strict=True)):
            columns = [self._totals(place, np.ascontiguousarray(weighted[:, :, j])) for j in range(x.shape[1])]
            scaled = np.stack([column @ lower for column in columns], axis=-1)
            right.append(scaled.reshape(self.count, term.count * term.width, -1))
        solved = self._solve(factors, right)
        taken = sum(a.transpose(0, 2, 1) @ b for a, b in zip(right, solved, strict=True))
        information = weighted.transpose(0, 2, 1) @ x - taken
        symmetric: Array = 0.5 * (information + information.transpose(0, 2, 1))
        return symmetric

    def _modes(self) -> _Modes | None:
        model = self.model
        if model.last is None:
            return None
        at, known = model.last
        old = model.cholesky(at)
        each = [model.cholesky(point) for point in self.points]
        lowers = [np.stack([one[place] for one in each]) for place in range(2)]
        effects = self._predicted(at, known, old, lowers)
        base = self.points[:, : model.k] @ model.x.T
        for _ in range(MOST_STEPS):
            eta = base + sum(
                self._rows(p, u @ _t(lower)) for p, (u, lower) in enumerate(zip(effects, lowers, strict=True))
            )
            slope, weight = self._link(eta)
            uphill = [self._totals(p, slope) @ lowers[p] - effects[p] for p in range(2)]
            step = self._solve_known(known, uphill)
            decrement = sum(np.einsum("pla,pla->p", a, b) for a, b in zip(uphill, step, strict=True))
            if not np.isfinite(decrement).all():
                return None
            if decrement.max() < MENDED:
                return _Modes(lowers, effects, eta, slope, weight)
            effects = [u + d for u, d in zip(effects, step, strict=True)]
        return None

    def _predicted(self, at: Array, known: "Mode", old: list[Array], lowers: list[Array]) -> list[Array]:
        change = [new - before for new, before in zip(lowers, old, strict=True)]
        moved = (self.points - at)[:, : self.model.k] @ self.model.x.T
        for place, (turn, u) in enumerate(zip(change, known.effects, strict=True)):
            moved += self._rows(place, u @ _t(turn))
        weighted = known.weight * moved
        right = [
            term.totals(known.slope) @ turn - self._totals(place, weighted) @ before
            for place, (term, turn, before) in enumerate(zip(self.model.terms, change, old, strict=True))
        ]
        return [u + d for u, d in zip(known.effects, self._solve_known(known, right), strict=True)]

    def _link(self, eta: Array) -> tuple[Array, Array]:
        _, slope, weight = self.model.link.rows(eta.ravel(), np.tile(self.model.y, self.count))
        return slope.reshape(eta.shape), weight.reshape(eta.shape)

    def _rows(self, place: int, effects: Array) -> Array:
        """z·effects of each row, (P, n); effects (P, levels, q)."""
        term = self.model.terms[place]
        made: Array = effects[:, :, 0].ravel().take(self.codes[place])
        made = made.reshape(self.count, -1)
        for a in range(1, term.width):
            made += term.columns[a] * effects[:, :, a].ravel().take(self.codes[place]).reshape(made.shape)
        return made

    def _sum(self, codes: Codes, values: Array, levels: int) -> Array:
        made: Array = np.bincount(codes, values.ravel(), self.count * levels).astype(np.float64, copy=False)
        return made.reshape(self.count, levels)

    def _totals(self, place: int, values: Array) -> Array:
        """(P, levels, q) sums of values × z; values (P, n)."""
        term: Term = self.model.terms[place]
        return np.stack(
            [
                self._sum(self.codes[place], values if a == 0 else values * term.columns[a], term.count)
                for a in range(term.width)
            ],
            axis=2,
        )

    def _solve_known(self, known: "Mode", right: list[Array]) -> list[Array]:
        """A⁻¹ right with the factor of the known mode; right (P, levels, q)."""
        factor = known.factorised
        turned = np.einsum("gba,pgb->pga", factor.root, right[0]).reshape(self.count, -1)
        inner = right[1].reshape(self.count, -1) - turned @ factor.crossing
        others = linalg.lapack.dpotrs(factor.lower, inner.T, lower=1)[0].T
        back = (others @ factor.crossing.T).reshape(right[0].shape)
        first = np.einsum("gab,pgb->pga", factor.inverse, right[0]) - np.einsum("gab,pgb->pga", factor.root, back)
        return [first, np.ascontiguousarray(others).reshape(right[1].shape)]

    def _factorised(self, modes: _Modes) -> _Factors:
        one, other = self.model.terms
        p, g, h = self.count, one.count, other.count
        raw = {
            (a, b): self._crossed(modes.weight if (a, b) == (0, 0) else modes.weight * product)
            for (a, b), product in self.model.pairs[0, 1].products.items()
        }
        blocks = [self._blocks(place, modes, raw) for place in range(2)]
        inverse, _ = inverse_of_blocks(blocks[0])
        root = root_of_blocks(inverse)
        left = modes.lowers[0][:, None] @ root  # both lower triangular, and so is their product
        parts = np.empty((p, g, one.width, h, other.width))
        for b in range(other.width):
            right = [
                sum(raw[a, c] * modes.lowers[1][:, c, b, None, None] for c in range(b, other.width))
                for a in range(one.width)
            ]
            for a in range(one.width):
                parts[:, :, a, :, b] = sum(left[:, :, c, a, None] * right[c] for c in range(a, one.width))
        crossing = parts.reshape(p, g * one.width, -1)
        schur = -(_t(crossing) @ crossing)
        at = np.arange(h * other.width).reshape(h, other.width)
        for a in range(other.width):
            for b in range(other.width):
                schur[:, at[:, a], at[:, b]] += blocks[1][:, :, a, b]
        return _Factors(inverse, root, crossing, _inverses(schur))

    def _crossed(self, values: Array) -> Array:
        """(P, G, H) sums of values over the rows of each pair of levels; values (P, n)."""
        one, other = self.model.terms
        shape = (self.count, one.count, other.count)
        if not self.single:
            return self._sum(self.cell, values, one.count * other.count).reshape(shape)
        made = np.zeros(shape)
        made.ravel()[self.cell] = values.ravel()
        return made

    def _blocks(self, place: int, modes: _Modes, raw: dict[tuple[int, int], Array]) -> Array:
        """I + Lᵀ Z'WZ L of each level, (P, levels, q, q); the sums that the crossed part has are taken from it."""
        term = self.model.terms[place]
        block = np.empty((self.count, term.count, term.width, term.width))
        for (a, b), product in term.products.items():
            if b == 0:
                made = raw[(a, 0) if place == 0 else (0, a)].sum(axis=2 if place == 0 else 1)
            else:
                made = self._sum(self.codes[place], modes.weight * product, term.count)
            block[:, :, a, b] = block[:, :, b, a] = made
        lower = modes.lowers[place][:, None]
        return _t(lower) @ block @ lower + np.eye(term.width)

    def _solve(self, factors: _Factors, right: list[Array]) -> list[Array]:
        """A⁻¹ right at each point; right (P, levels × q, m)."""
        shape = (*factors.root.shape[:3], -1)
        own = right[0].reshape(shape)
        turned = np.einsum("pgba,pgbm->pgam", factors.root, own).reshape(right[0].shape)
        others = factors.schur @ (right[1] - _t(factors.crossing) @ turned)
        back = (factors.crossing @ others).reshape(shape)
        first = np.einsum("pgab,pgbm->pgam", factors.inverse, own) - np.einsum("pgab,pgbm->pgam", factors.root, back)
        return [first.reshape(right[0].shape), others]

    def _gradients(self, modes: _Modes) -> Array:
        model, factors = self.model, self._factorised(modes)
        scaled = [self._scaled(place, modes.lowers[place]) for place in range(2)]
        own = self._own(factors, scaled)
        leverage = sum(a * b for pair in zip(scaled, own, strict=True) for a, b in zip(*pair, strict=True))
        bend = model.link.bend(
            modes.eta.ravel(), np.tile(model.y, self.count), modes.slope.ravel(), modes.weight.ravel()
        ).reshape(modes.eta.shape)
        push = 0.5 * leverage * bend
        right = [self._totals(p, push) @ modes.lowers[p] for p in range(2)]
        adjoint = self._solve(factors, [part.reshape(self.count, -1, 1) for part in right])
        adjoint = [part.reshape(like.shape) for part, like in zip(adjoint, right, strict=True)]
        carried = sum(self._rows(p, adjoint[p] @ _t(modes.lowers[p])) for p in range(2))
        through = push - modes.weight * carried - modes.slope
        parts = [through @ model.x]
        for place, term in enumerate(model.terms):
            full = np.empty((self.count, term.width, term.width))
            for b in range(term.width):
                effect, turned = (
                    values[:, :, b].ravel().take(self.codes[place]).reshape(through.shape)
                    for values in (modes.effects[place], adjoint[place])
                )
                row = through * effect + modes.weight * own[place][b] + modes.slope * turned
                full[:, :, b] = row @ term.z
            parts.append(np.stack([full[:, a, b] for a, b in term.coded.free], axis=1))
        return np.concatenate(parts, axis=1)

    def _scaled(self, place: int, lower: Array) -> list[Array]:
        """The columns of Z L of each row, (P, n) each."""
        columns = self.model.terms[place].columns
        width = len(columns)
        return [sum(lower[:, a, b, None] * columns[a] for a in range(b, width)) for b in range(width)]  # type: ignore[misc]

    def _own(self, factors: _Factors, scaled: list[list[Array]]) -> list[list[Array]]:
        """For each row the own-level part of A⁻¹ã, per factor and term, (P, n) each."""
        one, other = self.model.terms
        p, g, h = self.count, one.count, other.count
        right = factors.crossing.reshape(p, g, one.width, -1)
        spread = (factors.crossing @ factors.schur).reshape(right.shape)
        inner = np.einsum("pgas,pgbs->pgab", spread, right)
        a11 = factors.inverse + factors.root @ inner @ factors.root.swapaxes(2, 3)
        at = np.arange(h * other.width).reshape(h, other.width)
        blocks = [a11, factors.schur[:, at[:, :, None], at[:, None, :]]]
        own = [
            [
                sum(block[:, :, a, b].ravel().take(codes).reshape(p, -1) * columns[b] for b in range(term.width))
                for a in range(term.width)
            ]
            for term, block, columns, codes in zip((one, other), blocks, scaled, self.codes, strict=True)
        ]
        for a in range(one.width):
            flat = np.zeros((p, g, h * other.width))
            for c in range(a + 1):
                flat -= factors.root[:, :, a, c, None] * spread[:, :, c]
            crossed = flat.reshape(p, g, h, other.width)
            for b in range(other.width):
                values = crossed[..., b].ravel().take(self.cell).reshape(p, -1)
                own[0][a] = own[0][a] + values * scaled[1][b]
                own[1][b] = own[1][b] + values * scaled[0][a]
        return own


def _t(stack: Array) -> Array:
    """Each matrix of a stack turned."""
    return stack.swapaxes(-1, -2)


def _inverses(stack: Array) -> Array:
    """Inverses of positive definite matrices, (P, S, S), through their Cholesky factors."""
    half = np.empty_like(stack)
    for place, matrix in enumerate(stack):
        lower, _ = linalg.lapack.dpotrf(matrix.T, lower=1, clean=1)  # symmetric, and turned it is in LAPACK's order
        half[place] = linalg.lapack.dpotri(lower, lower=1, overwrite_c=1)[0]
    made = half + _t(half)
    diagonal = np.arange(stack.shape[-1])
    made[:, diagonal, diagonal] *= 0.5
    return made
