-- Rights are stored by name: scope, method and template. An index into a table of the policy never comes here.
-- Times are microseconds since the Unix epoch, UTC.
--
-- The tables may be there already: an application may have had them before this crate did. They then have these columns, and
-- perhaps more.

CREATE TABLE IF NOT EXISTS organizations (
    name        TEXT    NOT NULL PRIMARY KEY,
    environment TEXT    NOT NULL CHECK (environment IN ('production', 'test')),
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS enabled_routes (
    organization TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    method       TEXT NOT NULL,
    template     TEXT NOT NULL,
    PRIMARY KEY (organization, method, template)
) STRICT, WITHOUT ROWID;

-- What the organization's keys may hold.
CREATE TABLE IF NOT EXISTS allowed_scopes (
    organization TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    scope        TEXT NOT NULL,
    PRIMARY KEY (organization, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    organization TEXT    REFERENCES organizations (name) ON DELETE CASCADE,
    environment  TEXT    NOT NULL CHECK (environment IN ('production', 'test')),
    secret_hash  BLOB    NOT NULL CHECK (length(secret_hash) = 32),
    active       INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX IF NOT EXISTS keys_by_organization ON keys (organization, created_at);

CREATE TABLE IF NOT EXISTS key_scopes (
    key   TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    PRIMARY KEY (key, scope)
) STRICT, WITHOUT ROWID;

-- A number that grows with each change of what a running service keeps of these tables, whoever makes it and by whatever means.
-- That a key was used changes nothing of it. Nor does a new key: nobody keeps that it was not there.
CREATE TABLE policy_store_revision (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL
) STRICT;

INSERT INTO policy_store_revision (one, number) VALUES (1, 1);

CREATE TRIGGER keys_changed
AFTER UPDATE OF id, organization, environment, secret_hash, active, created_at, expires_at, revoked_at ON keys
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER keys_deleted AFTER DELETE ON keys
BEGIN UPDATE policy_store_revision SET number = number + 1; END;

CREATE TRIGGER key_scopes_inserted AFTER INSERT ON key_scopes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER key_scopes_changed AFTER UPDATE ON key_scopes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER key_scopes_deleted AFTER DELETE ON key_scopes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;

CREATE TRIGGER organizations_inserted AFTER INSERT ON organizations
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER organizations_changed AFTER UPDATE ON organizations
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER organizations_deleted AFTER DELETE ON organizations
BEGIN UPDATE policy_store_revision SET number = number + 1; END;

CREATE TRIGGER enabled_routes_inserted AFTER INSERT ON enabled_routes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER enabled_routes_changed AFTER UPDATE ON enabled_routes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER enabled_routes_deleted AFTER DELETE ON enabled_routes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;

CREATE TRIGGER allowed_scopes_inserted AFTER INSERT ON allowed_scopes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER allowed_scopes_changed AFTER UPDATE ON allowed_scopes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
CREATE TRIGGER allowed_scopes_deleted AFTER DELETE ON allowed_scopes
BEGIN UPDATE policy_store_revision SET number = number + 1; END;
