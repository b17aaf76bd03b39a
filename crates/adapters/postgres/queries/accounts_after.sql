-- $1 id to go on after or null, $2 how many.
SELECT id, identity, issuer, subject, email, name, language, roles, status, invitation_hash,
    invitation_expires_at_us, created_at_us, updated_at_us, last_seen_at_us, version
FROM accounts
WHERE $1::BYTEA IS NULL OR id > $1
ORDER BY id
LIMIT $2;
