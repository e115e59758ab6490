"""Querysets whose SQL is put together once: Django takes longer to write a wide join than PostgreSQL to run it.

For the few questions that every answer asks. The queryset stays the one definition of what is fetched; only its text
and the recipe for its rows are kept.
"""

import uuid
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=models.Model)


class Prepared(Generic[Row]):
    """`Prepared(lambda a, b: queryset of a and b)`; `one(a, b)` is its first row, with what it joins, or None.

    The arguments may go into filters by equality or comparison only, and each in one place. They are found again in
    the SQL by the stand-in of their type, so they are UUIDs, texts or whole numbers, none is None, and the number of
    rows is limited by the caller.
    """

    def __init__(self, queryset: Callable[..., models.QuerySet[Row]], *kinds: type) -> None:
        self._queryset = queryset
        self._kinds = kinds

    @cached_property
    def _recipe(self) -> tuple[str, list[Any], list[int], Any]:
        stand_ins = [_stand_in(kind, n) for n, kind in enumerate(self._kinds)]
        queryset = self._queryset(*stand_ins)
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, values = compiler.as_sql()
        params = list(values)
        return sql, params, [params.index(one) for one in stand_ins], compiler

    @cached_property
    def _maker(self) -> tuple[Callable[[Any], Row], Any]:
        compiler = self._recipe[3]
        info, database = compiler.klass_info, compiler.using
        fields = info["select_fields"]
        first, last = fields[0], fields[-1] + 1
        names = [compiler.select[n][0].target.attname for n in fields]
        populators = get_related_populators(info, compiler.select, database)

        def make(row: Any) -> Row:
            made: Row = info["model"].from_db(database, names, row[first:last])
            for populator in populators:
                populator.populate(row, made)
            return made

        return make, compiler.get_converters(tuple(one[0] for one in compiler.select))

    def one(self, *arguments: Any) -> Row | None:
        sql, params, places, compiler = self._recipe
        make, converters = self._maker
        filled = list(params)
        for place, value in zip(places, arguments, strict=True):
            filled[place] = value
        with connections[compiler.using].cursor() as cursor:
            cursor.execute(sql, filled)
            rows = cursor.fetchmany(1)
        if not rows:
            return None
        return make(next(iter(compiler.apply_converters(rows, converters))) if converters else rows[0])


def _stand_in(kind: type, number: int) -> uuid.UUID | str | int:
    """A value of its kind that is nowhere else in the query."""
    if kind is uuid.UUID:
        return uuid.uuid4()
    return uuid.uuid4().hex if kind is str else 30_000 + number
