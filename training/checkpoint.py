"""Model folders of the torch side: save, load, and the same methods as the runtime (``TorchBackend``)."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import snapshot_download
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer
from transformers.utils import logging as hf_logging

from stance.errors import ModelError, UsageError
from stance.labeler import Labeler
from stance.passages import Passage
from stance.runtime import SUMS_FILE, TOKENIZER_FILE, LoadedModel, PassageScores, locate, read_tokenizer
from stance.spec import SPEC_FILE, ModelSpec
from training import exported
from training.model import StanceModel

WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"
_HUB_FILES = ["config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer*", "vocab*", "merges.txt", "special_tokens*"]
_DROPOUTS = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "embedding_dropout",
    "attention_dropout",
    "mlp_dropout",
    "dropout",
)


def encoder_folder(name: str) -> str:
    """Where an encoder lies: a local folder, the ``model`` folder of an installed package, or a hub name's local copy.

    Raises:
        UsageError: a path that does not exist, or a hub name that cannot be fetched.
    """
    if Path(name).is_dir():
        return name
    if name.isidentifier():
        package = importlib.util.find_spec(name)
        if package is not None and package.origin and (Path(package.origin).parent / "model" / "config.json").is_file():
            return str(Path(package.origin).parent / "model")
        raise UsageError(
            f"encoder {name!r}: no such folder or package; `pip install {name.replace('_', '-')}`, or give a model's folder"
        )
    if name.startswith((".", "/")):
        raise UsageError(f"encoder {name!r}: no such folder")
    try:
        return snapshot_download(name, allow_patterns=_HUB_FILES)
    except Exception as error:  # a bad name, no such repository, no network: errors of three libraries
        reason = str(error).strip().split("\n")[0][:200]
        raise UsageError(f"encoder {name!r}: no such folder, and the hub does not give it ({reason})") from None


def from_encoder(
    name: str, spec: ModelSpec, attention: str = "eager", encoder_dropout: float = 0.0, head_dropout: float = 0.1
) -> StanceModel:
    """A model with a pretrained encoder and fresh heads."""
    place = encoder_folder(name)
    hf_logging.set_verbosity_error()  # an unused pooler is no news, nor how fast 20 MB load
    hf_logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(place)
        for key in _DROPOUTS:
            if hasattr(config, key):
                setattr(config, key, encoder_dropout)
        encoder = AutoModel.from_pretrained(place, config=config, attn_implementation=attention, dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise UsageError(f"encoder {name!r}: {' '.join(str(error).split())[:300]}") from None
    if spec.passage_tokens > (most := _longest(encoder)):
        raise UsageError(f"spec.passage_tokens is {spec.passage_tokens}, but the encoder reads at most {most} tokens")
    return StanceModel(_bare(encoder), spec, head_dropout)


def _longest(encoder: Any) -> int:
    """Tokens that the encoder has positions for; RoBERTa and MPNet number them from the padding index on."""
    positions = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    padding = getattr(positions, "padding_idx", None)
    return int(getattr(encoder.config, "max_position_embeddings", sys.maxsize)) - (0 if padding is None else padding + 1)


def _bare(encoder: Any) -> Any:
    """The encoder without its pooler, which is never used and would be exported and kept for nothing."""
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    return encoder


def save_pretrained(model: StanceModel, tokenizer_source: str | Path, folder: str | Path) -> None:
    """Write ``model.safetensors``, the encoder's ``config.json``, the tokenizer and ``stance.json``."""
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    AutoTokenizer.from_pretrained(tokenizer_source).save_pretrained(root)
    tokens = (Path(tokenizer_source) / TOKENIZER_FILE).read_bytes()  # as it is: the library may write an equal one, or not
    (root / TOKENIZER_FILE).write_bytes(tokens)
    model.encoder.config.save_pretrained(root)
    save_file({k: v.detach().contiguous().clone() for k, v in model.state_dict().items()}, root / WEIGHTS_FILE)
    model.spec.save(root)


