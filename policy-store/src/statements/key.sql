SELECT k.organization, k.secret_hash, k.active, k.expires_at, k.revoked_at,
       coalesce(k.last_used_at, k.created_at) AS last_seen_at,
       coalesce(o.environment = k.environment, FALSE) AS is_at_home, s.scope
FROM keys k LEFT JOIN organizations o ON o.name = k.organization
LEFT JOIN key_scopes s ON s.key = k.id AND (k.organization IS NULL OR EXISTS
    (SELECT 1 FROM allowed_scopes a WHERE a.organization = k.organization AND a.scope = s.scope))
WHERE k.id = $1
