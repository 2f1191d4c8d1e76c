"""The runtime folder: complete, verified, the same labels as torch, the same bytes whatever else runs; other encoders too."""

from __future__ import annotations

import logging
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from transformers import DistilBertConfig, ModernBertConfig, MPNetConfig, RobertaConfig

from stance.articles import Article
from stance.errors import ModelError, StanceError, UsageError
from stance.labeler import Labeler, load
from stance.referents import FEATURES as REFERENT_FEATURES
from stance.resolve import FEATURES
from stance.runtime import RUNTIME_FILES
from stance.spec import ModelSpec
from training.checkpoint import from_encoder, load_labeler, save_pretrained
from training.exporting import CARD_FILE, export, parity
from training.gold import read

from .conftest import SENTENCES, TINY, build_encoder, rows

TEXT = " ".join(text for text, *_ in SENTENCES)


@pytest.fixture(scope="module")
def onnx_side(exported: Path) -> Labeler:
    return load(exported, threads=1)


def test_the_folder_is_complete_and_its_sums_verify(exported: Path) -> None:
    names = {path.name for path in exported.iterdir()}
    assert names == {*RUNTIME_FILES, CARD_FILE, "SHA256SUMS"}
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=exported, check=True, capture_output=True)
    listed = (exported / "SHA256SUMS").read_text().split()[1::2]
    assert {*listed} == names - {"SHA256SUMS"}


