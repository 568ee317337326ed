-- Rights are stored by name: scope, method and template. An index into a table of the policy never comes here.
-- Times are microseconds since the Unix epoch, UTC.

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE organizations (
    name        TEXT    NOT NULL PRIMARY KEY,
    environment TEXT    NOT NULL CHECK (environment IN ('production', 'test')),
    active      BOOLEAN NOT NULL DEFAULT TRUE,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE enabled_routes (
    organization TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    method       TEXT NOT NULL,
    template     TEXT NOT NULL,
    PRIMARY KEY (organization, method, template)
);

-- What the organization's keys may hold.
CREATE TABLE allowed_scopes (
    organization TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    scope        TEXT NOT NULL,
    PRIMARY KEY (organization, scope)
);

CREATE TABLE keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    organization TEXT    REFERENCES organizations (name) ON DELETE CASCADE,
    environment  TEXT    NOT NULL CHECK (environment IN ('production', 'test')),
    secret_hash  BYTEA   NOT NULL CHECK (length(secret_hash) = 32),
    active       BOOLEAN NOT NULL DEFAULT TRUE,
    demo         BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT
);

CREATE INDEX keys_by_organization ON keys (organization, created_at);

CREATE TABLE key_scopes (
    key   TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    PRIMARY KEY (key, scope)
);

CREATE TABLE receivers (
    key          TEXT    NOT NULL PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    organization TEXT    NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    webhook      TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL
);

-- The follow-up operations that the receiver was approved for: why its key holds what it holds.
CREATE TABLE receiver_operations (
    receiver TEXT NOT NULL REFERENCES receivers (key) ON DELETE CASCADE,
    method   TEXT NOT NULL,
    template TEXT NOT NULL,
    PRIMARY KEY (receiver, method, template)
);

-- Clinical data. The organization is the first part of every key, so that no look-up can leave it out by accident.
CREATE TABLE patients (
    organization TEXT NOT NULL REFERENCES organizations (name) ON DELETE CASCADE,
    patient_id   TEXT NOT NULL,
    display_name TEXT NOT NULL,
    birth_date   TEXT NOT NULL,
    PRIMARY KEY (organization, patient_id)
);

CREATE TABLE encounters (
    organization TEXT    NOT NULL,
    encounter_id TEXT    NOT NULL,
    patient_id   TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (organization, encounter_id),
    FOREIGN KEY (organization, patient_id) REFERENCES patients (organization, patient_id) ON DELETE CASCADE
);

CREATE INDEX encounters_by_time ON encounters (organization, created_at, encounter_id);

CREATE TABLE documents (
    organization TEXT    NOT NULL,
    document_id  TEXT    NOT NULL,
    encounter_id TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (organization, document_id),
    FOREIGN KEY (organization, encounter_id) REFERENCES encounters (organization, encounter_id) ON DELETE CASCADE
);

CREATE INDEX documents_by_encounter ON documents (organization, encounter_id, created_at, document_id);

CREATE TABLE transcripts (
    organization TEXT    NOT NULL,
    document_id  TEXT    NOT NULL,
    position     BIGINT  NOT NULL,
    speaker      TEXT    NOT NULL,
    start_millis BIGINT  NOT NULL CHECK (start_millis >= 0),
    text         TEXT    NOT NULL,
    PRIMARY KEY (organization, document_id, position),
    FOREIGN KEY (organization, document_id) REFERENCES documents (organization, document_id) ON DELETE CASCADE
);

CREATE TABLE recordings (
    organization     TEXT    NOT NULL,
    recording_id     TEXT    NOT NULL,
    document_id      TEXT    NOT NULL,
    media_type       TEXT    NOT NULL,
    duration_seconds BIGINT NOT NULL CHECK (duration_seconds >= 0),
    content          BYTEA  NOT NULL,
    PRIMARY KEY (organization, recording_id),
    UNIQUE (organization, document_id),
    FOREIGN KEY (organization, document_id) REFERENCES documents (organization, document_id) ON DELETE CASCADE
);
