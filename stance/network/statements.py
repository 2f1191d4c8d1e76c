"""Records -> the table ``statements``: who says yes or no to what, where and when; what does not count, and why. No ties."""

from __future__ import annotations

from collections.abc import Mapping

from stance.errors import InputError, UsageError
from stance.network.options import Filter, Options
from stance.network.store import Store, column, quoted


def load_statements(store: Store, options: Options, signs: Mapping[str, int]) -> dict[str, int]:
    """Make the tables ``statements`` and ``names``.

    Returns:
        What -> how many: ``records``, and what was not counted and why.

    Raises:
        UsageError: a column that is not there, or a stance without a sign.
        InputError: no dates where they are needed.
    """
    _check_columns(store, options)
    _load_signs(store, signs)
    store.run(f"""
        create table coded as
        select r.article_id as article, r.sentence, r.start, r."end", coalesce(x.name, trim(r.actor)) as actor,
            coalesce(y.name, trim(r.concept)) as concept, r.stance, g.sign, g.flip, g.same, r.kept, r.sure, r.least, r.extra,
            {day_of(store, options.date)} as day
        from ({_wanted(store, options)}) r
        left join signs g on g.label = r.stance
        left join aliases x on x.folded = lower(trim(r.actor))
        left join aliases y on y.folded = lower(trim(r.concept))
        left join articles art on art.id = r.article_id""")
    unknown = [row[0] for row in store.run("select distinct stance from coded where sign is null order by 1").fetchall()]
    if unknown:
        known = ", ".join(signs) or "none"
        raise UsageError(
            f"stance {', '.join(map(repr, unknown[:5]))} has no sign (known: {known}); give --signs {unknown[0]}=1 or so"
        )
    return _select(store, options)


def day_of(store: Store, date: str) -> str:
    """SQL: the day of a row ``r`` of the records, or of its article ``art``."""
    found = [f"r.{column(date)}"] * (date in store.columns) + ["art.date"]
    # With its century: DuckDB takes 01-02-24 for a day of the year 1.
    day = "case when regexp_matches({0}, '^\\s*[0-9]{{4}}') then coalesce(try_cast(left({0}, 10) as date), try_cast({0} as timestamp)::date) end"
    return f"coalesce({', '.join(day.format(name) for name in found)})"


def _check_columns(store: Store, options: Options) -> None:
    wanted = ["article_id", "stance", options.actor, options.concept, *(f.column for f in options.filters)]
    absent = [name for name in wanted if name not in store.columns]
    if absent:
        raise UsageError(f"column {', '.join(absent)}: not in the records; found {', '.join(store.columns)}")


def _load_signs(store: Store, signs: Mapping[str, int]) -> None:
    store.run("create table signs (label varchar, sign tinyint, flip double, same double)")
    for label, sign in signs.items():
        others = [s for name, s in signs.items() if name != label]
        flip, same = (others.count(s) / len(others) if others else 0.0 for s in (-sign, sign))
        store.run("insert into signs values (?, ?, ?, ?)", [label, sign, flip if sign else 0.0, same])


def _wanted(store: Store, options: Options) -> str:
    """The rows that decide a stance, with the columns by their part in the network."""
    known = set(store.columns)
    tasks = "string_split(replace(labelled, ' ', ''), ',')" if "labelled" in known else "[]"
    decided = {
        t: f"(labelled is null or list_contains({tasks}, '{t}'))" if "labelled" in known else "true"
        for t in ("speaker", "stance")
    }

    def score(of: str) -> str:
        name = f"{of}_score"
        return f"coalesce(try_cast({column(name)} as double), 1.0)" if name in known else "1.0"

    outlet = "null" if options.outlet is None else quoted(options.outlet)
    actor, concept = (f"nullif(trim({column(c)}), '')" for c in (options.actor, options.concept))
    scores = [score(options.actor), score(options.concept), score("stance")]
    place = [column(c) if c in known else f"null::varchar as {column(c)}" for c in ("sentence", "start", "end")]
    return f"""select article_id, {", ".join(place)}, coalesce({actor}, {outlet}) as actor, {concept} as concept, stance,
        {scores[0]} * {scores[1]} as kept, {scores[2]} as sure, least({", ".join(scores)}) as least,
        {column("claim_type") if "claim_type" in known else "null::varchar"} as extra,
        {column(options.date) if options.date in known else "null::varchar"} as {column(options.date)}
        from records where nullif(stance, '') is not null and {decided["stance"]}
        and {decided["speaker"] if options.actor == "speaker" else "true"}{_plain_filters(options)}"""


def _plain_filters(options: Options) -> str:
    """Filters on columns that no alias changes."""
    return "".join(_filter(f, f.column) for f in options.filters if f.column not in (options.actor, options.concept))


def _filter(f: Filter, name: str) -> str:
    return f" and coalesce({column(name)}, '') {'' if f.taken else 'not '}in ({', '.join(map(quoted, f.values))})"


def _select(store: Store, options: Options) -> dict[str, int]:
    """From ``coded`` (one row a decided stance) to ``statements`` and ``names``; counts what falls away."""
    counts = {"records": _one(store, "select count(*) from records"), "decided": _one(store, "select count(*) from coded")}
    named = "".join(
        _filter(f, "actor" if f.column == options.actor else "concept")
        for f in options.filters
        if f.column in (options.actor, options.concept)
    )
    steps = {
        "neither for nor against": "sign <> 0",
        f"without {options.actor}": "actor is not null",
        f"without {options.concept}": "concept is not null",
        "left out by --include or --exclude": f"true{named}",
        f"below a score of {options.min_score}": f"least >= {options.min_score}",
    }
    if options.dated:
        steps["without a date"] = "day is not null"
    if options.since:
        steps["before --since"] = f"day >= date '{options.since}'"
    if options.until:
        steps["after --until"] = f"day <= date '{options.until}'"
    for reason, condition in steps.items():
        gone = _one(store, f"select count(*) from coded where not coalesce({condition}, false)")
        if reason == "without a date" and gone and gone == _one(store, "select count(*) from coded"):
            raise InputError(
                f"no statement has a day in {options.date!r}; score with --keep {options.date}, name the column with --date, or give --articles"
            )
        store.run(f"delete from coded where not coalesce({condition}, false)")
        counts[reason] = gone
    _number(store, options)
    return counts


def _number(store: Store, options: Options) -> None:
    """Names as numbers in the order of names; articles, sentences and periods as hashes."""
    unit = "hash(article)"
    key = "hash(article, sentence, start, actor, concept, sign)"
    period = {"none": key, "article": unit}.get(options.duplicates)
    if period is None:
        unit = period = f"hash(date_trunc('{options.duplicates}', day))"
    for table, name in (("actors", "actor"), ("concepts", "concept")):
        store.run(
            f"create table {table} as select row_number() over (order by {name}) as id, {name} as name from (select distinct {name} from coded)"
        )
    store.run(f"""
        create table statements as
        select {unit} as unit, {period} as period, {key} as key, x.id as actor, y.id as concept, sign, kept,
            sure + (1 - sure) * same as same, (1 - sure) * flip as flip, day
        from coded join actors x on x.name = actor join concepts y on y.name = concept""")


def _one(store: Store, query: str) -> int:
    return int(store.run(query).fetchall()[0][0])
