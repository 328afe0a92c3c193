"""Clients of an account, each a thread with a connection of its own, in a process of their own.

``python -m benchmarks.account_work WHAT CLIENTS REQUESTS URL…``, from the folder of the tests,
begins when it reads a line, and prints as JSON when it began and ended, and the seconds that each
piece of work took. They speak HTTP with nothing between: it is the server that is measured.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Final
from urllib.parse import urlsplit

_POLL_SECONDS: Final = 0.02
_SAID: Final = [{"role": "user", "content": "Hello."}]


class Client:
    """One connection, and what was made over it for the work to use."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._base = parts.path
        self._http = HTTPConnection(parts.hostname or "", parts.port or 0)
        self.assistant = self.thread = ""

    def prepare(self) -> None:
        """Make an assistant and a thread."""
        self.assistant = self.ask("POST", "/assistants", {"model": "gpt-4o"})["id"]
        self.thread = self.ask("POST", "/threads", {})["id"]
        self._http.close()  # opened again by the first request: how long that takes is not known

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Send a request; its answer. Raises RuntimeError for any status but 200."""
        response = self.open(method, path, body)
        text = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {text!r}")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def open(self, method: str, path: str, body: object = None) -> HTTPResponse:
        """Send a request, and give its answer to be read as it comes."""
        data = None if body is None else json.dumps(body)
        headers = {"content-type": "application/json"} if data else {}
        self._http.request(method, self._base + path, data, headers)
        return self._http.getresponse()


def message(client: Client) -> None:
    """Put a message into the client's thread."""
    client.ask("POST", f"/threads/{client.thread}/messages", _SAID[0])


def run(client: Client) -> None:
    """Have a run, and poll it to its end."""
    path = f"/threads/{client.thread}/runs"
    made = client.ask("POST", path, {"assistant_id": client.assistant})
    while made["status"] != "completed":
        time.sleep(_POLL_SECONDS)
        made = client.ask("GET", f"{path}/{made['id']}")


def thread(client: Client) -> None:
    """Make a thread with a message."""
    client.ask("POST", "/threads", {"messages": _SAID})


def stream(client: Client) -> None:
    """Have a run streamed until its first words."""
    asked = {"assistant_id": client.assistant, "thread": {"messages": _SAID}, "stream": True}
    _first(client.open("POST", "/threads/runs", asked), b"event: thread.message.delta")


def upstream(client: Client) -> None:
    """Have the model behind it answer, until its first words."""
    asked = {"model": "stub", "messages": _SAID, "stream": True}
    _first(client.open("POST", "/chat/completions", asked), b'"content"')


def _first(response: HTTPResponse, mark: bytes) -> None:
    """Read to the first line with the mark, and leave the rest."""
    while mark not in (line := response.readline()):
        if not line:
            raise RuntimeError("the stream ended before its first words")
    response.close()


WORK: Final[dict[str, Callable[[Client], None]]] = {
    work.__name__: work for work in (message, run, thread, stream, upstream)
}


def main(what: str, clients: int, requests: int, *urls: str) -> None:
    """Do it; the clients spread over the servers."""
    ready = [Client(urls[number % len(urls)]) for number in range(clients)]
    if what != "upstream":
        for client in ready:
            client.prepare()

    def work(client: Client) -> list[float]:
        times = []
        for _ in range(requests):
            begun = time.monotonic()
            WORK[what](client)
            times.append(time.monotonic() - begun)
        return times

    with ThreadPoolExecutor(clients) as threads:
        print("ready", flush=True)
        sys.stdin.readline()
        begun = time.monotonic()
        times = [seconds for one in threads.map(work, ready) for seconds in one]
        ended = time.monotonic()
    print(json.dumps({"begun": begun, "ended": ended, "times": times}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
