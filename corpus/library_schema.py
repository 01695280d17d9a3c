"""The library's schema as named steps, only ever added to."""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "0001-library",
        """
        CREATE TABLE revision (number INTEGER NOT NULL) STRICT;
        INSERT INTO revision VALUES (0);
        CREATE TABLE documents (
            id TEXT PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('listed', 'gone', 'withdrawn', 'erased')),
            label TEXT NOT NULL,
            label_by TEXT NOT NULL CHECK (label_by IN ('default', 'file', 'admin')),
            title TEXT,
            file TEXT NOT NULL,
            added REAL NOT NULL
        ) STRICT;
        CREATE TABLE versions (
            document TEXT NOT NULL REFERENCES documents (id),
            number INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            reading TEXT NOT NULL,
            signature BLOB NOT NULL,
            recorded REAL NOT NULL,
            PRIMARY KEY (document, number)
        ) STRICT;
        CREATE INDEX versions_by_sha256 ON versions (sha256);
        CREATE INDEX versions_by_reading ON versions (reading);
        CREATE TABLE corrections (
            document TEXT NOT NULL REFERENCES documents (id),
            field TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (document, field)
        ) STRICT;
        CREATE TABLE events (
            number INTEGER PRIMARY KEY,
            document TEXT NOT NULL,
            event TEXT NOT NULL,
            detail TEXT NOT NULL,
            by TEXT NOT NULL,
            at REAL NOT NULL
        ) STRICT;
        CREATE INDEX events_by_document ON events (document);
        CREATE TABLE erased (
            sha256 TEXT NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (sha256, document)
        ) STRICT;
        CREATE TABLE retired (
            document TEXT NOT NULL REFERENCES documents (id),
            sha256 TEXT NOT NULL,
            PRIMARY KEY (document, sha256)
        ) STRICT;
        CREATE TABLE exports (path TEXT NOT NULL, at REAL NOT NULL) STRICT;
        CREATE TABLE drafts (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            corrections TEXT NOT NULL,
            by TEXT NOT NULL,
            at REAL NOT NULL
        ) STRICT;
        """,
    ),
    (
        "0002-rounds",
        """
        CREATE TABLE round_decisions (
            process TEXT NOT NULL,
            number INTEGER NOT NULL,
            field TEXT NOT NULL CHECK (field IN ('dates', 'place')),
            value TEXT NOT NULL,
            by TEXT NOT NULL,
            at REAL NOT NULL,
            PRIMARY KEY (process, number, field)
        ) STRICT;
        """,
    ),
)
