"""The pages as a person sees and uses them, in Chromium."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import openai
import pytest
import pytest_asyncio

from asstctl.emulator import open_account
from asstctl.emulator.models.upstream import Upstream
from emulator.browser import CHROMIUM, Tab, browsing
from emulator.conftest import sdk, serving
from emulator.scripted import Hang, Script
from emulator.test_page import fill
from emulator.test_talk import EVIL, furnish, request_of

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tab]:
    async with browsing(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def tab(chromium: Tab) -> Tab:
    chromium.told.clear()
    return chromium


@asynccontextmanager
async def account_of(
    name: str = "Guide", model: Upstream | None = None, bundle: Path | None = None
) -> AsyncIterator[tuple[str, openai.AsyncOpenAI, dict[str, str]]]:
    """Serve an account with an assistant and an agent, and with a bundle that it writes."""
    async with (
        open_account(None, model=model, bundles=lambda: [bundle] if bundle else []) as account,
        serving(account) as url,
        sdk(account) as client,
    ):
        ids = await furnish(client, name)
        if bundle:
            entry = {"name": name, "request": request_of(ids["store"])}
            bundle.write_text(json.dumps({"assistants": {"guide": entry}}))
        yield url, client, ids | {"bundle": f"{bundle and bundle.name}:guide"}


async def say(tab: Tab, text: str) -> None:
    await tab.run("document.getElementById('words').focus()")
    await tab.type(text)


async def idle(tab: Tab, answers: int) -> str:
    """Wait until so many answers are complete, and give all that is said."""
    await tab.until(
        f"document.querySelectorAll('.turn.assistant').length === {answers} && "
        "!document.getElementById('send').disabled"
    )
    told: str = await tab.run("document.getElementById('said').innerText")
    return told


async def test_a_browser_shows_a_transcript(tab: Tab) -> None:
    async with account_of() as (url, client, _):
        ids = await fill(client)
        await tab.open(f"{url}/?thread={ids['thread']}")
        assert "Burger with fries $23.75" in await tab.run("document.body.innerText")
        assert await tab.run("document.querySelectorAll('article.turn.user').length") == 2
        assert tab.told == []


async def test_a_conversation_with_a_citation_and_a_function(tab: Tab) -> None:
    async with account_of() as (url, client, ids):
        await tab.open(f"{url}/talk?assistant={ids['assistant']}")
        await say(tab, "What did the burger cost? get_weather")
        await tab.until("document.activeElement.closest('#outputs') !== null")
        fields = await tab.run("document.getElementById('outputs').innerText")
        assert all(word in fields for word in ("get_weather()", "{}", "Its output"))
        await tab.call("Input.insertText", text="sunny")
        await tab.press("Tab")
        await tab.press("Enter", "\r")
        said = await idle(tab, 1)
        for expected in ("file_search: 1 passage", "1 receipt.pdf", "get_weather({}) gave: sunny"):
            assert expected in said
        assert "Burger with fries  $23.75" in await tab.run("document.querySelector('.cite').title")
        assert await tab.run("document.activeElement.id") == "words"
        # It goes on after it was left, in the same thread.
        address = await tab.run("location.href")
        await tab.open(address)
        assert await idle(tab, 1) == said
        await say(tab, "And the soda?")
        assert "Soda $15.50" in await idle(tab, 2)
        thread_id = urlsplit(address).query.removeprefix("thread=")
        assert len((await client.beta.threads.messages.list(thread_id)).data) == 4
        await tab.open(f"{url}/talk?agent={ids['agent']}")
        await say(tab, "Hello")
        assert "[offline model]" in await idle(tab, 1)
        assert "session=" in await tab.run("location.search")
        assert tab.told == []


@pytest.mark.parametrize("kind", ["assistant", "agent", "bundle"])
async def test_it_streams_and_stops(tab: Tab, tmp_path: Path, kind: str) -> None:
    script = Script([["So far", " so good", Hang()]])
    bundle = tmp_path / "assistants.local.json"
    async with account_of(model=script.upstream, bundle=bundle) as (url, _, ids):
        await tab.open(f"{url}/talk?{kind}={ids[kind]}")
        await say(tab, "Tell me a lot")
        await tab.until("document.getElementById('said').innerText.includes('So far so good')")
        assert "at work" in await tab.run("document.getElementById('state').textContent")
        await tab.run("document.getElementById('stop').click()")
        assert "So far so good" in await idle(tab, 1)
        assert await tab.run("document.getElementById('state').textContent") == "Stopped."
        assert tab.told == []


BREAKS = """{
  const asked = fetch;
  window.fetch = async (url, how) => {
    const answer = await asked(url, how);
    if (!url.endsWith('/runs') || how.method !== 'POST') return answer;
    await answer.body.cancel();
    return new Response(new ReadableStream({ start: (one) => one.error(new Error('broken')) }));
  };
}"""


async def test_an_answer_whose_stream_breaks_is_read_again(tab: Tab) -> None:
    async with account_of() as (url, _, ids):
        await tab.open(f"{url}/talk?assistant={ids['assistant']}")
        await tab.run(BREAKS)
        await say(tab, "What did the burger cost?")
        assert "Burger with fries $23.75" in await idle(tab, 1)
        assert await tab.run("document.getElementById('state').textContent") == ""
        assert tab.told == []


async def test_names_and_answers_stay_text(tab: Tab) -> None:
    script = Script([[f"{EVIL} <script>document.title = 'evil'</script>"]])
    async with account_of(EVIL, model=script.upstream) as (url, _, ids):
        await tab.open(f"{url}/talk?assistant={ids['assistant']}")
        assert EVIL in await tab.run("document.getElementById('who').selectedOptions[0].text")
        await say(tab, EVIL)
        assert (await idle(tab, 1)).count(EVIL) == 2
        assert await tab.run("document.querySelectorAll('img, main script').length") == 1
        assert await tab.run("document.title") == "Talk · asstctl"
        assert tab.told == []
        # Not even a mistake of our own could make markup of a text.
        markup = "document.body.innerHTML = '<b>'"
        assert await tab.run(f"try {{ {markup}; 'made' }} catch (error) {{ error.name }}") == (
            "TypeError"
        )


async def test_a_failed_run_says_why(tab: Tab) -> None:
    script = Script([[RuntimeError("broken")]])
    async with account_of(model=script.upstream) as (url, _, ids):
        await tab.open(f"{url}/talk?assistant={ids['assistant']}")
        await say(tab, "Hi")
        await tab.until("document.getElementById('state').className === 'bad'")
        state = await tab.run("document.getElementById('state').textContent")
        assert state.startswith("The run failed: ")


async def test_the_key_is_asked_for_and_kept_nowhere(tab: Tab) -> None:
    async with (
        open_account(None, api_keys=["k3y"]) as account,
        serving(account) as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="k3y") as client,
    ):
        await client.beta.assistants.create(model="m")
        await tab.open(f"{url.replace('//', '//me:k3y@')}/talk")
        for key, state in (("wrong", "The account does not take this key."), ("k3y", "")):
            await tab.run("document.getElementById('key').focus()")
            await tab.type(key)
            assert await tab.run("document.getElementById('state').textContent") == ""
            await say(tab, "Hi")
            await tab.until(
                f"document.getElementById('state').textContent === '{state}' && "
                "!document.getElementById('send').disabled"
            )
        assert "[offline model]" in await idle(tab, 1)
        assert await tab.run("JSON.stringify([localStorage.length, sessionStorage.length])") == (
            "[0,0]"
        )
        kept = "document.documentElement.outerHTML + document.getElementById('key').value"
        assert "k3y" not in await tab.run(f"{kept} + document.cookie")


async def test_long_names_stay_in_their_column(tab: Tab) -> None:
    long = "averylongnamewithoutabreak" * 4
    async with account_of(long) as (url, client, ids):
        await client.vector_stores.create(name=long)
        await client.files.create(file=(f"{long}.txt", b"Words"), purpose="assistants")
        thread = await client.beta.threads.create(messages=[{"role": "user", "content": long}])
        for path in ("", "talk", f"?assistant={ids['assistant']}", f"?thread={thread.id}"):
            await tab.open(f"{url}/{path}")
            for width in (400, 800, 1400):
                await tab.resize(width)
                assert await tab.run("document.documentElement.scrollWidth") <= width
                outside = """[...document.querySelectorAll('.row > div, dd, .chip, .bar > *')]
                  .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)"""
                assert await tab.run(f"{outside}.map((one) => one.outerHTML)") == []
