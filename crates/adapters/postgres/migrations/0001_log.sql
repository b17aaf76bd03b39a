-- The event log. Positions count from 0 without gaps; `leaf` is the RFC 6962
-- leaf hash of the entry, so that damage is found when an entry is read.
CREATE TABLE log_entries (
    position BIGINT PRIMARY KEY CHECK (position >= 0),
    leaf BYTEA NOT NULL CHECK (length(leaf) = 32),
    entry BYTEA NOT NULL CHECK (length(entry) <= 65535)
);

-- Entries are random bytes to a compressor.
ALTER TABLE log_entries ALTER COLUMN entry SET STORAGE EXTERNAL;

-- One row. Whoever holds its lock has the turn to append.
CREATE TABLE log_head (
    one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    size BIGINT NOT NULL CHECK (size >= 0),
    checkpoint TEXT,
    checkpoint_hash BYTEA CHECK (length(checkpoint_hash) = 32)
);

INSERT INTO log_head (size) VALUES (0);
