"""The tree of errors, and the row of what is set aside."""

from __future__ import annotations

import pytest

from stance.errors import InputError, ModelError, SetAside, StanceError, UsageError


@pytest.mark.parametrize("kind", [UsageError, InputError, ModelError])
def test_one_root(kind: type[StanceError]) -> None:
    assert issubclass(kind, StanceError) and str(kind("one line")) == "one line"


def test_a_bad_input_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="no `text`"):
        raise InputError("no `text`")


def test_set_aside_is_a_row_of_the_errors_file() -> None:
    row = SetAside("a.csv", 3, None, "no `text`").as_row()
    assert list(row.items()) == [("file", "a.csv"), ("line", 3), ("article_id", None), ("reason", "no `text`")]
