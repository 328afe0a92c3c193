"""A thread as a conversation: bubbles, and between them what the runs did."""

from collections.abc import Iterator

from asstctl.emulator.conversation import text_of
from asstctl.emulator.page import layout
from asstctl.emulator.page.layout import code, many, moment
from asstctl.emulator.page.markup import Html, join, link, tag
from asstctl.emulator.store import files
from asstctl.emulator.store.collections import ASSISTANTS, MESSAGES, RUNS, STEPS, Body, Cursor
from asstctl.emulator.store.database import Database


def opening(database: Database, thread_id: str) -> tuple[str, int]:
    """Give the first words of a thread, and how many messages it has."""
    page = MESSAGES.page(database, Cursor(limit=1, descending=False), thread_id=thread_id)
    first = layout.opening(map(text_of, page.bodies), "(nothing said)")
    row = database.row("SELECT count(*) AS n FROM messages WHERE thread_id = ?", (thread_id,))
    return first, int(row["n"]) if row else 0


def transcript(database: Database, thread_id: str) -> Html:
    """Show messages and runs in the order in which they happened."""
    messages = MESSAGES.all(database, thread_id=thread_id)
    runs = RUNS.all(database, thread_id=thread_id)
    begun = {run["id"] for run in runs}
    parts: list[Html] = []
    pending = iter(runs)
    for message in messages:
        if message["run_id"] in begun:
            for run in pending:
                parts.append(_run(database, run))
                begun.discard(run["id"])
                if run["id"] == message["run_id"]:
                    break
        parts.append(_turn(database, message))
    parts += [_run(database, run) for run in pending]
    return tag("div", *(parts or [tag("div", "No messages yet.", class_="none")]), class_="talk")


def _turn(database: Database, message: Body) -> Html:
    role = message["role"]
    who = tag("div", tag("strong", role), moment(message["created_at"]), class_="who")
    state = message["incomplete_details"]
    note = tag("div", f"incomplete: {state['reason']}", class_="bad") if state else None
    attached = [item["file_id"] for item in message["attachments"] or []]
    names = files.filenames(database, attached)
    clips = tag("div", "with ", ", ".join(names.values()), class_="soft") if names else None
    text = tag("div", *_text(database, message), class_="text")
    return tag("article", who, text, clips, note, class_=f"turn {role}")


def _text(database: Database, message: Body) -> Iterator[Html]:
    """Give the blocks of a message, with a chip in the place of each citation marker."""
    for block in message["content"]:
        if block["type"] != "text":
            yield tag("em", text_of({"content": [block]}))
            continue
        value, notes = block["text"]["value"], block["text"]["annotations"]
        names = files.filenames(
            database,
            [note["file_citation"]["file_id"] for note in notes if "file_citation" in note],
        )
        at = 0
        for note in sorted(notes, key=lambda item: item["start_index"]):
            yield join(value[at : note["start_index"]])
            name = names.get(note.get("file_citation", {}).get("file_id"), "a deleted file")
            yield tag("span", name, class_="cite", title=note["text"])
            at = note["end_index"]
        yield join(value[at:])


def _run(database: Database, run: Body) -> Html:
    usage = run["usage"]
    tokens = f" · {many(usage['total_tokens'], 'token')}" if usage else ""
    assistant = ASSISTANTS.find(database, run["assistant_id"])
    name = (assistant or {}).get("name") or run["assistant_id"]
    status = tag("span", run["status"], class_=_tone(run["status"]))
    head = tag(
        "div",
        "run ",
        code(run["id"]),
        " of ",
        link(name, "assistant", run["assistant_id"]) if assistant else name,
        f" · {run['model']} · ",
        status,
        tokens,
    )
    error = run["last_error"]
    problem = tag("div", f"{error['code']}: {error['message']}", class_="bad") if error else None
    calls = [
        _call(call)
        for step in STEPS.all(database, run_id=run["id"])
        for call in step["step_details"].get("tool_calls", ())
    ]
    return tag("div", head, problem, *calls, class_="run")


def _tone(status: str) -> str | None:
    return "bad" if status in {"failed", "expired", "incomplete", "cancelled"} else None


def _call(call: Body) -> Html:
    match call["type"]:
        case "file_search":
            results = call["file_search"]["results"]
            lines = [f"{item['score']:.2f}  {item['file_name']}" for item in results]
            summary = f"file_search: {many(len(results), 'passage')}"
            return _details(summary, "\n".join(lines) or "nothing found")
        case "code_interpreter":
            outputs = [item.get("logs", "") for item in call["code_interpreter"]["outputs"]]
            text = "\n".join([call["code_interpreter"]["input"], *outputs])
            return _details("code_interpreter", text)
    function = call["function"]
    output = "(waiting for its output)" if function["output"] is None else function["output"]
    return _details(f"{function['name']}()", f"{function['arguments']}\n→ {output}")


def _details(summary: str, text: str) -> Html:
    return tag("details", tag("summary", summary), tag("pre", text))
