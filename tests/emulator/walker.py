"""An SDK client that walks the endpoints of an account, and checks everything that it is told."""

import re
from typing import Any

import httpx2
import openai
from starlette.routing import Route

from asstctl.emulator.account import Account
from asstctl.emulator.routes import all_routes
from emulator.strict import contract, events, problems

_APIS = {
    "agents": "agents",
    "responses": "responses",
    "conversations": "responses",
    "containers": "responses",
}


class Walker:
    """An SDK client that keeps every response, and checks it against the contract."""

    def __init__(self, account: Account) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.last: Any = None
        transport = httpx2.ASGITransport(app=account.app)
        self.client = openai.AsyncOpenAI(
            base_url="http://local/v1",
            api_key="any",
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(
                transport=transport, event_hooks={"response": [self._record]}
            ),
        )

    async def _record(self, response: httpx2.Response) -> None:
        await response.aread()
        assert response.headers["x-request-id"].startswith("req_")
        method, path = response.request.method, response.request.url.path.removeprefix("/v1")
        kind = response.headers.get("content-type", "")
        self.last = response.json() if kind == "application/json" else response.text
        self.seen.add((method, _template(path)))
        document = contract()
        if document is None or response.status_code != 200 or kind != "application/json":
            return
        operation = document.operation(method, path)
        if operation is not None:
            document.check(operation, self.last)

    def exactly(self, model: Any) -> Any:
        """Check the last response against an SDK model."""
        assert list(problems(model, self.last)) == []
        return self.last

    def page(self, model: Any) -> Any:
        """Check the last response as a list of an SDK model."""
        page = self.last
        assert page["object"] in {
            "list",
            "vector_store.search_results.page",
            "vector_store.file_content.page",
        }
        assert isinstance(page["has_more"], bool)
        assert page["data"], "an empty page proves nothing"
        assert [found for item in page["data"] for found in problems(model, item)] == []
        if page["object"] == "list":
            assert page["first_id"] == page["data"][0]["id"]
            assert page["last_id"] == page["data"][-1]["id"]
        return page

    def stream(self, text: str, models: dict[str, Any], last: str = "done") -> list[str]:
        """Check every event of a stream against the model of its name, and what ends it."""
        names = []
        for name, body in events(text):
            names.append(name)
            if name == "done":
                assert body == "[DONE]"
            else:
                assert list(problems(models[name], body)) == [], name
        assert names[-1] == last
        return names


def _template(path: str) -> str:
    prefixes = (
        *("asst_", "file-", "vs_", "vsfb_", "thread_", "msg_", "run_", "step_", "upload_"),
        *("agent_", "envtmpl_", "env_", "sess_", "turn_"),
        *("resp_", "conv_", "fc_", "fs_"),
    )
    parts = path.split("/")
    return "/".join("{id}" if part.startswith(prefixes) else part for part in parts)


def routes(account: Account, api: str) -> set[tuple[str, str]]:
    """Give the method and path of every route of an API: ``agents``, ``responses``, or the rest."""
    return {
        (method, re.sub(r"\{[^}]*\}", "{id}", route.path))
        for route in all_routes(account)
        if isinstance(route, Route) and _APIS.get(route.path.split("/")[1], "assistants") == api
        for method in (route.methods or set()) - {"HEAD"}
    }
