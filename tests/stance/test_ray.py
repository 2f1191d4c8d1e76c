"""The Ray engine on a local cluster of two workers: the local engine's bytes, whatever dies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stance.errors import StanceError, UsageError
from stance.scoring import ray as cluster
from stance.scoring.job import plan
from stance.scoring.ray import Workers
from stance.scoring.run import Engine, Summary, score
from tests.stance.fake_labeler import FakeLabeler
from tests.stance.test_scoring import Killed, articles, content, items

ray = pytest.importorskip("ray", reason="Ray is not installed (the extra `ray`)")

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module", autouse=True)
def two_workers() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20, logging_level="error")
    yield
    ray.shutdown()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return articles(tmp_path / "in" / "many.jsonl", 120)


def fake(model: str | None, threads: int, gpu: bool) -> FakeLabeler:
    return Mortal(Path(model)) if model else FakeLabeler(threads)


class Mortal(FakeLabeler):
    """Its process dies at the 20th article, once for all workers; then files say who labelled."""

    def __init__(self, folder: Path) -> None:
        super().__init__(threads=1, pause=0.02)
        self.folder = folder

    def label(self, article, targets=None):  # type: ignore[no-untyped-def]
        (self.folder / f"worker-{os.getpid()}").touch()
        if article.id == "a20" and not (self.folder / "dead").exists():
            (self.folder / "dead").touch()
            os._exit(9)
        return super().label(article, targets)


def both(source: Path, out: Path, model: str | None = None, engine: Engine | None = None, **options: object) -> Summary:
    job = plan([str(source)], str(out), keep=("title",), **options)  # type: ignore[arg-type]
    return score(FakeLabeler(), job, engine=engine or cluster.engine(job, model, "fake/1", Workers(2), fake))


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_the_bytes_of_a_local_run(tmp_path: Path, source: Path, ending: str) -> None:
    local = score(FakeLabeler(), plan([str(source)], str(tmp_path / f"local.{ending}"), keep=("title",)))
    there = both(source, tmp_path / f"there.{ending}")
    assert content(tmp_path / f"there.{ending}") == content(tmp_path / f"local.{ending}")
    assert (there.articles, there.sentences, there.set_aside) == (local.articles, local.sentences, local.set_aside)


def test_a_dead_worker_is_replaced_and_its_batch_done_again(tmp_path: Path, source: Path) -> None:
    score(FakeLabeler(), plan([str(source)], str(tmp_path / "local.jsonl"), keep=("title",)))
    (tmp_path / "who").mkdir()
    both(source, tmp_path / "there.jsonl", str(tmp_path / "who"))
    assert content(tmp_path / "there.jsonl") == content(tmp_path / "local.jsonl")
    assert (tmp_path / "who" / "dead").exists()
    assert len(list((tmp_path / "who").glob("worker-*"))) >= 2


def test_a_run_goes_on_where_it_was_killed(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "there.jsonl"
    job = plan([str(source)], str(out), keep=("title",))
    whole = cluster.engine(job, None, "fake/1", Workers(1), fake)

    def dying(left, taken):  # type: ignore[no-untyped-def]
        for n, outcome in enumerate(whole(left, taken)):
            if n == 50:
                raise Killed
            yield outcome

    with pytest.raises(Killed):
        score(FakeLabeler(), job, every=0.0, engine=dying)
    assert items(out) == 50
    assert both(source, out, resume=True).articles > 0
    score(FakeLabeler(), plan([str(source)], str(tmp_path / "local.jsonl"), keep=("title",)))
    assert content(out) == content(tmp_path / "local.jsonl")


def test_another_model_on_a_worker_ends_the_run(tmp_path: Path, source: Path) -> None:
    job = plan([str(source)], str(tmp_path / "o.jsonl"))
    with pytest.raises(StanceError, match="this run has fake/2") as caught:
        score(FakeLabeler(identity="fake/2"), job, engine=cluster.engine(job, None, "fake/2", Workers(1), fake))
    assert "\n" not in str(caught.value)
    assert json.loads(Path(f"{job.out}.journal").read_text())["progress"]["items"] == 0


def test_standard_input_stays_here(tmp_path: Path) -> None:
    job = plan(["-"], str(tmp_path / "o.jsonl"))
    with pytest.raises(UsageError, match="no standard input"):
        cluster.engine(job, None, "fake/1", Workers())


@pytest.mark.parametrize(
    ("name", "value"), [("STANCE_RAY_ACTORS", "0"), ("STANCE_RAY_ACTORS", "1.5"), ("STANCE_RAY_GPUS", "one")]
)
def test_settings_that_are_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"{name}={value}"):
        Workers.from_environment()


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"STANCE_RAY_ACTORS": "3", "STANCE_RAY_GPUS": "0.5"}.items():
        monkeypatch.setenv(name, value)
    assert Workers.from_environment(threads=2) == Workers(3, 2, 0.5)
