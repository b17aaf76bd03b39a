-- $1 owner or null, $2 only those that end by then or null, $3 id to go on after
-- or null, $4 how many.
SELECT record
FROM file_entries
WHERE expires_at_us IS NOT NULL
    AND ($1::BYTEA IS NULL OR owner = $1)
    AND ($2::BIGINT IS NULL OR expires_at_us <= $2)
    AND ($3::BYTEA IS NULL OR id > $3)
ORDER BY id
LIMIT $4;
