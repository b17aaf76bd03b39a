-- $1 beginning of the action, $2 actor or null, $3 target or '', $4 and $5 from
-- when until when, $6 sequence to go on below or null, $7 how many.
SELECT entry
FROM audit_entries
WHERE starts_with(action, $1)
    AND ($2::BYTEA IS NULL OR actor = $2)
    AND ($3::TEXT = '' OR target = $3)
    AND at_us >= $4
    AND at_us < $5
    AND ($6::BIGINT IS NULL OR sequence < $6)
ORDER BY sequence DESC
LIMIT $7;
