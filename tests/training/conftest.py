"""A tiny random encoder, twelve made-up sentences, and one model trained and exported from them, built once a session."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Before torch and datasets are loaded: no network, no bars, nothing of a test in the user's own cache.
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")
os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp(prefix="stance-datasets-")

import pytest
import torch

if TYPE_CHECKING:
    from stance.spec import ModelSpec
    from training.config import FitConfig
    from training.model import StanceModel

torch.set_num_threads(1)

SENTENCES: tuple[tuple[str, str, str, str], ...] = (
    ("The mill on the river closed in March.", "", "fact", "none"),
    ("Ada Brook said the dam is a mistake.", "Ada Brook", "view", "against"),
    ("Carl Reed praised the new school.", "Carl Reed", "view", "for"),
    ("The council meets again on Monday.", "", "fact", "none"),
    ("Ada Brook said the road must be built.", "Ada Brook", "call", "for"),
    ("Mr Reed called the tax unfair.", "Carl Reed", "view", "against"),
    ("Rain fell on the valley for a week.", "", "fact", "none"),
    ("Dora Finch said the bridge will fall.", "Dora Finch", "view", "against"),
    ("She urged the council to close it.", "Dora Finch", "call", "for"),
    ("The bridge is ninety years old.", "", "fact", "none"),
    ("Carl Reed said the school needs a roof.", "Carl Reed", "call", "for"),
    ("The roof was paid for by the church.", "", "fact", "none"),
)
"""Text, speaker, claim type and stance, with labels of a user's own; an article has three sentences."""

COLUMNS = ("article_id", "text", "speaker", "claim_type", "stance")


def rows(columns: tuple[str, ...] = COLUMNS) -> list[dict[str, str]]:
    """The sentences as rows of a label file, only these columns."""
    whole = [dict(zip(COLUMNS, (f"news-{n // 3}", *sentence), strict=True)) for n, sentence in enumerate(SENTENCES)]
    return [{key: row[key] for key in columns} for row in whole]


def write_csv(path: Path, columns: tuple[str, ...] = COLUMNS) -> Path:
    """The sentences as a CSV of these columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows(columns))
    return path


def build_tokenizer(folder: Path) -> None:
    """A WordPiece tokenizer trained on the sentences, as ``AutoTokenizer`` loads it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([text for text, *_ in SENTENCES], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", special.index("[CLS]")), ("[SEP]", special.index("[SEP]"))]
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)


def build_encoder(folder: Path, config: Any) -> Path:
    """A random encoder of that config with the tokenizer of :func:`build_tokenizer`."""
    from transformers import AutoModel

    folder.mkdir(parents=True, exist_ok=True)
    build_tokenizer(folder)
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)
    return folder


TINY: dict[str, Any] = {
    "vocab_size": 200,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "pad_token_id": 0,
    "max_position_embeddings": 128,
}


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a BERT with two layers of width 32."""
    from transformers import BertConfig

    return build_encoder(tmp_path_factory.mktemp("encoder") / "bert", BertConfig(**TINY))


@pytest.fixture(scope="session")
def spec() -> ModelSpec:
    from stance.spec import ModelSpec

    return ModelSpec(
        "tiny", "1", claim_types=("fact", "view", "call"), stances={"none": 0, "for": 1, "against": -1}, passage_tokens=48
    )


@pytest.fixture
def model(encoder: Path, spec: ModelSpec) -> StanceModel:
    """A fresh model whose head weights are the same in every test."""
    from training.checkpoint import from_encoder

    torch.manual_seed(1)
    return from_encoder(str(encoder), spec).eval()


@pytest.fixture(scope="session")
def configure(encoder: Path) -> Callable[..., FitConfig]:
    """A small configuration: ``configure(output, train_file, section={...}, ...)``."""
    from training.config import FitConfig

    def configured(output: Path, train: Path, trainer: dict[str, Any] | None = None, **sections: Any) -> FitConfig:
        settings = {"num_train_epochs": 2, "per_device_train_batch_size": 2, "logging_steps": 1, **(trainer or {})}
        whole = {
            "encoder": str(encoder),
            "output": str(output),
            "data": {"train": [str(train)], "dev_fraction": 0.25},
            "spec": {"name": "tiny", "passage_tokens": 48, "stances": {"none": 0, "for": 1, "against": -1}},
            "trainer": settings,
        }
        return FitConfig.model_validate({**whole, **sections})

    return configured


@pytest.fixture(scope="session")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sentences as a CSV."""
    return write_csv(tmp_path_factory.mktemp("labels") / "mine.csv")


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory, labels: Path, configure: Callable[..., FitConfig]) -> Path:
    """Model folder trained on the sentences."""
    from training.fitting import fit

    return fit(configure(tmp_path_factory.mktemp("fitted") / "model", labels), write=lambda line: None)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, fitted: Path, labels: Path) -> Path:
    """Runtime folder of :func:`fitted`."""
    from training.exporting import export

    folder = tmp_path_factory.mktemp("exported") / "runtime"
    export(fitted, folder, labels)
    return folder
