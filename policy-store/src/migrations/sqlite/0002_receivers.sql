-- Webhook receivers, each by the key that it was given. No running service keeps anything of them, so no revision counts them.
-- The tables may be there already, with their rows: an application may have had them before this crate did.

CREATE TABLE IF NOT EXISTS receivers (
    key          TEXT    NOT NULL PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    organization TEXT    NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    webhook      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;

-- The follow-up operations that the receiver was approved for: why its key holds what it holds.
CREATE TABLE IF NOT EXISTS receiver_operations (
    receiver TEXT NOT NULL REFERENCES receivers (key) ON DELETE CASCADE,
    method   TEXT NOT NULL,
    template TEXT NOT NULL,
    PRIMARY KEY (receiver, method, template)
) STRICT, WITHOUT ROWID;
