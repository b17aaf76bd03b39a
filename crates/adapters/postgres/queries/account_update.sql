UPDATE accounts
SET identity = $2,
    issuer = $3,
    subject = $4,
    email = $5,
    name = $6,
    language = $7,
    roles = $8,
    status = $9,
    invitation_hash = $10,
    invitation_expires_at_us = $11,
    updated_at_us = $12,
    last_seen_at_us = $13,
    search = $14,
    email_lower = $15,
    version = version + 1
WHERE id = $1;
