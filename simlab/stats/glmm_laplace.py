"""Laplace likelihood of the logistic mixed model with one or two crossed random factors, with its exact gradient.

Random effects are spherical: b = L u, u ~ N(0, I). The penalised Hessian at the mode has a block-diagonal part for
the larger factor (q × q blocks) and a dense Schur complement for the smaller one, so an evaluation costs
O(rows + levels₁ × levels₂²). The gradient goes through the mode by the implicit function theorem with one adjoint
solve, so it costs no more than one Newton step, whatever the number of parameters.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from simlab.stats.glmm_design import Coded, Rows
from simlab.stats.intervals import Array, Codes

MOST_NEWTON_STEPS = 100
CLOSE, ROUGH = 1e-9, 1e-4  # Newton decrement at which the mode is found; its error after that step is the square
NEAR = 1.0  # logits; a first-order prediction of the mode is no help further away


@dataclass
class Factorised:
    """Cholesky pieces of A = I + Λ'Z'WZΛ. Sizes: G·q₁ for the larger factor, H·q₂ for the smaller."""

    inverse: Array  # (G, q1, q1): inverse of the blocks of the larger factor
    coupling: Array  # (G·q1, H·q2): A11⁻¹ A12
    lower: Array  # (H·q2, H·q2): Cholesky factor of the Schur complement
    logdet: float


@dataclass
class Sums:
    """Z'WZ before scaling by L: blocks of each factor, (levels, q, q), and the crossed part, (G, q1, H, q2)."""

    blocks: list[Array]
    crossed: Array


@dataclass
class Mode:
    """The penalised mode at given parameters, and what was computed there."""

    effects: list[Array]  # u of each factor, (levels, q)
    value: float  # penalised negative log-likelihood
    probability: Array
    weight: Array
    factorised: Factorised


class Term:
    """One random factor as used by the arithmetic: sums over its levels, and rows of its effects."""

    def __init__(self, coded: Coded) -> None:
        self.coded = coded
        self.codes: Codes = coded.codes
        self.z = coded.z
        self.count, self.width = coded.count, coded.width
        self.columns = [np.ascontiguousarray(self.z[:, place]) for place in range(self.width)]
        self.products = {(a, b): self.columns[a] * self.columns[b] for a in range(self.width) for b in range(a + 1)}

    def total(self, values: Array, column: int) -> Array:
        """Σ over the rows of each level of values × z[:, column]; the first column is all ones."""
        weighted = values if column == 0 else values * self.columns[column]
        return np.bincount(self.codes, weighted, self.count).astype(np.float64, copy=False)

    def totals(self, values: Array) -> Array:
        """(levels, q) sums of values × z."""
        return np.column_stack([self.total(values, place) for place in range(self.width)])

    def rows(self, effects: Array) -> Array:
        """z·effects of each row, (n)."""
        columns = np.ascontiguousarray(effects.T)
        result: Array = columns[0].take(self.codes)
        for place in range(1, self.width):
            result += self.columns[place] * columns[place].take(self.codes)
        return result

    def blocks(self, weight: Array) -> Array:
        """(levels, q, q) sums of weight × z zᵀ."""
        result = np.empty((self.count, self.width, self.width))
        for (a, b), product in self.products.items():
            block = np.bincount(self.codes, weight if (a, b) == (0, 0) else weight * product, self.count)
            result[:, a, b] = block
            result[:, b, a] = block
        return result


