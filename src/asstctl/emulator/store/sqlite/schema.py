"""The tables. Wire objects are kept as JSON in ``body``; columns exist only to be searched by.

``seq`` orders objects of the same second and is what list cursors compare.

A file's version counts the scripts of `MIGRATIONS` that were run on it. A script that was released
is never changed: a new table is a new script at the end.
"""

APPLICATION_ID = 0x41535354  # "ASST", so that `file` and we can tell an account from any database

_ASSISTANTS = """
CREATE TABLE assistants (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE blobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, created_at REAL NOT NULL, bytes INTEGER NOT NULL
);
CREATE TABLE blob_chunks (
  blob_id INTEGER NOT NULL REFERENCES blobs(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (blob_id, position)
);
CREATE TABLE files (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL,
  expires_at INTEGER, body TEXT NOT NULL
);
CREATE TABLE file_blobs (
  file_id TEXT NOT NULL REFERENCES files(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, blob_id INTEGER NOT NULL REFERENCES blobs(id),
  PRIMARY KEY (file_id, position)
);
CREATE TABLE uploads (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE upload_parts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  upload_id TEXT NOT NULL REFERENCES uploads(id) ON DELETE CASCADE,
  blob_id INTEGER NOT NULL REFERENCES blobs(id), body TEXT NOT NULL
);
CREATE INDEX upload_parts_of ON upload_parts(upload_id);
CREATE TABLE vector_stores (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE batches (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  store_id TEXT NOT NULL REFERENCES vector_stores(id) ON DELETE CASCADE, body TEXT NOT NULL
);
CREATE TABLE store_files (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
  store_id TEXT NOT NULL REFERENCES vector_stores(id) ON DELETE CASCADE,
  batch_id TEXT, status TEXT NOT NULL, owner TEXT, body TEXT NOT NULL,
  UNIQUE (store_id, id)
);
CREATE INDEX store_files_by_file ON store_files(id);
CREATE INDEX store_files_by_batch ON store_files(batch_id);
CREATE TABLE passages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  store_file INTEGER NOT NULL REFERENCES store_files(seq) ON DELETE CASCADE,
  position INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE INDEX passages_of ON passages(store_file, position);
CREATE VIRTUAL TABLE passages_text USING fts5(
  text, content='passages', content_rowid='seq', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN
  INSERT INTO passages_text(rowid, text) VALUES (new.seq, new.text);
END;
CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN
  INSERT INTO passages_text(passages_text, rowid, text) VALUES ('delete', old.seq, old.text);
END;
CREATE TABLE threads (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  thread_id TEXT NOT NULL REFERENCES threads(id) ON DELETE CASCADE,
  run_id TEXT, body TEXT NOT NULL
);
CREATE INDEX messages_of ON messages(thread_id, seq);
CREATE INDEX messages_by_run ON messages(run_id);
CREATE TABLE runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  thread_id TEXT NOT NULL REFERENCES threads(id) ON DELETE CASCADE,
  status TEXT NOT NULL, expires_at INTEGER, owner TEXT, body TEXT NOT NULL, inner TEXT NOT NULL
);
CREATE INDEX runs_of ON runs(thread_id, seq);
CREATE INDEX runs_by_status ON runs(status);
CREATE TABLE steps (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, body TEXT NOT NULL,
  inner TEXT NOT NULL
);
CREATE INDEX steps_of ON steps(run_id, seq);
CREATE TABLE gone (
  place TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (place, id)
) WITHOUT ROWID;
"""

# ``inner`` is what a template was given, confidential parts included; ``body`` is what it shows.
_AGENTS = """
CREATE TABLE agents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE environment_templates (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
  inner TEXT NOT NULL
);
"""

# An input item of a response is kept for that response even where a conversation has it too: either
# may be deleted. ``stored`` is 0 for a response that is gone with its answer. ``events`` are those
# of a background stream, which can be read again from any of them.
_RESPONSES = """
CREATE TABLE conversations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE conversation_items (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  body TEXT NOT NULL, UNIQUE (conversation_id, id)
);
CREATE INDEX conversation_items_by_id ON conversation_items(id);
CREATE TABLE responses (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, conversation_id TEXT,
  status TEXT NOT NULL, owner TEXT NOT NULL, stored INTEGER NOT NULL, body TEXT NOT NULL,
  inner TEXT NOT NULL
);
CREATE INDEX responses_by_status ON responses(status);
CREATE INDEX responses_by_conversation ON responses(conversation_id);
CREATE TABLE response_items (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
  response_id TEXT NOT NULL REFERENCES responses(id) ON DELETE CASCADE,
  part TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (response_id, id)
);
CREATE INDEX response_items_by_id ON response_items(id);
CREATE TABLE response_events (
  response_id TEXT NOT NULL REFERENCES responses(id) ON DELETE CASCADE,
  number INTEGER NOT NULL, event BLOB NOT NULL, PRIMARY KEY (response_id, number)
) WITHOUT ROWID;
"""

