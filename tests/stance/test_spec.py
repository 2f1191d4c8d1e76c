"""``stance.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stance.errors import ModelError
from stance.spec import ModelSpec
from tests.stance.fake_model import SPEC


def test_there_and_back(tmp_path: Path) -> None:
    SPEC.save(tmp_path)
    assert ModelSpec.load(tmp_path) == SPEC
    assert list(ModelSpec.load(tmp_path).stances) == ["neutral", "support", "oppose"], "logit order"


def test_what_follows_from_the_labels() -> None:
    assert (SPEC.neutral, SPEC.stance_names, SPEC.model) == ("neutral", ("neutral", "support", "oppose"), "tiny/1")
    assert ModelSpec(stances={"pro": 1, "contra": -1}).neutral is None
    assert ModelSpec().tasks == ("speaker", "claim_type", "stance", "target")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], "is list, expected an object"),
        ({"labels": [], 3: 1}, "unknown keys 3, labels"),
        ({"tasks": "speaker"}, "tasks is 'speaker', expected a list of some of speaker, claim_type, stance, target"),
        ({"tasks": ["mood"]}, "tasks is"),
        ({"claim_types": ["a", "a"]}, "claim_types is"),
        ({"claim_types": [1]}, "claim_types is"),
        ({"stances": ["neutral"]}, "stances is"),
        ({"stances": {"neutral": 2}}, "stances is"),
        ({"stances": {"neutral": "0"}}, "stances is"),
        ({"passage_tokens": "256"}, "passage_tokens is"),
        ({"passage_tokens": True}, "passage_tokens is"),
        ({"overlap_sentences": -1}, "overlap_sentences is"),
        ({"temperatures": {"stance": 0}}, "temperatures is"),
        ({"temperatures": {"mood": 1}}, "temperatures is"),
        ({"temperatures": {"stance": float("nan")}}, "temperatures is"),
        ({"version": 1}, "version is"),
    ],
)
def test_a_spec_that_no_model_can_have(raw: Any, said: str) -> None:
    with pytest.raises(ModelError) as raised:
        ModelSpec.from_dict(raw, place="m/stance.json")
    assert str(raised.value).startswith("m/stance.json: ") and said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_spec_and_no_json(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no stance\.json in it, so it is no model folder; make one with"):
        ModelSpec.load(tmp_path)
    for text in ("{", ""):
        (tmp_path / "stance.json").write_text(text)
        with pytest.raises(ModelError, match=r"stance\.json: not readable as JSON"):
            ModelSpec.load(tmp_path)
    (tmp_path / "stance.json").write_bytes(b"\xff")
    with pytest.raises(ModelError, match="not readable as JSON"):
        ModelSpec.load(tmp_path)


def test_json_gives_tuples_back(tmp_path: Path) -> None:
    (tmp_path / "stance.json").write_text(json.dumps({"tasks": ["stance"], "name_kinds": []}))
    assert ModelSpec.load(tmp_path) == ModelSpec(tasks=("stance",), name_kinds=())
