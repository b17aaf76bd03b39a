-- What people are told; `record` is the whole inbox of a reader as JSON, the
-- other columns are what is asked for. Times are microseconds since the Unix epoch.
CREATE TABLE notification_inboxes (
    reader BYTEA PRIMARY KEY,
    -- When the next letter is to be mailed; null when there is none.
    due_us BIGINT,
    revision BIGINT NOT NULL,
    record TEXT NOT NULL
);

CREATE INDEX notification_inboxes_due ON notification_inboxes (due_us, reader)
    WHERE due_us IS NOT NULL;

-- Up to which position the log was read; at most one row.
CREATE TABLE notification_cursor (
    singleton BOOLEAN PRIMARY KEY DEFAULT true CHECK (singleton),
    position BIGINT NOT NULL
);
