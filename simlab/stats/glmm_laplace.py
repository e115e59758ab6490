"""Laplace likelihood of a mixed model for right or wrong with crossed random factors, and its exact gradient.

Random effects are spherical: b = L u, u ~ N(0, I). The penalised Hessian at the mode has a block-diagonal part for
the largest factor (q × q blocks) and a dense Schur complement for the others, so an evaluation costs
O(rows + levels₁ × levels₂²). The gradient goes through the mode by the implicit function theorem with one adjoint
solve, so it costs no more than one Newton step, whatever the number of parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy import linalg

from simlab.stats.glmm_design import Rows
from simlab.stats.glmm_many import Neighbours, worth_it
from simlab.stats.glmm_terms import (
    Pair,
    Term,
    column,
    inverse_of_blocks,
    root_of_blocks,
    scaled_blocks,
    scaled_crossing,
)
from simlab.stats.intervals import Array

MOST_NEWTON_STEPS = 100
CLOSE, ROUGH = 1e-9, 1e-4  # Newton decrement at which the mode is found; its error after that step is the square
NEAR = 1.0  # logits; a first-order prediction of the mode is no help further away

Crossings = dict[tuple[int, int], Array]  # of two factors by their places: (levels, q, levels, q)


@dataclass
class Factorised:
    """Cholesky pieces of A = I + Λ'Z'WZΛ. Sizes: G·q₁ for the largest factor, S for all others, one after another."""

    inverse: Array  # (G, q1, q1): A11⁻¹, the inverse of the blocks of the largest factor
    root: Array  # (G, q1, q1): R with R Rᵀ = A11⁻¹
    crossing: Array  # (G·q1, S): Rᵀ A12
    lower: Array  # (S, S): Cholesky factor of the Schur complement
    logdet: float


@dataclass
class Sums:
    """Z'WZ before scaling by L: blocks of each factor, (levels, q, q), and the crossed parts."""

    blocks: list[Array]
    crossed: Crossings


@dataclass
class Mode:
    """The penalised mode at given parameters, and what was computed there."""

    effects: list[Array]  # u of each factor, (levels, q)
    value: float  # penalised negative log-likelihood
    eta: Array  # linear predictor of each row
    slope: Array  # first derivative of each row's log-likelihood in eta: y − p for the logit
    weight: Array  # minus the second
    factorised: Factorised


