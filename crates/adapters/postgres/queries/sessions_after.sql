-- Sessions with their tokens; $1 id to go on after or null, $2 how many.
SELECT sessions.record,
    array_remove(array_agg(tokens.hash ORDER BY tokens.hash), NULL) AS "tokens!",
    array_remove(array_agg(tokens.expires_at_us ORDER BY tokens.hash), NULL) AS "lives!"
FROM sessions
LEFT JOIN refresh_tokens AS tokens ON tokens.session = sessions.id
WHERE $1::BYTEA IS NULL OR sessions.id > $1
GROUP BY sessions.id
ORDER BY sessions.id
LIMIT $2;
