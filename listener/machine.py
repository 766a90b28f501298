"""Rows of machine numbers, and what else is asked of the compiler; where nothing is compiled lists take their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from librt.vecs import append, vec
    from mypy_extensions import i32, i64, mypyc_attr, u8
else:
    i32 = i64 = u8 = int

    def mypyc_attr(**_):
        """Nothing: what is asked of the compiler."""
        return lambda kind: kind

    class vec(list):
        """A list that is made as a row is: ``vec[u8](…)``; there ``capacity`` is room for so many."""

        def __init__(self, numbers=(), *, capacity=0):
            super().__init__(numbers)

        def __class_getitem__(cls, kind):
            return cls  # and no alias of it, which would be made each time

    def append(row: vec, number: int) -> vec:
        """The row with a number more."""
        row.append(number)
        return row


__all__ = ["append", "i32", "i64", "mypyc_attr", "u8", "vec"]
