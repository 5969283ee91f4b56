-- What is known of a session beside its tokens: what logged in, and when. A session is a chain of refresh tokens, named by the
-- id of its first one. Until the moment in "until" it is there for sure; then the clean-up looks again.
CREATE TABLE gatepost_session (
    family varchar(255) NOT NULL PRIMARY KEY,
    label varchar(60) NOT NULL,
    begun timestamptz NOT NULL,
    until timestamptz NOT NULL
);
CREATE INDEX gatepost_session_until ON gatepost_session (until);
