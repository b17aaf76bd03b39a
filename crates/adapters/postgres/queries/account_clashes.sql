-- Whether another account than $1 has the identity $2, the subject $3 and $4,
-- or the invitation $5.
SELECT EXISTS (
    SELECT
    FROM accounts
    WHERE id <> $1
        AND (
            identity = $2::BYTEA
            OR (issuer = $3::TEXT AND subject = $4::TEXT)
            OR invitation_hash = $5::BYTEA
        )
) AS "taken!";
