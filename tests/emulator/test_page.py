"""The page at ``/``: shown to browsers alone, escaped, and sufficient to itself."""

import base64
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import Account, open_account
from asstctl.emulator.page.style import STYLE
from asstctl.emulator.routes.home import prefers_html
from emulator import documents
from emulator.agents import WEATHER, answers, settled

EVIL = "<script>alert(1)</script>\"'&"
HTML = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def fill(client: openai.AsyncOpenAI) -> dict[str, str]:
    """Put something of everything into an account, with names that would like to be markup."""
    receipt = await client.files.create(
        file=("receipt.pdf", documents.receipt()), purpose="assistants"
    )
    empty = await client.files.create(file=("empty.txt", b""), purpose="assistants")
    store = await client.vector_stores.create(
        name=f"docs {EVIL}", file_ids=[receipt.id, empty.id], metadata={"note": EVIL}
    )
    function: Any = {"name": "get_weather", "description": EVIL}
    guide = await client.beta.assistants.create(
        model="gpt-4o",
        name=f"Guide {EVIL}",
        instructions=EVIL,
        tools=[{"type": "file_search"}, {"type": "function", "function": function}],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    thread = await client.beta.threads.create(
        messages=[{"role": "user", "content": f"Burger? {EVIL}"}], metadata={"who": EVIL}
    )
    runs = client.beta.threads.runs
    await runs.create_and_poll(thread_id=thread.id, assistant_id=guide.id, poll_interval_ms=5)
    await client.beta.threads.messages.create(thread.id, role="user", content="get weather")
    await runs.create_and_poll(thread_id=thread.id, assistant_id=guide.id, poll_interval_ms=5)
    others = await _fill_responses(client, store.id) | await _fill_agents(client)
    return {"assistant": guide.id, "store": store.id, "thread": thread.id} | others


async def _fill_responses(client: openai.AsyncOpenAI, store_id: str) -> dict[str, str]:
    talk = await client.conversations.create(metadata={"who": EVIL})
    function: Any = WEATHER | {"type": "function", "description": EVIL, "strict": False}
    search: Any = {"type": "file_search", "vector_store_ids": [store_id]}
    code: Any = {"type": "code_interpreter", "container": {"type": "auto"}}
    made = await client.responses.create(
        model="gpt-4o",
        conversation=talk.id,
        instructions=EVIL,
        input=f"Burger? get_weather {EVIL}",
        tools=[function, search],
    )
    call: Any = made.output[1]
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": EVIL}
    await client.responses.create(
        model="gpt-4o",
        conversation=talk.id,
        input=[output],
        tools=[code],
        tool_choice={"type": "code_interpreter"},
    )
    return {"conversation": talk.id, "response": made.id}


async def _fill_agents(client: openai.AsyncOpenAI) -> dict[str, str]:
    agents = client.beta.agents
    function: Any = WEATHER | {"description": EVIL}
    agent = await agents.create(model="gpt-5", name=f"Agent {EVIL}", tools=[function])
    file: Any = {"type": "inline", "data": "aGk=", "path": f"/workspace/{EVIL}"}
    template = await agents.environments.templates.create(name=f"Box {EVIL}", files=[file])
    session = await agents.sessions.create(
        agent_id=agent.id,
        environment={"type": "openai_hosted", "environment_template_id": template.id},
        input=f"Use the shell and get_weather {EVIL}",
        metadata={"who": EVIL},
    )
    waiting = await settled(client, session.id)
    await agents.sessions.events.create(session.id, events=answers(waiting, EVIL))
    await settled(client, session.id)
    return {"agent": agent.id, "template": template.id, "session": session.id}


@pytest.fixture
async def ids(client: openai.AsyncOpenAI) -> dict[str, str]:
    return await fill(client)


@pytest.fixture
async def browser(account: Account) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=account.app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://local", headers=HTML
    ) as opened:
        yield opened


