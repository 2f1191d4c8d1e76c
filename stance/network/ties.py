"""Statements -> counts -> ties, in SQL, for the records as they are and for each resampled draw alike.

Definitions follow Leifeld, Discourse Network Analysis (Oxford Handbook of Political Networks, 2017), and the Discourse
Network Analyzer's ``Exporter.java``: with n(a, c, s) the statements of actor a on concept c with sign s,

* affiliation: n(a, c, +) - n(a, c, -);
* congruence of a and b: sum over c and s of n(a, c, s) n(b, c, s); conflict: the same with opposite signs; subtract:
  congruence - conflict;
* activity divides by the actor's statements, prominence by the concept's; average by the mean of both actors' statements;
  jaccard by the matched and unmatched statements of both; cosine by the norms of both actors' vectors n (DNA 3 divides by
  the product of their sums there, which is no cosine).

Intervals: each draw takes every article (with calendar duplicates, every calendar period) a Poisson(1) number of times, a
bootstrap that needs no list of articles (Hanley and MacGibbon, Computer Methods and Programs in Biomedicine 83, 2006), and
draws each statement's labels: it stays with its actor and concept with probability ``speaker_score * target_score``, keeps
its sign with ``stance_score``, and else takes the sign of another stance, each as likely; what is left is scaled to the number
of statements found, for as many are missed as are wrong, if the model is as apt to overlook as to invent. With that
scaling intervals hold the true weight far more often (tests/benchmarks/network_recovery.py, pointed targets: affiliation .93 in
place of .79, congruence .99 in place of .41). Random numbers are hashes of
article and sentence with the draw's keys, so they depend on the seed, not on the order of rows.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stance.network.options import Options
from stance.network.store import Store

ROWS_AT_A_TIME = 4_000_000
"""Statements times draws in one query, and ties times draws in one quantile: what bounds memory."""

_POISSON = (0.36787944, 0.73575888, 0.91969860, 0.98101184, 0.99634015, 0.99940582, 0.99991676)
"""P(copies <= 0, 1, ...) at rate 1."""


@dataclass(frozen=True, slots=True)
class Node:
    """An actor or a concept.

    Attributes:
        name: canonical name.
        role: the column that it comes from, such as ``speaker``.
        statements, positive, negative: how many statements count.
    """

    name: str
    role: str
    statements: int
    positive: int
    negative: int


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie between two nodes.

    Attributes:
        source, target: positions in :attr:`Network.nodes`.
        weight: signed, normalised.
        positive, negative: statements (affiliation), or congruence and conflict before normalising.
        low, high: interval of the weight; ``None`` without draws.
        certainty: share of the draws in which the tie is there with the same sign.
    """

    source: int
    target: int
    weight: float
    positive: int
    negative: int
    low: float | None
    high: float | None
    certainty: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """One network; its ties stay in the store until they are read.

    Attributes:
        nodes: actors, then (two-mode) concepts, each by name.
        actors: how many of the nodes are actors; the rest are concepts.
        ties_count, statements: how many.
        window: first and last day, or ``None``.
        attributes: of the network as a whole, for the file.
    """

    nodes: tuple[Node, ...]
    actors: int
    ties_count: int
    statements: int
    window: tuple[datetime.date, datetime.date] | None
    attributes: Mapping[str, Any]
    store: Store

    @property
    def two_mode(self) -> bool:
        """Whether there are concepts among the nodes."""
        return self.attributes["mode"] == 2

    def ties(self) -> Iterator[Tie]:
        """The ties by source and target; valid until the next network of the store is made."""
        cursor = self.store.db.cursor()
        cursor.execute("""
            select x.place, y.place, round(weight, 9), pos, neg, round(low, 6), round(high, 6), round(certainty, 4)
            from ties join sources x on x.node = a join targets y on y.node = b order by i""")
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                yield Tie(*row)


def drop_rare(store: Store, least: int) -> None:
    """Leave out actors and concepts with fewer than ``least`` statements, counted over the whole time."""
    if least <= 1:
        return
    _keys(store, [(0, 0, 0, 0)])
    store.run(f"create or replace table rare as {_counts('true')}")
    for name in ("actor", "concept"):
        store.run(
            f"delete from statements where {name} in (select {name} from rare group by {name} having sum(pos + neg) < {least})"
        )


