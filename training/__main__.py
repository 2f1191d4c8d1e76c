"""The command line ``python -m training``: arguments to one call, errors to one line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from stance.errors import StanceError

# Before torch is loaded: threads that wait at a barrier must not spin. On a machine that does anything else besides, the
# default makes training up to ten times slower (measured: 260 against 2,800 tokens/s beside two busy processes).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}; see {self.prog} --help\n")
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 2 for anything that the user can mend."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except (StanceError, ImportError, OSError) as error:
        print(f"training {options.command}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m training", description="Train, evaluate and export models for stance.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    prepare = commands.add_parser("prepare", help="a public corpus to records")
    prepare.add_argument("corpus", help="gold, polnear, newsmtsc, seesaw or gum")
    prepare.add_argument("source", help="folder of the corpus, or a file of it")
    prepare.add_argument("-o", "--output", required=True, metavar="DATA.jsonl")
    prepare.set_defaults(run=_prepare)

    split = commands.add_parser("split", help="set a share of a label file's articles aside")
    split.add_argument("data")
    split.add_argument("--fraction", type=float, default=0.1)
    split.add_argument("-o", "--output", required=True, metavar="PREFIX", help="writes PREFIX.train.jsonl and PREFIX.dev.jsonl")
    split.set_defaults(run=_split)

    fit = commands.add_parser("fit", help="labels to a model folder")
    fit.add_argument("config", help="YAML file, for example configs/quick.yaml")
    fit.add_argument(
        "overrides", nargs="*", metavar="key=value", help="for example trainer.num_train_epochs=2 data.train=mine.csv"
    )
    fit.set_defaults(run=_fit)

    evaluate = commands.add_parser("evaluate", help="a model, or predictions, against labels")
    evaluate.add_argument("model", help="model folder, runtime folder, `default`, or a file of predictions")
    evaluate.add_argument("data", help="label file")
    evaluate.add_argument("-o", "--output", metavar="FOLDER", help="for metrics.json and report.html")
    evaluate.add_argument("--baseline", metavar="MODEL", help="a second model to compare with")
    evaluate.add_argument("--second", metavar="DATA", help="a second person's labels, for the agreement of the two")
    evaluate.set_defaults(run=_evaluate)

    export = commands.add_parser("export", help="a model folder to the runtime folder that stance loads")
    export.add_argument("model")
    export.add_argument("-o", "--output", required=True, metavar="FOLDER")
    export.add_argument(
        "--dev", metavar="DATA", help="label file to compare both sides on and to calibrate the exported one with"
    )
    export.set_defaults(run=_export)
    return parser


def _prepare(options: argparse.Namespace) -> None:
    from training.corpora import prepare

    print(prepare(options.corpus, options.source, options.output))


def _split(options: argparse.Namespace) -> None:
    from training.data import split_file

    print(split_file(options.data, options.output, options.fraction))


def _fit(options: argparse.Namespace) -> None:
    from training import fit

    fit(options.config, options.overrides)


def _evaluate(options: argparse.Namespace) -> None:
    from training import evaluate

    report = evaluate(options.model, options.data, options.baseline, options.second)
    print(report.summary().to_string(index=False))
    for note in report.notes:
        print(f"note: {note}")
    if options.output:
        print(report.save(options.output))


def _export(options: argparse.Namespace) -> None:
    from training import export

    print(export(options.model, options.output, options.dev))


if __name__ == "__main__":
    sys.exit(main())