def from_pretrained(folder: str | Path, attention: str = "eager") -> StanceModel:
    """The model of a folder that :func:`save_pretrained` wrote.

    Raises:
        ModelError: no such folder, a file that is missing or no model's, or weights that do not fit.
    """
    root = Path(folder)
    spec = ModelSpec.load(root)
    for name in (WEIGHTS_FILE, CONFIG_FILE):
        if not (root / name).is_file():
            raise ModelError(f"{folder}: no {name} in it; give the folder that `python -m training fit` wrote")
    try:
        config = AutoConfig.from_pretrained(root)
        encoder = AutoModel.from_config(config, attn_implementation=attention, dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise ModelError(f"{root / CONFIG_FILE}: no encoder's ({' '.join(str(error).split())[:300]}); fit again") from None
    model = StanceModel(_bare(encoder), spec)
    try:
        model.load_state_dict(load_file(root / WEIGHTS_FILE))
    except (RuntimeError, SafetensorError) as error:
        raise ModelError(f"{folder}: weights do not fit {SPEC_FILE} ({' '.join(str(error).split())[:300]})") from None
    return model.eval()


def load_matching(model: StanceModel, folder: str | Path) -> list[str]:
    """Take over the weights of ``folder`` that fit in name and shape; the outputs for another label set stay fresh.

    Args:
        model: takes the weights.
        folder: that ``fit`` or ``export`` wrote, or a shipped model's name.

    Returns:
        Names of the weights that did not fit.

    Raises:
        ModelError: no weights there, or another encoder's.
    """
    own, found = model.state_dict(), _weights_for(model, folder)
    fitting = {name: weight for name, weight in found.items() if name in own and own[name].shape == weight.shape}
    if not any(name.startswith("encoder.") for name in fitting):
        raise ModelError(f"{folder}: its encoder has another shape; give the same encoder in the config")
    model.load_state_dict(fitting, strict=False)
    return sorted(set(own) - set(fitting))


def _weights_for(model: StanceModel, folder: str | Path) -> dict[str, torch.Tensor]:
    """The folder's weights, without the outputs of a head whose labels are others than the model's: as many labels are not
    the same labels, and what was learnt for one would be taken for another."""
    root = locate(folder)
    if (root / WEIGHTS_FILE).is_file():
        found = load_file(root / WEIGHTS_FILE)
    elif (root / SUMS_FILE).is_file():
        found = exported.weights(root)
    else:
        raise ModelError(f"{folder}: no {WEIGHTS_FILE} in it; give a folder that `python -m training` wrote, or `default`")
    one = {name.replace("stance_head.", "asked_head."): w for name, w in found.items() if name.startswith("stance_head.")}
    found = {**one, **found}  # before version 0.6 one head took both kinds of targets
    if not (root / SPEC_FILE).is_file():
        return found
    known, spec = ModelSpec.load(root), model.spec
    stances = known.stance_names == spec.stance_names
    heads = {"claim_head.3.": known.claim_types == spec.claim_types, "stance_head.3.": stances, "asked_head.3.": stances}
    others = tuple(head for head, same in heads.items() if not same)
    return {name: weight for name, weight in found.items() if not name.startswith(others)}


def average(model: StanceModel, folder: str | Path, share: float, whole: Collection[str] = ()) -> None:
    """Move the weights ``share`` of the way to those of ``folder``, where name and shape fit; all the way those of the modules ``whole``.

    Raises:
        UsageError: a module that the model does not have.
    """
    own, found = model.state_dict(), _weights_for(model, folder)
    parts = dict.fromkeys(k.split(".")[0] for k in own)
    if unknown := [name for name in whole if name not in parts]:
        raise UsageError(f"start_keeps: the model has no {unknown[0]!r}; its parts are {', '.join(parts)}")
    mixed = {
        k: torch.lerp(w, found[k].to(w), 1.0 if k.split(".")[0] in whole else share)
        for k, w in own.items()
        if k in found and found[k].shape == w.shape and w.is_floating_point()
    }
    model.load_state_dict(mixed, strict=False)


def load_labeler(folder: str | Path, threads: int | None = 1) -> Labeler:
    """A labeler on torch, for the folder that ``python -m training fit`` wrote."""
    return labeler(from_pretrained(folder), folder, threads)


def labeler(model: StanceModel, tokenizer_source: str | Path, threads: int | None = 1) -> Labeler:
    """A labeler on a model in memory."""
    return Labeler(LoadedModel(model.spec, read_tokenizer(tokenizer_source), TorchBackend(model)), threads)


class TorchBackend:
    """``stance.runtime.Backend`` on torch, on whatever device the model is."""

    def __init__(self, model: StanceModel) -> None:
        self.model = model.eval()

    def encode(self, passage: Passage) -> PassageScores:
        rows = [[0, *s.tokens] for s in passage.sentences]
        with torch.inference_mode():
            out = self.model.encode(self._to(passage.ids)[None], self._to(passage.shapes)[None], self._to(np.asarray(rows)))
            parts = out.states[0], out.mention, out.target, out.attributed, out.claim_type, out.names[0], out.naming, out.aiming
            return PassageScores(*map(_numpy, parts))

    def pool(self, states: np.ndarray, spans: np.ndarray) -> np.ndarray:
        rows = np.concatenate([np.zeros((len(spans), 1), np.int64), spans], axis=1)
        with torch.inference_mode():
            return _numpy(self.model.pool(self._to(states)[None], self._to(rows)))

    def link(self, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return _numpy(self.model.link(self._to(queries), self._to(candidates), self._to(features)))

    def refer(self, queries: np.ndarray, candidates: np.ndarray, features: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return _numpy(self.model.refer(self._to(queries), self._to(candidates), self._to(features)))

    def stance(self, sentences: np.ndarray, speakers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return _numpy(self.model.stance(self._to(sentences), self._to(speakers), self._to(targets)))

    def _to(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.model.shapes.weight.device)


def _numpy(tensor: torch.Tensor) -> np.ndarray:
    return tensor.float().cpu().numpy()
