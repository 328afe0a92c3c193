"""The pages of the Responses API: responses and conversations, with what was said and called."""

from collections.abc import Iterator

from asstctl.emulator.errors import not_found
from asstctl.emulator.page import layout
from asstctl.emulator.page.layout import code, many, moment, row
from asstctl.emulator.page.markup import Child, Html, join, link, tag
from asstctl.emulator.responses import context, items, state
from asstctl.emulator.store.collections import (
    CONVERSATION_ITEMS,
    CONVERSATIONS,
    RESPONSE_ITEMS,
    RESPONSES,
    Body,
)
from asstctl.emulator.store.database import Database


def overview(database: Database) -> Iterator[Child]:
    """List conversations and responses, newest first; nothing where there is none."""
    talks = CONVERSATIONS.page(database, layout.NEWEST)
    yield layout.listed(
        "Conversations", talks, (_talk_row(database, body) for body in talks.bodies)
    )
    made = RESPONSES.page(database, layout.NEWEST, stored=1)
    yield layout.listed("Responses", made, (_response_row(database, body) for body in made.bodies))


def _talk_row(database: Database, talk: Body) -> Html:
    said = CONVERSATION_ITEMS.all(database, conversation_id=talk["id"])
    title = link(_opening(said), "conversation", talk["id"])
    return row(title, code(talk["id"]), many(len(said), "item"), moment(talk["created_at"]))


def _response_row(database: Database, response: Body) -> Html:
    said = RESPONSE_ITEMS.all(database, response_id=response["id"])
    title = link(_opening(said), "response", response["id"])
    end = join(response["model"], " · ", _status(response))
    return row(title, code(response["id"]), end, moment(response["created_at"]))


def _opening(said: list[Body]) -> str:
    """Give the first words of some items."""
    return layout.opening(map(items.text_of, said), "(nothing said)")


def _status(response: Body) -> Html:
    tone = "bad" if response["status"] in {"failed", "incomplete", "cancelled"} else None
    return tag("span", response["status"], class_=tone)


def conversation_page(database: Database, conversation_id: str) -> str:
    """Show a conversation: its items in the order in which they came."""
    talk = context.find_conversation(database, conversation_id)
    said = CONVERSATION_ITEMS.all(database, conversation_id=conversation_id)
    described = layout.facts(
        {
            "Id": code(conversation_id),
            "Metadata": layout.pairs(talk["metadata"]),
            "Created": moment(talk["created_at"]),
        }
    )
    return layout.document(
        _opening(said),
        layout.talk_to("conversation", conversation_id, "Go on with it"),
        described,
        layout.section("Items", _talk(said)),
    )


def response_page(database: Database, response_id: str) -> str:
    """Show a response: how it was asked for, its input, and what it put out."""
    response = state.find(database, response_id)
    if response is None:
        raise not_found("response", response_id)
    talk = (response["conversation"] or {}).get("id")
    earlier = response["previous_response_id"]
    usage, error = response["usage"], response["error"]
    described = layout.facts(
        {
            "Id": code(response_id),
            "Status": _status(response),
            "Error": error and tag("span", f"{error['code']}: {error['message']}", class_="bad"),
            "Model": response["model"],
            "Instructions": response["instructions"],
            "Tools": layout.chips(layout.tool_names(response["tools"])),
            "Answer's format": response["text"]["format"]["type"],
            "Conversation": talk and link(code(talk), "conversation", talk),
            "Previous response": earlier and link(code(earlier), "response", earlier),
            "Usage": usage and many(usage["total_tokens"], "token"),
            "Metadata": layout.pairs(response["metadata"]),
            "Created": moment(response["created_at"]),
        }
    )
    said = RESPONSE_ITEMS.all(database, response_id=response_id)
    return layout.document(_opening(said), described, layout.section("Items", _talk(said)))


def _talk(said: list[Body]) -> Html:
    parts = [_item(item) for item in said]
    return tag("div", *(parts or [tag("div", "Nothing yet.", class_="none")]), class_="talk")


def _item(item: Body) -> Html:
    match item["type"]:
        case "message":
            return _message(item)
        case "function_call":
            return _details(f"{item['name']}()", item["arguments"])
        case "function_call_output":
            return _details("its output", items.text_of(item))
        case "file_search_call":
            return _search(item)
        case "code_interpreter_call":
            logs = [output.get("logs", "") for output in item.get("outputs") or ()]
            return _details("code_interpreter", "\n".join([item.get("code") or "", *logs]))
    return _details(item["type"], item.get("error") or "")


def _message(item: Body) -> Html:
    role = item["role"]
    who = tag("div", tag("strong", role), item["status"], class_="who")
    text = tag("div", items.text_of(item), *_cited(item), class_="text")
    return tag("article", who, text, class_=f"turn {role}")


def _search(item: Body) -> Html:
    found = item.get("results") or []
    lines = [f"{one.get('score')}  {one.get('filename')}" for one in found]
    summary = f"file_search: {many(len(found), 'passage')}"
    return _details(summary, "\n".join(lines) or "nothing found")


def _cited(message: Body) -> Iterator[Html]:
    """Give a chip for each file that a message cites."""
    notes = (note for part in message["content"] for note in part.get("annotations") or ())
    for name in dict.fromkeys(note["filename"] for note in notes if "filename" in note):
        yield tag("span", name, class_="cite")


def _details(summary: str, text: str) -> Html:
    return tag("div", tag("details", tag("summary", summary), tag("pre", text)), class_="run")