def build(store: Store, options: Options, window: tuple[datetime.date, datetime.date] | None = None) -> Network:
    """The network of the statements of a window (first and last day), or of all."""
    within = f"day between date '{window[0]}' and date '{window[1]}'" if window else "true"
    _keys(store, [(0, 0, 0, 0)])
    store.run(f"create or replace table counts as {_counts(within)}")
    store.run(f"""
        create or replace table ties as
        select row_number() over (order by a, b) as i, a, b, weight, pos::bigint as pos, neg::bigint as neg, null::double as low, null::double as high,
            null::double as certainty
        from ({_ties(options)}) where abs(weight) >= {options.min_weight!r}""")
    _bound(store, options, within)
    nodes, actors = _nodes(store, options)
    total = _one(store, "select coalesce(sum(pos + neg), 0)::bigint from counts")
    attributes = {
        "kind": options.kind,
        "normalise": options.normalise,
        "mode": 2 if options.two_mode else 1,
        "duplicates": options.duplicates,
        "resamples": options.resamples,
        "level": options.level,
        "seed": options.seed,
        **({"first_day": str(window[0]), "last_day": str(window[1])} if window else {}),
    }
    return Network(nodes, actors, _one(store, "select count(*) from ties"), total, window, attributes, store)


def days(store: Store) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of the statements, ``None`` where there is none."""
    first, last = store.run("select min(day), max(day) from statements").fetchall()[0]
    return None if first is None else (first, last)


def _uniform(hashed: str, key: str) -> str:
    """A number in [0, 1) from a hash and a draw's key."""
    return f"((hash(xor({hashed}, {key})) >> 11)::double / 9007199254740992.0)"


def _counts(within: str) -> str:
    """Draw, actor, concept -> statements of each sign, duplicates once; draw 0 is the records as they are.

    A draw is scaled to as many statements as were found in its articles: as many are taken to be missed as are wrong.
    """
    u, copies = _uniform("s.unit", "k.k1"), "case"
    for number, most in enumerate(_POISSON):
        copies += f" when {u} < {most} then {number}"
    label = _uniform("s.key", "k.k3")
    return f"""
        with drawn as (
            select k.draw, s.actor, s.concept, s.period, s.sign as found,
                case when k.draw = 0 then 1 else {copies} else {len(_POISSON)} end end as copies,
                case when k.draw = 0 then s.sign
                    when {_uniform("s.key", "k.k2")} >= s.kept then 0
                    when {label} < s.same then s.sign
                    when {label} < s.same + s.flip then -s.sign else 0 end as sign
            from statements s, keys k where {within}),
        once as (
            select draw, actor, concept, sign, period, max(copies) as copies
            from drawn where sign <> 0 and copies > 0 group by all),
        volume as (
            select draw, sum(copies) as found
            from (select draw, max(copies) as copies from drawn group by draw, actor, concept, found, period) group by draw),
        scale as (select draw, any_value(v.found) / sum(copies) as factor from once join volume v using (draw) group by draw)
        select draw, actor, concept, coalesce(sum(copies) filter (sign > 0), 0) * any_value(factor) as pos,
            coalesce(sum(copies) filter (sign < 0), 0) * any_value(factor) as neg
        from once join scale using (draw) group by draw, actor, concept"""


def _ties(options: Options, counts: str = "counts") -> str:
    """The ties of every draw in a table of counts: draw, a, b, weight, pos, neg."""
    if options.two_mode:
        over = {"activity": "actor", "prominence": "concept"}.get(options.normalise)
        norm = f"sum(pos + neg) over (partition by draw, {over})" if over else "1"
        return f"select draw, actor as a, concept as b, (pos - neg)::double / {norm} as weight, pos, neg from {counts}"
    raw = {"congruence": "pos", "conflict": "neg", "subtract": "pos - neg"}[options.kind]
    there = {"congruence": "pos > 0", "conflict": "neg > 0", "subtract": "pos + neg > 0"}[options.kind]
    norm = {
        "none": "1",
        "average": "((x.n + y.n) / 2.0)",
        "cosine": "sqrt(x.squares * y.squares)",
        "jaccard": "(x.n - shared_a + y.n - shared_b + pos)",
    }[options.normalise]
    totals = f"select draw, actor, sum(pos + neg) as n, sum(pos * pos + neg * neg) as squares from {counts} group by draw, actor"
    return f"""
        select draw, a, b, ({raw})::double / {norm} as weight, pos, neg
        from (
            select x.draw, x.actor as a, y.actor as b,
                sum(x.pos * y.pos + x.neg * y.neg) as pos, sum(x.pos * y.neg + x.neg * y.pos) as neg,
                sum(if(y.pos > 0, x.pos, 0) + if(y.neg > 0, x.neg, 0)) as shared_a,
                sum(if(x.pos > 0, y.pos, 0) + if(x.neg > 0, y.neg, 0)) as shared_b
            from {counts} x join {counts} y on x.draw = y.draw and x.concept = y.concept and x.actor < y.actor
            group by x.draw, x.actor, y.actor)
        join ({totals}) x using (draw) join ({totals}) y using (draw)
        where x.actor = a and y.actor = b and {there}"""