class Laplace:
    """−log Laplace likelihood and gradient in psi = (beta, theta of each factor in the order of `rows.factors`).

    Keeps the last mode as the start of the next search: evaluations close to each other are cheap.
    """

    def __init__(self, rows: Rows, begin: Sequence[Array] = ()) -> None:
        """`begin`: spherical effects, one array a factor, at which the first search for a mode starts."""
        self.y, self.x, self.link = rows.y, rows.x, rows.link
        self.k = rows.x.shape[1]
        self.coded = rows.factors
        self.terms = [Term(coded) for coded in rows.factors]
        self.begin = list(begin)
        self.evaluations = 0
        self.tolerance = CLOSE
        self.reset()
        self.pairs = {(i, j): Pair(self.terms[i], self.terms[j]) for i, j in combinations(range(len(self.terms)), 2)}
        sizes = [term.count * term.width for term in self.terms[1:]]
        edges = pairwise(np.cumsum([0, *sizes]).tolist())
        self.parts = {place: slice(start, stop) for place, (start, stop) in enumerate(edges, start=1)}

    def reset(self) -> None:
        """Forget the last mode."""
        self.last: tuple[Array, Mode] | None = None
        self.exact = False  # whether the last mode was searched for to the finest tolerance

    @property
    def size(self) -> int:
        return int(self.k + sum(len(coded.free) for coded in self.coded))

    def cholesky(self, psi: Array) -> list[Array]:
        """L of each factor."""
        result, at = [], self.k
        for coded in self.coded:
            result.append(coded.cholesky(psi[at : at + len(coded.free)]))
            at += len(coded.free)
        return result

    def sums(self, weight: Array) -> Sums:
        """Z'WZ for weights of the rows, (n)."""
        blocks = [term.blocks(weight) for term in self.terms]
        return Sums(blocks, {places: pair.crossed(weight) for places, pair in self.pairs.items()})

    def factorise(self, sums: Sums, lowers: list[Array]) -> Factorised:
        """A = I + Λ'Z'WZΛ in blocks, with the Schur complement of the largest factor."""
        first = self.terms[0]
        inverse, logdet = inverse_of_blocks(scaled_blocks(sums.blocks[0], lowers[0]))
        root = root_of_blocks(inverse)
        if not self.parts:
            return Factorised(inverse, root, np.zeros((first.count * first.width, 0)), np.zeros((0, 0)), logdet)
        left = lowers[0] @ root
        crossings = [scaled_crossing(sums.crossed[0, place], left, lowers[place]) for place in self.parts]
        crossing = crossings[0] if len(crossings) == 1 else np.hstack(crossings)
        schur = -(crossing.T @ crossing)
        for place, part in self.parts.items():
            small = scaled_blocks(sums.blocks[place], lowers[place])
            at = np.arange(part.start, part.stop).reshape(small.shape[:2])
            for a in range(small.shape[1]):
                for b in range(small.shape[1]):
                    schur[at[:, a], at[:, b]] += small[:, a, b]
        for i, j in self.pairs:
            if i > 0:  # the factorisation reads the lower triangle
                between = scaled_crossing(sums.crossed[i, j], lowers[i][None], lowers[j])
                schur[self.parts[j], self.parts[i]] += between.T
        lower, _ = linalg.lapack.dpotrf(schur, lower=1, clean=1)
        logdet += 2 * float(np.log(np.diag(lower)).sum())
        return Factorised(inverse, root, crossing, lower, logdet)

    def solve(self, factorised: Factorised, right: list[Array]) -> list[Array]:
        """A⁻¹ right, factor by factor, each (levels, q)."""
        first = np.matmul(factorised.inverse, right[0][:, :, None])[:, :, 0]
        if not self.parts:
            return [first]
        root, crossing = factorised.root, factorised.crossing
        inner = np.concatenate([part.ravel() for part in right[1:]])
        inner -= crossing.T @ np.einsum("gba,gb->ga", root, right[0]).ravel()
        others, _ = linalg.lapack.dpotrs(factorised.lower, inner, lower=1)
        first = first - np.einsum("gab,gb->ga", root, (crossing @ others).reshape(first.shape))
        return [first, *(others[part].reshape(right[place].shape) for place, part in self.parts.items())]

    def mode(self, psi: Array) -> Mode:
        """Newton search for the spherical effects, with step halving, from where the last mode points to."""
        if self.last is not None and self.exact and np.array_equal(psi, self.last[0]):
            return self.last[1]
        lowers = self.cholesky(psi)
        base = self.x @ psi[: self.k]
        effects = self._predicted(psi, lowers)
        value, eta, residual, weight = self._penalised(base, effects, lowers)
        for _ in range(MOST_NEWTON_STEPS):
            factorised = self.factorise(self.sums(weight), lowers)
            slope = [
                term.totals(residual) @ lower - u for term, lower, u in zip(self.terms, lowers, effects, strict=True)
            ]
            step = self.solve(factorised, slope)
            decrement = sum(float(np.vdot(a, b)) for a, b in zip(slope, step, strict=True))
            length = 1.0
            while True:
                tried = [u + length * d for u, d in zip(effects, step, strict=True)]
                new = self._penalised(base, tried, lowers)
                if new[0] <= value + 1e-10 * abs(value) or length < 1e-4:
                    break
                length *= 0.5
            effects = tried
            value, eta, residual, weight = new
            if decrement < self.tolerance:
                break
        found = Mode(effects, value, eta, residual, weight, self.factorise(self.sums(weight), lowers))
        self.last, self.exact = (psi.copy(), found), self.tolerance <= CLOSE
        return found

    def _predicted(self, psi: Array, lowers: list[Array]) -> list[Array]:
        """Effects at psi to first order from the last mode; the last mode itself where psi is far from it."""
        if self.last is None and self.begin:
            return self.begin
        if self.last is None:
            return [np.zeros((term.count, term.width)) for term in self.terms]
        at, last = self.last
        old = self.cholesky(at)
        change = [new - before for new, before in zip(lowers, old, strict=True)]
        moved = self.x @ (psi[: self.k] - at[: self.k])
        for term, turn, u in zip(self.terms, change, last.effects, strict=True):
            moved += term.rows(u @ turn.T)
        if not np.abs(moved).max() < NEAR:
            return last.effects
        weighted = last.weight * moved
        right = [
            term.totals(last.slope) @ turn - term.totals(weighted) @ before
            for term, turn, before in zip(self.terms, change, old, strict=True)
        ]
        return [u + d for u, d in zip(last.effects, self.solve(last.factorised, right), strict=True)]

    def _penalised(self, base: Array, effects: list[Array], lowers: list[Array]) -> tuple[float, Array, Array, Array]:
        eta = base
        penalty = 0.0
        for term, lower, u in zip(self.terms, lowers, effects, strict=True):
            eta = eta + term.rows(u @ lower.T)
            penalty += float(np.vdot(u, u))
        value, slope, weight = self.link.rows(eta, self.y)
        return value + 0.5 * penalty, eta, slope, weight

    def value(self, psi: Array) -> float:
        """−log Laplace likelihood."""
        self.evaluations += 1
        mode = self.mode(psi)
        return mode.value + 0.5 * mode.factorised.logdet

    def value_and_gradient(self, psi: Array) -> tuple[float, Array]:
        """−log Laplace likelihood and its exact gradient, (k + size of theta)."""
        self.evaluations += 1
        mode = self.mode(psi)
        lowers = self.cholesky(psi)
        return mode.value + 0.5 * mode.factorised.logdet, self._gradient(mode, lowers)

    def gradients(self, points: Array) -> Array:
        """The exact gradient at each of `points`, (P, size), close to where the model was asked last."""
        near = Neighbours(self, points).gradients() if worth_it(self, points) else None
        if near is None:
            return np.stack([self.value_and_gradient(point)[1] for point in points])
        self.evaluations += len(points)
        return near

    def _gradient(self, mode: Mode, lowers: list[Array]) -> Array:
        residual = mode.slope
        scaled = [
            [column(term, lower, b) for b in range(term.width)] for term, lower in zip(self.terms, lowers, strict=True)
        ]
        own = self._own(mode.factorised, scaled)
        leverage = np.zeros_like(residual)
        for columns, products in zip(scaled, own, strict=True):
            for turned, product in zip(columns, products, strict=True):
                leverage += turned * product
        # Half the change of the log determinant per unit of each row's linear predictor.
        push = 0.5 * leverage * self.link.bend(mode.eta, self.y, mode.slope, mode.weight)
        adjoint = self.solve(
            mode.factorised, [term.totals(push) @ lower for term, lower in zip(self.terms, lowers, strict=True)]
        )
        carried = np.zeros_like(residual)
        for term, lower, x in zip(self.terms, lowers, adjoint, strict=True):
            carried += term.rows(x @ lower.T)
        through = push - mode.weight * carried - residual
        parts = [self.x.T @ through]
        for place, term in enumerate(self.terms):
            full = np.empty((term.width, term.width))
            for b in range(term.width):
                row = (
                    through * mode.effects[place][:, b][term.codes]
                    + mode.weight * own[place][b]
                    + residual * adjoint[place][:, b][term.codes]
                )
                full[:, b] = [float(z @ row) for z in term.columns]
            parts.append(term.coded.theta(full))
        return np.concatenate(parts)

    def _own(self, factorised: Factorised, scaled: list[list[Array]]) -> list[list[Array]]:
        """For each row: the own-level part of A⁻¹ã, per factor and term."""
        blocks, crossings = self.inverse_blocks(factorised)
        own = [
            [
                sum((block[:, a, b][term.codes] * columns[b] for b in range(term.width)), np.zeros(term.codes.size))
                for a in range(term.width)
            ]
            for term, block, columns in zip(self.terms, blocks, scaled, strict=True)
        ]
        for (i, j), pair in self.pairs.items():
            for a in range(self.terms[i].width):
                for b in range(self.terms[j].width):
                    crossed = crossings[i, j][:, a, :, b].ravel()[pair.cell]
                    own[i][a] += crossed * scaled[j][b]
                    own[j][b] += crossed * scaled[i][a]
        return own

    def inverse_blocks(self, factorised: Factorised) -> tuple[list[Array], Crossings]:
        """Diagonal blocks of A⁻¹ of each factor, (levels, q, q), and its parts between two factors."""
        first = self.terms[0]
        if not self.parts:
            return [factorised.inverse], {}
        size = len(factorised.lower)
        inverse, _ = linalg.lapack.dpotrs(factorised.lower, np.eye(size), lower=1)
        root, right = factorised.root, factorised.crossing.reshape(first.count, first.width, size)
        spread = (factorised.crossing @ inverse).reshape(right.shape)
        if first.width == 1:
            a11 = factorised.inverse * (1 + np.einsum("gas,gas->g", spread, right)[:, None, None])
            spread *= -root
        else:
            a11 = factorised.inverse + root @ (spread @ right.transpose(0, 2, 1)) @ root.transpose(0, 2, 1)
            spread = -root @ spread
        blocks, crossings = [a11], {}
        for place, part in self.parts.items():
            shape = (self.terms[place].count, self.terms[place].width)
            crossings[0, place] = spread[:, :, part].reshape(first.count, first.width, *shape)
            level = np.arange(shape[0])
            blocks.append(inverse[part, part].reshape(*shape, *shape)[level, :, level, :])
        for i, j in self.pairs:
            if i > 0:
                crossings[i, j] = inverse[self.parts[i], self.parts[j]].reshape(self.pairs[i, j].shape)
        return blocks, crossings

    def beta_informations(self, points: Array) -> Array:
        """`beta_information` at each of `points`, (P, k, k), close to where the model was asked last."""
        near = Neighbours(self, points).informations() if worth_it(self, points) else None
        return np.stack([self.beta_information(point) for point in points]) if near is None else near

    def beta_information(self, psi: Array) -> Array:
        """Information on beta at fixed theta from the weighted linear model at the mode, (k × k)."""
        mode = self.mode(psi)
        lowers = self.cholesky(psi)
        weighted = self.x * mode.weight[:, None]
        information = self.x.T @ weighted
        for j in range(self.k):
            right = [term.totals(weighted[:, j]) @ lower for term, lower in zip(self.terms, lowers, strict=True)]
            solved = self.solve(mode.factorised, right)
            eta = np.zeros_like(self.y)
            for term, lower, x in zip(self.terms, lowers, solved, strict=True):
                eta += term.rows(x @ lower.T)
            information[:, j] -= weighted.T @ eta
        symmetric: Array = 0.5 * (information + information.T)
        return symmetric
