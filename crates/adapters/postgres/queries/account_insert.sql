INSERT INTO accounts (
    id, identity, issuer, subject, email, name, language, roles, status, invitation_hash,
    invitation_expires_at_us, created_at_us, updated_at_us, last_seen_at_us, version, search,
    email_lower
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);
