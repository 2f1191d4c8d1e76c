"""The command line: arguments -> one call, errors -> one line, outcomes -> exit status. No logic.

Exit status: 0 all articles scored; 3 finished, some set aside; 2 bad usage, nothing written; 1 broken off (a full disk);
130 interrupted; 141 the reader of standard output went away.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import NoReturn

from stance.errors import InputError, ModelError, StanceError, UsageError

DONE, BROKEN_OFF, BAD_USAGE, SET_ASIDE, INTERRUPTED, NO_READER = 0, 1, 2, 3, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    try:
        args = _parser().parse_args(argv)
        return int(args.run(args))
    except StanceError as error:
        _say(f"stance: {error}")
        _let_go_of_output()
        return BAD_USAGE if isinstance(error, UsageError | InputError | ModelError) else BROKEN_OFF
    except KeyboardInterrupt as interrupt:
        _say(f"stance: interrupted; {interrupt}" if str(interrupt) else "stance: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_output()
        return NO_READER


def _score(args: argparse.Namespace) -> int:
    from stance.scoring.job import plan

    job = plan(
        args.inputs,
        args.output,
        columns=args.columns,
        keep=args.keep,
        min_score=args.min_score,
        targets=args.targets,
        resume=args.resume,
        partition_by=args.partition_by,
        aliases=args.aliases,
    )
    from stance.labeler import load
    from stance.scoring.run import score

    labeler, engine = load(args.model, args.threads), None
    if args.engine == "ray":
        from stance.scoring import ray

        engine = ray.engine(job, args.model, labeler.identity, ray.Workers.from_environment(args.threads))
    summary = score(labeler, job, engine=engine)
    _say(str(summary))
    return SET_ASIDE if summary.set_aside else DONE


def _show(args: argparse.Namespace) -> int:
    from stance.labeler import load
    from stance.scoring.show import check, show

    paths = check(args.inputs, args.output)
    aside = show(load(args.model, args.threads, args.aliases), paths, args.output, columns=args.columns)
    for item in aside:
        _say(f"{item.file or item.article_id}{'' if item.line is None else f':{item.line}'}: {item.reason}")
    return SET_ASIDE if aside else DONE


def _serve(args: argparse.Namespace) -> int:
    from stance.service.limits import Limits
    from stance.service.server import Settings, serve, token_digest

    limits = Limits(
        body_bytes=args.max_body,
        articles=args.max_articles,
        characters=args.max_characters,
        sentences=args.max_sentences,
        queue_articles=args.queue,
        queue_bytes=args.queue_bytes,
        seconds=args.timeout,
    )
    digest = token_digest(args.token_file)
    serve(Settings(args.host, args.port, args.model, args.threads, args.workers, digest, args.grace, limits))
    return DONE


def _network(args: argparse.Namespace) -> int:
    from stance.network import options as given
    from stance.network.build import network

    options = given.Options(
        kind=args.kind,
        normalise=args.normalise,
        actor=args.actor,
        concept=args.concept,
        duplicates=args.duplicates,
        window=given.parse_period(args.window, "--window") if args.window else None,
        step=given.parse_period(args.step, "--step") if args.step else None,
        since=given.parse_day(args.since, "--since") if args.since else None,
        until=given.parse_day(args.until, "--until") if args.until else None,
        date=args.date,
        filters=given.parse_filters(args.include, args.exclude),
        min_score=args.min_score,
        min_statements=args.min_statements,
        min_weight=args.min_weight,
        resamples=args.resamples,
        level=args.level,
        seed=args.seed,
        signs=given.parse_signs(args.signs) if args.signs else {},
        outlet=args.outlet,
    )
    _say(str(network(args.inputs, args.output, options, aliases=args.aliases, articles=args.articles, model=args.model)))
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="stance", description="For every sentence of a news article: who speaks, what kind of claim, for or against what."
    )
    parser.add_argument("--version", action="version", version=f"stance {metadata.version('stance')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    score = commands.add_parser("score", help="label articles into JSONL, CSV, Parquet, SQLite or DuckDB")
    _common(score, "OUT", "its ending picks the format: .jsonl .csv .parquet .sqlite .duckdb; - is JSONL on standard output")
    _score_options(score)
    score.set_defaults(run=_score)
    show = commands.add_parser("show", help="label articles into a page that a person reads")
    _common(show, "PAGE.html", "the page, one self-contained file")
    show.set_defaults(run=_show)
    network = commands.add_parser("network", help="who is for or against whom, from scored records")
    _network_options(network)
    network.set_defaults(run=_network)
    serve = commands.add_parser("serve", help="label over HTTP")
    _serve_options(serve)
    serve.set_defaults(run=_serve)
    return parser


def _common(parser: argparse.ArgumentParser, output: str, help_output: str) -> None:
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="JSONL, CSV, Parquet, .txt, .html (.gz, .zst), folders, globs; - is standard input",
    )
    parser.add_argument("-o", "--output", required=True, metavar=output, help=help_output)
    parser.add_argument(
        "--model", metavar="FOLDER", help="a runtime folder, or large, the slower and more accurate shipped model"
    )
    parser.add_argument("--aliases", metavar="FILE.csv", help="two columns, name and also known as: names to merge")
    parser.add_argument("--columns", type=_columns, metavar="OURS=THEIRS,...", help="other column names, e.g. text=body,id=url")
    parser.add_argument("--threads", type=_positive, metavar="N", help="articles labelled at once (default: the number of cores)")


def _score_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--targets", metavar="TARGETS", help='stance towards these: "China,Barack Obama", or a .txt, .csv or .jsonl file'
    )
    parser.add_argument("--keep", type=_names, default=(), metavar="COLUMNS", help="columns of the article to copy to each row")
    parser.add_argument("--min-score", type=float, metavar="P", help="leave labels below this probability undecided")
    parser.add_argument("--resume", action="store_true", help="go on where a killed run of the same command stopped")
    parser.add_argument(
        "--batch-tokens", type=_positive, metavar="N", help="tokens a batch on a GPU; a CPU takes passages one by one"
    )
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="where to label: here, or on a Ray cluster (RAY_ADDRESS)"
    )
    parser.add_argument(
        "--partition-by", metavar="COLUMN", help="Parquet only: a folder of files, one folder for each date, source, …"
    )


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 picks a free one (default: 8000)")
    parser.add_argument(
        "--model", metavar="FOLDER", help="a runtime folder, or large, the slower and more accurate shipped model"
    )
    parser.add_argument("--threads", type=_positive, metavar="N", help="articles labelled at once (default: the number of cores)")
    parser.add_argument(
        "--workers", type=_positive, default=1, metavar="N", help="processes, each with its own model (default: 1)"
    )
    parser.add_argument("--token-file", metavar="FILE", help="ask for this bearer token (or set STANCE_TOKEN)")
    bounds = (
        ("--max-body", 10_000_000, "BYTES", "of one request"),
        ("--max-articles", 1_000, "N", "in one request"),
        ("--max-characters", 200_000, "N", "of one article"),
        ("--max-sentences", 5_000, "N", "of one article"),
        ("--queue", 4_000, "N", "articles that may wait, of all requests; then 429"),
        ("--queue-bytes", 128_000_000, "BYTES", "of all requests in hand; then 429"),
        ("--timeout", 300, "SECONDS", "for an answer; then 503"),
        ("--grace", 30, "SECONDS", "for requests in hand when stopped"),
    )
    for name, default, unit, what in bounds:
        parser.add_argument(name, type=_positive, default=default, metavar=unit, help=f"{what} (default: {default:,})")


def _network_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="PREDICTIONS",
        help="records as `stance score` writes them, globs; - is JSONL on standard input",
    )
    add("-o", "--output", required=True, metavar="NET.graphml", help=".graphml .gexf .csv .dl (UCINET) .dna (DNA 3) .svg .png")
    add(
        "--kind",
        default="affiliation",
        help="affiliation (actors to targets), congruence, conflict or subtract (actors to actors)",
    )
    add("--normalise", default="none", help="none; affiliation: activity, prominence; else: average, jaccard, cosine")
    add("--actor", default="speaker", metavar="COLUMN", help="what acts (default: speaker)")
    add("--concept", default="target", metavar="COLUMN", help="what the stance is on (default: target)")
    add("--outlet", metavar="NAME", help="count the outlet's own voice as an actor of this name")
    add("--signs", metavar="NAME=-1,...", help="which stance is for (1), against (-1) or neither (0); default: as the model says")
    add("--model", metavar="FOLDER", help="the runtime folder whose label set gives the signs (default: the shipped model)")
    add("--aliases", metavar="FILE.csv", help="two columns, name and also known as: names to merge")
    add("--articles", nargs="+", default=(), metavar="FILE", help="the articles, for their days, titles and texts")
    add("--date", default="date", metavar="COLUMN", help="day of the article, in the records (--keep) or the articles")
    add(
        "--duplicates",
        default="article",
        help="count a repeated statement once per article (default), day, week, month, year; none",
    )
    add("--window", metavar="30d", help="networks of a moving window of days, weeks, months or years (d w m y), a file each")
    add("--step", metavar="7d", help="how far the window moves (default: its length)")
    add("--since", metavar="DAY", help="first day that counts, YYYY-MM-DD")
    add("--until", metavar="DAY", help="last day that counts")
    add("--include", action="append", default=[], metavar="COLUMN=A|B", help="only rows with these values; may be repeated")
    add("--exclude", action="append", default=[], metavar="COLUMN=A|B", help="no rows with these values; may be repeated")
    add("--min-score", type=float, default=0.0, metavar="P", help="only statements whose every score is at least P")
    add(
        "--min-statements",
        type=_positive,
        default=1,
        metavar="N",
        help="leave out actors and targets with fewer statements (counted once, before any is left out)",
    )
    add("--min-weight", type=float, default=0.0, metavar="W", help="leave out ties whose weight is nearer to zero")
    add("--resamples", type=_whole, default=200, metavar="N", help="draws behind the intervals of ties (default 200; 0: none)")
    add("--level", type=float, default=0.95, metavar="P", help="share of the draws within an interval (default 0.95)")
    add("--seed", type=int, default=0, metavar="N", help="of the draws (default 0)")


def _columns(text: str) -> dict[str, str]:
    from stance.tables import parse_columns

    return parse_columns(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number from 1 on")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number")
    return int(text)


class _Parser(argparse.ArgumentParser):
    """argparse whose errors are one line and end through :func:`main`."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`")


def _let_go_of_output() -> None:
    """Where standard output takes nothing more, send the rest nowhere; else Python complains as it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(line: str) -> None:
    print(" ".join(line.split()), file=sys.stderr)
