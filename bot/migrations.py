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
    (
        "0011-outbox-in-full",
        """
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            chat INTEGER NOT NULL,
            thread INTEGER NOT NULL DEFAULT 0,
            summary TEXT NOT NULL,
            part INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('summary', 'update', 'correction', 'digest', 'notice')),
            answers INTEGER,
            state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'unclear', 'failed', 'stale')),
            reason TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            composed INTEGER NOT NULL DEFAULT 0,
            due REAL NOT NULL DEFAULT 0,
            message INTEGER,
            told INTEGER NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            changed REAL NOT NULL,
            buttons TEXT NOT NULL DEFAULT '[]',
            body TEXT NOT NULL,
            UNIQUE (chat, thread, summary, part)
        ) STRICT;
        INSERT INTO messages (id, chat, thread, summary, part, kind, body, state, reason, created, changed)
            SELECT id, chat, thread, summary, part, 'summary',
                CASE WHEN state IN ('sent', 'failed') THEN '' ELSE body END, state, reason, created, created
            FROM outbox;
        CREATE TABLE named (
            outbox INTEGER NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (outbox, document)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO named SELECT outbox.id, named_documents.document FROM outbox JOIN named_documents USING (summary);
        CREATE TABLE quoted (
            outbox INTEGER NOT NULL,
            number INTEGER NOT NULL,
            citation TEXT NOT NULL,
            document TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            digest TEXT NOT NULL,
            corrected TEXT,
            PRIMARY KEY (outbox, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX quoted_documents ON quoted (document);
        DROP TABLE outbox;
        DROP TABLE named_documents;
        ALTER TABLE messages RENAME TO outbox;
        CREATE INDEX outbox_states ON outbox (state, chat, id, due);
        CREATE INDEX outbox_answers ON outbox (answers) WHERE answers IS NOT NULL;
        """,
    ),
    (
        "0012-when-summaries-are-sent",
        """
        CREATE TABLE wanted (
            id TEXT PRIMARY KEY,
            chat INTEGER NOT NULL,
            thread INTEGER NOT NULL,
            process TEXT,
            language TEXT NOT NULL,
            since REAL NOT NULL,
            "when" TEXT NOT NULL CHECK ("when" IN ('arrival', 'daily', 'weekly')),
            minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1439),
            weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
            zone TEXT NOT NULL,
            paused INTEGER NOT NULL CHECK (paused BETWEEN 0 AND 2),
            due REAL
        ) STRICT;
        INSERT INTO wanted
            SELECT lower(hex(randomblob(4))), chat, thread, NULL, language, since, 'arrival', 540, 0, 'UTC', 0, NULL
            FROM subscriptions;
        DROP TABLE subscriptions;
        ALTER TABLE wanted RENAME TO subscriptions;
        CREATE UNIQUE INDEX subscriptions_once ON subscriptions (chat, thread, ifnull(process, ''), language);
        CREATE TABLE greeted_chats (chat INTEGER PRIMARY KEY) STRICT;
        CREATE TABLE looks (id INTEGER PRIMARY KEY CHECK (id = 1), at REAL NOT NULL) STRICT;
        INSERT INTO looks SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM known_documents);
        ALTER TABLE known_documents ADD COLUMN seen REAL NOT NULL DEFAULT 0;
        ALTER TABLE known_documents ADD COLUMN rounds TEXT NOT NULL DEFAULT '[]';
        CREATE TABLE releases (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            process TEXT,
            round INTEGER NOT NULL,
            stage TEXT NOT NULL CHECK (stage IN ('settling', 'awaiting', 'approved', 'discarded', 'dropped')),
            due REAL NOT NULL,
            revision INTEGER NOT NULL DEFAULT 0,
            proposed TEXT,
            decided_by INTEGER,
            decided REAL
        ) STRICT;
        CREATE UNIQUE INDEX releases_open ON releases (key) WHERE stage IN ('settling', 'awaiting');
        CREATE TABLE release_documents (
            release INTEGER NOT NULL,
            document TEXT NOT NULL,
            arrived REAL NOT NULL,
            PRIMARY KEY (release, document)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX release_documents_of ON release_documents (document);
        CREATE TABLE digest_items (
            subscription TEXT NOT NULL,
            release INTEGER NOT NULL,
            PRIMARY KEY (subscription, release)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE released (
            release INTEGER NOT NULL,
            chat INTEGER NOT NULL,
            thread INTEGER NOT NULL,
            language TEXT NOT NULL,
            PRIMARY KEY (release, chat, thread, language)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    (
        "0013-corrections",
        """
        ALTER TABLE outbox ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
        ALTER TABLE outbox ADD COLUMN process TEXT;
        ALTER TABLE outbox ADD COLUMN round INTEGER;
        ALTER TABLE quoted ADD COLUMN section TEXT NOT NULL DEFAULT '';
        CREATE INDEX quoted_citations ON quoted (citation);
        CREATE TABLE corrections (
            outbox INTEGER NOT NULL,
            original INTEGER NOT NULL,
            number INTEGER NOT NULL,
            before TEXT,
            superseded INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (outbox, original, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX corrections_of ON corrections (original, number);
        """,
    ),
    (
        "0014-summaries-behind-buttons",
        """
        CREATE TABLE summaries (
            handle TEXT PRIMARY KEY,
            chat INTEGER NOT NULL,
            process TEXT,
            round INTEGER NOT NULL,
            topic TEXT,
            language TEXT NOT NULL,
            created REAL NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX summaries_once ON summaries (chat, ifnull(process, ''), round, ifnull(topic, ''), language);
        """,
    ),
    (
        "0015-preferences",
        """
        CREATE TABLE preferences (
            chat INTEGER NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (chat, name)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    (
        "0016-conversations",
        """
        ALTER TABLE answers ADD COLUMN person INTEGER;
        ALTER TABLE answers ADD COLUMN asked INTEGER;
        ALTER TABLE answers ADD COLUMN after TEXT NOT NULL DEFAULT '[]';
        ALTER TABLE answers ADD COLUMN is_reply INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX answers_in_order ON answers (chat, created);
        CREATE INDEX answers_of_people ON answers (person);
        CREATE TABLE answer_messages (
            chat INTEGER NOT NULL,
            message INTEGER NOT NULL,
            answer TEXT NOT NULL,
            PRIMARY KEY (chat, message)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE conversations (
            chat INTEGER PRIMARY KEY,
            begun REAL NOT NULL
        ) STRICT;
        """,
    ),
    (
        "0017-feedback",
        """
        CREATE TABLE feedback (
            answer TEXT NOT NULL,
            person INTEGER NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('good', 'bad', 'wrong source')),
            quotation INTEGER,
            given REAL NOT NULL,
            PRIMARY KEY (answer, person),
            CHECK ((quotation IS NOT NULL) = (verdict = 'wrong source'))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX feedback_in_order ON feedback (given);
        CREATE INDEX feedback_of_people ON feedback (person);
        """,
    ),
    (
        "0018-accounts",
        # The first person has an id that no simulated person, nor the local bot, ever has; a group's is negative.
        """
        CREATE TABLE accounts (
            person INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            look TEXT NOT NULL UNIQUE,
            is_admin INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
            clearance TEXT,
            password TEXT NOT NULL,
            is_one_time INTEGER NOT NULL CHECK (is_one_time IN (0, 1)),
            created REAL NOT NULL,
            suspended REAL,
            revision INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        INSERT INTO sqlite_sequence VALUES ('accounts', 2000000000);
        """,
    ),
    (
        "0019-access",
        """
        CREATE TABLE admitted (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            role TEXT CHECK (role IN ('admin', 'editor', 'diplomat', 'guest')),
            clearance TEXT,
            admitted REAL NOT NULL,
            admitted_by INTEGER,
            suspended REAL,
            CHECK ((role IS NULL) = (id < 0))
        ) STRICT;
        CREATE TABLE admission_requests (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            language TEXT NOT NULL,
            asked REAL NOT NULL,
            asked_by INTEGER NOT NULL,
            refused REAL
        ) STRICT;
        CREATE TABLE invitations (
            digest TEXT PRIMARY KEY,
            role TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'diplomat', 'guest')),
            clearance TEXT,
            made_by INTEGER,
            expires REAL NOT NULL,
            used REAL,
            used_by INTEGER
        ) STRICT;
        """,
    ),
    (
        "0020-audit",
        # What is written is refused to be changed, but for bodies that are emptied; the head goes on by itself, so that
        # an end that is cut off is missed. What replaces a row deletes without a trigger, and is refused before.
        """
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY CHECK (number > 0),
            at INTEGER NOT NULL,
            key TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            chain TEXT NOT NULL,
            salt BLOB,
            body TEXT,
            CHECK ((salt IS NULL) = (body IS NULL))
        ) STRICT;
        CREATE INDEX audit_people ON audit (json_extract(body, '$.person'))
            WHERE kind = 'question' AND body IS NOT NULL;
        CREATE INDEX audit_documents ON audit (json_extract(body, '$.document'))
            WHERE kind = 'document' AND body IS NOT NULL;
        CREATE INDEX audit_erasures ON audit (number) WHERE kind = 'erased';
        CREATE TABLE audit_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            number INTEGER NOT NULL,
            chain TEXT NOT NULL
        ) STRICT;
        INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
        CREATE TABLE audit_state (
            name TEXT PRIMARY KEY,
            value ANY NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER audit_is_added_to BEFORE INSERT ON audit
            WHEN NEW.number IS NOT (SELECT number + 1 FROM audit_head) OR NEW.body IS NULL
            OR EXISTS (SELECT 1 FROM audit WHERE key = NEW.key OR number = NEW.number)
            BEGIN SELECT RAISE(ABORT, 'the audit log is only added to, one entry after another'); END;
        CREATE TRIGGER audit_goes_on AFTER INSERT ON audit
            BEGIN UPDATE audit_head SET number = NEW.number, chain = NEW.chain; END;
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
            WHEN NEW.number IS NOT OLD.number OR NEW.at IS NOT OLD.at OR NEW.key IS NOT OLD.key
            OR NEW.kind IS NOT OLD.kind OR NEW.digest IS NOT OLD.digest OR NEW.chain IS NOT OLD.chain
            OR NEW.body IS NOT NULL OR NEW.salt IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'an entry of the audit log is not changed'); END;
        CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'an entry of the audit log is not deleted'); END;
        CREATE TRIGGER audit_head_is_one BEFORE INSERT ON audit_head
            BEGIN SELECT RAISE(ABORT, 'the audit log has one head'); END;
        CREATE TRIGGER audit_head_goes_on BEFORE UPDATE ON audit_head
            WHEN NEW.id IS NOT 1 OR NEW.number IS NOT OLD.number + 1
            OR NEW.chain IS NOT (SELECT chain FROM audit WHERE number = NEW.number)
            BEGIN SELECT RAISE(ABORT, 'the head of the audit log goes on by itself'); END;
        CREATE TRIGGER audit_head_is_not_deleted BEFORE DELETE ON audit_head
            BEGIN SELECT RAISE(ABORT, 'the head of the audit log is not deleted'); END;
        """,
    ),
    (
        "0021-restorations",
        """
        CREATE TABLE restorations (id INTEGER PRIMARY KEY CHECK (id = 1), at REAL NOT NULL) STRICT;
        """,
    ),
)
