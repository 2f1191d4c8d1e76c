"""What users import: listed, documented, quick, and nothing heavy behind it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys

import pytest

import stance

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "sklearn",
    "training",
    "pandas",
    "duckdb",
    "onnxruntime",
    "pyarrow",
    "numpy",
    "trafilatura",
)
NEVER = ("torch", "transformers", "datasets", "sklearn", "training")


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_public_names() -> None:
    assert set(stance.__all__) == {
        "load",
        "Labeler",
        "Article",
        "Record",
        "LabelledArticle",
        "SetAside",
        "StanceError",
        "UsageError",
        "InputError",
        "ModelError",
    }


@pytest.mark.parametrize("name", stance.__all__)
def test_each_is_there_with_a_docstring_and_lives_where_it_says(name: str) -> None:
    found = getattr(stance, name)
    assert inspect.getdoc(found)
    assert found.__module__.startswith("stance.")
    assert name in dir(stance)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'Lable'; public are load, Labeler, "):
        _ = stance.Lable  # type: ignore[attr-defined]


def test_no_module_bears_a_public_name() -> None:
    for name in stance.__all__:
        getattr(stance, name)
        assert not inspect.ismodule(getattr(stance, name))


def test_import_brings_nothing_heavy() -> None:
    assert not modules_after("import stance; dir(stance); stance.UsageError") & set(HEAVY)


def test_labelling_brings_no_torch_and_no_pandas() -> None:
    found = modules_after("import stance; stance.load; stance.Labeler; stance.Article")
    assert "onnxruntime" in found
    assert not found & {*NEVER, "pandas", "duckdb", "trafilatura"}


def test_nothing_is_reported_to_anybody() -> None:
    """ONNX Runtime says on standard error that it reports, where it cannot keep the number by which it knows the machine."""
    code = "import os, stance; stance.load().label('He left.'); print(os.environ['ORT_DISABLE_TELEMETRY'])"
    quiet = {k: v for k, v in os.environ.items() if k not in ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=quiet | {"HOME": "/nowhere", "XDG_CACHE_HOME": "/proc"}, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("1", "")
