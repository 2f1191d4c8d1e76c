"""Which mentions of one article name the same person, organisation or place. Strings only, linear in the mentions."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from stance.gender import HE, SHE, of_name
from stance.matching import (
    BODIES,
    FIRMS,
    PLACE_HEADS,
    compatible,
    initials,
    is_acronym,
    is_personal,
    shortened,
    skeleton,
    variants,
    words_of,
)
from stance.titles import before_of, strip_title

_GENERATION = re.compile(r",? (?:([JS])r\.?|(I{2,3}|IV))$")
PERSON = "person"
"""The one kind of :attr:`stance.spec.ModelSpec.name_kinds` whose names have titles, first names and surnames."""

_WORDS = frozenset(["AI", "MP", "PM", "PR", "VP", "TV", "PC", "ID", "HR", "Q", "A"])
"""Abbreviations of common words: ``AI`` in an article on Amnesty International is not Amnesty."""

_NEAREST = 20
"""Groups that share a key are compared with no more than this many of the latest, which keeps the cost linear."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One person, organisation or place of an article.

    Attributes:
        name: the fullest form without title, a piece of one of the mentions.
        members: indices into the mentions, ascending.
        kind: the commonest kind of the members, ``None`` where none has one.
        gender: pronoun that titles or the first name tell, see :mod:`stance.gender`.
    """

    name: str
    members: tuple[int, ...]
    kind: str | None = None
    gender: str | None = None


@dataclass(eq=False, slots=True)
class _Group:
    """A cluster in the making: ``words`` is its fullest form so far."""

    words: tuple[str, ...]
    personal: bool
    gender: str | None = None
    members: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Form:
    """A mention without title: as written, and folded for comparison; the pronoun that its title asked for."""

    raw: str
    words: tuple[str, ...]
    gender: str | None = None


def cluster(mentions: Sequence[str], kinds: Sequence[str | None], genders: Sequence[str | None] | None = None) -> list[Cluster]:
    """Group the mentions of one article by whom or what they name, in order of first mention.

    A bare surname goes to the first full name with this surname (news calls an article's first Clinton by it, and others by their
    first names: of 170 such labelled sentences right 147 times, where the last one named is 105 times), ``Mrs.`` and the like to
    nobody whose first name or title is a man's; names of several words that share the surname but not the first name stay apart.

    Args:
        mentions: names in text order, titles and determiners allowed.
        kinds: kind of each, ``None`` where unknown; as long as ``mentions``.
        genders: pronoun that the title before each asks for, see :func:`stance.gender.before`.

    >>> found = cluster(["Hillary Clinton", "President Bill Clinton", "Clinton", "Clinton"], [None] * 4, [None, None, None, "he"])
    >>> [(c.name, c.members) for c in found]
    [('Hillary Clinton', (0, 2)), ('Bill Clinton', (1, 3))]
    """
    asked = genders or [None] * len(mentions)
    forms = _generations([_form(*each) for each in zip(mentions, kinds, asked, strict=True)])
    kind_of = _kinds_of_forms(forms, kinds)
    groups = _full_names(forms, kind_of)
    _add_acronyms(forms, groups)
    _add_handles(forms, groups)
    _place_mentions(forms, kind_of, groups)
    found = sorted({id(g): g for g in groups.values() if g.members}.values(), key=lambda g: g.members[0])
    return [Cluster(_fullest(g, forms), tuple(g.members), _commonest(kinds[i] for i in g.members), g.gender) for g in found]


def _form(mention: str, kind: str | None, asked: str | None) -> _Form:
    raw = strip_title(mention) if kind in (None, PERSON) else mention.strip()
    return _Form(raw, words_of(raw) or (raw,), asked)


def _generations(forms: Sequence[_Form]) -> list[_Form]:
    """``Donald Trump Jr.`` is another than ``Donald Trump``, where the article names both, and than ``Donald Trump III``. The plain name
    is whoever has no ``Jr.`` or ``Sr.``, else whoever is named first."""
    owner: dict[tuple[str, ...], str] = {}
    told = [(m[1] or m[2]) if (m := _GENERATION.search(form.raw)) and len(form.words) > 1 else "" for form in forms]
    for form, generation in sorted(zip(forms, told, strict=True), key=lambda each: each[1] in ("J", "S")):
        owner.setdefault(form.words, generation)
    return [
        _Form(form.raw, (*form.words, generation.casefold()), form.gender)
        if generation and owner[form.words] != generation and (owner[form.words] or generation in "JS")
        else form
        for form, generation in zip(forms, told, strict=True)
    ]


def _kinds_of_forms(forms: Sequence[_Form], kinds: Sequence[str | None]) -> dict[tuple[str, ...], str | None]:
    """The commonest kind of each form, so that one slip of a tagger does not split a name."""
    votes: dict[tuple[str, ...], list[str | None]] = defaultdict(list)
    for form, kind in zip(forms, kinds, strict=True):
        votes[form.words].append(kind)
    return {words: _commonest(given) for words, given in votes.items()}


def _commonest(kinds: Iterable[str | None]) -> str | None:
    counts = Counter(k for k in kinds if k is not None)
    return counts.most_common(1)[0][0] if counts else None


def _full_names(forms: Sequence[_Form], kind_of: dict[tuple[str, ...], str | None]) -> dict[tuple[str, ...], _Group]:
    """Groups of the names of several words, by form."""
    groups: dict[tuple[str, ...], _Group] = {}
    by_key: dict[tuple[str, ...], list[_Group]] = defaultdict(list)
    titled = {form.words: form.gender for form in forms if form.gender is not None}
    letters = {form.raw for form in forms if is_acronym(form.raw)}
    for form in forms:
        words = form.words
        if words in groups or len(words) < 2:
            continue
        personal = _is_person(form, kind_of[words], letters)
        keys = [(skeleton(words[-1]),)] if personal else [words[:2]]
        near = [g for key in keys for g in reversed(by_key[key][-_NEAREST:]) if _same(words, g, personal)]
        group = near[0] if near else _Group(words, personal)
        group.gender = titled.get(words) or group.gender or (of_name(form.raw) if personal else None)
        if not near:
            for key in keys:
                by_key[key].append(group)
        group.words = max(group.words, words, key=len)
        groups[words] = group
    return groups


def _is_person(form: _Form, kind: str | None, letters: Collection[str]) -> bool:
    """By its kind where one is known, else by its words; not ``HP Way``, where ``HP`` is among the article's ``letters``."""
    if form.raw.split()[0] in letters and not form.raw.isupper():
        return False
    return is_personal(form.words) if kind is None else kind == PERSON


