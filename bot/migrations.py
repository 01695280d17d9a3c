"""The store's schema as named steps, only ever added to: a store of any earlier version is brought up to date."""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "0001-updates",
        """
        CREATE TABLE updates (
            id INTEGER PRIMARY KEY,
            received REAL NOT NULL,
            body TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'done', 'unclear'))
        ) STRICT;
        CREATE INDEX updates_open ON updates (state) WHERE state != 'done';
        """,
    ),
    (
        "0002-citations",
        """
        CREATE TABLE citations (
            id TEXT PRIMARY KEY,
            document TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL
        ) STRICT;
        """,
    ),
    (
        "0003-answers",
        """
        CREATE TABLE answers (
            id TEXT PRIMARY KEY,
            chat INTEGER NOT NULL,
            question TEXT NOT NULL,
            generation TEXT NOT NULL,
            answered INTEGER NOT NULL,
            citations TEXT NOT NULL,
            created REAL NOT NULL
        ) STRICT;
        """,
    ),
    (
        "0004-subscriptions",
        """
        CREATE TABLE subscriptions (
            chat INTEGER NOT NULL,
            thread INTEGER NOT NULL DEFAULT 0,
            language TEXT NOT NULL,
            since REAL NOT NULL,
            PRIMARY KEY (chat, thread)
        ) STRICT;
        CREATE TABLE known_documents (
            id TEXT PRIMARY KEY,
            fingerprint TEXT NOT NULL
        ) STRICT;
        """,
    ),
    (
        "0005-outbox",
        """
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            chat INTEGER NOT NULL,
            thread INTEGER NOT NULL DEFAULT 0,
            summary TEXT NOT NULL,
            part INTEGER NOT NULL,
            body TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'unclear', 'failed')),
            reason TEXT,
            created REAL NOT NULL,
            UNIQUE (chat, thread, summary, part)
        ) STRICT;
        CREATE INDEX outbox_open ON outbox (state) WHERE state IN ('pending', 'sending');
        """,
    ),
    (
        "0006-limits-of-answers",
        """
        ALTER TABLE answers ADD COLUMN filters TEXT NOT NULL DEFAULT '{}';
        ALTER TABLE answers ADD COLUMN lifted TEXT NOT NULL DEFAULT '[]';
        """,
    ),
    (
        "0007-wordings-of-citations",
        """
        ALTER TABLE citations ADD COLUMN digest TEXT;
        """,
    ),
    (
        "0008-languages",
        """
        CREATE TABLE languages (
            chat INTEGER PRIMARY KEY,
            language TEXT NOT NULL
        ) STRICT;
        """,
    ),
    (
        "0009-documents-in-the-chat",
        """
        CREATE TABLE handles (
            handle TEXT PRIMARY KEY,
            document TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE listings (
            id TEXT PRIMARY KEY,
            chat INTEGER NOT NULL,
            words TEXT NOT NULL,
            created REAL NOT NULL
        ) STRICT;
        CREATE TABLE prompts (
            chat INTEGER NOT NULL,
            message INTEGER NOT NULL,
            subject TEXT NOT NULL,
            field TEXT NOT NULL,
            created REAL NOT NULL,
            PRIMARY KEY (chat, message)
        ) STRICT;
        """,
    ),
    (
        "0010-what-summaries-name-and-moved-groups",
        """
        CREATE TABLE named_documents (
            summary TEXT NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (summary, document)
        ) STRICT;
        CREATE TABLE moved_chats (
            chat INTEGER PRIMARY KEY,
            before INTEGER NOT NULL
        ) STRICT;
        """,
    ),
)
