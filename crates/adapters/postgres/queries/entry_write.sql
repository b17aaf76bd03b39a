INSERT INTO file_entries (
    id, holder, owner, access, folder, name, media, size, created_at_us, binned_at_us,
    expires_at_us, record
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (id) DO UPDATE SET
    holder = excluded.holder,
    owner = excluded.owner,
    access = excluded.access,
    folder = excluded.folder,
    name = excluded.name,
    media = excluded.media,
    size = excluded.size,
    created_at_us = excluded.created_at_us,
    binned_at_us = excluded.binned_at_us,
    expires_at_us = excluded.expires_at_us,
    record = excluded.record;