# What is put into an environment is read once, as it starts: later it needs no upload any more. A
# turn's ``inner`` has what its model did so far; its status may also be ``answered``: queued again.
_SESSIONS = """
CREATE TABLE environments (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, error TEXT,
  body TEXT NOT NULL
);
CREATE TABLE environment_files (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  environment_id TEXT NOT NULL REFERENCES environments(id) ON DELETE CASCADE,
  path TEXT NOT NULL, bytes INTEGER NOT NULL, UNIQUE (environment_id, path)
);
CREATE TABLE environment_passages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  environment_file INTEGER NOT NULL REFERENCES environment_files(seq) ON DELETE CASCADE,
  text TEXT NOT NULL
);
CREATE INDEX environment_passages_of ON environment_passages(environment_file);
CREATE VIRTUAL TABLE environment_passages_text USING fts5(
  text, content='environment_passages', content_rowid='seq',
  tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER environment_passages_added AFTER INSERT ON environment_passages BEGIN
  INSERT INTO environment_passages_text(rowid, text) VALUES (new.seq, new.text);
END;
CREATE TRIGGER environment_passages_removed AFTER DELETE ON environment_passages BEGIN
  INSERT INTO environment_passages_text(environment_passages_text, rowid, text)
  VALUES ('delete', old.seq, old.text);
END;
CREATE TABLE sessions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, agent_id TEXT NOT NULL,
  environment_id TEXT, body TEXT NOT NULL
);
CREATE TABLE turns (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  status TEXT NOT NULL, owner TEXT NOT NULL, body TEXT NOT NULL, inner TEXT NOT NULL
);
CREATE INDEX turns_of ON turns(session_id, seq);
CREATE INDEX turns_by_status ON turns(status);
CREATE TABLE session_items (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  turn_id TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE, body TEXT NOT NULL
);
CREATE INDEX session_items_of ON session_items(session_id, seq);
CREATE INDEX session_items_of_turn ON session_items(turn_id, seq);
"""

_SESSION_KEYS = """
CREATE TABLE session_keys (
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  key TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (session_id, key)
) WITHOUT ROWID;
"""

# ``pairs`` is what `asstctl.emulator.text.grams` gives for a text; every connection can ask for it.
_PAIRS = "".join(
    f"""
ALTER TABLE {passages} ADD COLUMN pairs TEXT NOT NULL DEFAULT '';
UPDATE {passages} SET pairs = pairs_of(text);
DROP TRIGGER {passages}_added;
DROP TRIGGER {passages}_removed;
DROP TABLE {passages}_text;
CREATE VIRTUAL TABLE {passages}_text USING fts5(
  text, pairs, content='{passages}', content_rowid='seq',
  tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO {passages}_text({passages}_text) VALUES ('rebuild');
CREATE TRIGGER {passages}_added AFTER INSERT ON {passages} BEGIN
  INSERT INTO {passages}_text(rowid, text, pairs) VALUES (new.seq, new.text, new.pairs);
END;
CREATE TRIGGER {passages}_removed AFTER DELETE ON {passages} BEGIN
  INSERT INTO {passages}_text({passages}_text, rowid, text, pairs)
  VALUES ('delete', old.seq, old.text, old.pairs);
END;
"""  # noqa: S608 - own names
    for passages in ("passages", "environment_passages")
)

# How often reading a file was begun without an end: what ends its process is not tried for ever.
_BEGUN = "ALTER TABLE store_files ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;\n"

# ``model`` is what made the vector: only those of one model can be compared.
_VECTORS = """
CREATE TABLE passage_vectors (
  passage INTEGER NOT NULL REFERENCES passages(seq) ON DELETE CASCADE,
  model TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (passage, model)
);
"""

# Where the content is when it is not in ``blob_chunks``.
_BUCKET = "ALTER TABLE blobs ADD COLUMN bucket TEXT;\n"

# Who embeds what has no vector of a model.
_EMBEDDERS = """
CREATE TABLE embedders (model TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
"""

MIGRATIONS = (
    _ASSISTANTS,
    _AGENTS,
    _RESPONSES,
    _SESSIONS,
    _SESSION_KEYS,
    _PAIRS,
    _BEGUN,
    _VECTORS,
    _BUCKET,
    _EMBEDDERS,
)
VERSION = len(MIGRATIONS)
