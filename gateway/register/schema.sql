-- The number of this schema. A register with another is not opened.
PRAGMA user_version = 2;

-- The log: one row per leaf. idx is the position in the tree.
CREATE TABLE entries (
	idx    INTEGER PRIMARY KEY,
	salt   BLOB NOT NULL,
	entry  BLOB NOT NULL,
	record BLOB NOT NULL
) STRICT;

-- Hashes of the tree in tiles of 256 (c2sp.org/tlog-tiles).
CREATE TABLE tiles (
	level  INTEGER NOT NULL,
	n      INTEGER NOT NULL,
	hashes BLOB NOT NULL,
	PRIMARY KEY (level, n)
) STRICT, WITHOUT ROWID;

-- head: newest signed checkpoint; epoch: rises when a backup is restored.
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Content and keys of cases: wrapped, and gone when no longer needed. Which
-- content must be here, and its digest, follow from entries.record.
CREATE TABLE contents (
	message TEXT PRIMARY KEY,
	thread  TEXT NOT NULL,
	wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
	thread TEXT PRIMARY KEY,
	key    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Projections of entries.record. Register.Check rebuilds and compares them.
CREATE TABLE messages (
	id        TEXT PRIMARY KEY,
	connector TEXT NOT NULL,
	sequence  INTEGER NOT NULL,
	manifest  TEXT NOT NULL,
	previous  TEXT NOT NULL,
	thread    TEXT NOT NULL,
	entry     INTEGER NOT NULL,
	UNIQUE (connector, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
	entry     INTEGER PRIMARY KEY,
	message   TEXT NOT NULL,
	recipient TEXT NOT NULL,
	outcome   TEXT NOT NULL,
	review    INTEGER NOT NULL, -- to the function that must approve
	retain    INTEGER NOT NULL, -- a law asks for a copy of what left
	closed    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX deliveries_message ON deliveries (message);

CREATE TABLE outbound (
	entry     INTEGER NOT NULL,
	connector TEXT NOT NULL,
	message   TEXT NOT NULL,
	receipt   INTEGER NOT NULL DEFAULT -1,
	PRIMARY KEY (entry, connector)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbound_open ON outbound (message) WHERE receipt < 0;

CREATE TABLE answers (
	entry     INTEGER PRIMARY KEY,
	message   TEXT NOT NULL,
	connector TEXT NOT NULL
) STRICT;
CREATE INDEX answers_message ON answers (message);

CREATE TABLE approvals (
	entry    INTEGER PRIMARY KEY,
	hold     INTEGER NOT NULL,
	officer  TEXT NOT NULL,
	function TEXT NOT NULL
) STRICT;
CREATE INDEX approvals_hold ON approvals (hold);

CREATE TABLE assessments (
	entry   INTEGER PRIMARY KEY,
	message TEXT NOT NULL
) STRICT;
CREATE INDEX assessments_message ON assessments (message);

CREATE TABLE receipts (
	entry   INTEGER PRIMARY KEY,
	message TEXT NOT NULL -- that it confirms
) STRICT;
CREATE INDEX receipts_message ON receipts (message);

CREATE TABLE recalls (
	entry   INTEGER PRIMARY KEY,
	message TEXT NOT NULL -- that is recalled or corrected
) STRICT;
CREATE INDEX recalls_message ON recalls (message);

-- What left in an emergency and is reviewed afterwards.
CREATE TABLE follows (
	entry   INTEGER PRIMARY KEY, -- of the delivery
	message TEXT NOT NULL,
	stands  INTEGER NOT NULL, -- entry that says how the review stands
	due     TEXT NOT NULL,    -- when the gateway must look at it; '' for never
	open    INTEGER NOT NULL  -- somebody may still close it
) STRICT;
CREATE INDEX follows_due ON follows (due) WHERE due <> '';
CREATE INDEX follows_message ON follows (message);

CREATE TABLE directory (
	id      TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	entry   INTEGER NOT NULL,
	epoch   INTEGER NOT NULL -- how many records had come into use with this one
) STRICT, WITHOUT ROWID;

-- What came and was settled: by its bytes and on whose line. The same bytes on
-- another's line are another submission.
CREATE TABLE arrivals (
	sealed    TEXT NOT NULL,
	connector TEXT NOT NULL,
	message   TEXT NOT NULL, -- '' when it could not be read that far
	entry     INTEGER NOT NULL,
	PRIMARY KEY (sealed, connector)
) STRICT, WITHOUT ROWID;
CREATE INDEX arrivals_unread ON arrivals (connector) WHERE message = '';

-- When a delivery is offered again. Which deliveries are due follows from the
-- record; tries and due do not: they pace the repetitions.
CREATE TABLE retries (
	entry     INTEGER NOT NULL,
	connector TEXT NOT NULL,
	tries     INTEGER NOT NULL,
	due       TEXT NOT NULL,
	PRIMARY KEY (entry, connector)
) STRICT, WITHOUT ROWID;
CREATE INDEX retries_due ON retries (due);
