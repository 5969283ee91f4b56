-- How much of each limit is used up. A bucket is named by a hash of whom it counts; full_at, in microseconds since the
-- epoch, is when it is full again. One without a row is full.
CREATE TABLE gatepost_throttle (
    bucket varchar(64) NOT NULL PRIMARY KEY,
    full_at bigint NOT NULL
) WITHOUT ROWID;
-- From which addresses a user logs in: an address of IPv4, or a /64 of IPv6. The moment is not a day behind the last login.
CREATE TABLE gatepost_login (
    user_id bigint NOT NULL,
    address varchar(45) NOT NULL,
    at datetime NOT NULL,
    PRIMARY KEY (user_id, address)
) WITHOUT ROWID;
CREATE INDEX gatepost_login_at ON gatepost_login (at);
