"""Latin squares for the rotation of forms."""


def latin_square(n: int) -> tuple[tuple[int, ...], ...]:
    """Rows of the numbers 0..n-1 in which every number stands equally often in every column.

    For an even n the square is also balanced for carry-over: every number directly follows every other exactly once
    (Williams 1949). For an odd n this takes the square and its mirror, so 2n rows are returned; n = 1 gives one row.
    """
    if n < 1:
        raise ValueError("n must be at least 1")
    first = [0]
    low, high = 1, n - 1
    while len(first) < n:
        first.append(low)
        low += 1
        if len(first) < n:
            first.append(high)
            high -= 1
    rows = [tuple((start + step) % n for start in first) for step in range(n)]
    if n % 2 and n > 1:
        rows += [tuple(reversed(row)) for row in rows]
    return tuple(rows)
