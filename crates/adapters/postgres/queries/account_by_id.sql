SELECT id, identity, issuer, subject, email, name, language, roles, status, invitation_hash,
    invitation_expires_at_us, created_at_us, updated_at_us, last_seen_at_us, version
FROM accounts
WHERE id = $1;
