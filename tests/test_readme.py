"""The README's commands and code are those that work."""

from __future__ import annotations

import re

import pytest

from stance import cli
from tests.conftest import ROOT
from training import __main__ as training_cli

README = (ROOT / "README.md").read_text("utf-8")


def _commands(parser) -> list[str]:
    return [name for action in parser._actions if action.choices and action.dest == "command" for name in action.choices]


@pytest.mark.parametrize("command", _commands(training_cli._parser()))
def test_every_training_command_is_documented(command: str) -> None:
    assert f"python -m training {command}" in README


@pytest.mark.parametrize("command", ["score", "show", "network", "serve"])
def test_every_stance_command_is_documented(command: str) -> None:
    assert f"stance {command}" in README


def test_options_of_score_in_the_readme_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["score", "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    used = {o for line in README.splitlines() if line.startswith("stance score") for o in re.findall(r"--[a-z-]+", line)}
    assert used and used <= known


def test_python_snippet_runs() -> None:
    snippet = next(block for block in re.findall(r"```python\n(.*?)```", README, re.S) if "stance.load()" in block)
    scope: dict[str, object] = {"articles": [{"id": "a", "text": "Rain is expected, the minister said."}]}
    exec(snippet, scope)
    assert len(scope["document"].sentences) == 1  # type: ignore[attr-defined]


def test_configs_are_valid() -> None:
    from training.config import read

    for path in sorted((ROOT / "configs").glob("*.yaml")):
        assert read(path).output, path
