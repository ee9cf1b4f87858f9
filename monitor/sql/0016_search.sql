-- What each text is found by. Numbers of stems and no words: nothing of a text can be read from here, and the row goes
-- with its mention. It is written when the mention is analysed; until then its text itself is searched.

CREATE TABLE search_words (mention_id VARCHAR NOT NULL, said_at TIMESTAMP NOT NULL, stems UINTEGER[] NOT NULL);
COMMENT ON TABLE search_words IS 'one row per mention whose newest content was read for searching; edited ones are read again';
COMMENT ON COLUMN search_words.stems IS 'CRC-32 of the stems of its words, ascending, at most 2,000; see monitor/searching.py';
