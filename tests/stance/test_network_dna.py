"""Files of Discourse Network Analyzer 3, written and read as training labels."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from stance.errors import InputError, UsageError
from stance.network import dna
from stance.network.build import network
from stance.network.options import Options
from stance.sentences import split
from tests.stance.test_network import SIGNS
from training.corpora import convert, prepare
from training.gold import read

TEXT = "A ferry 🚢 strike looms.\r\n\r\nAda Lind praised the Harbour Pact.\r\nShe hates 🚢 Norline, Dov said. Norline is silent."


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Records of one article with emoji and CRLF, and of one whose text is not given."""
    spans = split(TEXT)
    says = [(None, "so", None), ("Ada Lind", "yes", "the Harbour Pact"), ("Dov", "no", "Norline"), (None, "so", None)]
    rows = [
        {"article_id": "ferry", "sentence": n, "start": s[0], "end": s[1], "text": TEXT[s[0] : s[1]], "speaker": who, "claim_type": "evaluation", "stance": stance, "target": target}
        for n, (s, (who, stance, target)) in enumerate(zip(spans, says, strict=True))
    ]  # fmt: skip
    rows.append({**rows[1], "article_id": "b", "sentence": 0, "start": 3, "end": 37, "stance": "no"})
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    article = {"id": "ferry", "text": TEXT, "title": "T" * 300, "source": "Post", "date": "2024-05-06"}
    (tmp_path / "articles.jsonl").write_text(json.dumps(article) + "\n")
    return tmp_path


def written(folder: Path) -> sqlite3.Connection:
    files = [str(folder / "articles.jsonl")]
    summary = network([str(folder / "r.jsonl")], str(folder / "o.dna"), Options(signs=SIGNS), articles=files)
    assert "3 statements in 2 documents" in str(summary)
    return sqlite3.connect(folder / "o.dna")


def test_statements_stand_where_java_finds_them(source: Path) -> None:
    db = written(source)
    rows = db.execute("""
        SELECT d.Text, s.Start, s.Stop, p.Value, c.Value, b.Value FROM STATEMENTS s JOIN DOCUMENTS d ON d.ID = s.DocumentId
        JOIN DATABOOLEAN b ON b.StatementId = s.ID AND b.VariableId = 4
        JOIN DATASHORTTEXT x ON x.StatementId = s.ID AND x.VariableId = 1 JOIN ENTITIES p ON p.ID = x.Entity
        JOIN DATASHORTTEXT y ON y.StatementId = s.ID AND y.VariableId = 3 JOIN ENTITIES c ON c.ID = y.Entity ORDER BY s.ID""").fetchall()
    words = [text.encode("utf-16-le")[2 * start : 2 * stop].decode("utf-16-le") for text, start, stop, *_ in rows]
    assert words == [
        "Ada Lind praised the Harbour Pact.",
        "Ada Lind praised the Harbour Pact.",
        "She hates 🚢 Norline, Dov said.",
    ]
    assert [row[3:] for row in rows] == [
        ("Ada Lind", "the Harbour Pact", 0),
        ("Ada Lind", "the Harbour Pact", 1),
        ("Dov", "Norline", 0),
    ]
    assert all("\r" not in row[0] for row in rows)
    db.close()


def test_what_dna_asks_of_a_database(source: Path) -> None:
    db = written(source)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == [] and db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT Value FROM SETTINGS WHERE Property = 'version'").fetchone()[0].startswith("3")
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == set(dna.SCHEMA) and len(tables) == 16 and {"REGEXES", "CODERRELATIONS", "VARIABLELINKS"} < tables
    title, press, date, notes = db.execute("SELECT Title, Source, Date, Notes FROM DOCUMENTS WHERE Notes = 'ferry'").fetchone()
    assert len(title) < 191 and (press, date, notes) == ("Post", 1714953600, "ferry")
    # Each statement has a value of each variable of its type, as DNA's own queries suppose.
    values = db.execute("SELECT StatementId, count(*) FROM DATASHORTTEXT GROUP BY StatementId").fetchall()
    assert [n for _, n in values] == [4, 4, 4]
    coder, password = db.execute("SELECT Name, Password FROM CODERS").fetchone()
    assert coder == "Admin" and dna.hashed(dna.PASSWORD, base64.b64decode(password)[:16]) == password
    db.close()


