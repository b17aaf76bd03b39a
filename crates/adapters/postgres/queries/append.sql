-- $1 position of the first entry, $2 leaf hashes, $3 entries, $4 new size,
-- $5 checkpoint or null, $6 its hash. The caller holds the lock of log_head.
WITH added AS (
    INSERT INTO log_entries (position, leaf, entry)
    SELECT $1 + new.number - 1, new.leaf, new.entry
    FROM unnest($2::BYTEA[], $3::BYTEA[]) WITH ORDINALITY AS new (leaf, entry, number)
),
head AS (
    UPDATE log_head
    SET size = $4,
        checkpoint = coalesce($5::TEXT, checkpoint),
        checkpoint_hash = coalesce($6::BYTEA, checkpoint_hash)
)
SELECT pg_notify('erynoa_log', ($4::BIGINT)::TEXT);
