"""The tables of Discourse Network Analyzer 3 in SQLite, column by column (``Sql.java`` in leifeld-lab/dna, ``createTables``)."""

from __future__ import annotations

VERSION = "3.0"
LONGEST = 190
"""Characters of a title, source or entity."""

PERSON, ORGANISATION, CONCEPT, AGREEMENT, CLAIM_TYPE = 1, 2, 3, 4, 12
"""Numbers of the variables; the first four are those of DNA's own ``DNA Statement``."""

VARIABLES = (
    (PERSON, "person", "short text"),
    (ORGANISATION, "organization", "short text"),
    (CONCEPT, "concept", "short text"),
    (AGREEMENT, "agreement", "boolean"),
    (CLAIM_TYPE, "claim type", "short text"),
)
"""Number, name and type of data of each variable."""

_ID = "ID INTEGER NOT NULL PRIMARY KEY"
_COLOURS = tuple(f"{c} INTEGER NOT NULL DEFAULT 0 CHECK ({c} BETWEEN 0 AND 255)" for c in ("Red", "Green", "Blue"))
_PERMISSIONS = (
    "AddDocuments",
    "EditDocuments",
    "DeleteDocuments",
    "ImportDocuments",
    "AddStatements",
    "EditStatements",
    "DeleteStatements",
    "EditAttributes",
    "EditRegex",
    "EditStatementTypes",
    "EditCoders",
    "EditCoderRelations",
    "ViewOthersDocuments",
    "EditOthersDocuments",
    "ViewOthersStatements",
    "EditOthersStatements",
)


def _flag(name: str, default: int = 1) -> str:
    return f"{name} INTEGER NOT NULL CHECK ({name} BETWEEN 0 AND 1) DEFAULT {default}"


def _short(name: str, default: bool = True) -> str:
    return f"{name} TEXT NOT NULL{' DEFAULT ' + repr('') if default else ''} CHECK (LENGTH({name}) < {LONGEST + 1})"


def _key(name: str, table: str) -> str:
    return f"FOREIGN KEY({name}) REFERENCES {table}(ID) ON DELETE CASCADE"


def _data(value: str, *more: str) -> tuple[str, ...]:
    keys = (_key("StatementId", "STATEMENTS"), _key("VariableId", "VARIABLES"))
    return (
        _ID,
        "StatementId INTEGER NOT NULL",
        "VariableId INTEGER NOT NULL",
        value,
        *keys,
        *more,
        "UNIQUE (StatementId, VariableId)",
    )


SCHEMA: dict[str, tuple[str, ...]] = {
    "SETTINGS": ("Property TEXT PRIMARY KEY", "Value TEXT NOT NULL"),
    "CODERS": (
        _ID,
        _short("Name", False),
        *_COLOURS,
        "Refresh INTEGER NOT NULL CHECK (Refresh BETWEEN 0 AND 9999) DEFAULT 0",
        "FontSize INTEGER NOT NULL CHECK (FontSize BETWEEN 1 AND 99) DEFAULT 14",
        _short("Password", False),
        "PopupWidth INTEGER CHECK (PopupWidth BETWEEN 100 AND 9999) DEFAULT 300",
        _flag("ColorByCoder", 0),
        _flag("PopupDecoration", 0),
        _flag("PopupAutoComplete"),
        *(_flag(f"Permission{name}") for name in _PERMISSIONS),
    ),
    "DOCUMENTS": (
        _ID,
        _short("Title", False),
        "Text TEXT NOT NULL",
        "Coder INTEGER",
        *map(_short, ("Author", "Source", "Section")),
        "Notes TEXT NOT NULL DEFAULT ''",
        _short("Type"),
        "Date INTEGER NOT NULL",
        _key("Coder", "CODERS"),
    ),
    "STATEMENTTYPES": (_ID, _short("Label", False), *_COLOURS),
    "VARIABLES": (
        _ID,
        _short("Variable", False),
        "DataType TEXT NOT NULL CHECK (DataType = 'boolean' OR DataType = 'integer' OR DataType = 'long text' "
        "OR DataType = 'short text') DEFAULT 'short text'",
        "StatementTypeId INTEGER",
        _key("StatementTypeId", "STATEMENTTYPES"),
        "UNIQUE (Variable, StatementTypeId)",
    ),
    "VARIABLELINKS": (
        _ID,
        "SourceVariableId INTEGER",
        "TargetVariableId INTEGER",
        "CHECK (TargetVariableId != SourceVariableId)",
        _key("SourceVariableId", "VARIABLES"),
        _key("TargetVariableId", "VARIABLES"),
    ),
    "REGEXES": (f"Label TEXT PRIMARY KEY CHECK (LENGTH(Label) < {LONGEST + 1})", *_COLOURS),
    "CODERRELATIONS": (
        _ID,
        "Coder INTEGER CHECK(Coder > 0)",
        "OtherCoder INTEGER CHECK(OtherCoder > 0)",
        *map(_flag, ("viewStatements", "editStatements", "viewDocuments", "editDocuments")),
        "CHECK (Coder != OtherCoder)",
        _key("Coder", "CODERS"),
        _key("OtherCoder", "CODERS"),
    ),
    "STATEMENTS": (
        _ID,
        "StatementTypeId INTEGER",
        "DocumentId INTEGER",
        "Start INTEGER NOT NULL CHECK(Start >= 0)",
        "Stop INTEGER NOT NULL CHECK(Stop >= 0)",
        "Coder INTEGER",
        "CHECK (Start < Stop)",
        _key("StatementTypeId", "STATEMENTTYPES"),
        _key("Coder", "CODERS"),
        _key("DocumentId", "DOCUMENTS"),
    ),
    "DATABOOLEAN": _data("Value INTEGER NOT NULL DEFAULT 1"),
    "DATAINTEGER": _data("Value INTEGER NOT NULL DEFAULT 0"),
    "ENTITIES": (
        _ID,
        "VariableId INTEGER NOT NULL",
        _short("Value"),
        *(f"{c} INTEGER CHECK ({c} BETWEEN 0 AND 255)" for c in ("Red", "Green", "Blue")),
        "ChildOf INTEGER CHECK(ChildOf > 0)",
        "UNIQUE (VariableId, Value)",
        _key("ChildOf", "ENTITIES"),
        _key("VariableId", "VARIABLES"),
    ),
    "DATASHORTTEXT": _data("Entity INTEGER NOT NULL", _key("Entity", "ENTITIES")),
    "DATALONGTEXT": _data("Value TEXT DEFAULT ''"),
    "ATTRIBUTEVARIABLES": (
        _ID,
        "VariableId INTEGER NOT NULL",
        _short("AttributeVariable", False),
        "UNIQUE(VariableId, AttributeVariable)",
        _key("VariableId", "VARIABLES"),
    ),
    "ATTRIBUTEVALUES": (
        _ID,
        "EntityId INTEGER NOT NULL",
        "AttributeVariableId INTEGER NOT NULL",
        _short("AttributeValue"),
        "UNIQUE (EntityId, AttributeVariableId)",
        _key("EntityId", "ENTITIES"),
        _key("AttributeVariableId", "ATTRIBUTEVARIABLES"),
    ),
}
"""Table -> its columns and constraints, as DNA 3 makes them in SQLite."""
