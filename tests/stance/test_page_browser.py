"""The page in Debian's Chromium: what a reader does with it, and what a hostile text cannot do."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stance import tables
from stance.articles import Article
from stance.errors import SetAside
from stance.labeler import Labeler
from stance.page import Shown, interactive
from stance.records import Record, from_row, undecide
from stance.rows import row
from stance.spec import ModelSpec
from tests.stance.live import Live, live
from training import gold

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SPEC = ModelSpec(name="mine", version="2", claim_types=("plain", "praise", "blame"), stances={"nil": 0, "pro": 1, "con": -1})
TEXT = "🚢 Ada Lind praised Vesta.\n\nIt rained. She left Vesta, and Vesta left her. Bo Orr fell out with Ada Lind. 🎉 Done."


def record(sentence: int, words: str, claim_type: str, stance: str, **labels: Any) -> Record:
    """A record of :data:`TEXT`; ``mention`` and ``about`` are words of it."""
    start = TEXT.index(words)
    spots: dict[str, Any] = {}
    for name, key in (("mention", "mention"), ("target", "about")):
        if key in labels:
            at = TEXT.index(labels[key], start)
            spots |= {f"{name}_start": at, f"{name}_end": at + len(labels.pop(key))}
    scores = {f"{task}_score": labels.pop("score", 0.9) for task in ("speaker",)} | {"claim_type_score": 0.8, "stance_score": 0.7}
    return Record(
        "a", sentence, start, start + len(words), words, claim_type=claim_type, stance=stance, target_score=0.6, model="mine/2",
        **scores, **spots, **labels,
    )  # fmt: skip


RECORDS = [
    record(0, "🚢 Ada Lind praised Vesta.", "praise", "pro", speaker="Ada Lind", mention="Ada Lind", target="Vesta", about="Vesta"),
    record(1, "It rained.", "plain", "nil"),
    record(2, "She left Vesta, and Vesta left her.", "plain", "con", speaker="Ada Lind", mention="She", target="Vesta",
           about="Vesta", score=0.35),
    record(3, "Bo Orr fell out with Ada Lind.", "blame", "con", speaker="Bo Orr", mention="Bo Orr", target="Ada Lind", about="Ada Lind"),
    undecide(record(4, "🎉 Done.", "plain", "nil"), ["claim_type"]),
]  # fmt: skip
LABELLED = Shown(Article("a", TEXT, meta={"title": "Lind & Vesta", "source": "S"}), RECORDS, [row(r) for r in RECORDS])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    if binary is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright here: pip install playwright")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield started
        started.close()


Visit = Callable[..., Any]


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """Opens a page as a new reader; fails the test where the page complains, shows a dialog, or asks for anything else."""
    contexts, wrong = [], []

    def go(url: str, viewport: dict[str, int] = DESKTOP, refusals: bool = False, **how: Any) -> Any:
        context = browser.new_context(viewport=viewport, reduced_motion="reduce", **how)
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda said: wrong.append(said.text) if not refusals else None)
        page.on(
            "request",
            lambda asked: wrong.append(asked.url) if not re.match(f"{url}(v1/label)?$|blob:|data:", asked.url) else None,
        )
        page.goto(url)
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page as ``stance show`` writes it."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    other = Shown(Article("b", "No."), [], [])
    path.write_text(interactive([LABELLED, other], "News", SPEC), "utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def service(tiny_labeler: Labeler) -> Iterator[Live]:
    with live(lambda: tiny_labeler) as running:
        yield running


def got(page: Any, button: str, folder: Path) -> Path:
    with page.expect_download() as started:
        page.click(button)
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def sentences(page: Any) -> list[str]:
    return page.locator(".said").all_inner_texts()


def overflows(page: Any) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_pasted_text_is_labelled_as_offline(service: Live, tiny_labeler: Labeler, visit: Visit, tmp_path: Path) -> None:
    page = visit(f"http://127.0.0.1:{service.port}/")
    assert not page.is_visible("#view")
    page.fill("#text", TEXT)
    page.click("#ask button.main")
    page.wait_for_selector(".row")
    assert "Labelled by tiny/1." in page.inner_text("#told")
    found = lines(got(page, "#get-jsonl", tmp_path))
    offline = [row(r) for r in tiny_labeler.label(Article(found[0]["article_id"], TEXT)).records]
    assert found == offline and [list(r) for r in found] == [list(r) for r in offline]
    assert sentences(page) == [r["text"] for r in offline]
    texts = lines(got(page, "#get-articles", tmp_path))
    assert [t["text"] for t in texts] == [TEXT]


def test_files_are_labelled_with_their_own_line_ends(service: Live, tiny_labeler: Labeler, visit: Visit, tmp_path: Path) -> None:
    one, many = tmp_path / "one.txt", tmp_path / "many.jsonl"
    text = "🚢 Rain.\r\n\r\nAda Lind said so."
    one.write_bytes(text.encode())
    many.write_text('{"id": 5, "text": "So it is."}\n\n{"text": "Is it?", "title": "Two"}\n')
    page = visit(f"http://127.0.0.1:{service.port}/")
    page.set_input_files("#files", [one, many])
    page.fill("#targets", "Rain|Ada Lind")
    page.click("#ask button.main")
    page.wait_for_selector(".row")
    assert page.locator("#article option").all_inner_texts() == ["one", "5", "Two"]
    offline = [row(r) for r in tiny_labeler.label(Article("one", text), ["Rain|Ada Lind"]).records]
    assert [r for r in lines(got(page, "#get-jsonl", tmp_path)) if r["article_id"] == "one"] == offline
    page.set_input_files("#files", {"name": "latin.txt", "mimeType": "text/plain", "buffer": "é".encode("latin-1")})
    page.click("#ask button.main")
    page.locator("#told:has-text('not UTF-8')").wait_for()


def test_what_the_service_refuses_is_said(tiny_labeler: Labeler, visit: Visit) -> None:
    with live(lambda: tiny_labeler, token_digest=hashlib.sha256(b"word").digest()) as closed:
        page = visit(f"http://127.0.0.1:{closed.port}/", refusals=True)
        page.click("#ask button.main")
        page.locator("#told:has-text('Paste a text')").wait_for()
        page.fill("#text", "So it is.")
        page.click("#ask button.main")
        page.fill("#token", "word")  # waits until it can be seen
        page.keyboard.press("Enter")
        page.wait_for_selector(".row")


def test_marks_and_scores(file: str, visit: Visit) -> None:
    page = visit(file)
    assert page.inner_text("#title") == "Lind & Vesta"
    first = page.locator(".row").first
    assert [words.strip() for words in first.locator(".chip").all_inner_texts()] == ["praise", "+ pro: Vesta"]
    colours = {page.locator(which).first.evaluate("node => getComputedStyle(node).color") for which in (
        ".who:has-text('Ada Lind') span", ".mention:has-text('Ada Lind')", ".mention:has-text('She')", ".name:has-text('Ada Lind')",
        "#speakers b:has-text('Ada Lind') span",
    )}  # fmt: skip
    assert len(colours) == 1
    assert page.locator(".row").nth(4).locator(".chip.open").inner_text().strip() == "claim type undecided"
    first.hover()
    panel = page.locator("#panel")
    assert [text in panel.inner_text() for text in ("90 %", "80 %", "named by", "Ada Lind", "Vesta")] == [True] * 5
    page.locator(".row").nth(3).locator(".pick").click()
    first.hover()
    assert page.inner_text("#panel-title").lower() == "sentence 4"  # a press keeps it
    page.keyboard.press("Escape")
    page.locator(".row").nth(1).hover()
    assert page.inner_text("#panel-title").lower() == "sentence 2"
    page.select_option("#article", "1")
    assert page.inner_text("#title") == "b" and page.locator(".rest").inner_text() == "No."


def test_filters_speakers_and_network(file: str, visit: Visit) -> None:
    page = visit(file)
    page.select_option("#only-speaker", label="Ada Lind")
    assert sentences(page) == [RECORDS[0].text, RECORDS[2].text]
    assert "2 of 5 sentences" in page.inner_text("#count") and page.locator(".gap").count() == 2
    page.select_option("#only-stance", label="con")
    assert sentences(page) == [RECORDS[2].text]
    page.click("#all")
    page.select_option("#only-claim_type", label="blame")
    assert sentences(page) == [RECORDS[3].text]
    page.click("#all")
    page.select_option("#only-speaker", label="the outlet’s own voice")
    assert sentences(page) == [RECORDS[1].text, RECORDS[4].text]
    page.click("#all")
    assert page.locator(".tie.for").count() == 1 and page.locator(".tie.against").count() == 2
    assert page.locator(".badge").all_text_contents() == ["+1", "−1", "−1"]
    page.fill("#minimum", "65")  # target scores are .6: no ties are left; one speaker's is .35
    assert page.locator(".tie").count() == 0 and page.locator(".row").nth(2).locator(".who .open").count() == 1
    assert page.locator("#speakers > li").count() == 2 and "+ pro: Vesta" not in page.inner_text("#rows")
    page.fill("#minimum", "95")
    assert sentences(page) == []
    page.click("#all")
    page.click("#speakers summary >> nth=1")
    page.click("#speakers .jump >> visible=true")
    assert page.locator(".row.picked .said").inner_text() == RECORDS[3].text


def test_downloads_are_the_records(file: str, visit: Visit, tmp_path: Path) -> None:
    page = visit(file)
    page.fill("#minimum", "95")
    found = lines(got(page, "#get-jsonl", tmp_path))
    assert found == list(LABELLED.rows)
    table = [from_row(each.values) for each in tables.rows(got(page, "#get-csv", tmp_path), {}) if not isinstance(each, SetAside)]
    assert table == [from_row(r) for r in found]


def test_correction_by_keyboard_is_training_data(file: str, visit: Visit, tmp_path: Path) -> None:
    page = visit(file)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('pick')"):
            break
    assert page.inner_text("#panel-title").lower() == "sentence 1"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.inner_text("#panel-title").lower() == "sentence 3"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # "Correct"
    page.keyboard.type("Bo")
    assert page.input_value("#new-mention") == "She"  # Bo Orr is not in it; "She" may be right for him too
    page.keyboard.press("Tab")
    page.keyboard.type("her")
    page.select_option("#new-claim_type", label="blame")
    page.focus("#new-target")
    page.keyboard.press("Enter")
    assert page.inner_text(".row.picked .who") == "Bo Orr" and "corrected" in page.inner_text(".row.picked")
    assert page.evaluate("document.activeElement.id") == "change"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('pick')")
    path = got(page, "#get-jsonl", tmp_path)
    got(page, "#get-articles", tmp_path)
    at = TEXT.index("her.", RECORDS[2].start)
    changed = replace(
        RECORDS[2],
        speaker="Bo Orr",
        speaker_score=None,
        mention_start=at,
        mention_end=at + 3,
        claim_type="blame",
        claim_type_score=None,
    )
    (item,) = gold.read(path)
    assert item.records == (*RECORDS[:2], changed, *RECORDS[3:]) and item.article.text == TEXT
    (tmp_path / "labels.articles.jsonl").unlink()
    assert [r.text for r in gold.read(path)[0].records] == [r.text for r in RECORDS]


def edit(page: Any, sentence: int) -> None:
    page.locator(".row").nth(sentence).locator(".pick").click()
    page.click("#change")


def test_stance_and_target_stay_consistent(file: str, visit: Visit, tmp_path: Path) -> None:
    page = visit(file)
    edit(page, 0)
    page.select_option("#new-stance", label="nil")
    assert page.is_disabled("#new-target")
    page.click("text=Save")
    edit(page, 1)
    page.select_option("#new-stance", label="con")
    page.click("text=Save")
    assert "Say what the stance is about" in page.inner_text("[role=alert]")
    page.fill("#new-target", "weather")
    page.fill("#new-target-words", "snowed")
    page.click("text=Save")
    assert "does not stand in the sentence" in page.inner_text("[role=alert]")
    page.evaluate("""() => {
        const text = [...document.querySelectorAll(".row")][1].querySelector(".said span").firstChild;
        getSelection().setBaseAndExtent(text, 2, text, 9);
    }""")
    page.click("button:right-of(#new-target-words)")
    page.click("text=Save")
    edit(page, 4)
    page.select_option("#new-speaker", label="another name…")
    page.fill("#new-name", "Cy")
    page.select_option("#new-claim_type", label="praise")
    page.select_option("#new-stance", label="undecided")
    page.click("text=Save")
    assert "3 corrected records" in page.inner_text("#corrections")
    first, second, _, _, last = gold.read(got(page, "#get-csv", tmp_path))[0].records
    assert (first.stance, first.target, first.target_start, first.target_score) == ("nil", None, None, None)
    start = TEXT.index("rained")
    assert (second.stance, second.target, second.target_span) == ("con", "weather", (start, start + 6))
    assert (last.speaker, last.mention, last.claim_type, last.stance) == ("Cy", None, "praise", None)
    assert last.labelled == {"speaker", "claim_type"} and first.labelled == RECORDS[0].labelled
    page.locator(".row").nth(0).locator(".pick").click()
    page.click("text=Undo the correction")
    assert lines(got(page, "#get-jsonl", tmp_path))[0] == LABELLED.rows[0]


def test_a_sentence_with_several_given_targets_has_one_speaker(visit: Visit, tmp_path: Path) -> None:
    asked = [
        replace(RECORDS[0], labelled=RECORDS[0].labelled - {"target"}),
        replace(
            RECORDS[0], labelled=RECORDS[0].labelled - {"target"}, target="Ada Lind", target_start=2, target_end=10, stance="nil"
        ),
    ]
    path = tmp_path / "asked.html"
    path.write_text(interactive([Shown(LABELLED.article, asked, [row(r) for r in asked])], "Asked", SPEC), "utf-8")
    page = visit(path.as_uri())
    page.locator(".pick").nth(1).click()
    page.click("#change")
    assert page.is_disabled("#new-target")
    page.select_option("#new-speaker", label="the outlet’s own voice")
    page.select_option("#new-stance", label="con")
    page.click("text=Save")
    first, second = gold.read(got(page, "#get-jsonl", tmp_path))[0].records
    assert [(r.speaker, r.mention, r.target) for r in (first, second)] == [(None, None, "Vesta"), (None, None, "Ada Lind")]
    assert (first.stance, first.stance_score, second.stance, second.stance_score) == ("pro", 0.7, "con", None)
    page.click("text=Undo the correction")
    assert lines(got(page, "#get-jsonl", tmp_path)) == [row(r) for r in asked]


EVIL = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload='alert(1)'>",
    "<!--<script>",
    "${alert(1)} `",
    "\u202eabc\u202d\u2066\u2067",
    "__proto__",
    "a\u2028b\x1b\x7f",
    "w" * 100_000,
    "=HYPERLINK(1)",
]


def hostile(n: int, evil: str) -> Shown:
    whole = Record(
        evil[:99], 0, 0, len(evil), evil, speaker=evil, mention_start=0, mention_end=2, claim_type=evil, stance=evil, target=evil,
        target_start=1, target_end=len(evil), labelled=frozenset({"speaker", "claim_type", "stance", "target"}), model=evil,
    )  # fmt: skip
    meta = {"title": evil, "source": evil, "url": "javascript:alert(1)", "date": evil}
    return Shown(Article(f"{n}{evil[:99]}", evil, meta=meta), [whole], [row(whole)])


def test_hostile_text_does_nothing(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "evil.html"
    spec = ModelSpec(claim_types=tuple(EVIL), stances={evil: (-1, 1)[n % 2] for n, evil in enumerate(EVIL)})
    path.write_text(interactive([hostile(n, evil) for n, evil in enumerate(EVIL)], EVIL[0], spec), "utf-8")
    page = visit(path.as_uri(), PHONE)
    for n, evil in enumerate(EVIL):
        page.select_option("#article", str(n))
        assert page.locator(".badge").count() == 1 and not overflows(page)
        assert not re.search("[\u202d\u202e]", page.inner_text("body"))
        page.locator(".pick").click()
        page.click("#change")
        assert page.input_value("#new-target") == evil and not overflows(page)
        page.keyboard.press("Escape")
    assert page.locator("main img, main script:not(#data), svg:not(.network), [onload], [onerror], [style], a[href]").count() == 1
    kept = lines(got(page, "#get-jsonl", tmp_path))
    assert [r["text"] for r in kept] == EVIL


def test_hostile_text_in_the_service(service: Live, visit: Visit) -> None:
    page = visit(f"http://127.0.0.1:{service.port}/", PHONE)
    page.fill("#text", "\n\n".join([*EVIL[:6], "w" * 100_000]))
    page.click("#ask button.main")
    page.wait_for_selector(".row")
    assert not overflows(page) and page.locator("main img, svg:not(.network)").count() == 0


def test_without_scripts_it_can_be_read(file: str, visit: Visit) -> None:
    page = visit(file, java_script_enabled=False)
    text = page.locator("main").inner_text()
    assert "She left Vesta, and Vesta left her." in text and "+ pro: Vesta" in text
    assert not page.is_visible("#view")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(file: str, service: Live, visit: Visit, viewport: dict[str, int], scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="no axe here: pip install axe-playwright-python"
    ).Axe()

    def check(page: Any) -> None:
        found = axe.run(page).response["violations"]
        bad = [
            (v["id"], v["impact"], [n["html"][:200] for n in v["nodes"][:3]])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert bad == [] and not overflows(page)

    page = visit(file, viewport, color_scheme=scheme)
    page.click("#speakers summary >> nth=0")
    page.click("summary:has-text('As a table')")
    check(page)
    page.locator(".row .pick").nth(2).click()
    check(page)
    page.click("#change")
    check(page)
    page.click("text=Save")
    page.fill("#minimum", "65")
    check(page)
    page = visit(f"http://127.0.0.1:{service.port}/", viewport, color_scheme=scheme)
    check(page)


def test_tap_on_a_phone(file: str, visit: Visit) -> None:
    page = visit(file, PHONE, has_touch=True)
    assert not page.is_visible("#panel")
    page.locator(".row").nth(3).locator(".said").tap()
    assert "Bo Orr" in page.inner_text("#panel")
    assert page.locator(".row.picked").bounding_box()["y"] + 20 < page.locator("#panel").bounding_box()["y"]
    page.locator("#close").tap()
    assert not page.is_visible("#panel")
