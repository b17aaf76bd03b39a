-- $1 needle or '', $2 address in lower case or null, $3 role bit or null,
-- $4 status or null, $5 and $6 place to go on below or null, $7 how many.
SELECT id, identity, issuer, subject, email, name, language, roles, status, invitation_hash,
    invitation_expires_at_us, created_at_us, updated_at_us, last_seen_at_us, version
FROM accounts
WHERE ($1::TEXT = '' OR strpos(search, $1) > 0)
    AND ($2::TEXT IS NULL OR email_lower = $2)
    AND ($3::SMALLINT IS NULL OR roles & $3 <> 0)
    AND ($4::SMALLINT IS NULL OR status = $4)
    AND ($5::BIGINT IS NULL OR (created_at_us, id) < ($5, $6::BYTEA))
ORDER BY created_at_us DESC, id DESC
LIMIT $7;
