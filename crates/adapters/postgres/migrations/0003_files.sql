-- What ids of files stand for: uploads and, where `expires_at_us` is null, files.
-- `record` is the whole entry, as erynoa_storage::Entry::to_record writes it; the
-- other columns are what lists ask for. Times are microseconds since the Unix
-- epoch. Text is compared by its bytes, whatever the locale of the database.
CREATE TABLE file_entries (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    -- 1 and the account, or 2 and the realm.
    holder BYTEA NOT NULL CHECK (length(holder) IN (17, 33)),
    owner BYTEA NOT NULL CHECK (length(owner) = 16),
    -- 1 private, 2 members, 3 link, 4 public.
    access SMALLINT NOT NULL CHECK (access BETWEEN 1 AND 4),
    folder TEXT COLLATE "C" NOT NULL,
    -- The name in lower case.
    name TEXT COLLATE "C" NOT NULL,
    -- Number of the kind that usage is counted by; files alone.
    media SMALLINT,
    size BIGINT NOT NULL CHECK (size >= 0),
    created_at_us BIGINT NOT NULL,
    binned_at_us BIGINT,
    expires_at_us BIGINT,
    record BYTEA NOT NULL,
    CHECK ((media IS NULL) = (expires_at_us IS NOT NULL))
);

CREATE INDEX files_of_holder ON file_entries (holder, folder) WHERE expires_at_us IS NULL;
CREATE INDEX files_public ON file_entries (id) WHERE expires_at_us IS NULL AND access = 4;
CREATE INDEX files_binned ON file_entries (binned_at_us) WHERE binned_at_us IS NOT NULL;
-- The orders of lists: queries/files_list.sql sorts by the same expressions.
CREATE INDEX files_by_name ON file_entries (name, id) WHERE expires_at_us IS NULL;
CREATE INDEX files_newest ON file_entries ((-created_at_us), id) WHERE expires_at_us IS NULL;
CREATE INDEX files_largest ON file_entries ((-size), id) WHERE expires_at_us IS NULL;
CREATE INDEX uploads_of_owner ON file_entries (owner, id) WHERE expires_at_us IS NOT NULL;
CREATE INDEX uploads_expiry ON file_entries (expires_at_us) WHERE expires_at_us IS NOT NULL;

-- Links to files; `record` is the whole link.
CREATE TABLE file_links (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    file BYTEA NOT NULL REFERENCES file_entries (id) ON DELETE CASCADE,
    token_hash BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at_us BIGINT NOT NULL,
    expires_at_us BIGINT,
    record BYTEA NOT NULL
);

CREATE INDEX file_links_to ON file_links (file);
CREATE INDEX file_links_expiry ON file_links (expires_at_us) WHERE expires_at_us IS NOT NULL;

-- How much is stored; `share` is 0 (everything), 1 and a holder, or 2 and a
-- bucket. No index but the key, so that updates stay within their pages.
CREATE TABLE file_usage (
    share BYTEA PRIMARY KEY,
    bytes BIGINT NOT NULL CHECK (bytes >= 0),
    record BYTEA NOT NULL
) WITH (fillfactor = 50);

-- Objects whose files are gone.
CREATE TABLE file_leftovers (
    bucket TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    since_us BIGINT NOT NULL,
    PRIMARY KEY (bucket, object, since_us)
);
