"""The pages: everything at a glance, one assistant, one vector store, one thread."""

from collections.abc import Callable

from asstctl.emulator import resources
from asstctl.emulator.page import agents, layout, responses
from asstctl.emulator.page.layout import code, many, moment, row
from asstctl.emulator.page.markup import Child, Html, join, link, tag
from asstctl.emulator.page.transcript import opening, transcript
from asstctl.emulator.store import files, vectors
from asstctl.emulator.store.collections import (
    ASSISTANTS,
    STORE_FILES,
    THREADS,
    VECTOR_STORES,
    Body,
    Collection,
)
from asstctl.emulator.store.database import Database


def overview(database: Database, now: float) -> str:
    """List assistants, vector stores and threads, newest first, then what the other APIs have."""

    def store_row(store: Body) -> Html:
        return _store_row(vectors.render(database, [store], now)[0])

    def thread_row(thread: Body) -> Html:
        return _thread_row(database, thread)

    return layout.document(
        "What this account holds",
        _newest(database, ASSISTANTS, "Assistants", _assistant_row),
        _newest(database, VECTOR_STORES, "Vector stores", store_row),
        _newest(database, THREADS, "Threads", thread_row),
        *responses.overview(database),
        *agents.overview(database),
    )


def _newest(
    database: Database, collection: Collection, title: str, show: Callable[[Body], Html]
) -> Child:
    page = collection.page(database, layout.NEWEST)
    return layout.listed(title, page, map(show, page.bodies), f"No {title.lower()} yet.")


def _assistant_row(assistant: Body) -> Html:
    return row(
        layout.named(assistant, "assistant"),
        code(assistant["id"]),
        assistant["model"],
        ", ".join(layout.tool_names(assistant["tools"])) or "no tools",
    )


def _store_row(store: Body) -> Html:
    counts = store["file_counts"]
    failed = tag("span", f" · {counts['failed']} failed", class_="bad")
    return row(
        layout.named(store, "store"),
        code(store["id"]),
        join(many(counts["total"], "file"), failed if counts["failed"] else None),
        f"{store['status']} · {layout.size(store['usage_bytes'])}",
    )


def _thread_row(database: Database, thread: Body) -> Html:
    text, count = opening(database, thread["id"])
    return row(
        link(text, "thread", thread["id"]),
        code(thread["id"]),
        many(count, "message"),
        moment(thread["created_at"]),
    )


def assistant_page(database: Database, assistant_id: str) -> str:
    """Show an assistant's whole configuration."""
    body = ASSISTANTS.get(database, assistant_id)
    stores = resources.store_ids(body["tool_resources"])
    names = files.filenames(database, resources.code_file_ids(body["tool_resources"]))
    shape = body["response_format"]
    configuration = layout.facts(
        {
            "Id": code(body["id"]),
            "Model": body["model"],
            "Description": body["description"],
            "Instructions": body["instructions"],
            "Tools": layout.chips(layout.tool_names(body["tools"])),
            "Vector store": join(*(link(code(item), "store", item) for item in stores)),
            "Code interpreter files": layout.chips(sorted(names.values())),
            "Temperature": str(body["temperature"]),
            "Top p": str(body["top_p"]),
            "Response format": shape if isinstance(shape, str) else shape["type"],
            "Reasoning effort": body["reasoning_effort"],
            "Metadata": layout.pairs(body["metadata"]),
            "Created": moment(body["created_at"]),
        }
    )
    return layout.document(
        body["name"] or layout.NO_NAME,
        layout.talk_to("assistant", assistant_id, "Talk to it"),
        configuration,
        layout.functions(body["tools"]),
    )


def store_page(database: Database, store_id: str, now: float) -> str:
    """Show a vector store and its files."""
    store = vectors.render(database, [VECTOR_STORES.get(database, store_id)], now)[0]
    page = STORE_FILES.page(database, layout.NEWEST, store_id=store_id)
    names = files.filenames(database, [body["id"] for body in page.bodies])
    described = layout.facts(
        {
            "Id": code(store["id"]),
            "Status": store["status"],
            "Size": layout.size(store["usage_bytes"]),
            "Expires": moment(store["expires_at"]),
            "Last used": moment(store["last_active_at"]),
            "Metadata": layout.pairs(store["metadata"]),
        }
    )
    listed = layout.rows((_file_row(body, names) for body in page.bodies), "No files yet.")
    more = f"Only the newest {layout.NEWEST.limit} are shown." if page.has_more else None
    return layout.document(
        store["name"] or layout.NO_NAME, described, layout.section("Files", listed, tag("p", more))
    )


def _file_row(body: Body, names: dict[str, str]) -> Html:
    error = body["last_error"]
    reason = (
        tag("span", error["message"], class_="bad") if error else layout.pairs(body["attributes"])
    )
    return row(
        names.get(body["id"], "(deleted)"),
        join(code(body["id"]), " ", reason),
        body["status"],
        layout.size(body["usage_bytes"]),
    )


def thread_page(database: Database, thread_id: str) -> str:
    """Show a thread: its transcript with the runs between the turns."""
    thread = THREADS.get(database, thread_id)
    text, _ = opening(database, thread_id)
    stores = resources.store_ids(thread["tool_resources"])
    described = layout.facts(
        {
            "Id": code(thread["id"]),
            "Vector store": join(*(link(code(item), "store", item) for item in stores)),
            "Metadata": layout.pairs(thread["metadata"]),
            "Created": moment(thread["created_at"]),
        }
    )
    return layout.document(
        text,
        layout.talk_to("thread", thread_id, "Go on with it"),
        described,
        layout.section("Transcript", transcript(database, thread_id)),
    )
