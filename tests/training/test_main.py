"""``python -m training``: one call a command, one line and status 2 for whatever the user can mend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from training.__main__ import main

from .conftest import SENTENCES, write_csv

ROOT = Path(__file__).resolve().parent.parent.parent


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == "" and err.endswith("\n") and err.count("\n") == 1, err
    return err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fit", "none.yaml"], "training fit: none.yaml: cannot be read"),
        (["fit", "CONFIG", "optimm.x=1"], "unknown key optimm"),
        (["fit", "CONFIG", "data.train=none.csv"], "data: none.csv: no such file"),
        (["fit", "CONFIG", "data.train=LABELS", "encoder=no_such_encoder"], "pip install no-such-encoder"),
        (["fit", "CONFIG", "data.train=LABELS", "trainer.epochs=2"], "training fit: trainer: "),
        (["evaluate", "none", "LABELS"], "none: no such file or folder"),
        (["evaluate", "default", "none.csv"], "none.csv"),
        (["export", "none", "-o", "out"], "training export: none: no stance.json in it"),
        (["split", "LABELS", "--fraction", "2", "-o", "part"], "training split: --fraction 2.0"),
        (["prepare", "no_such_corpus", ".", "-o", "x.jsonl"], "no_such_corpus"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    labels: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text("output: run\nspec: {passage_tokens: 48}\n", "utf-8")
    given = [a.replace("CONFIG", "my.yaml").replace("LABELS", str(labels)) for a in arguments]
    assert main(given) == 2
    assert words in one_line(capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["my.yaml"]


@pytest.mark.parametrize("arguments", [[], ["fitt"], ["fit"], ["export", "model"], ["fit", "a.yaml", "--epochs", "3"]])
def test_bad_usage_is_one_line_and_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2 and "--help" in one_line(capsys)


def test_an_output_that_cannot_be_written_is_one_line(fitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["export", str(fitted), "-o", str(tmp_path / "file" / "runtime")]) == 2
    assert "file" in one_line(capsys)


def test_fit_evaluate_export_in_turn(
    encoder: Path, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(
        f"encoder: {encoder}\noutput: run\nspec: {{passage_tokens: 48}}\ndata: {{dev_fraction: 0.25}}\n"
        "trainer: {num_train_epochs: 1, per_device_train_batch_size: 2}\n",
        "utf-8",
    )
    assert main(["fit", "my.yaml", f"data.train={labels}", "spec.stances={none: 0, for: 1, against: -1}"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines()[-1] == "run: written; next: python -m training export run -o FOLDER"
    assert main(["evaluate", "run", str(labels), "-o", "report"]) == 0
    assert "claim_type" in capsys.readouterr().out and json.loads(Path("report/metrics.json").read_text("utf-8"))
    assert main(["export", "run", "-o", "runtime", "--dev", str(labels)]) == 0
    assert f"same labels as torch fp32 on {len(SENTENCES)} sentences" in capsys.readouterr().out
    assert main(["evaluate", "runtime", str(labels)]) == 0


def test_split_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_csv(tmp_path / "all.csv")
    assert main(["split", str(path), "--fraction", "0.5", "-o", str(tmp_path / "half")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 and (tmp_path / "half.dev.jsonl").is_file()


def test_as_a_program_it_refuses_before_torch_is_loaded(tmp_path: Path) -> None:
    code = "import sys; import training.__main__ as m; sys.exit(m.main(sys.argv[1:]) if 'torch' not in sys.modules else 9)"
    for command in (["-m", "training"], ["-c", code]):
        done = subprocess.run(
            [sys.executable, *command, "fit"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
