"""The page at ``/talk``, without a browser: what is served, and its script in Node."""

import asyncio
import base64
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import Account, open_account
from asstctl.emulator.page import script
from emulator import documents
from emulator.agents import WEATHER
from emulator.conftest import sdk, serving

EVIL = '<img src=x onerror="alert(1)">\'&'
NODE = shutil.which("node")
PROGRAM = Path(__file__).parent / "node" / "talk.mjs"
FOLDER = Path(script.__file__).parent


async def furnish(client: openai.AsyncOpenAI, name: str = "Guide") -> dict[str, str]:
    """Make an assistant that searches a receipt, an agent, and give their ids."""
    receipt = await client.files.create(
        file=("receipt.pdf", documents.receipt()), purpose="assistants"
    )
    store = await client.vector_stores.create(file_ids=[receipt.id])
    weather: Any = {"type": "function", "function": {"name": "get_weather"}}
    guide = await client.beta.assistants.create(
        model="gpt-4o",
        name=name,
        tools=[{"type": "file_search"}, weather],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    agent = await client.beta.agents.create(model="gpt-5", name=name, tools=[WEATHER])
    return {"assistant": guide.id, "agent": agent.id, "store": store.id}


def request_of(store_id: str) -> dict[str, Any]:
    """Give a request as bundles hold it."""
    search = {"type": "file_search", "vector_store_ids": [store_id]}
    return {"model": "gpt-4o", "tools": [search, WEATHER | {"strict": False}]}


@pytest.fixture
async def browser(account: Account) -> Any:
    transport = httpx2.ASGITransport(app=account.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://local") as opened:
        yield opened


async def test_the_page_lists_whom_one_can_talk_to(
    browser: httpx2.AsyncClient, client: openai.AsyncOpenAI
) -> None:
    assert "nobody to talk to yet" in (await browser.get("/talk")).text
    ids = await furnish(client, EVIL)
    other = await client.beta.assistants.create(model="gpt-4o", name="Newer")
    text = (await browser.get("/talk")).text
    assert "<img" not in text
    for each in (ids["assistant"], ids["agent"], other.id):
        assert f'value="{each}"' in text
    thread = await client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
    run = client.beta.threads.runs
    await run.create_and_poll(
        thread_id=thread.id, assistant_id=ids["assistant"], poll_interval_ms=5
    )
    for asked, chosen in (
        (f"assistant={ids['assistant']}", ids["assistant"]),
        (f"agent={ids['agent']}", ids["agent"]),
        (f"thread={thread.id}", ids["assistant"]),
    ):
        option = re.search(r"<option ([^>]*) selected", (await browser.get(f"/talk?{asked}")).text)
        assert option
        assert f'value="{chosen}"' in option[1]
    await client.beta.assistants.delete(ids["assistant"])
    assert "(deleted)" in (await browser.get(f"/talk?thread={thread.id}")).text
    for kind in ("assistant", "agent", "thread", "session"):
        missing = await browser.get(f"/talk?{kind}=x_1")
        assert (missing.status_code, "with id &#x27;x_1&#x27;" in missing.text) == (404, True)


async def test_the_page_lists_what_bundles_have_for_this_account(tmp_path: Path) -> None:
    def wrote(name: str, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / f"assistants.{name}.json").write_text(text)

    def bundles() -> list[Path]:
        return sorted(tmp_path.glob("assistants.*.json"))

    async with open_account(None, bundles=bundles) as account, sdk(account) as client:
        transport = httpx2.ASGITransport(app=account.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            store = await client.vector_stores.create()
            here, elsewhere = request_of(store.id), request_of("vs_elsewhere")
            wrote("local", {"assistants": {"guide": {"name": EVIL, "request": here}}})
            wrote("prod", {"assistants": {"guide": {"request": elsewhere}}})
            for number, odd in enumerate(
                ("{", "[]", '{"assistants": [1]}', '{"assistants": {"a": 1, "b": {}}}', "[" * 9999)
            ):
                wrote(f"odd{number}", odd)
            wrote("bare", '{"assistants": {"\\ud800": {"request": {"model": "m", "tools": 1}}}}')
            text = (await http.get("/talk?bundle=assistants.local.json:guide")).text
            assert re.findall(r'value="([^"]*)" data-kind="bundle"', text) == [
                *("assistants.bare.json:?", "assistants.local.json:guide")
            ]
            assert "<img" not in text
            talk = await client.conversations.create(
                metadata={"asstctl_talk": "assistants.local.json:guide"}
            )
            for asked in ("bundle=assistants.local.json:guide", f"conversation={talk.id}"):
                option = re.search(
                    r"<option [^>]* selected", (await http.get(f"/talk?{asked}")).text
                )
                assert option
                assert 'value="assistants.local.json:guide"' in option[0]
            assert (await http.get("/talk?conversation=conv_x")).status_code == 404


async def test_other_pages_lead_there(
    browser: httpx2.AsyncClient, client: openai.AsyncOpenAI
) -> None:
    ids = await furnish(client)
    thread = await client.beta.threads.create()
    session = await client.beta.agents.sessions.create(
        agent_id=ids["agent"], environment={"type": "none"}, input="Hi"
    )
    ids |= {"thread": thread.id, "session": session.id}
    html = {"accept": "text/html"}
    assert 'href="/talk"' in (await browser.get("/", headers=html)).text
    for kind in ("assistant", "agent", "thread", "session"):
        link = f"{kind}={ids[kind]}"
        assert f'href="/talk?{link}"' in (await browser.get(f"/?{link}", headers=html)).text
        assert (await browser.get(f"/talk?{link}")).status_code == 200


async def test_the_policy_admits_the_accounts_own_script_alone(browser: httpx2.AsyncClient) -> None:
    policy = (await browser.get("/talk")).headers["content-security-policy"].split("; ")
    assert [part for part in policy if not part.startswith("style-src 'sha256-")] == [
        *("default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"),
        *("script-src 'self'", "connect-src 'self'", "img-src blob:"),
        *("require-trusted-types-for 'script'", "trusted-types 'none'"),
    ]
    for name in script.MODULES:
        served = await browser.get(f"/page/{name}")
        assert served.headers["content-type"].startswith("text/javascript")
        assert served.headers["x-content-type-options"] == "nosniff"
    assert (await browser.get("/page/style.py")).status_code == 404


def test_the_script_is_whole_and_keeps_to_itself() -> None:
    texts = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.js")}
    assert set(texts) == set(script.MODULES)
    for name, text in texts.items():
        imported = re.findall(r'from "\./(.*?)"', text)
        assert set(imported) <= set(script.MODULES) - {name}
        assert len(imported) == text.count("import {")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|https?:|"
            r"localStorage|sessionStorage|cookie|\.style\b|setAttribute",
            text,
        )


async def test_a_password_opens_the_page_and_nothing_that_it_asks() -> None:
    async with open_account(None, api_keys=["k3y"]) as account:
        transport = httpx2.ASGITransport(app=account.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            async with openai.AsyncOpenAI(
                base_url="http://local/v1",
                api_key="k3y",
                http_client=openai.DefaultAsyncHttpxClient(transport=transport),
            ) as client:
                await client.beta.assistants.create(model="m")
            for path in ("/talk", "/page/talk.js"):
                refused = await http.get(path)
                assert refused.status_code == 401
                assert refused.headers["www-authenticate"].startswith("Basic ")
            basic = {"authorization": f"Basic {base64.b64encode(b'me:k3y').decode()}"}
            page = await http.get("/talk", headers=basic)
            assert page.status_code == 200
            assert "k3y" not in page.text
            assert 'id="unlock" class="bar">' in page.text
            assert (await http.get("/page/talk.js", headers=basic)).status_code == 200
            for method, path in (("POST", "/v1/threads"), ("GET", "/v1/assistants")):
                answer = await http.request(method, path, headers=basic)
                assert answer.status_code == 401
                assert "www-authenticate" not in answer.headers


@pytest.mark.skipif(NODE is None, reason="node is not installed")
async def test_its_script_holds_conversations(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    shutil.copytree(FOLDER, modules)
    (modules / "package.json").write_text('{"type": "module"}')
    async with open_account(None) as account, serving(account) as url, sdk(account) as client:
        ids = await furnish(client)
        process = await asyncio.create_subprocess_exec(
            *(str(NODE), str(PROGRAM), url, str(modules), ids["assistant"], ids["agent"]),
            json.dumps(request_of(ids["store"])),
            env={"PATH": os.environ["PATH"]},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    told = json.loads(out)
    for conversation in (told["assistant"], told["bundle"]):
        _check_cited(conversation)
    assert told["assistant"]["stopped"] == {"phase": "idle", "told": "Stopped.", "bad": True}
    assert told["bundle"]["stopped"]["phase"] == "idle"
    _check_agent(told["agent"])
    assert told["refused"] == {"status": 404, "message": "No assistant found with id 'asst_none'."}
    assert told["hostile"] == "clean"


def _check_cited(told: dict[str, Any]) -> None:
    waiting = told["waiting"]
    assert waiting["phase"] == "waiting"
    assert [call["name"] for call in waiting["calls"]] == ["get_weather"]
    asked, search, call, answer = told["streamed"]
    assert asked["parts"] == [{"text": "Burger? 😀 get_weather"}]
    assert search["title"] == "file_search: 1 passage"
    assert "Burger with fries" in search["told"]
    assert (call["title"], call["told"], call["busy"]) == ("get_weather()", "<b>sunny</b>", False)
    [source] = answer["sources"]
    assert source["name"] == "receipt.pdf"
    assert "Burger with fries  $23.75" in source["quote"]
    text, cite, rest = answer["parts"]
    assert text["text"].rstrip().endswith("> Burger with fries $23.75")
    assert (cite["cite"], "【" in text["text"] + rest["text"]) == (1, False)
    # A call is seen before it has anything to tell, and text before its end.
    begun = [block for blocks in told["seen"] for block in blocks if block.get("busy")]
    assert {block["title"] for block in begun if block["as"] == "call"} >= {"file_search"}
    assert any(block["as"] == "said" for block in begun)
    assert told["again"] == 2


def _check_agent(told: dict[str, Any]) -> None:
    assert [call["given"] for call in told["waiting"]["calls"]] == ['{"city":"string"}']
    asked, call, answer = told["streamed"]
    assert asked["parts"] == [{"text": "Hello, get_weather"}]
    assert (call["title"], call["told"]) == ("get_weather()", "<b>sunny</b>")
    assert "<b>sunny</b>" in answer["parts"][0]["text"]
    assert told["stopped"]["told"] == "Stopped."
    assert told["again"] == 2