def _bound(store: Store, options: Options, within: str) -> None:
    """Fill ``low``, ``high`` and ``certainty`` of ``ties`` from the draws."""
    ties = _one(store, "select count(*) from ties")
    if not (options.resamples and ties):
        return
    store.run("create or replace table draws (i bigint, weight double)")
    rng = random.Random(options.seed)
    keys = [(n, rng.getrandbits(64), rng.getrandbits(64), rng.getrandbits(64)) for n in range(1, options.resamples + 1)]
    step = max(1, ROWS_AT_A_TIME // max(ties, _one(store, f"select count(*) from statements where {within}")))
    for at in range(0, len(keys), step):
        _keys(store, keys[at : at + step])
        store.run(f"create or replace table counts_of_draws as {_counts(within)}")
        drawn = _ties(options, "counts_of_draws")
        store.run(f"insert into draws select t.i, d.weight from ({drawn}) d join ties t on t.a = d.a and t.b = d.b")
    store.run("create or replace table bounds (i bigint, low double, high double, certainty double)")
    tail, each = (1 - options.level) / 2, max(1, ROWS_AT_A_TIME // options.resamples)
    for first in range(1, ties + 1, each):
        # A draw without the tie is a draw of weight 0.
        store.run(f"""
            insert into bounds
            with mine as (select i, weight from ties where i >= {first} and i < {first + each}),
            filled as (
                select i, unnest(list_concat(coalesce(d.list, []), list_resize([]::double[], {options.resamples} - coalesce(len(d.list), 0), 0.0))) as w
                from mine left join (select i, list(weight) as list from draws where i >= {first} and i < {first + each} group by i) d using (i))
            select i, quantile_cont(w, {tail!r}), quantile_cont(w, {1 - tail!r}),
                avg(case when sign(w) = sign(weight) then 1.0 else 0.0 end)
            from filled join mine using (i) group by i""")
    store.run("update ties set low = b.low, high = b.high, certainty = b.certainty from bounds b where b.i = ties.i")


def _nodes(store: Store, options: Options) -> tuple[tuple[Node, ...], int]:
    """The active nodes and how many are actors; makes ``sources`` and ``targets``: number in ``ties`` -> position."""
    actors = _active(store, "actors", "actor", options.actor)
    concepts = _active(store, "concepts", "concept", options.concept) if options.two_mode else []
    for table, name, first in (
        ("sources", "actor", 0),
        ("targets", *(("concept", len(actors)) if options.two_mode else ("actor", 0))),
    ):
        place = f"row_number() over (order by {name}) - 1 + {first} as place"
        store.run(f"create or replace table {table} as select {place}, {name} as node from (select distinct {name} from counts)")
    return (*actors, *concepts), len(actors)


def _active(store: Store, table: str, name: str, role: str) -> list[Node]:
    """The nodes of one kind that have statements, by name."""
    rows = store.run(f"""
        select any_value(t.name), sum(pos)::bigint, sum(neg)::bigint from counts join {table} t on t.id = {name}
        group by t.id order by t.id""").fetchall()
    return [Node(label, role, positive + negative, positive, negative) for label, positive, negative in rows]


def _keys(store: Store, keys: Sequence[tuple[int, int, int, int]]) -> None:
    """The table of the draws at hand: its number and a key each for copies, labels kept, signs."""
    store.run("create or replace table keys (draw integer, k1 ubigint, k2 ubigint, k3 ubigint)")
    store.run("insert into keys values " + ", ".join(map(str, keys)))


def _one(store: Store, query: str) -> int:
    return int(store.run(query).fetchall()[0][0])
