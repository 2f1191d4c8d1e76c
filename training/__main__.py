"""The command line ``python -m training``: arguments to one call, errors to one line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

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
    prepare.add_argument("corpus", help="gold, own, polnear, newsmtsc, seesaw, gum or dna")
    prepare.add_argument("source", help="folder of the corpus, or a file of it")
    prepare.add_argument("-o", "--output", required=True, metavar="DATA.jsonl")
    prepare.set_defaults(run=_prepare)

    split = commands.add_parser("split", help="set a share of a label file's articles aside")
    split.add_argument("data")
    aside = split.add_mutually_exclusive_group()
    aside.add_argument("--fraction", type=float, default=0.1)
    aside.add_argument(
        "--articles", nargs="+", metavar="ID", help="these, in place of a share: article ids, or files with one id a line"
    )
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

    _add_labelling(commands)
    export = commands.add_parser("export", help="a model folder to the runtime folder that stance loads")
    export.add_argument("model")
    export.add_argument("-o", "--output", required=True, metavar="FOLDER")
    export.add_argument(
        "--dev", metavar="DATA", help="label file to compare both sides on and to calibrate the exported one with"
    )
    export.add_argument("--precision", default="int8", help="int8 for processors (default), fp32 for a GPU")
    export.add_argument("--notes", metavar="FILE.md", help="what the model card shall end with")
    export.set_defaults(run=_export)
    return parser


def _add_labelling(commands: Any) -> None:
    """The commands around people who label."""
    suggest = commands.add_parser("suggest", help="the sentences that are most worth labelling next")
    suggest.add_argument("model", help="model folder, runtime folder, or `default`")
    suggest.add_argument("articles", nargs="+", help="files, folders or globs, as for `stance score`")
    suggest.add_argument("-n", type=int, default=200, help="how many sentences (200)")
    suggest.add_argument("--tasks", help="whose doubt counts, for example claim_type,stance; by default all")
    suggest.add_argument("-o", "--output", metavar="OUT", help=".jsonl, .csv, …: the model's labels of them, to correct")
    suggest.set_defaults(run=_suggest)

    audit = commands.add_parser("audit", help="the labels that are most likely wrong, by confident learning")
    audit.add_argument("model", help="model folder or file of predictions; not trained on these labels")
    audit.add_argument("data", metavar="LABELS")
    audit.add_argument("--tasks", default="claim_type,stance")
    audit.add_argument("-o", "--output", metavar="OUT", help=".jsonl, .csv, …: the rows, to correct")
    audit.set_defaults(run=_audit)

    studio = commands.add_parser("labelstudio", help="labels to Label Studio and back")
    ways = studio.add_subparsers(dest="way", required=True, metavar="export|import", parser_class=_Parser)
    out = ways.add_parser("export", help="records to tasks and the project's configuration")
    out.add_argument("source", metavar="LABELS", help="records: labels, predictions, or what `suggest` wrote")
    out.add_argument("-o", "--output", required=True, metavar="TASKS.json", help="TASKS.xml is written beside it")
    out.add_argument("--predictions", action="store_true", help="as suggestions, not as an annotation that is there already")
    out.set_defaults(run=_studio_export)
    back = ways.add_parser("import", help="a JSON export of Label Studio to records")
    back.add_argument("source", metavar="EXPORT.json")
    back.add_argument("-o", "--output", required=True, metavar="LABELS", help=".jsonl, .csv, .parquet, …")
    back.set_defaults(run=_studio_import)

    agree = commands.add_parser("agreement", help="kappa and alpha of two people's labels")
    agree.add_argument("first", metavar="LABELS")
    agree.add_argument("second", metavar="LABELS")
    agree.set_defaults(run=_agreement)


def _prepare(options: argparse.Namespace) -> None:
    from training.corpora import prepare

    print(prepare(options.corpus, options.source, options.output))


def _split(options: argparse.Namespace) -> None:
    from training.data import split_file

    print(split_file(options.data, options.output, options.fraction, options.articles))


def _fit(options: argparse.Namespace) -> None:
    from training import fit

    fit(options.config, options.overrides)


def _evaluate(options: argparse.Namespace) -> None:
    from training import evaluate

    report = evaluate(options.model, options.data, options.baseline, options.second)
    print(report.summary().to_string(index=False))
    if len(thresholds := report.thresholds()):
        print(f"\nwhat --min-score promises and keeps:\n{thresholds.round(3).to_string(index=False)}")
    for note in report.notes:
        print(f"note: {note}")
    if options.output:
        print(report.save(options.output))


def _suggest(options: argparse.Namespace) -> None:
    from stance.records import TASKS
    from training import suggest

    tasks = options.tasks.split(",") if options.tasks else TASKS
    items = suggest(options.model, options.articles, options.n, tasks, options.output)
    for record in sorted((r for item in items for r in item.records), key=lambda r: int(r.extra["rank"])):
        print(
            f"{record.extra['rank']}\t{record.extra['gain']:.3f}\t{record.article_id}\t{record.sentence}\t{' '.join(record.text.split())}"
        )


def _audit(options: argparse.Namespace) -> None:
    from training import audit

    for doubt in audit(options.model, options.data, options.output, options.tasks.split(",")):
        r = doubt.record
        label, words = getattr(r, doubt.task), " ".join(r.text.split())
        print(f"{doubt.support:.3f}\t{doubt.task}\t{label}\t{doubt.predicted}\t{r.article_id}\t{r.sentence}\t{words}")


def _studio_export(options: argparse.Namespace) -> None:
    from training.labelstudio import export

    print(export(options.source, options.output, options.predictions))


def _studio_import(options: argparse.Namespace) -> None:
    from training.labelstudio import bring_back

    print(bring_back(options.source, options.output))


def _agreement(options: argparse.Namespace) -> None:
    from training.agreement import agreement

    print(agreement(options.first, options.second).to_string(index=False))


def _export(options: argparse.Namespace) -> None:
    from training import export

    print(export(options.model, options.output, options.dev, options.notes, options.precision))


if __name__ == "__main__":
    sys.exit(main())