class _Elements(HTMLParser):
    """Collects elements and text, and fails on markup that does not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag != "meta":
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(response: httpx2.Response) -> _Elements:
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = _Elements()
    page.feed(response.text)
    assert page.open == []
    assert "script" not in page.names
    assert all(link.startswith("/") for link in page.links)
    return page


async def test_every_page_is_whole_and_escaped(
    browser: httpx2.AsyncClient, ids: dict[str, str]
) -> None:
    overview = _read(await browser.get("/"))
    for expected in (
        *(f"Guide {EVIL}", f"docs {EVIL}", f"Burger? {EVIL}", "2 files · 1 failed"),
        f"Burger? get_weather {EVIL}",
        *(f"Agent {EVIL}", f"Box {EVIL}", f"Use the shell and get_weather {EVIL}"),
    ):
        assert expected in overview.text
    for kind, object_id in ids.items():
        assert f"/?{kind}={object_id}" in overview.links
        page = _read(await browser.get(f"/?{kind}={object_id}"))
        assert object_id in page.text
        assert EVIL in page.text


async def test_a_conversation_shows_what_was_said_and_done(
    browser: httpx2.AsyncClient, ids: dict[str, str]
) -> None:
    page = _read(await browser.get(f"/?conversation={ids['conversation']}"))
    order = [
        *("Burger? get_weather", "file_search: 1 passage", "get_weather()", "its output"),
        *("code_interpreter", "runs no code", "receipt.pdf:", "> Burger with fries $23.75"),
    ]
    places = [page.text.index(part, page.text.index("Items")) for part in order]
    assert places == sorted(places)
    response = _read(await browser.get(f"/?response={ids['response']}"))
    for expected in (ids["conversation"], "get_weather()", "file_search", "completed"):
        assert expected in response.text


async def test_a_session_shows_what_was_said_and_done(
    browser: httpx2.AsyncClient, ids: dict[str, str]
) -> None:
    page = _read(await browser.get(f"/?session={ids['session']}"))
    for expected in (
        *("commentary", "final_answer", "get_weather()", "its answer", "idle", "completed"),
        "Nothing was executed.",
        f"/workspace/{EVIL} (2 B)",
    ):
        assert expected in page.text


async def test_a_transcript_shows_what_was_said_and_done(
    browser: httpx2.AsyncClient, ids: dict[str, str]
) -> None:
    page = _read(await browser.get(f"/?thread={ids['thread']}"))
    order = [
        "Burger? ",
        "completed",
        "file_search: 1 passage",
        "receipt.pdf:",
        "> Burger with fries $23.75",
        "get weather",
        "requires_action",
        "(waiting for its output)",
    ]
    places = [page.text.index(part, page.text.index("Transcript")) for part in order]
    assert places == sorted(places)
    assert "【" not in page.text


async def test_an_empty_account(browser: httpx2.AsyncClient) -> None:
    page = _read(await browser.get("/"))
    assert "No assistants yet." in page.text


async def test_missing_objects_are_404_pages(browser: httpx2.AsyncClient) -> None:
    for kind in ("assistant", "store", "thread", "conversation", "response", "session"):
        missing = await browser.get(f"/?{kind}=x_1")
        assert missing.status_code == 404
        assert "with id 'x_1'" in _read(missing).text


async def test_the_policy_lets_nothing_in(browser: httpx2.AsyncClient, ids: dict[str, str]) -> None:
    policy = (await browser.get("/")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"url\(|@import|https?:", STYLE)


async def test_programs_get_json(http: httpx2.AsyncClient) -> None:
    for accept in ("*/*", "application/json", "text/html;q=0.5, application/json"):
        answer = await http.get("http://local/", headers={"accept": accept})
        assert answer.json()["object"] == "asstctl.local_account"


def test_what_prefers_html() -> None:
    assert prefers_html(HTML["accept"])
    assert prefers_html("text/html")
    assert not prefers_html("")
    assert not prefers_html("*/*")
    assert not prefers_html("text/html;q=nonsense")


async def test_a_browser_gives_the_key_as_a_password() -> None:
    async with open_account(None, api_keys=["k3y"]) as account:
        transport = httpx2.ASGITransport(app=account.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            refused = await http.get("/", headers=HTML)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Basic ")
            password = base64.b64encode(b"anybody:k3y").decode()
            basic = {"authorization": f"Basic {password}"}
            assert (await http.get("/", headers=HTML | basic)).status_code == 200
            broken = {"authorization": "Basic %%%"}
            assert (await http.get("/", headers=HTML | broken)).status_code == 401
            # The page only: what can be written to is not opened by a browser's memory.
            assert (await http.post("/threads", headers=basic)).status_code == 401
            assert "www-authenticate" not in (await http.get("/models")).headers
