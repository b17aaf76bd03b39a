-- $1 to $6 as in files_list.sql, $7 path of the folder with a slash at its end,
-- $8 how many.
SELECT DISTINCT $7 || split_part(substr(folder, length($7) + 1), '/', 1) AS "folder!"
FROM file_entries
WHERE expires_at_us IS NULL
    AND ($1::BYTEA IS NULL OR holder = $1)
    AND ($2::SMALLINT IS NULL OR access = $2)
    AND (NOT $3::BOOLEAN OR binned_at_us IS NULL)
    AND ($4::BIGINT IS NULL OR binned_at_us <= $4)
    AND (owner = $5::BYTEA OR access >= $6::SMALLINT)
    AND starts_with(folder, $7::TEXT)
    AND folder <> $7
ORDER BY 1
LIMIT $8;
