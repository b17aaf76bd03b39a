-- $1 id, $2 hash of the token, $3 file, $4 only those that end by then, each or
-- null; $5 how many.
SELECT record
FROM file_links
WHERE ($1::BYTEA IS NULL OR id = $1)
    AND ($2::BYTEA IS NULL OR token_hash = $2)
    AND ($3::BYTEA IS NULL OR file = $3)
    AND ($4::BIGINT IS NULL OR expires_at_us <= $4)
ORDER BY created_at_us, id
LIMIT $5;