def test_password_is_hashed_as_jasypt_does() -> None:
    salt = bytes(range(16))
    digest = hashlib.sha256(salt + b"pass").digest()
    for _ in range(99_999):
        digest = hashlib.sha256(digest).digest()
    assert base64.b64decode(dna.hashed("pass", salt)) == salt + digest


def test_read_as_training_labels(source: Path) -> None:
    written(source).close()
    found = convert("dna", source / "o.dna")
    items = {item.article.id: item for item in found.items}
    assert set(items) == {"ferry", "b"} and items["ferry"].article.meta["date"] == "2024-05-06"
    said = [(r.text, r.speaker, r.stance, r.target, sorted(r.labelled)) for r in items["ferry"].records if r.labelled]
    tasks = ["claim_type", "speaker", "stance"]
    assert said == [
        ("Ada Lind praised the Harbour Pact.", "Ada Lind", "support", "the Harbour Pact", tasks),
        ("She hates 🚢 Norline, Dov said.", "Dov", "oppose", "Norline", tasks),
    ]
    for record in items["ferry"].records:
        text = items["ferry"].article.text
        assert text[slice(*record.span)] == record.text
        assert record.target_span is None or text[slice(*record.target_span)] == record.target
        assert record.mention is None or text[slice(*record.mention)] == record.speaker
    prepare("dna", source / "o.dna", source / "labels.jsonl")
    assert sum(bool(r.labelled) for item in read(source / "labels.jsonl") for r in item.records) == 3


def test_concepts_that_no_sentence_names_give_speakers_only(source: Path) -> None:
    db = written(source)
    db.execute("UPDATE ENTITIES SET Value = 'ferries should run' WHERE Value = 'Norline'")
    number = db.execute("SELECT max(ID) + 1 FROM STATEMENTS").fetchone()[0]
    document, start, stop = db.execute("SELECT DocumentId, Start, Stop FROM STATEMENTS WHERE ID = 2").fetchone()
    db.execute("INSERT INTO STATEMENTS VALUES (?, 1, ?, ?, ?, 1)", [number, document, start, stop])
    db.execute("INSERT INTO ENTITIES (ID, VariableId, Value) VALUES (900, 2, 'Norline Ltd')")
    db.execute("INSERT INTO DATASHORTTEXT (StatementId, VariableId, Entity) VALUES (?, 2, 900)", [number])
    db.commit()
    db.close()
    found = convert("dna", source / "o.dna")
    ferry = next(item for item in found.items if item.article.id == "ferry")
    decided = {r.text[:3]: (r.speaker, sorted(r.labelled)) for r in ferry.records if r.labelled}
    # Two people are said to speak in the second sentence: that stays undecided, its stance does not.
    assert decided == {"Ada": (None, ["claim_type", "stance"]), "She": ("Dov", ["claim_type", "speaker"])}
    assert found.drops["statement whose concept is not named in it: speaker only"] == 2
    assert found.drops["sentence whose statements differ in their speaker"] == 2


def test_what_is_no_dna_file(tmp_path: Path) -> None:
    (tmp_path / "x.dna").write_text("nothing of the kind")
    with pytest.raises(InputError, match="expected an SQLite file of Discourse Network Analyzer 3"):
        convert("dna", tmp_path / "x.dna")
    with pytest.raises(InputError, match="no such file"):
        convert("dna", tmp_path / "y.dna")


def test_records_without_offsets_give_no_dna_file(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text(json.dumps({"article_id": "a", "speaker": "A", "stance": "yes", "target": "B"}) + "\n")
    with pytest.raises(UsageError, match="no column start, end, text"):
        network([str(tmp_path / "r.jsonl")], str(tmp_path / "o.dna"), Options(signs=SIGNS))
    assert not (tmp_path / "o.dna").exists() and not (tmp_path / "o.dna.tmp").exists()
