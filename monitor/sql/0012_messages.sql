-- Messages to people by several channels, in threads, some held back. Rows from before have null in every column here.

ALTER TABLE messages ADD COLUMN channel VARCHAR;
COMMENT ON COLUMN messages.channel IS 'how it leaves; null = email';
ALTER TABLE messages ADD COLUMN news VARCHAR;
COMMENT ON COLUMN messages.news IS 'opened, escalated or closed of an incident; digest of such that were held; empty or null = something else';
ALTER TABLE messages ADD COLUMN thread VARCHAR;
COMMENT ON COLUMN messages.thread IS 'id of the message that began the thread; empty or null = this one does';
ALTER TABLE messages ADD COLUMN facts VARCHAR;
COMMENT ON COLUMN messages.facts IS 'JSON for machines and chats: numbers, ids and links of ours, no text of strangers';
ALTER TABLE messages ADD COLUMN pictures STRUCT(name VARCHAR, data BLOB)[];
ALTER TABLE messages ADD COLUMN held VARCHAR;
COMMENT ON COLUMN messages.held IS 'quiet or cap: waits until next_at to be told with the others; null = leaves as soon as it can';
ALTER TABLE messages ADD COLUMN claim VARCHAR;
COMMENT ON COLUMN messages.claim IS 'by whom it is being sent: only that process may go on with it';
ALTER TABLE messages ADD COLUMN handed_at TIMESTAMP;
COMMENT ON COLUMN messages.handed_at IS 'when its text began to leave; null while sending = nothing has left yet, it can be repeated';
COMMENT ON COLUMN messages.state IS 'waiting, sending, sent, failed, merged (into a digest) or dropped';
