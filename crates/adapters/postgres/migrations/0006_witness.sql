-- What a witness must not forget, and what it has seen. Origins are compared
-- byte by byte.
CREATE TABLE witness_promises (
    origin TEXT COLLATE "C" PRIMARY KEY,
    -- The greatest head that we have cosigned: size, eight bytes big-endian,
    -- and root.
    head BYTEA NOT NULL CHECK (length(head) = 40)
);

-- The newest note that each witness has cosigned.
CREATE TABLE witness_notes (
    origin TEXT COLLATE "C" NOT NULL,
    witness BYTEA NOT NULL CHECK (length(witness) = 32),
    note TEXT NOT NULL,
    PRIMARY KEY (origin, witness)
);

-- Nodes that are refused: until when, microseconds, eight bytes big-endian, and
-- the reason as UTF-8.
CREATE TABLE peer_bans (
    node BYTEA PRIMARY KEY CHECK (length(node) = 32),
    record BYTEA NOT NULL CHECK (length(record) >= 8)
);
