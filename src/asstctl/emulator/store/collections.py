"""The one way objects are kept and listed: JSON bodies in the order of their creation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from asstctl.emulator.errors import ApiError, bad_request, no_resource, not_found
from asstctl.emulator.store.database import Connection, Database, Row, place_marks

Body = dict[str, Any]

# The columns by which an id belongs to one list among several of its table.
_OWNERS = ("store_id", "conversation_id", "response_id")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which page of a list is asked for, of the objects that have all pairs of ``metadata``."""

    limit: int = 20
    descending: bool = True
    after: str | None = None
    before: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and whether there are more in the direction that was asked for."""

    rows: tuple[Row, ...]
    has_more: bool

    @property
    def bodies(self) -> list[Body]:
        """Decode the objects."""
        return [json.loads(row["body"]) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Collection:
    """A table of objects; ``noun`` is how a missing one is called."""

    table: str
    noun: str

    def insert(self, connection: Connection, body: Body, **columns: object) -> None:
        """Add an object; ``columns`` are what it can be searched by."""
        values = {"id": body["id"], "body": encode(body)} | columns
        names = ", ".join(f'"{name}"' for name in values)
        sql = f"INSERT INTO {self.table} ({names}) VALUES ({place_marks(values)})"  # noqa: S608
        connection.execute(sql, tuple(values.values()))

    def save(self, connection: Connection, body: Body, **columns: object) -> None:
        """Replace an object's body (and columns) by id."""
        self.set(connection, body["id"], body=encode(body), **columns)

    def set(
        self,
        connection: Connection,
        object_id: str,
        scope: Mapping[str, object] = MappingProxyType({}),
        /,
        **columns: object,
    ) -> None:
        """Replace columns of the object with this id, in the list that ``scope`` tells."""
        sets = ", ".join(f'"{name}" = ?' for name in columns)
        where, parameters = _where({"id": object_id, **scope})
        sql = f"UPDATE {self.table} SET {sets} WHERE {where}"  # noqa: S608 - own names
        connection.execute(sql, (*columns.values(), *parameters))

    def find_row(self, database: Database, object_id: str, **scope: object) -> Row | None:
        """Give the row of an object, or None."""
        where, parameters = _where({"id": object_id} | scope)
        return database.row(f"SELECT * FROM {self.table} WHERE {where}", parameters)  # noqa: S608

    def find(self, database: Database, object_id: str, **scope: object) -> Body | None:
        """Give an object, or None."""
        row = self.find_row(database, object_id, **scope)
        return decode(row["body"]) if row else None

    def get_row(self, database: Database, object_id: str, **scope: object) -> Row:
        """Give the row of an object. Raises ApiError (404) when there is none."""
        row = self.find_row(database, object_id, **scope)
        if row is None:
            raise self.missing(object_id)
        return row

    def get(self, database: Database, object_id: str, **scope: object) -> Body:
        """Give an object. Raises ApiError (404) when there is none."""
        return decode(self.get_row(database, object_id, **scope)["body"])

    def delete(self, connection: Connection, object_id: str, **scope: object) -> bool:
        """Remove an object. Its place stays known, so that it may still serve as a cursor."""
        where, parameters = _where({"id": object_id} | scope)
        connection.execute(
            f"INSERT INTO gone (place, id, seq) SELECT ?, id, seq FROM {self.table} "  # noqa: S608
            f"WHERE {where} ON CONFLICT (place, id) DO UPDATE SET seq = excluded.seq",
            (self._place_of(scope), *parameters),
        )
        done = connection.execute(f"DELETE FROM {self.table} WHERE {where}", parameters)  # noqa: S608
        return done.rowcount > 0

    def page(self, database: Database, cursor: Cursor, **scope: object) -> Page:
        """List objects; ``before`` alone gives the page that ends just before that object.

        A cursor may be the id of a deleted object; one that never existed raises ApiError.
        """
        where, parameters = _where(scope)
        for pair in cursor.metadata:
            where += f" AND {database.has_pair}"
            parameters = (*parameters, *pair)
        backwards = cursor.before is not None and cursor.after is None
        for bound, name in ((cursor.after, "after"), (cursor.before, "before")):
            if bound is None:
                continue
            sign = "<" if cursor.descending == (name == "after") else ">"
            where += f" AND seq {sign} ?"
            parameters = (*parameters, self._place(database, bound, name, scope))
        direction = "DESC" if cursor.descending != backwards else "ASC"
        sql = f"SELECT * FROM {self.table} WHERE {where} ORDER BY seq {direction} LIMIT ?"  # noqa: S608
        rows = database.rows(sql, (*parameters, cursor.limit + 1))
        has_more = len(rows) > cursor.limit
        rows = rows[: cursor.limit]
        return Page(tuple(reversed(rows)) if backwards else tuple(rows), has_more)

    def all(self, database: Database, **scope: object) -> list[Body]:
        """Give every object of a scope, oldest first."""
        where, parameters = _where(scope)
        sql = f"SELECT body FROM {self.table} WHERE {where} ORDER BY seq"  # noqa: S608 - own names
        return [decode(row["body"]) for row in database.rows(sql, parameters)]

    def _place_of(self, scope: Mapping[str, object]) -> str:
        """Name the list an id belongs to: one file may have been in several stores."""
        owner = next((scope[name] for name in _OWNERS if name in scope), None)
        return f"{self.table}/{owner}" if owner is not None else self.table

    def _place(
        self, database: Database, object_id: str, name: str, scope: Mapping[str, object]
    ) -> int:
        row = self.find_row(database, object_id, **scope) or database.row(
            "SELECT seq FROM gone WHERE place = ? AND id = ?", (self._place_of(scope), object_id)
        )
        if row is None:
            raise self.unknown_cursor(name, object_id)
        return int(row["seq"])

    def missing(self, object_id: str) -> ApiError:
        """Build the refusal of an id that the account does not hold."""
        return not_found(self.noun, object_id)

    def unknown_cursor(self, name: str, object_id: str) -> ApiError:
        """Build the refusal of a list cursor that never was."""
        told = f"Invalid '{name}' cursor: no {self.noun} found with id '{object_id}'."
        return bad_request(told, name, "invalid_value")


