"""The page: what it shows, and that hostile text does nothing in it."""

from __future__ import annotations

import base64
import colorsys
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from stance.articles import Article
from stance.page import HUES, Shown, escape, fragment, home, interactive, render, script
from stance.records import Record, undecide
from stance.rows import row
from stance.spec import ModelSpec

TEXT = "Ada Lind praised Vesta.\n\nIt rained. She left."
ARTICLE = Article("a", TEXT, meta={"title": "Lind & Vesta", "url": "https://example.org/"})
POLARITY = {"pro": 1, "nil": 0, "con": -1}
RECORDS = (
    Record(
        "a", 0, 0, 23, TEXT[:23], speaker="Ada Lind", speaker_score=0.934, mention_start=0, mention_end=8, claim_type="praise",
        claim_type_score=0.8, stance="pro", stance_score=0.7, target="Vesta", target_start=17, target_end=22, target_score=0.6,
    ),
    Record("a", 1, 25, 35, TEXT[25:35], claim_type="plain", stance="nil"),
    Record("a", 2, 36, 45, TEXT[36:45], speaker="Ada Lind", claim_type="praise", stance="con", target="Vesta"),
)  # fmt: skip


class Outline(HTMLParser):
    """Collects tags, attributes and text, and checks that elements nest."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def test_page_shows_every_label_and_its_probability() -> None:
    text = Outline(render([(ARTICLE, RECORDS)], polarity=POLARITY)).text
    for shown in ("Lind & Vesta", "Ada Lind", "93 %", "praise", "+ pro: Vesta", "− con: Vesta", "plain", "named by"):
        assert shown in text


def test_mention_and_target_are_marked() -> None:
    page = render([(ARTICLE, RECORDS)], polarity=POLARITY)
    assert '<span class="mention i0">Ada Lind</span> praised <span class="target for">Vesta</span>.' in page


def test_stances_have_no_colour_without_polarity() -> None:
    page = render([(ARTICLE, RECORDS)])
    assert 'class="chip for"' not in page
    assert ">pro: Vesta<" in page.replace("<bdi>", "").replace("</bdi>", "")


def test_undecided_is_said_and_is_not_null() -> None:
    text = Outline(render([(ARTICLE, [undecide(RECORDS[0], ["claim_type", "speaker"])])])).text
    assert "claim type undecided" in text
    assert "speakerundecided" in text


def test_several_targets_of_a_sentence_are_one_row() -> None:
    other = Record("a", 0, 0, 23, TEXT[:23], stance="con", target="Ada Lind", labelled=frozenset({"stance"}))
    page = render([(ARTICLE, [RECORDS[0], other])], polarity=POLARITY)
    assert page.count('id="a0-0"') == 1
    assert "− con: Ada Lind" in page


def test_text_outside_the_sentences_is_kept() -> None:
    text = Outline(render([(ARTICLE, RECORDS[1:2])])).text
    assert "Ada Lind praised Vesta." in text
    assert "She left." in text


EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload='alert(1)'>",
    "</bdi></div></style><script>alert(2)</script>",
    "{{x}} &lt;script&gt; &#60;b&#62;",
    "\u202eabc\u202d\u2066",
    "a\x00b\x1b[31m\ud800",
]


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_text_does_nothing(evil: str) -> None:
    record = Record(
        "e", 0, 0, len(evil), evil, speaker=evil, mention_start=0, mention_end=2, claim_type=evil, stance=evil, target=evil,
        target_start=1, target_end=99,
    )  # fmt: skip
    article = Article(evil, evil, meta={"title": evil, "source": evil, "url": evil, "date": evil})
    page = render([(article, [record]), (article, [record])], title=evil, polarity={evil: 1})
    outline = Outline(page)
    assert not {tag for tag, _ in outline.tags} & {"script", "img", "svg", "b\x00"}
    assert not [name for _, attrs in outline.tags for name in attrs if name.startswith("on") or name == "style"]
    assert not re.search("[\x00-\x08\x0e-\x1f\u202d\u202e\ud800-\udfff]", page)
    page.encode("utf-8")
    Outline(fragment(article, [record])).text.encode("utf-8")


def test_text_comes_out_as_it_went_in() -> None:
    assert Outline(escape("a <b> & \"c\" 'd' 😀 é")).text == "a <b> & \"c\" 'd' 😀 é"


def test_overrides_of_direction_are_shown_and_not_obeyed() -> None:
    assert escape("a\u202eb") == '<bdi>a<span class="control">U+202E</span>b</bdi>'


def test_page_is_self_contained_under_a_strict_policy() -> None:
    page = render([(ARTICLE, RECORDS)])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy[1].startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert not re.search(r"(src|href)=[\"']https?://|url\(|@import", page)
    assert page.count("<style") == 1


def test_links_lead_to_rows() -> None:
    outline = Outline(render([(ARTICLE, RECORDS), (ARTICLE, RECORDS)]))
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [str(attrs["href"]) for tag, attrs in outline.tags if tag == "a"]
    assert links and {link[1:] for link in links} <= set(ids)


def test_no_article_and_no_record_make_a_page_too() -> None:
    assert "<!doctype html>" in render([])
    assert "0 sentences" in Outline(render([(ARTICLE, [])])).text


def test_a_speaker_keeps_one_colour_and_many_speakers_reuse_them() -> None:
    text = " ".join(f"P{i} spoke." for i in range(20))
    starts = [text.index(f"P{i} ") for i in range(20)]
    records = [
        Record("m", i, s, s + 3, text[s : s + 3], speaker=f"P{i}", claim_type="x", stance="y") for i, s in enumerate(starts)
    ]
    page = render([(Article("m", text), records)])
    assert f'class="i{len(HUES) - 1}"' in page
    assert f'class="i{len(HUES)}"' not in page


def live(evil: str = TEXT) -> str:
    record = Record("e", 0, 0, len(evil), evil, speaker=evil, claim_type=evil, stance=evil, target=evil)
    spec = ModelSpec(claim_types=(evil,), stances={evil: 1})
    return interactive([Shown(Article("e", evil, meta={"title": evil, "url": evil}), [record], [row(record)])], evil, spec)


def test_live_page_runs_its_own_script_and_no_other() -> None:
    page = live()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None and "unsafe" not in policy[1]
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1] and f"<script>{script()}</script>" in page
    assert page.count("<script>") == 1 and page.count("<script type=") == 1
    assert not re.search(r"(src|href)=[\"']https?://|url\(|@import", page)


def test_script_stands_in_a_page_without_ending_it() -> None:
    assert "<" not in script()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\.style\b", script())


@pytest.mark.parametrize("evil", [e for e in EVIL if "\ud800" not in e])
def test_hostile_text_stays_data_in_a_live_page(evil: str) -> None:
    page = live(evil)
    start = page.index('id="data">') + 10
    data = page[start : page.index("</script>", start)]
    assert not re.search("[<>&\u2028\u202d\u202e\u2066]", data)
    (article,) = json.loads(data)["articles"]
    assert (article["text"], article["meta"]["title"], article["records"][0]["speaker"]) == (evil, evil, evil)
    assert page.count("<script") == 2


def test_service_page_knows_the_labels_and_no_article() -> None:
    page = home(ModelSpec(name="m", version="1", claim_types=("wish",), stances={"yes": 1}))
    assert '"claim_types":["wish"],"stances":{"yes":1},"model":"m/1"' in page and '"articles":[]' in page
    assert "http-equiv" not in page and '<form id="ask"' in page


def test_notebook_gets_no_script() -> None:
    piece = fragment(ARTICLE, RECORDS)
    assert "<script" not in piece and len(piece) - len(TEXT) < 12_000


def luminance(red: float, green: float, blue: float) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a: float, b: float) -> float:
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def of_hex(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    return luminance(*(int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)))


@pytest.mark.parametrize("theme", [0, 1])
def test_contrast_is_aa_in_both_themes(theme: int) -> None:
    style = render([])
    values = {name: found[theme] for name in ("paper", "ink", "soft", "tint", "for", "against", "for-tint", "against-tint", "ink-s", "ink-l")
              for found in [re.findall(rf"--{name}: ([^;]+);", style)]}  # fmt: skip
    papers = [of_hex(values["paper"]), of_hex(values["tint"])]
    for paper in papers:
        for name in ("ink", "soft"):
            assert contrast(of_hex(values[name]), paper) >= 4.5
        for hue in HUES:
            shade = colorsys.hls_to_rgb(hue / 360, int(values["ink-l"][:-1]) / 100, int(values["ink-s"][:-1]) / 100)
            assert contrast(luminance(*shade), paper) >= 4.5
    for name in ("for", "against"):
        assert contrast(of_hex(values[name]), of_hex(values[f"{name}-tint"])) >= 4.5
