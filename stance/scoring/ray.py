"""``--engine ray``: the same run with its labelling on a Ray cluster, through Ray Data.

One task reads the inputs in order (reading is a thousand times quicker than labelling), actors with a model each label
small batches, and this process writes. Ray keeps the order and calls again what a lost worker had under way, so output,
journal and resume are those of a local run. Settings come from the environment: ``RAY_ADDRESS`` as everywhere in Ray, and
those of :class:`Workers`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from stance import articles
from stance.errors import StanceError, UsageError
from stance.labeler import load
from stance.scoring.job import Job
from stance.scoring.run import Engine, Item, Labels, Outcome, labelled

BATCH = 8
"""Articles that an actor takes at once; Ray's 4,096 hold a machine's memory in flight."""

BLOCK_BYTES = 64 * 1024
"""Size at which Ray cuts what is read into blocks, so that every actor gets some, and a lost one loses little."""


@dataclass(frozen=True, slots=True)
class Workers:
    """The actors.

    Attributes:
        most: how many at most (``STANCE_RAY_ACTORS``); by default as many as the cluster's processors hold.
        cpus: processors, and articles labelled at once, of each (``--threads``, 1).
        gpus: share of a GPU of each (``STANCE_RAY_GPUS``, 0); the model then runs on ONNX Runtime's CUDA provider.
    """

    most: int | None = None
    cpus: int = 1
    gpus: float = 0.0

    @classmethod
    def from_environment(cls, threads: int | None = None) -> Workers:
        """As the environment and ``--threads`` say.

        Raises:
            UsageError: a value that is no number.
        """
        most, gpus = _number("STANCE_RAY_ACTORS", 1), _number("STANCE_RAY_GPUS", 0)
        return cls(None if most is None else int(most), threads or 1, gpus or 0.0)


def _number(name: str, least: int) -> float | None:
    text = os.environ.get(name, "").strip()
    try:
        value = float(text) if text else None
    except ValueError:
        value = -1.0
    if value is not None and not (value >= least and (name.endswith("GPUS") or value == int(value))):
        raise UsageError(f"{name}={text}: expected a number of at least {least}")
    return value


def engine(
    job: Job,
    model: str | None,
    identity: str,
    workers: Workers,
    loader: Callable[[str | None, int, bool], Labels] | None = None,
) -> Engine:
    """What :func:`stance.scoring.run.score` labels with.

    Args:
        job: the run.
        model: runtime folder, at the same path on every worker; ``None`` is the shipped one.
        identity: of the model; a worker that has another one ends the run.
        workers: how many, and what each takes.
        loader: model, threads, whether on a GPU -> a labeler; made on the worker.

    Raises:
        UsageError: Ray is not installed, or the input is standard input.
    """
    try:
        import ray.data  # noqa: F401
    except ImportError:
        raise UsageError('--engine ray: Ray is not installed; run `pip install "stance[ray]"` on every machine') from None
    if articles.STDIN in job.paths:
        raise UsageError("--engine ray: reads on a worker, which has no standard input; give files that every machine sees")
    folder = None if model is None else str(Path(model).resolve())
    arguments = (loader or _load, folder, workers, identity, job)
    return lambda _, taken: _outcomes(job, taken, workers, arguments)


def _load(model: str | None, threads: int, gpu: bool) -> Labels:
    if gpu:
        os.environ.setdefault("STANCE_PROVIDERS", "CUDAExecutionProvider,CPUExecutionProvider")
    return load(model, threads)


def _outcomes(job: Job, taken: int, workers: Workers, arguments: tuple[Any, ...]) -> Generator[tuple[bytes, Outcome], None, None]:
    import ray.data

    with _cluster(), _settings():
        most = workers.most or max(1, int(ray.cluster_resources().get("CPU", 1)) // workers.cpus)
        found = ray.data.from_items([taken], override_num_blocks=1).map_batches(
            _Reading(job), batch_size=None, batch_format="pyarrow", num_cpus=0
        )
        answers = found.map_batches(
            _Labelling,
            fn_constructor_args=arguments,
            batch_size=BATCH,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most),
            num_cpus=workers.cpus,
            num_gpus=workers.gpus or None,
        )
        try:
            for batch in answers.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
                for packed in batch["item"]:
                    yield pickle.loads(packed.as_py())  # packed by our own actors
        except ray.exceptions.RayError as error:
            raise StanceError(f"--engine ray: {_last_line(error)}; the same command with --resume goes on") from error


class _Reading:
    """The one task that reads: the number of articles already taken -> the rest, some at a time."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self, start: pa.Table) -> Iterator[pa.Table]:
        (taken,) = start["item"].to_pylist()
        items = islice(articles.read(self._job.paths, self._job.columns), taken, None)
        while some := list(islice(items, BATCH)):
            yield _packed(some)


class _Labelling:
    """An actor: a model, and articles through it."""

    def __init__(
        self, loader: Callable[[str | None, int, bool], Labels], model: str | None, workers: Workers, identity: str, job: Job
    ) -> None:
        self._labeler, self._job = loader(model, workers.cpus, workers.gpus > 0), job
        if self._labeler.identity != identity:
            raise UsageError(f"a worker has the model {self._labeler.identity}, this run has {identity}; install the same")

    def __call__(self, batch: pa.Table) -> pa.Table:
        items: list[Item] = [pickle.loads(packed.as_py()) for packed in batch["item"]]
        return _packed(list(labelled(self._labeler, items, self._job)))


def _packed(objects: list[Any]) -> pa.Table:
    return pa.table({"item": pa.array([pickle.dumps(o) for o in objects], pa.large_binary())})


@contextmanager
def _cluster() -> Iterator[None]:
    """The cluster at ``RAY_ADDRESS``, the one that this process is in already, or one on this machine."""
    import ray

    if ray.is_initialized():
        yield
        return
    local: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
    try:
        ray.init(log_to_driver=False, logging_level=logging.WARNING, **local)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise StanceError(f"--engine ray: no cluster ({_last_line(error)}); see RAY_ADDRESS") from None
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            ray.shutdown()


@contextmanager
def _settings() -> Iterator[None]:
    """Ray Data's settings for a run, put back afterwards."""
    import ray.data

    context = ray.data.DataContext.get_current()
    wanted = {
        "target_max_block_size": BLOCK_BYTES,
        "enable_progress_bars": False,
        "enable_operator_progress_bars": False,
        "print_on_execution_start": False,
    }
    before = {name: getattr(context, name) for name in wanted if hasattr(context, name)}
    order = context.execution_options.preserve_order
    for name in before:
        setattr(context, name, wanted[name])
    context.execution_options.preserve_order = True
    log, level = logging.getLogger("ray.data"), logging.getLogger("ray.data").level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
        context.execution_options.preserve_order = order
        for name, value in before.items():
            setattr(context, name, value)


def _last_line(error: BaseException) -> str:
    return next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)
