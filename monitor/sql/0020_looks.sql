-- When each person last looked at the overview, so that it can say what is new to them. One row a person: a new visit
-- overwrites the one before, and there is no log of who looked when.

CREATE TABLE looks (
    who VARCHAR NOT NULL,
    began_at TIMESTAMP NOT NULL,
    since_at TIMESTAMP
);
COMMENT ON TABLE looks IS 'one row per person: their latest visit to the overview';
COMMENT ON COLUMN looks.who IS 'what the login calls the person; empty = the one person at this machine';
COMMENT ON COLUMN looks.began_at IS 'when the latest visit began';
COMMENT ON COLUMN looks.since_at IS 'when the visit before it began, which it is compared with; null = there was none';
