-- Rights are stored by name: scope, method and template. An index into a table of the policy never comes here.
-- Times are microseconds since the Unix epoch, UTC.
--
-- The tables may be there already: an application may have had them before this crate did. They then have these columns, and
-- perhaps more.

CREATE TABLE IF NOT EXISTS organizations (
    name        TEXT    NOT NULL PRIMARY KEY,
    environment TEXT    NOT NULL CHECK (environment IN ('production', 'test')),
    active      BOOLEAN NOT NULL DEFAULT TRUE,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE IF NOT EXISTS enabled_routes (
    organization TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    method       TEXT NOT NULL,
    template     TEXT NOT NULL,
    PRIMARY KEY (organization, method, template)
);

-- What the organization's keys may hold.
CREATE TABLE IF NOT EXISTS allowed_scopes (
    organization TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    scope        TEXT NOT NULL,
    PRIMARY KEY (organization, scope)
);

CREATE TABLE IF NOT EXISTS keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    organization TEXT    REFERENCES organizations (name) ON DELETE CASCADE,
    environment  TEXT    NOT NULL CHECK (environment IN ('production', 'test')),
    secret_hash  BYTEA   NOT NULL CHECK (length(secret_hash) = 32),
    active       BOOLEAN NOT NULL DEFAULT TRUE,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT
);

CREATE INDEX IF NOT EXISTS keys_by_organization ON keys (organization, created_at);

CREATE TABLE IF NOT EXISTS key_scopes (
    key   TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    PRIMARY KEY (key, scope)
);

-- A number that grows with each change of what a running service keeps of these tables, whoever makes it and by whatever means.
-- That a key was used changes nothing of it. Nor does a new key: nobody keeps that it was not there.
CREATE TABLE policy_store_revision (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT  NOT NULL
);

INSERT INTO policy_store_revision (one, number) VALUES (1, 1);

-- Counts a change, and tells the nodes of it when it is committed.
CREATE FUNCTION policy_store_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE policy_store_revision SET number = number + 1;
    PERFORM pg_notify('policy_store_changed', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER keys_changed
AFTER UPDATE OF id, organization, environment, secret_hash, active, created_at, expires_at, revoked_at OR DELETE OR TRUNCATE ON keys
FOR EACH STATEMENT EXECUTE FUNCTION policy_store_count_change();

CREATE TRIGGER key_scopes_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON key_scopes
FOR EACH STATEMENT EXECUTE FUNCTION policy_store_count_change();

CREATE TRIGGER organizations_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON organizations
FOR EACH STATEMENT EXECUTE FUNCTION policy_store_count_change();

CREATE TRIGGER enabled_routes_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON enabled_routes
FOR EACH STATEMENT EXECUTE FUNCTION policy_store_count_change();

CREATE TRIGGER allowed_scopes_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON allowed_scopes
FOR EACH STATEMENT EXECUTE FUNCTION policy_store_count_change();
