"""The model behind one small interface, and the runtime folder that holds it. No decoding.

Each graph is a method; the torch side (``training.checkpoint.TorchBackend``) has the same methods.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from stance.errors import ModelError
from stance.passages import Passage
from stance.spec import SPEC_FILE, ModelSpec

TOKENIZER_FILE = "tokenizer.json"
SUMS_FILE = "SHA256SUMS"
GRAPHS: tuple[str, ...] = ("encode", "pool", "link", "refer", "stance")
RUNTIME_FILES: tuple[str, ...] = (*(f"{g}.onnx" for g in GRAPHS), TOKENIZER_FILE, SPEC_FILE)
"""What a runtime folder holds beside SHA256SUMS and the model card (README.md)."""

SHIPPED = Path(__file__).parent / "models"
DEFAULT_MODEL = SHIPPED / "default"


@dataclass(frozen=True, slots=True, eq=False)
class PassageScores:
    """What one encoder pass says. T tokens, S sentences, H width, C claim types, K kinds of names.

    Attributes:
        states: token states, f32[T, H].
        mention: logits of start and end of the words that name the speaker, f32[S, 2, T]; column 0 is "none", tokens
            outside the sentence have -1e4.
        target: the same for the words of the target, f32[S, 2, T].
        attributed: logit of "somebody other than the outlet speaks", f32[S].
        claim_type: logits, f32[S, C].
        names: logits of "no name" and of each kind of name, f32[T, 1 + K].
        naming: logits of the tokens that name the speaker anywhere in the passage, f32[S, T]; column 0 is "nobody".
        aiming: the same for the target; column 0 is "it has no name".
    """

    states: np.ndarray
    mention: np.ndarray
    target: np.ndarray
    attributed: np.ndarray
    claim_type: np.ndarray
    names: np.ndarray
    naming: np.ndarray
    aiming: np.ndarray


class Backend(Protocol):
    """What the labeler asks of a model. All arrays are numpy float32; P pairs, M sentences, N candidates, F features."""

    def encode(self, passage: Passage) -> PassageScores:
        """One passage, one encoder pass: the result depends on nothing but the passage."""

    def pool(self, states: np.ndarray, spans: np.ndarray) -> np.ndarray:
        """Mean state of each token span: f32[T, H], int64[N, 2] -> f32[N, H]."""

    def link(self, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Score of each candidate speaker: f32[M, 2H], f32[M, N, H], f32[M, N, F] -> f32[M, N]."""

    def refer(self, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Score of each candidate target: f32[M, 2H], f32[M, N, H], f32[M, N, F] -> f32[M, N]."""

    def stance(self, sentences: np.ndarray, speakers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Stance logits: three times f32[P, H] -> f32[P, 2C], towards a pointed target, then towards one that is asked for (models
        before version 0.6: f32[P, C] for both); a zero vector stands for "no speaker"."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model ready to run.

    Attributes:
        spec, tokenizer, backend: see there.
        digest: of the folder's SHA256SUMS, empty for a model that is no runtime folder; a resumed run must have the same.
    """

    spec: ModelSpec
    tokenizer: Tokenizer
    backend: Backend
    digest: str = ""


class OnnxBackend:
    """The graphs of a runtime folder on ONNX Runtime (CPU, one passage a call)."""

    def __init__(self, sessions: dict[str, ort.InferenceSession]) -> None:
        self._sessions = sessions

    def encode(self, passage: Passage) -> PassageScores:
        spans = np.asarray([s.tokens for s in passage.sentences], np.int64)
        return PassageScores(*self._sessions["encode"].run(None, {"ids": passage.ids, "shapes": passage.shapes, "spans": spans}))

    def pool(self, states: np.ndarray, spans: np.ndarray) -> np.ndarray:
        return self._run("pool", states=states, spans=spans)

    def link(self, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        return self._run("link", queries=queries, candidates=candidates, features=features)

    def refer(self, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        return self._run("refer", queries=queries, candidates=candidates, features=features)

    def stance(self, sentences: np.ndarray, speakers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return self._run("stance", sentences=sentences, speakers=speakers, targets=targets)

    def _run(self, graph: str, **inputs: np.ndarray) -> np.ndarray:
        (output,) = self._sessions[graph].run(None, inputs)
        return np.asarray(output)


def load(folder: str | Path | None = None, threads: int = 1) -> LoadedModel:
    """The model of a runtime folder, verified whole before anything of it is read.

    Args:
        folder: as ``python -m training export`` wrote it, or a shipped model's name, see :func:`locate`.
        threads: cores for one passage.

    Raises:
        ModelError: a file is missing or differs from SHA256SUMS.
    """
    root = locate(folder)
    verify(root)
    spec = ModelSpec.load(root)
    sessions = {graph: _session(root / f"{graph}.onnx", threads) for graph in GRAPHS}
    return LoadedModel(spec, read_tokenizer(root), OnnxBackend(sessions), sha256(root / SUMS_FILE)[:16])


def locate(model: str | Path | None) -> Path:
    """Where a model lies: ``None`` is the default one, the name of another that the package holds is that, unless a folder is
    called so; anything else is a folder."""
    if model is None:
        return DEFAULT_MODEL
    shipped = SHIPPED / model
    return shipped if shipped.parent == SHIPPED and shipped.is_dir() and not Path(model).exists() else Path(model)


def read_tokenizer(folder: str | Path) -> Tokenizer:
    """The folder's tokenizer, without truncation or padding: the passages see to both."""
    try:
        tokenizer = Tokenizer.from_file(str(Path(folder) / TOKENIZER_FILE))
    except Exception as error:  # the Rust side raises bare Exception
        raise ModelError(
            f"{folder}: {TOKENIZER_FILE} is missing or not readable ({error}); give the folder of a fast tokenizer"
        ) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def verify(folder: Path) -> None:
    """Compare every file with SHA256SUMS (the format of ``sha256sum``).

    Raises:
        ModelError: no such folder, no sums, a file missing or altered.
    """
    sums = folder / SUMS_FILE
    if not folder.is_dir():
        names = ", ".join(sorted(path.name for path in SHIPPED.iterdir() if path.is_dir()))
        raise ModelError(
            f"{folder}: no such folder; give one that `python -m training export` wrote, or a shipped model: {names}"
        )
    if not sums.is_file():
        raise ModelError(
            f"{folder}: no {SUMS_FILE} in it, so it is no runtime folder; make one with `python -m training export MODEL -o {folder}`"
        )
    listed = _read_sums(sums)
    for name in RUNTIME_FILES:
        if name not in listed:
            raise ModelError(f"{sums}: {name} is not listed; export the model again")
    for name, digest in listed.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{folder}: {name} is missing; export the model again")
        if sha256(path) != digest:
            raise ModelError(
                f"{path}: differs from {SUMS_FILE}, so it was altered or cut short; export or download the model again"
            )


def _read_sums(sums: Path) -> dict[str, str]:
    """File name -> SHA-256. ``sha256sum`` writes ``digest  name``, or ``digest *name`` where it read in binary mode."""
    listed: dict[str, str] = {}
    for number, line in enumerate(sums.read_text("utf-8", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        digest, _, name = line.strip().partition(" ")
        name = name.strip().removeprefix("*")
        if not name:
            raise ModelError(f"{sums}:{number}: {line[:80]!r} is no `SHA-256  file name`; export or download the model again")
        listed[name] = digest.lower()
    return listed


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def default_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _providers() -> list[str]:
    """ONNX Runtime's execution providers, the first that can run a node takes it: ``STANCE_PROVIDERS``, else the CPU's.

    Raises:
        ModelError: the installed ONNX Runtime has not all of them.
    """
    wanted = [name.strip() for name in os.environ.get("STANCE_PROVIDERS", "CPUExecutionProvider").split(",") if name.strip()]
    known = ort.get_available_providers()
    missing = [name for name in wanted if name not in known]
    if missing or not wanted:
        raise ModelError(
            f"STANCE_PROVIDERS: {', '.join(missing) or 'names none'}; this ONNX Runtime has {', '.join(known)}; "
            "for CUDAExecutionProvider install onnxruntime-gpu in place of onnxruntime"
        )
    return wanted


def _session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Waiting threads must not burn the core on which another passage runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0" if threads > 1 else "1")
    # Processors without VNNI add the products of two int8 pairs in 16 bits, which overflow: other labels on an older laptop.
    options.add_session_config_entry("session.x64quantprecision", "1")
    providers = _providers()
    try:
        return ort.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # onnxruntime raises its own untyped errors
        raise ModelError(f"{path}: ONNX Runtime cannot load it ({error}); export the model again") from None
