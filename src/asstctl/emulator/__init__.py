"""The local account: Assistants v2 over one SQLite file, in process or on a socket."""