class AgentCollection(Collection):
    """A table of the Agents API, which has other words for what is not there."""

    def missing(self, object_id: str) -> ApiError:
        """Build a 404 ``not_found_error``."""
        return no_resource(self.noun, object_id)

    def unknown_cursor(self, name: str, object_id: str) -> ApiError:
        """Build a 404 ``not_found_error``."""
        return no_resource(self.noun, object_id, name)


def encode(body: object) -> str:
    """Write JSON for the database."""
    return json.dumps(body, separators=(",", ":"))


def decode(text: str) -> Body:
    """Read a JSON object from the database."""
    body: Body = json.loads(text)
    return body


def _where(scope: Mapping[str, object]) -> tuple[str, tuple[object, ...]]:
    """Build a condition; a tuple value means "one of"."""
    parts = ["1 = 1"]
    parameters: list[object] = []
    for name, value in scope.items():
        if isinstance(value, tuple):
            parts.append(f"{name} IN ({place_marks(value)})")
            parameters.extend(value)
        else:
            parts.append(f"{name} = ?")
            parameters.append(value)
    return " AND ".join(parts), tuple(parameters)


ASSISTANTS = Collection("assistants", "assistant")
FILES = Collection("files", "file")
UPLOADS = Collection("uploads", "upload")
UPLOAD_PARTS = Collection("upload_parts", "upload part")
VECTOR_STORES = Collection("vector_stores", "vector store")
STORE_FILES = Collection("store_files", "file")
BATCHES = Collection("batches", "file batch")
THREADS = Collection("threads", "thread")
MESSAGES = Collection("messages", "message")
RUNS = Collection("runs", "run")
STEPS = Collection("steps", "run step")
AGENTS = AgentCollection("agents", "agent")
TEMPLATES = AgentCollection("environment_templates", "environment template")
CONVERSATIONS = Collection("conversations", "conversation")
CONVERSATION_ITEMS = Collection("conversation_items", "item")
RESPONSES = Collection("responses", "response")
RESPONSE_ITEMS = Collection("response_items", "item")
ENVIRONMENTS = AgentCollection("environments", "environment")
SESSIONS = AgentCollection("sessions", "session")
TURNS = AgentCollection("turns", "turn")
SESSION_ITEMS = AgentCollection("session_items", "item")
