"""The arithmetic of random factors: sums of rows by level and by pair of levels, and small matrices of many levels."""

import numpy as np

from simlab.stats.glmm_design import Coded
from simlab.stats.intervals import Array, Codes


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


class Pair:
    """Two random factors as used by the arithmetic: sums over each pair of their levels."""

    def __init__(self, one: Term, other: Term) -> None:
        self.shape = (one.count, one.width, other.count, other.width)
        self.cell: Codes = one.codes * other.count + other.codes
        self.products = {
            (a, b): one.columns[a] * other.columns[b] for a in range(one.width) for b in range(other.width)
        }

    def crossed(self, weight: Array) -> Array:
        """(G, q1, H, q2) sums of weight × z1 z2ᵀ."""
        count, _, other, _ = self.shape
        if len(self.products) == 1:
            whole = np.bincount(self.cell, weight, count * other).astype(np.float64, copy=False)
            return whole.reshape(self.shape)
        result = np.empty(self.shape)
        for (a, b), product in self.products.items():
            values = weight if (a, b) == (0, 0) else weight * product
            result[:, a, :, b] = np.bincount(self.cell, values, count * other).reshape(count, other)
        return result


def column(term: Term, lower: Array, b: int) -> Array:
    """Column b of Z L, row by row."""
    result: Array = lower[b, b] * term.columns[b]
    for a in range(b + 1, term.width):
        if lower[a, b] != 0:
            result = result + lower[a, b] * term.columns[a]
    return result


def scaled_crossing(raw: Array, left: Array, right: Array) -> Array:
    """leftᵀ raw right as a dense (G·q1, H·q2) matrix. left: (G or 1, q1, q1); right: (q2, q2)."""
    count, width, other, width_other = raw.shape
    if width == 1 and width_other == 1:
        simple: Array = raw.reshape(count, other) * (left[:, :, 0] * right[0, 0])
        return simple
    # One flat product: a batched one over small blocks is several times slower.
    result: Array = (raw.reshape(-1, width_other) @ right).reshape(count, width, -1)
    result = result * left if width == 1 else left.transpose(0, 2, 1) @ result
    return result.reshape(count * width, other * width_other)


def scaled_blocks(blocks: Array, lower: Array) -> Array:
    """I + Lᵀ blocks L."""
    scaled: Array
    if lower.shape[0] == 1:
        scaled = 1 + lower[0, 0] ** 2 * blocks
    elif lower.shape[0] == 2:
        (one, _), (down, two) = lower
        a, b, d = blocks[:, 0, 0], blocks[:, 0, 1], blocks[:, 1, 1]
        scaled = np.empty_like(blocks)
        scaled[:, 0, 0] = 1 + one * (one * a + 2 * down * b) + down * down * d
        scaled[:, 0, 1] = scaled[:, 1, 0] = two * (one * b + down * d)
        scaled[:, 1, 1] = 1 + two * two * d
    else:
        scaled = lower.T @ blocks @ lower + np.eye(lower.shape[0])
    return scaled


def inverse_of_blocks(blocks: Array) -> tuple[Array, float]:
    """Inverses of small positive definite blocks, (..., q, q), and the sum of their log determinants."""
    inverse: Array
    if blocks.shape[-1] == 1:
        inverse = 1 / blocks
        return inverse, float(np.log(blocks).sum())
    if blocks.shape[-1] == 2:
        a, b, d = blocks[..., 0, 0], blocks[..., 0, 1], blocks[..., 1, 1]
        determinant = a * d - b * b
        inverse = np.empty_like(blocks)
        inverse[..., 0, 0], inverse[..., 1, 1] = d / determinant, a / determinant
        inverse[..., 0, 1] = inverse[..., 1, 0] = -b / determinant
        return inverse, float(np.log(determinant).sum())
    inverse = np.linalg.inv(blocks).astype(np.float64)
    return inverse, float(np.linalg.slogdet(blocks)[1].sum())


def root_of_blocks(blocks: Array) -> Array:
    """R, lower triangular, of each block with R Rᵀ = block."""
    if blocks.shape[-1] == 1:
        simple: Array = np.sqrt(blocks)
        return simple
    if blocks.shape[-1] == 2:
        root = np.zeros_like(blocks)
        root[..., 0, 0] = np.sqrt(blocks[..., 0, 0])
        root[..., 1, 0] = blocks[..., 1, 0] / root[..., 0, 0]
        root[..., 1, 1] = np.sqrt(blocks[..., 1, 1] - root[..., 1, 0] ** 2)
        return root
    return np.linalg.cholesky(blocks).astype(np.float64, copy=False)
