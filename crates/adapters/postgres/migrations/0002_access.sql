-- Accounts. Times are microseconds since the Unix epoch; roles are one bit a
-- role (1 member, 2 operator, 4 admin); status 1 active, 2 invited, 3 disabled.
-- `search` is what a list is searched in: name, address and identity in lower
-- case, so that no locale of the database decides.
CREATE TABLE accounts (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    identity BYTEA UNIQUE CHECK (length(identity) = 32),
    issuer TEXT,
    subject TEXT,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    roles SMALLINT NOT NULL,
    status SMALLINT NOT NULL CHECK (status BETWEEN 1 AND 3),
    invitation_hash BYTEA UNIQUE CHECK (length(invitation_hash) = 32),
    invitation_expires_at_us BIGINT,
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    last_seen_at_us BIGINT NOT NULL,
    version BIGINT NOT NULL,
    search TEXT NOT NULL,
    email_lower TEXT NOT NULL,
    UNIQUE (issuer, subject),
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    CHECK ((invitation_hash IS NULL) = (invitation_expires_at_us IS NULL))
);

CREATE INDEX accounts_newest ON accounts (created_at_us DESC, id DESC);
CREATE INDEX accounts_email ON accounts (email_lower) WHERE email_lower <> '';

-- Sessions; `refresh` is the BLAKE3-256 of the present refresh token.
CREATE TABLE sessions (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    account BYTEA NOT NULL CHECK (length(account) = 16),
    refresh BYTEA NOT NULL CHECK (length(refresh) = 32),
    provider_session TEXT,
    created_at_us BIGINT NOT NULL,
    expires_at_us BIGINT NOT NULL,
    -- The whole session, as erynoa_access::Session::to_bytes writes it.
    record BYTEA NOT NULL
);

CREATE INDEX sessions_newest ON sessions (created_at_us DESC, id DESC);
CREATE INDEX sessions_of_account ON sessions (account);
CREATE INDEX sessions_of_provider ON sessions (provider_session) WHERE provider_session IS NOT NULL;
CREATE INDEX sessions_expiry ON sessions (expires_at_us);

-- Refresh tokens, present and used. A used one that comes again ends its session.
CREATE TABLE refresh_tokens (
    hash BYTEA PRIMARY KEY CHECK (length(hash) = 32),
    session BYTEA NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at_us BIGINT NOT NULL
);

CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at_us);

-- The audit log; `entry` is what its hash is over, with both hashes.
CREATE TABLE audit_entries (
    sequence BIGINT PRIMARY KEY CHECK (sequence >= 0),
    at_us BIGINT NOT NULL,
    actor BYTEA,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    entry BYTEA NOT NULL
);

CREATE INDEX audit_entries_actor ON audit_entries (actor, sequence);
CREATE INDEX audit_entries_target ON audit_entries (target, sequence);