def test_an_altered_file_is_refused(exported: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(exported, tmp_path / "altered")
    (folder / "stance.json").write_text((folder / "stance.json").read_text().replace("tiny", "tidy"))
    with pytest.raises(ModelError, match=r"stance\.json: differs from SHA256SUMS"):
        load(folder)


def test_torch_and_onnx_give_the_same_labels(fitted: Path, exported: Path, onnx_side: Labeler) -> None:
    torch_side = load_labeler(fitted)
    found = parity(torch_side, onnx_side, read(rows()))
    assert found.sentences == len(SENTENCES)
    assert set(found.agreement) == {"speaker", "claim_type", "stance"}
    assert min(found.agreement.values()) >= 0.9, str(found)
    assert str(found).startswith(f"same labels as torch fp32 on {len(SENTENCES)} sentences: speaker ")


def test_the_graphs_are_torchs_within_int8(fitted: Path, onnx_side: Labeler) -> None:
    article, torch_side = Article("a", TEXT), load_labeler(fitted)
    for a, b in zip(torch_side.read(article).readings, onnx_side.read(article).readings, strict=True):
        assert np.dot(a.vector, b.vector) / np.linalg.norm(a.vector) / np.linalg.norm(b.vector) > 0.99
        np.testing.assert_allclose(a.claim_type, b.claim_type, atol=0.1)
    draw = np.random.default_rng(0)
    three = [draw.normal(size=(4, 32)).astype(np.float32) for _ in range(3)]
    np.testing.assert_allclose(torch_side.backend.stance(*three), onnx_side.backend.stance(*three), atol=1e-5)
    states, spans = draw.normal(size=(9, 32)).astype(np.float32), np.asarray([[1, 4], [0, 9], [3, 3]])
    np.testing.assert_allclose(torch_side.backend.pool(states, spans), onnx_side.backend.pool(states, spans), atol=1e-5)
    queries, candidates = (draw.normal(size=shape).astype(np.float32) for shape in ((2, 64), (2, 3, 32)))
    for graph, width in (("link", FEATURES), ("refer", REFERENT_FEATURES)):
        features = draw.normal(size=(2, 3, width)).astype(np.float32)
        one, other = (getattr(side.backend, graph)(queries, candidates, features) for side in (torch_side, onnx_side))
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_single_precision_is_torchs_itself(fitted: Path, tmp_path: Path) -> None:
    export(fitted, tmp_path / "r", precision="fp32")
    article = Article("a", TEXT)
    single = load(tmp_path / "r")
    for a, b in zip(load_labeler(fitted).read(article).readings, single.read(article).readings, strict=True):
        np.testing.assert_allclose(a.claim_type, b.claim_type, atol=5e-3)  # GELU by tanh
        np.testing.assert_allclose(a.naming.running, b.naming.running, atol=5e-3)
        np.testing.assert_allclose(a.aiming.running, b.aiming.running, atol=5e-3)
    with pytest.raises(UsageError, match="--precision int4: expected one of int8, fp32"):
        export(fitted, tmp_path / "r", precision="int4")


def test_an_article_gives_the_same_bytes_whatever_else_runs(exported: Path, onnx_side: Labeler) -> None:
    others = [" ".join(text for text, *_ in SENTENCES[n:]) for n in range(1, 12)]
    alone = onnx_side.label({"id": "a", "text": TEXT}).sentences
    busy = load(exported, threads=4)
    articles = [{"id": "a", "text": t} for other in others for t in (other, TEXT)]
    found = [doc.sentences for doc in busy.stream(articles)]
    assert all(records == alone for records in found[1::2])  # every figure to the last bit
    with ThreadPoolExecutor(4) as pool:
        assert all(
            records == alone for records in pool.map(lambda _: onnx_side.label({"id": "a", "text": TEXT}).sentences, range(8))
        )


def test_the_exported_model_is_calibrated_by_itself(fitted: Path, tmp_path: Path) -> None:
    dev = tmp_path / "dev.csv"
    lines = ["article_id,text,speaker,claim_type,stance"]
    lines += [f"{n}-{i // 3},{','.join(s)}" for n in range(3) for i, s in enumerate(SENTENCES)]
    dev.write_text("\n".join(lines) + "\n", "utf-8")
    said = export(fitted, tmp_path / "r", dev)
    assert "same labels as torch fp32 on 36 sentences" in said.splitlines()[1]
    assert set(ModelSpec.load(tmp_path / "r").temperatures) == {"speaker", "claim_type", "stance"}
    assert load(tmp_path / "r").label("Rain fell.").sentences  # the sums were written again


def test_the_card_says_what_it_is(exported: Path) -> None:
    card = (exported / CARD_FILE).read_text("utf-8")
    assert card.startswith("# Model card: tiny/0.1.0\n")
    assert "- Claim types: fact, view, call\n" in card and "mine.csv" in card and "| claim_type_macro_f1 | 0." in card


@pytest.mark.parametrize(
    "config",
    [
        MPNetConfig(**{**TINY, "pad_token_id": 1}),
        RobertaConfig(**{**TINY, "pad_token_id": 1}),
        ModernBertConfig(**TINY, global_attn_every_n_layers=2, local_attention=16, bos_token_id=2, eos_token_id=3),
        DistilBertConfig(vocab_size=200, dim=32, n_layers=2, n_heads=2, hidden_dim=64, max_position_embeddings=128),
    ],
    ids=lambda config: str(config.model_type),
)
def test_other_encoders_export_too(config: Any, spec: ModelSpec, tmp_path: Path) -> None:
    encoder = build_encoder(tmp_path / "encoder", config)
    torch.manual_seed(1)
    save_pretrained(from_encoder(str(encoder), spec), encoder, tmp_path / "m")
    export(tmp_path / "m", tmp_path / "r")
    article, sides = Article("a", TEXT), (load_labeler(tmp_path / "m"), load(tmp_path / "r", threads=1))
    pairs = list(zip(*(side.read(article).readings for side in sides), strict=True))
    assert len(pairs) == len(SENTENCES)
    assert min(np.dot(a.vector, b.vector) / np.linalg.norm(a.vector) / np.linalg.norm(b.vector) for a, b in pairs) > 0.99
    operators = {node.op_type for node in onnx.load(tmp_path / "r" / "encode.onnx").graph.node}
    assert {"MatMulIntegerToFloat", "LayerNormalization"} <= operators  # int8, and fused


def test_export_leaves_the_callers_logging_alone(fitted: Path, tmp_path: Path) -> None:
    before = logging.root.level, logging.root.manager.disable, logging.getLogger("onnxruntime.transformers").level
    handlers = list(logging.root.handlers)
    export(fitted, tmp_path / "r")
    assert (logging.root.level, logging.root.manager.disable, logging.getLogger("onnxruntime.transformers").level) == before
    assert logging.root.handlers == handlers


def test_a_wrong_name_writes_nothing(fitted: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no stance\.json"):
        export(tmp_path, tmp_path / "r")
    with pytest.raises(StanceError, match=r"none\.csv: no such file"):
        export(fitted, tmp_path / "r", tmp_path / "none.csv")
    assert not (tmp_path / "r").exists()
