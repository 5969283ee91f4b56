-- Gatepost's own tables. None has a foreign key to Django's, so that Django can delete its rows as if these were not here.
CREATE TABLE gatepost_meta (
    name varchar(64) NOT NULL PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE gatepost_rotation (
    parent_jti varchar(255) NOT NULL PRIMARY KEY,
    child_jti varchar(255) NOT NULL UNIQUE,
    family varchar(255) NOT NULL,
    user_id bigint NULL,
    key_hash varchar(64) NULL,
    issued_at datetime NOT NULL,
    parent_exp datetime NOT NULL,
    child_exp datetime NOT NULL
);
CREATE INDEX gatepost_rotation_family ON gatepost_rotation (family);
CREATE TABLE gatepost_event (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    at datetime NOT NULL,
    kind varchar(32) NOT NULL,
    user_id bigint NULL,
    family varchar(255) NOT NULL,
    jti varchar(255) NOT NULL,
    request_id varchar(64) NOT NULL,
    UNIQUE (kind, jti)
);
CREATE TABLE gatepost_idempotency (
    user_id bigint NOT NULL,
    key_hash varchar(64) NOT NULL,
    body_hash varchar(64) NOT NULL,
    post_id bigint NOT NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (user_id, key_hash)
);