class Laplace:
    """−log Laplace likelihood and gradient in psi = (beta, theta of each factor in the order of `rows.factors`).

    Keeps the last mode as the start of the next search: evaluations close to each other are cheap.
    """

    def __init__(self, rows: Rows) -> None:
        self.y, self.x = rows.y, rows.x
        self.k = rows.x.shape[1]
        self.coded = rows.factors
        self.terms = [Term(coded) for coded in rows.factors]
        self.evaluations = 0
        self.tolerance = CLOSE
        self.reset()
        if len(self.terms) == 2:
            first, second = self.terms
            self.cell = first.codes * second.count + second.codes
            self.cross = {
                (a, b): first.columns[a] * second.columns[b] for a in range(first.width) for b in range(second.width)
            }

    def reset(self) -> None:
        """Forget the last mode."""
        self.last: tuple[Array, Mode] | None = None

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
        if len(self.terms) == 1:
            return Sums(blocks, np.zeros((self.terms[0].count, self.terms[0].width, 0, 0)))
        first, second = self.terms
        cells = first.count * second.count
        if len(self.cross) == 1:
            whole = np.bincount(self.cell, weight, cells).astype(np.float64, copy=False)
            return Sums(blocks, whole.reshape(first.count, 1, second.count, 1))
        crossed = np.empty((first.count, first.width, second.count, second.width))
        for (a, b), product in self.cross.items():
            values = weight if (a, b) == (0, 0) else weight * product
            crossed[:, a, :, b] = np.bincount(self.cell, values, cells).reshape(first.count, second.count)
        return Sums(blocks, crossed)

    def factorise(self, sums: Sums, lowers: list[Array]) -> Factorised:
        """A = I + Λ'Z'WZΛ in blocks, with the Schur complement of the larger factor."""
        first = self.terms[0]
        inverse, logdet = _inverse(_scaled(sums.blocks[0], lowers[0]))
        if len(self.terms) == 1:
            return Factorised(inverse, np.zeros((first.count * first.width, 0)), np.zeros((0, 0)), logdet)
        second = self.terms[1]
        cross = _crossed(sums.crossed, lowers)
        if first.width == 1:
            coupling = cross * inverse[:, 0]
        else:
            coupling = (inverse @ cross.reshape(first.count, first.width, -1)).reshape(cross.shape)
        schur = -(coupling.T @ cross)
        small = _scaled(sums.blocks[1], lowers[1])
        place = np.arange(second.count * second.width).reshape(second.count, second.width)
        for a in range(second.width):
            for b in range(second.width):
                schur[place[:, a], place[:, b]] += small[:, a, b]
        lower, _ = linalg.lapack.dpotrf(schur, lower=1, clean=1)
        logdet += 2 * float(np.log(np.diag(lower)).sum())
        return Factorised(inverse, coupling, lower, logdet)

    def solve(self, factorised: Factorised, right: list[Array]) -> list[Array]:
        """A⁻¹ right, factor by factor, each (levels, q)."""
        first = np.matmul(factorised.inverse, right[0][:, :, None])[:, :, 0]
        if len(self.terms) == 1:
            return [first]
        inner = right[1].ravel() - factorised.coupling.T @ right[0].ravel()
        second, _ = linalg.lapack.dpotrs(factorised.lower, inner, lower=1)
        first = first - (factorised.coupling @ second).reshape(first.shape)
        return [first, second.reshape(right[1].shape)]

    def mode(self, psi: Array) -> Mode:
        """Newton search for the spherical effects, with step halving, from where the last mode points to."""
        lowers = self.cholesky(psi)
        base = self.x @ psi[: self.k]
        effects = self._predicted(psi, lowers)
        value, p, weight = self._penalised(base, effects, lowers)
        for _ in range(MOST_NEWTON_STEPS):
            factorised = self.factorise(self.sums(weight), lowers)
            residual = self.y - p
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
            value, p, weight = new
            if decrement < self.tolerance:
                break
        found = Mode(effects, value, p, weight, self.factorise(self.sums(weight), lowers))
        self.last = (psi.copy(), found)
        return found

    def _predicted(self, psi: Array, lowers: list[Array]) -> list[Array]:
        """Effects at psi to first order from the last mode; the last mode itself where psi is far from it."""
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
        residual = self.y - last.probability
        weighted = last.weight * moved
        right = [
            term.totals(residual) @ turn - term.totals(weighted) @ before
            for term, turn, before in zip(self.terms, change, old, strict=True)
        ]
        return [u + d for u, d in zip(last.effects, self.solve(last.factorised, right), strict=True)]

    def _penalised(self, base: Array, effects: list[Array], lowers: list[Array]) -> tuple[float, Array, Array]:
        eta = base
        penalty = 0.0
        for term, lower, u in zip(self.terms, lowers, effects, strict=True):
            eta = eta + term.rows(u @ lower.T)
            penalty += float(np.vdot(u, u))
        # exp(−|eta|) once gives the likelihood, the probability and the weight without overflow.
        small = np.exp(-np.abs(eta))
        share = 1 / (1 + small)
        value = float(np.maximum(eta, 0).sum() - np.log(share).sum() - self.y @ eta) + 0.5 * penalty
        other = small * share
        return value, np.where(eta >= 0, share, other), share * other

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

    def _gradient(self, mode: Mode, lowers: list[Array]) -> Array:
        residual = self.y - mode.probability
        scaled = [
            [_column(term, lower, b) for b in range(term.width)] for term, lower in zip(self.terms, lowers, strict=True)
        ]
        own = self._own(mode.factorised, scaled)
        leverage = np.zeros_like(residual)
        for columns, products in zip(scaled, own, strict=True):
            for column, product in zip(columns, products, strict=True):
                leverage += column * product
        # Half the change of the log determinant per unit of each row's linear predictor.
        push = 0.5 * leverage * mode.weight * (1 - 2 * mode.probability)
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
                full[:, b] = [float(column @ row) for column in term.columns]
            parts.append(term.coded.theta(full))
        return np.concatenate(parts)

    def _own(self, factorised: Factorised, scaled: list[list[Array]]) -> list[list[Array]]:
        """For each row: the own-level part of A⁻¹ã, per factor and term."""
        first = self.terms[0]
        a11, a12, a22 = self.inverse_blocks(factorised)
        g = first.codes
        own = [
            [
                sum((a11[:, a, b][g] * scaled[0][b] for b in range(first.width)), np.zeros(g.size))
                for a in range(first.width)
            ]
        ]
        if len(self.terms) == 1:
            return own
        second = self.terms[1]
        h = second.codes
        own.append(
            [
                sum((a22[:, a, b][h] * scaled[1][b] for b in range(second.width)), np.zeros(h.size))
                for a in range(second.width)
            ]
        )
        for a in range(first.width):
            for b in range(second.width):
                crossed = a12[:, a, :, b].ravel()[self.cell]
                own[0][a] += crossed * scaled[1][b]
                own[1][b] += crossed * scaled[0][a]
        return own

    def inverse_blocks(self, factorised: Factorised) -> tuple[Array, Array, Array]:
        """Diagonal blocks of A⁻¹ per factor, (G,q1,q1) and (H,q2,q2), and the crossed part (G,q1,H,q2)."""
        first = self.terms[0]
        if len(self.terms) == 1:
            return factorised.inverse, np.zeros((0, 0, 0, 0)), np.zeros((0, 0, 0))
        second = self.terms[1]
        size = second.count * second.width
        inverse, _ = linalg.lapack.dpotrs(factorised.lower, np.eye(size), lower=1)
        spread = factorised.coupling @ inverse
        left = spread.reshape(first.count, first.width, size)
        right = factorised.coupling.reshape(first.count, first.width, size)
        if first.width == 1:
            a11 = factorised.inverse + np.einsum("ij,ij->i", spread, factorised.coupling)[:, None, None]
        else:
            a11 = factorised.inverse + left @ right.transpose(0, 2, 1)
        blocks = inverse.reshape(second.count, second.width, second.count, second.width)
        level = np.arange(second.count)
        a22 = blocks[level, :, level, :]
        return a11, -spread.reshape(first.count, first.width, second.count, second.width), a22

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


