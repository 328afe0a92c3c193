"""The page at ``/talk``: a conversation with an assistant or agent, of the account or a bundle.

The page is empty but for whom one can talk to. Its script holds the conversation as any client
does, through the account's API, and with a key where the account asks for one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from asstctl.emulator.page import layout
from asstctl.emulator.page.bundles import Entry, entries
from asstctl.emulator.page.markup import Html, tag
from asstctl.emulator.responses.context import find_conversation
from asstctl.emulator.store.collections import (
    AGENTS,
    ASSISTANTS,
    RUNS,
    SESSIONS,
    THREADS,
    Collection,
    Cursor,
)
from asstctl.emulator.store.database import Database

_KINDS = (("Assistants", "assistant", ASSISTANTS), ("Agents", "agent", AGENTS))


@dataclass(frozen=True, slots=True)
class _Choice:
    """Somebody to talk to; ``data`` is what the script needs of them beside the id."""

    kind: str
    id: str
    words: str
    data: Mapping[str, str | None]


def talk_page(
    database: Database, asked: Mapping[str, str], bundles: Iterable[Path], *, keyed: bool
) -> str:
    """Make the page.

    ``asked`` names an assistant, an agent or an entry of one of the ``bundles``, or a thread, a
    session or a conversation to go on with. ``keyed`` says that the account asks for a key. Raises
    ApiError (404) for what is not there.
    """
    kind, chosen = _chosen(database, asked)
    listed = [
        (title, [*_choices(database, every, collection, chosen if kind == every else None)])
        for title, every, collection in _KINDS
    ]
    listed.append(("Bundles", [_entry(entry) for entry in entries(database, bundles)]))
    groups = [_group(title, choices, kind, chosen) for title, choices in listed if choices]
    if not groups:
        nobody = (
            "There is nobody to talk to yet: this account has no assistant and no agent, and no "
            "bundle has one for it."
        )
        return layout.document("Talk", tag("p", nobody))
    return layout.document(
        "Talk",
        tag("noscript", tag("p", "A conversation needs JavaScript, which is switched off here.")),
        _key(keyed=keyed),
        tag(
            "div",
            tag("label", "With", for_="who"),
            tag("select", *groups, id="who"),
            tag("button", "New conversation", id="anew", type="button"),
            tag("a", "Transcript", id="record", href="/", hidden=""),
            class_="bar",
        ),
        tag("div", id="said", class_="talk", role="log", aria_label="Conversation"),
        tag("form", id="outputs", class_="run", hidden="", aria_label="Outputs of functions"),
        tag("p", id="state", class_="soft", role="status"),
        tag(
            "form",
            tag("label", "Your message", for_="words"),
            tag(
                "textarea",
                id="words",
                rows="2",
                placeholder="Enter sends, Shift+Enter begins a line",
            ),
            tag("button", "Send", id="send"),
            tag("button", "Stop", id="stop", type="button", hidden=""),
            id="ask",
            class_="ask",
        ),
        tag("script", type="module", src="/page/talk.js"),
    )


def _key(*, keyed: bool) -> Html:
    # A browser that keeps keys keeps them by a name.
    name = '<input type="text" autocomplete="username" value="asstctl" hidden>'
    given = '<input id="key" type="password" autocomplete="current-password" required>'
    return tag(
        "form",
        tag("label", "Key of this account", for_="key"),
        Html(name + given),
        tag("button", "Use it"),
        tag("p", "It stays in the memory of this page, and goes when you leave it.", class_="soft"),
        id="unlock",
        class_="bar",
        hidden=None if keyed else "",
    )


def _chosen(database: Database, asked: Mapping[str, str]) -> tuple[str, str | None]:
    """Give whom to talk to: of what kind, and the id."""
    if "session" in asked:
        return "agent", SESSIONS.get(database, asked["session"])["agent"]["id"]
    if "thread" in asked:
        thread = THREADS.get(database, asked["thread"])
        runs = RUNS.page(database, Cursor(limit=1), thread_id=thread["id"]).bodies
        return "assistant", runs[0]["assistant_id"] if runs else None
    if "conversation" in asked:
        talk = find_conversation(database, asked["conversation"])
        return "bundle", (talk["metadata"] or {}).get("asstctl_talk")
    for _, kind, collection in _KINDS:
        if kind in asked:
            return kind, collection.get(database, asked[kind])["id"]
    return "bundle", asked.get("bundle")


def _choices(
    database: Database, kind: str, collection: Collection, chosen: str | None
) -> Iterator[_Choice]:
    """List whom one can talk to: the newest, and the chosen one however old, or deleted, it is."""
    bodies = collection.page(database, layout.NEWEST).bodies
    if chosen and all(body["id"] != chosen for body in bodies):
        gone = {"id": chosen, "name": "(deleted)", "model": "?"}
        bodies.append(collection.find(database, chosen) or gone)
    for body in bodies:
        words = f"{body.get('name') or layout.NO_NAME} · {body['model']} · {body['id']}"
        template = (body.get("metadata") or {}).get("asstctl_environment")
        yield _Choice(kind, body["id"], words, {"data_template": template})


def _entry(entry: Entry) -> _Choice:
    words = f"{entry.name} · {entry.id}"
    return _Choice("bundle", entry.id, words, {"data_request": json.dumps(entry.request)})


def _group(title: str, choices: Iterable[_Choice], kind: str, chosen: str | None) -> Html:
    options = [
        tag(
            "option",
            one.words,
            value=one.id,
            data_kind=one.kind,
            selected="" if (one.kind, one.id) == (kind, chosen) else None,
            **one.data,
        )
        for one in choices
    ]
    return tag("optgroup", *options, label=title)
