-- $1 holder or null, $2 exact access or null, $3 whether only files out of the
-- bin, $4 only those binned until then or null, $5 owner who sees all of its own
-- or null, $6 least access seen or null, $7 folder or null, $8 part of the name,
-- $9 kind or null, $10 order (0 id, 1 name, 2 newest, 3 largest), $11 to $13
-- place to go on after, its id null at the beginning, $14 how many.
SELECT record
FROM (
    SELECT id, record,
        CASE WHEN $10::SMALLINT = 1 THEN name ELSE '' END AS place_name,
        CASE $10::SMALLINT WHEN 2 THEN -created_at_us WHEN 3 THEN -size ELSE 0 END AS place_number
    FROM file_entries
    WHERE expires_at_us IS NULL
        AND ($1::BYTEA IS NULL OR holder = $1)
        AND ($2::SMALLINT IS NULL OR access = $2)
        AND (NOT $3::BOOLEAN OR binned_at_us IS NULL)
        AND ($4::BIGINT IS NULL OR binned_at_us <= $4)
        AND (owner = $5::BYTEA OR access >= $6::SMALLINT)
        AND ($7::TEXT IS NULL OR folder = $7)
        AND strpos(name, $8) > 0
        AND ($9::SMALLINT IS NULL OR media = $9)
) AS found
WHERE $13::BYTEA IS NULL OR (place_name, place_number, id) > ($11::TEXT, $12::BIGINT, $13)
ORDER BY place_name, place_number, id
LIMIT $14;
