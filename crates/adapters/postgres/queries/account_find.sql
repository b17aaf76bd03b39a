-- Exactly one of $1 id, $2 identity, $3 issuer with $4 subject, $5 invitation.
SELECT id, identity, issuer, subject, email, name, language, roles, status, invitation_hash,
    invitation_expires_at_us, created_at_us, updated_at_us, last_seen_at_us, version
FROM accounts
WHERE id = $1::BYTEA
    OR identity = $2::BYTEA
    OR (issuer = $3::TEXT AND subject = $4::TEXT)
    OR invitation_hash = $5::BYTEA;
