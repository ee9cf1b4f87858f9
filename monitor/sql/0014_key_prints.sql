-- Whether a key is new is only known when all keys were seen, so that is what collecting costs more of as the store
-- grows. Four bytes of each key are read instead of sixteen; the whole key is compared where they agree.

CREATE TABLE mention_keys_printed (
    key UUID NOT NULL, mention_id VARCHAR NOT NULL, said_at TIMESTAMP NOT NULL, print UINTEGER NOT NULL
);
INSERT INTO mention_keys_printed
    SELECT key, mention_id, said_at, ('0x' || left(key::VARCHAR, 8))::UINTEGER FROM mention_keys;
DROP TABLE mention_keys;
ALTER TABLE mention_keys_printed RENAME TO mention_keys;
COMMENT ON COLUMN mention_keys.key IS '128-bit BLAKE2 of a key of the mention (link, guid, content)';
COMMENT ON COLUMN mention_keys.print IS 'the first 32 bits of the key';
