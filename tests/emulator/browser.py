"""A real browser: Chromium, spoken to over a pipe, in its own protocol. Not on Windows."""

import asyncio
import base64
import itertools
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
        if sys.platform != "win32" and (found := shutil.which(name))
    ),
    None,
)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# The browser reads from 3 and writes to 4; which numbers are free here is another matter.
_START = """
import os, sys
ends = [os.dup(os.dup(int(number))) for number in sys.argv[1:3]]  # so that none of them is 3
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_LONGEST_MESSAGE = 64 * 2**20
_SECONDS = 30


class Tab:
    """A tab. ``told`` is what the page wrote to the console, and errors that nobody caught."""

    def __init__(self, write: Any) -> None:
        self.told: list[str] = []
        self.session: str | None = None
        self._write = write
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Take in what the browser says, until its end."""
        while True:
            message = json.loads((await reader.readuntil(b"\0"))[:-1])
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif message["method"] in {"Runtime.exceptionThrown", "Log.entryAdded"}:
                self.told.append(json.dumps(message["params"]))
            elif message["method"] == "Runtime.consoleAPICalled":
                self.told.append(json.dumps(message["params"]["args"]))

    async def call(self, method: str, **params: object) -> Any:
        """Call a method of the protocol."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        body = {"id": number, "method": method, "params": params}
        if self.session:
            body["sessionId"] = self.session
        self._write.write(json.dumps(body).encode() + b"\0")
        message = await asyncio.wait_for(answer, _SECONDS)
        assert "error" not in message, message
        return message["result"]

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def run(self, script: str) -> Any:
        """Give what an expression comes to, a promise's value among others."""
        done = await self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is true, and give its value."""
        deadline = asyncio.get_running_loop().time() + _SECONDS
        while not (found := await self.run(script)):
            assert asyncio.get_running_loop().time() < deadline, (script, self.told)
            await asyncio.sleep(0.01)
        return found

    async def press(self, key: str, text: str = "", **more: object) -> None:
        """Press a key as a person does."""
        code = {"Enter": 13, "Tab": 9}[key]
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": text} | more
        await self.call("Input.dispatchKeyEvent", type="keyDown", **about)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    async def type(self, text: str) -> None:
        """Put in a text where the focus is, and press Enter."""
        await self.call("Input.insertText", text=text)
        await self.press("Enter", "\r")

    async def resize(self, width: int, *, dark: bool = False) -> None:
        """Make the window so wide, in pixels, and choose its colours."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])

    async def picture(self, path: Path) -> None:
        """Take a picture of the whole page, for somebody to look at."""
        shot = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))


@asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Tab]:
    """Start a browser with a new profile."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    flags = (*FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank")
    starter = (sys.executable, "-c", _START, str(to_read), str(from_write), str(CHROMIUM))
    process = await asyncio.create_subprocess_exec(
        *starter,
        *flags,
        pass_fds=(to_read, from_write),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    os.close(to_read)
    os.close(from_write)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LONGEST_MESSAGE)
    incoming, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(from_read, "rb")
    )
    with os.fdopen(to_write, "wb", buffering=0) as write:
        tab = Tab(write)
        reading = asyncio.create_task(tab.read(reader))
        try:
            targets = await tab.call("Target.getTargets")
            [target] = [one for one in targets["targetInfos"] if one["type"] == "page"]
            attached = await tab.call(
                "Target.attachToTarget", targetId=target["targetId"], flatten=True
            )
            tab.session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                await tab.call(f"{domain}.enable")
            yield tab
            await tab.call("Browser.close")
        finally:
            await _end(process)
            reading.cancel()
            incoming.close()
            await asyncio.gather(reading, return_exceptions=True)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Wait for its end, for all that it started ends with it; not for ever."""
    try:
        await asyncio.wait_for(process.wait(), _SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