def _column(term: Term, lower: Array, b: int) -> Array:
    """Column b of Z L, row by row."""
    result: Array = lower[b, b] * term.columns[b]
    for a in range(b + 1, term.width):
        if lower[a, b] != 0:
            result = result + lower[a, b] * term.columns[a]
    return result


def _crossed(raw: Array, lowers: list[Array]) -> Array:
    """L₁ᵀ raw L₂ as a dense (G·q1, H·q2) matrix."""
    count, width, other, width_other = raw.shape
    if width == 1 and width_other == 1:
        simple: Array = (raw * (lowers[0][0, 0] * lowers[1][0, 0])).reshape(count, other)
        return simple
    # One flat product: a batched one over small blocks is several times slower.
    result: Array = (raw.reshape(-1, width_other) @ lowers[1]).reshape(raw.shape)
    if width == 1:
        result = result * lowers[0][0, 0]
    else:
        result = np.einsum("ba,gbhd->gahd", lowers[0], result, optimize=True)
    return result.reshape(count * width, other * width_other)


def _scaled(blocks: Array, lower: Array) -> Array:
    """I + Lᵀ blocks L."""
    scaled: Array
    if lower.shape[0] == 1:
        scaled = 1 + lower[0, 0] ** 2 * blocks
    else:
        scaled = lower.T @ blocks @ lower + np.eye(lower.shape[0])
    return scaled


def _inverse(blocks: Array) -> tuple[Array, float]:
    """Inverses of small positive definite blocks and the sum of their log determinants."""
    inverse: Array
    if blocks.shape[1] == 1:
        inverse = 1 / blocks
        return inverse, float(np.log(blocks).sum())
    if blocks.shape[1] == 2:
        a, b, d = blocks[:, 0, 0], blocks[:, 0, 1], blocks[:, 1, 1]
        determinant = a * d - b * b
        inverse = np.empty_like(blocks)
        inverse[:, 0, 0], inverse[:, 1, 1] = d / determinant, a / determinant
        inverse[:, 0, 1] = inverse[:, 1, 0] = -b / determinant
        return inverse, float(np.log(determinant).sum())
    inverse = np.linalg.inv(blocks).astype(np.float64)
    return inverse, float(np.linalg.slogdet(blocks)[1].sum())
