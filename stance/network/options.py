"""What ``stance network`` can be asked for, and the check of it. No data is read."""

from __future__ import annotations

import calendar
import datetime
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stance.errors import UsageError

TWO_MODE, ONE_MODE = ("affiliation",), ("congruence", "conflict", "subtract")
KINDS = (*TWO_MODE, *ONE_MODE)
NORMALISATIONS: Mapping[str, tuple[str, ...]] = {
    "none": KINDS,
    "activity": TWO_MODE,
    "prominence": TWO_MODE,
    "average": ONE_MODE,
    "jaccard": ONE_MODE,
    "cosine": ONE_MODE,
}
"""Normalisation -> the kinds of network that it is defined for."""

CALENDAR = ("day", "week", "month", "year")
DUPLICATES = ("none", "article", *CALENDAR)


@dataclass(frozen=True, slots=True)
class Filter:
    """Values of one column to take or to leave; an empty value stands for null."""

    column: str
    values: tuple[str, ...]
    taken: bool


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time.

    Attributes:
        count: how many.
        unit: ``d``, ``w``, ``m`` or ``y`` (days, weeks, months, years).
    """

    count: int
    unit: str

    def after(self, day: datetime.date, times: int = 1) -> datetime.date:
        """The day that lies ``times`` periods after ``day``; a month's last day stays a last day.

        >>> Period(1, "m").after(datetime.date(2024, 1, 31))
        datetime.date(2024, 2, 29)
        """
        number = self.count * times
        if self.unit in "dw":
            return day + datetime.timedelta(days=number * (7 if self.unit == "w" else 1))
        months = day.year * 12 + day.month - 1 + number * (12 if self.unit == "y" else 1)
        year, month = months // 12, months % 12 + 1
        return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Options:
    """How a network is made.

    Attributes:
        kind: one of :data:`KINDS`.
        normalise: one of :data:`NORMALISATIONS`.
        actor, concept: columns that hold the two kinds of nodes.
        duplicates: one of :data:`DUPLICATES`: an actor's statements of one sign on one concept count once in it.
        window, step: length of a moving window and how far it moves; ``None``: no windows, or a step as long as a window.
        since, until: first and last day that count.
        date: column of the records, or of the articles, that holds the day.
        filters: values of columns to take or leave.
        min_score: a statement counts if each of its scores is at least this (a person's label has none and counts).
        min_statements: nodes with fewer counted statements are left out.
        min_weight: ties whose weight is nearer to zero are left out.
        resamples: draws behind the intervals; 0 gives none.
        level: share of the draws that lie within an interval.
        seed: of the draws.
        signs: stance -> -1, 0, 1, over those of the model.
        outlet: name under which the outlet's own voice counts as an actor; ``None`` leaves it out.
    """

    kind: str = "affiliation"
    normalise: str = "none"
    actor: str = "speaker"
    concept: str = "target"
    duplicates: str = "article"
    window: Period | None = None
    step: Period | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None
    date: str = "date"
    filters: tuple[Filter, ...] = ()
    min_score: float = 0.0
    min_statements: int = 1
    min_weight: float = 0.0
    resamples: int = 200
    level: float = 0.95
    seed: int = 0
    signs: Mapping[str, int] = field(default_factory=dict)
    outlet: str | None = None

    @property
    def two_mode(self) -> bool:
        """Whether actors are tied to concepts, not to each other."""
        return self.kind in TWO_MODE

    @property
    def dated(self) -> bool:
        """Whether statements without a day cannot count."""
        return bool(self.window or self.since or self.until) or self.duplicates in CALENDAR


def check(options: Options) -> None:
    """Whether the options go together.

    Raises:
        UsageError: naming the option, what was found and what is expected.
    """
    for option, value, known in (("--kind", options.kind, KINDS), ("--duplicates", options.duplicates, DUPLICATES)):
        if value not in known:
            raise UsageError(f"{option} {value}: unknown; expected one of {', '.join(known)}")
    kinds = NORMALISATIONS.get(options.normalise)
    if kinds is None:
        raise UsageError(f"--normalise {options.normalise}: unknown; expected one of {', '.join(NORMALISATIONS)}")
    if options.kind not in kinds:
        fit = [name for name, of in NORMALISATIONS.items() if options.kind in of]
        raise UsageError(f"--normalise {options.normalise}: not defined for --kind {options.kind}; expected {', '.join(fit)}")
    if not 0 <= options.min_score <= 1:
        raise UsageError(f"--min-score {options.min_score}: expected a probability between 0 and 1")
    if not 0 < options.level < 1:
        raise UsageError(f"--level {options.level}: expected a share between 0 and 1, such as 0.95")
    if not math.isfinite(options.min_weight) or options.min_weight < 0:
        raise UsageError(f"--min-weight {options.min_weight}: expected a number from 0 on")
    if options.step and not options.window:
        raise UsageError("--step: moves a window; give --window too")
    if options.actor == options.concept:
        raise UsageError(f"--concept {options.concept}: is the column of the actors too; give another")


def parse_period(text: str, option: str) -> Period:
    """A period as the user writes it.

    >>> parse_period("6m", "--window")
    Period(count=6, unit='m')

    Raises:
        UsageError: it is no whole number followed by d, w, m or y.
    """
    match = re.fullmatch(r"([1-9]\d{0,4})([dwmy])", text.strip().lower())
    if not match:
        raise UsageError(f"{option} {text}: expected a number of days, weeks, months or years, such as 30d, 4w, 6m, 1y")
    return Period(int(match[1]), match[2])


def parse_day(text: str, option: str) -> datetime.date:
    """A day as YYYY-MM-DD.

    Raises:
        UsageError: it is none.
    """
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{option} {text}: expected a day such as 2024-05-31") from None


def parse_filters(include: Sequence[str], exclude: Sequence[str]) -> tuple[Filter, ...]:
    """The filters of ``--include`` and ``--exclude``.

    >>> parse_filters(["source=A|B"], [])
    (Filter(column='source', values=('A', 'B'), taken=True),)

    Raises:
        UsageError: one without ``=``.
    """
    filters = []
    for option, given, taken in (("--include", include, True), ("--exclude", exclude, False)):
        for text in given:
            column, sign, values = text.partition("=")
            if not (column.strip() and sign):
                raise UsageError(f"{option} {text}: expected COLUMN=VALUE|VALUE, as in claim_type=assertion|demand")
            filters.append(Filter(column.strip(), tuple(v.strip() for v in values.split("|")), taken))
    return tuple(filters)


def parse_signs(text: str) -> dict[str, int]:
    """The signs of ``--signs``.

    >>> parse_signs("praise=1, attack=-1")
    {'praise': 1, 'attack': -1}

    Raises:
        UsageError: a part that is not NAME=-1, NAME=0 or NAME=1.
    """
    signs = {}
    for part in text.split(","):
        name, _, sign = (piece.strip() for piece in part.rpartition("="))
        if not name or sign not in ("-1", "0", "1", "+1"):
            raise UsageError(f"--signs {part.strip()}: expected NAME=-1, NAME=0 or NAME=1")
        signs[name] = int(sign)
    return signs