def _same(words: tuple[str, ...], group: _Group, personal: bool) -> bool:
    if personal != group.personal:
        return False
    if personal:
        return compatible(words, group.words)
    return shortened(words, group.words) or shortened(group.words, words)


def _add_acronyms(forms: Sequence[_Form], groups: dict[tuple[str, ...], _Group]) -> None:
    """Let ``WHO`` join ``World Health Organization``."""
    long: dict[str, _Group] = {}
    for form in forms:
        for letters in initials(form.raw) if form.words in groups and not groups[form.words].personal else ():
            long.setdefault(letters, groups[form.words])
    for form in forms:
        if form.words not in groups and is_acronym(form.raw) and form.raw not in _WORDS and "".join(form.words) in long:
            groups[form.words] = long["".join(form.words)]


def _add_handles(forms: Sequence[_Form], groups: dict[tuple[str, ...], _Group]) -> None:
    """Let ``@AdaLind`` and ``@realAdaLind`` join ``Ada Lind``."""
    whole = {"".join(words): group for words, group in groups.items()}
    for form in forms:
        if form.raw.startswith("@") and len(form.words) == 1:
            handle = form.words[0].removeprefix("@")
            group = whole.get(handle) or whole.get(handle.removeprefix("real"))
            if group is not None:
                groups[form.words] = group


def _place_mentions(
    forms: Sequence[_Form], kind_of: dict[tuple[str, ...], str | None], groups: dict[tuple[str, ...], _Group]
) -> None:
    """Give every mention its group; a surname by who was first called by a full name with it, another word by who was last."""
    ahead: dict[str, _Group] = {}
    for form in reversed(forms):
        if form.words in groups:
            ahead.update(dict.fromkeys(_keys(groups[form.words]), groups[form.words]))
    latest: dict[str, _Group] = {}
    for i, form in enumerate(forms):
        group = groups.get(form.words)
        if len(form.words) == 1 and (group is None or _clash(group, form)):
            group = _bearer(form, kind_of[form.words], latest, ahead)
        elif group is not None and len(form.words) > 1:
            for key in _keys(group):
                latest[key] = latest.get(key, group) if "last " in key else group
        if group is None:
            own = (*form.words, form.gender) if form.gender and form.words in groups else form.words
            group = groups.setdefault(own, _Group(form.words, kind_of[form.words] == PERSON, form.gender))
        group.members.append(i)


def _clash(group: _Group, form: _Form) -> bool:
    return None not in (group.gender, form.gender) and group.gender != form.gender


def _keys(group: _Group) -> list[str]:
    """What a single word may be to match the group: surname first; other names of a person; head of a body. Those of a person
    once as they are, and once for each pronoun that he may go by."""
    words = group.words
    if group.personal:
        keys = [f"last {words[-1]}", f"like {skeleton(words[-1])}", *(f"first {w}" for w in words[:-1] if len(w) > 1)]
        return [*keys, *(f"{g} {key}" for g in ([group.gender] if group.gender else [HE, SHE]) for key in keys)]
    heads = dict.fromkeys((words[-1], *before_of(words)[-1:]))  # "Ministry of Justice"
    keys = [f"body {head}" for head in heads if head in BODIES]
    return [*keys, f"firm {words[0]}"] if words[-1] in FIRMS and len(words[0]) > 2 and words[0] not in PLACE_HEADS else keys


def _bearer(form: _Form, kind: str | None, latest: dict[str, _Group], ahead: dict[str, _Group]) -> _Group | None:
    (word,), asked = form.words, f"{form.gender} " if form.gender else ""
    if kind in (None, PERSON):
        for key in (f"last {word}", f"first {word}", f"like {skeleton(word)}" if len(word) > 5 else ""):
            group = latest.get(asked + key) or ahead.get(asked + key)
            if group is not None and (not key.startswith("like") or variants(word, group.words[-1])):
                return group
    firm = f"firm {word}"
    return latest.get(f"body {word}") or latest.get(firm) or ahead.get(firm) if not asked else None


def _fullest(group: _Group, forms: Sequence[_Form]) -> str:
    """The form with most words, initials last; among equals not one in capitals, then the commonest, then the first."""
    counts = Counter(forms[i].raw for i in group.members)
    order = {raw: n for n, raw in enumerate(counts)}
    whole = {raw: sum(len(w) > 1 for w in words_of(raw)) for raw in counts}
    best = max(
        counts, key=lambda raw: (whole[raw], len(words_of(raw)), not (raw.isupper() and len(raw) > 6), counts[raw], -order[raw])
    )
    return best.removeprefix("the ").removeprefix("The ") if " " in best else best
