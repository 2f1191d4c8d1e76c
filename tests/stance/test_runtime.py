"""The runtime folder: verified whole before anything of it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from stance import runtime
from stance.errors import ModelError
from stance.runtime import RUNTIME_FILES, SUMS_FILE
from tests.stance.fake_model import SPEC, tokenizer


def write_sums(folder: Path, form: str = "{digest}  {name}\n") -> None:
    lines = [
        form.format(digest=hashlib.sha256(p.read_bytes()).hexdigest(), name=p.name)
        for p in sorted(folder.iterdir())
        if p.name != SUMS_FILE
    ]
    (folder / SUMS_FILE).write_text("".join(lines), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as export writes it, except that its graphs are no ONNX."""
    for name in RUNTIME_FILES:
        (tmp_path / name).write_bytes(name.encode())
    SPEC.save(tmp_path)
    tokenizer().save(str(tmp_path / runtime.TOKENIZER_FILE))
    (tmp_path / "README.md").write_text("card")
    write_sums(tmp_path)
    return tmp_path


@pytest.mark.parametrize("form", ["{digest}  {name}\n", "{digest} *{name}\n", "{digest}  {name}\r\n", "\n{digest}  {name}\n"])
def test_whole(folder: Path, form: str) -> None:
    write_sums(folder, form)
    runtime.verify(folder)


def alter(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[-1] ^= 1
        (folder / name).write_bytes(bytes(data))

    return change


def unlist(folder: Path) -> None:
    (folder / "pool.onnx").unlink()
    write_sums(folder)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        *[(alter(name), f"{name}: differs from SHA256SUMS") for name in (*RUNTIME_FILES, "README.md")],
        *[(lambda f, n=name: (f / n).unlink(), f"{name} is missing; export") for name in (*RUNTIME_FILES, "README.md")],
        (lambda f: (f / "encode.onnx").write_bytes(b""), "encode.onnx: differs from SHA256SUMS"),
        (
            lambda f: (f / SUMS_FILE).unlink(),
            "no SHA256SUMS in it, so it is no runtime folder; make one with `python -m training export",
        ),
        (lambda f: (f / SUMS_FILE).write_text(""), "encode.onnx is not listed; export the model again"),
        (lambda f: (f / SUMS_FILE).write_text("abc\n"), "SHA256SUMS:1: 'abc' is no"),
        (lambda f: (f / SUMS_FILE).write_bytes(b"\xff\xfe"), "SHA256SUMS:1:"),
        (unlist, "pool.onnx is not listed"),
    ],
)
def test_what_is_missing_or_altered_is_one_line(folder: Path, spoil: Callable[[Path], None], said: str) -> None:
    spoil(folder)
    with pytest.raises(ModelError) as raised:
        runtime.load(folder)
    assert said in str(raised.value) and str(folder) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none: no such folder; .* a shipped model: .*default"):
        runtime.load(tmp_path / "none")


def test_a_shipped_model_has_a_name(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runtime, "SHIPPED", tmp_path / "models")
    (tmp_path / "models" / "big").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert runtime.locate("big") == tmp_path / "models" / "big"
    for other in ("small", "../models", "", ".", str(folder)):
        assert runtime.locate(other) == Path(other)
    (tmp_path / "big").mkdir()
    assert runtime.locate("big") == Path("big")  # a folder of the user's own comes first
    assert runtime.locate(None) == runtime.DEFAULT_MODEL


def test_a_graph_that_is_none_is_one_line(folder: Path) -> None:
    with pytest.raises(ModelError) as raised:
        runtime.load(folder)
    assert "encode.onnx: ONNX Runtime cannot load it" in str(raised.value) and "\n" not in str(raised.value)


def test_the_tokenizer_neither_cuts_nor_pads(folder: Path) -> None:
    built = tokenizer()
    built.enable_truncation(4)
    built.enable_padding(length=64)
    built.save(str(folder / runtime.TOKENIZER_FILE))
    read = runtime.read_tokenizer(folder)
    assert len(read.encode("a b c d e f g", add_special_tokens=False).ids) == 7


def test_a_tokenizer_that_is_none(folder: Path) -> None:
    (folder / runtime.TOKENIZER_FILE).write_text("{}")
    for place in (folder, folder / "none"):
        with pytest.raises(ModelError) as raised:
            runtime.read_tokenizer(place)
        assert "tokenizer.json is missing or not readable" in str(raised.value) and "\n" not in str(raised.value)


def test_threads() -> None:
    assert runtime.default_threads() >= 1


@pytest.mark.parametrize("named", ["NoSuchExecutionProvider", "CPUExecutionProvider,NoSuchExecutionProvider", " , "])
def test_a_provider_that_is_not_installed_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("STANCE_PROVIDERS", named)
    with pytest.raises(ModelError, match=r"STANCE_PROVIDERS.*this ONNX Runtime has .*CPUExecutionProvider") as caught:
        runtime.load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not (runtime.SHIPPED / "large" / SUMS_FILE).is_file(), reason="needs the larger shipped model")
def test_the_larger_shipped_model_labels() -> None:
    from stance.labeler import load

    first, second = load("large").label("The tax will fall, Ada Lind said. She praised the new mayor, Bob Ray.").sentences
    assert (first.speaker, second.speaker, second.stance, second.target) == ("Ada Lind", "Ada Lind", "support", "Bob Ray")
    assert first.model == "stance-mpnet/0.7.0" and first.claim_type == "prediction"
