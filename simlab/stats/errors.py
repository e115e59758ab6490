"""What is wrong with a table or a plan, said in one sentence with its remedy."""


class BadInput(ValueError):  # noqa: N818 - it reads as what it is
    """A table or plan that cannot be analysed: the place, what is wrong there, and what to do about it."""

    def __init__(self, place: str, message: str, remedy: str) -> None:
        super().__init__(f"{place}: {message}; {remedy}.")
        self.place = place
        self.message = message
        self.remedy = remedy


class BadTable(BadInput):
    """The place names a column and, where one row is at fault, the row (counted from 1, header not counted)."""


class BadPlan(BadInput):
    """The place names a field of the plan."""
