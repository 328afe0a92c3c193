"""The upstream model, against a chat-completions endpoint made for each test."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai
import pytest
from openai.types.beta.threads import Run

from asstctl.emulator import open_account
from asstctl.emulator.models.chat import ChatModel
from asstctl.emulator.models.upstream import Upstream
from emulator.agents import LISBON, NONE, WEATHER, items, reply, sandbox, settled
from emulator.conftest import Clock, sdk

URL = "http://models.test/v1/"
Reply = Callable[[dict[str, Any]], httpx2.Response]


def chunk(delta: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": None} | more]
    return {"object": "chat.completion.chunk", "choices": choices}


def streamed(*chunks: dict[str, Any]) -> httpx2.Response:
    lines = [f"data: {json.dumps(item)}\n\n" for item in chunks]
    body = ": keep-alive\n\n" + "".join(lines) + "data: [DONE]\n\n"
    return httpx2.Response(200, text=body, headers={"content-type": "text/event-stream"})


def said(text: str, reason: str = "stop") -> httpx2.Response:
    usage: dict[str, Any] = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
    usage |= {"prompt_tokens_details": {"cached_tokens": 4}}
    return streamed(
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": letter}) for letter in text),
        chunk({}, finish_reason=reason),
        chunk() | {"usage": usage},
    )


def called(*calls: tuple[str, str, str]) -> httpx2.Response:
    pieces = []
    for index, (call_id, name, arguments) in enumerate(calls):
        head = {"index": index, "id": call_id, "type": "function"}
        pieces.append(head | {"function": {"name": name, "arguments": ""}})
        pieces += [{"index": index, "function": {"arguments": letter}} for letter in arguments]
    return streamed(
        *(chunk({"tool_calls": [piece]}) for piece in pieces), chunk({}, finish_reason="tool_calls")
    )


class Endpoint:
    """Gives its answers in turn, and keeps what it was asked."""

    def __init__(self) -> None:
        self.url = f"{URL}chat/completions"
        self.waited: list[float] = []
        self.answers: list[httpx2.Response | Exception] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[httpx2.Headers] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == self.url
        self.headers.append(request.headers)
        self.asked.append(json.loads(request.content))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


class _Wired(Upstream):
    def __init__(self, endpoint: Endpoint, **settings: Any) -> None:
        super().__init__(**{"base_url": URL, "api_key": "sk-up", "name": "llama"} | settings)
        object.__setattr__(self, "_endpoint", endpoint)

    def connect(self) -> ChatModel:
        endpoint: Endpoint = object.__getattribute__(self, "_endpoint")
        return ChatModel(self, httpx2.MockTransport(endpoint), endpoint.wait)


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
async def up(endpoint: Endpoint, clock: Clock) -> AsyncIterator[openai.AsyncOpenAI]:
    async with (
        open_account(None, model=_Wired(endpoint), clock=clock) as account,
        sdk(account) as c,
    ):
        yield c


async def _run(client: openai.AsyncOpenAI, assistant: dict[str, Any], **options: Any) -> Run:
    made = await client.beta.assistants.create(**{"model": "gpt-4o"} | assistant)
    thread = options.pop("thread", {"messages": [{"role": "user", "content": "Where?"}]})
    run: Run = await client.beta.threads.create_and_run_poll(
        assistant_id=made.id, thread=thread, poll_interval_ms=5, **options
    )
    return run


async def _reply(client: openai.AsyncOpenAI, run: Run) -> Any:
    messages = await client.beta.threads.messages.list(run.thread_id, run_id=run.id)
    return messages.data[0].content[0].text  # type: ignore[union-attr]


async def test_a_chain_of_responses_goes_up(endpoint: Endpoint, up: openai.AsyncOpenAI) -> None:
    endpoint.answers = [
        called(("call_1", "get_weather", '{"city":"Porto"}')),
        said("Sunny."),
        said("Bye."),
    ]
    tool: Any = {"type": "function", "name": "get_weather", "parameters": None, "strict": None}
    first = await up.responses.create(
        model="gpt-5",
        instructions="Be kind.",
        input=[{"role": "developer", "content": "Short!"}, {"role": "user", "content": "Weather?"}],
        tools=[tool],
        tool_choice="required",
        reasoning={"effort": "low"},
        text={"verbosity": "high", "format": {"type": "json_schema", "name": "n", "schema": {}}},
        max_output_tokens=99,
    )
    call: Any = first.output[0]
    assert (call.call_id, call.name, call.arguments) == (
        "call_1",
        "get_weather",
        '{"city":"Porto"}',
    )
    second = await up.responses.create(
        model="gpt-5",
        previous_response_id=first.id,
        input=[{"type": "function_call_output", "call_id": "call_1", "output": "sun"}],
    )
    assert second.output_text == "Sunny."
    assert second.usage is not None
    assert (second.usage.input_tokens, second.usage.output_tokens) == (11, 5)
    assert second.usage.input_tokens_details.cached_tokens == 4
    await up.responses.create(model="gpt-5", previous_response_id=second.id, input="Thanks")
    asked = endpoint.asked[0]
    assert asked["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "system", "content": "Short!"},
        {"role": "user", "content": "Weather?"},
    ]
    assert asked["tools"] == [
        {"type": "function", "function": {"name": "get_weather", "strict": False}}
    ]
    assert asked["tool_choice"] == "required"
    assert (asked["reasoning_effort"], asked["verbosity"]) == ("low", "high")
    assert asked["max_completion_tokens"] == 99
    assert asked["response_format"]["json_schema"]["name"] == "n"
    function = {"name": "get_weather", "arguments": '{"city":"Porto"}'}
    called_once = [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
    ]
    assert endpoint.asked[1]["messages"] == [*asked["messages"][1:], *called_once]
    assert endpoint.asked[2]["messages"] == [
        *asked["messages"][1:],
        *called_once,
        {"role": "assistant", "content": "Sunny."},
        {"role": "user", "content": "Thanks"},
    ]


async def test_the_thread_goes_up_and_the_answer_comes_back(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [said("In Lisbon.")]
    run = await _run(
        up, {"instructions": "Be kind.", "temperature": 0.3}, max_completion_tokens=500
    )
    assert (await _reply(up, run)).value == "In Lisbon."
    assert endpoint.asked == [
        {
            "model": "llama",
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "Where?"},
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0.3,
            "max_completion_tokens": 500,
        }
    ]
    assert endpoint.headers[0]["authorization"] == "Bearer sk-up"
    assert run.usage is not None
    assert run.usage.model_dump() == {
        "prompt_tokens": 11,
        "completion_tokens": 5,
        "total_tokens": 16,
        "prompt_token_details": {"cached_tokens": 4},
    }


async def test_functions_become_required_actions(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    functions = [
        {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    ]
    endpoint.answers = [called(("c1", "add", '{"a":1}'), ("c2", "add", '{"a":2}')), said("3")]
    run = await _run(up, {"tools": functions}, tool_choice="required")
    assert run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [(call.id, call.function.arguments) for call in calls] == [
        ("c1", '{"a":1}'),
        ("c2", '{"a":2}'),
    ]
    run = await up.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=run.thread_id,
        tool_outputs=[{"tool_call_id": call.id, "output": call.id} for call in calls],
        poll_interval_ms=5,
    )
    assert run.status == "completed"
    first, second = endpoint.asked
    assert first["tools"][0]["function"]["name"] == "add"
    assert (first["tool_choice"], second["tool_choice"]) == ("required", "auto")
    assert [message["role"] for message in second["messages"]] == [
        "user",
        "assistant",
        "tool",
        "tool",
    ]
    assert second["messages"][1]["tool_calls"][1]["id"] == "c2"
    assert second["messages"][3] == {"role": "tool", "tool_call_id": "c2", "content": "c2"}


async def test_file_search_is_answered_by_the_account(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    file = await up.files.create(file=("trams.md", b"Tram 28 to Graca"), purpose="assistants")
    store = await up.vector_stores.create(file_ids=[file.id])
    endpoint.answers = [
        called(("c1", "file_search", '{"query": "tram"}')),
        said("To Graca 【4:0†trams.md】."),
    ]
    run = await _run(
        up,
        {
            "tools": [{"type": "file_search"}],
            "tool_resources": {"file_search": {"vector_store_ids": [store.id]}},
        },
    )
    text = await _reply(up, run)
    assert text.annotations[0].file_citation.file_id == file.id
    answered = endpoint.asked[1]["messages"][-1]
    assert answered["content"] == "【4:0†trams.md】\nTram 28 to Graca"
    assert "【4:0†name】" in endpoint.asked[0]["messages"][0]["content"]


async def test_code_is_refused_and_the_model_told_so(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [called(("c1", "code_interpreter", '{"code": "1+1"}')), said("I cannot.")]
    run = await _run(up, {"tools": [{"type": "code_interpreter"}]})
    assert run.status == "completed"
    assert "not available" in endpoint.asked[1]["messages"][-1]["content"]


async def test_a_function_of_the_client_goes_before_ours(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [called(("c1", "file_search", "{}"))]
    tools = [{"type": "function", "function": {"name": "file_search"}}, {"type": "file_search"}]
    run = await _run(up, {"tools": tools})
    assert run.status == "requires_action"
    assert len(endpoint.asked[0]["tools"]) == 1


async def test_an_answer_that_is_cut_is_incomplete(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [said("and the", "length")]
    run = await _run(up, {})
    assert run.incomplete_details is not None
    assert (run.status, run.incomplete_details.reason) == ("incomplete", "max_completion_tokens")
    assert (await _reply(up, run)).value == "and the"


async def test_an_endpoint_that_does_not_stream(endpoint: Endpoint, up: openai.AsyncOpenAI) -> None:
    body = {"choices": [{"message": {"content": "Whole."}, "finish_reason": "stop"}]}
    endpoint.answers = [httpx2.Response(200, text=json.dumps(body, indent=2))]
    endpoint.answers[0].headers["content-type"] = "application/json; charset=utf-8"  # type: ignore[union-attr]
    run = await _run(up, {"response_format": {"type": "json_object"}})
    assert (await _reply(up, run)).value == "Whole."
    assert endpoint.asked[0]["response_format"] == {"type": "json_object"}


def _refusal(status: int, body: object) -> httpx2.Response:
    return httpx2.Response(status, json=body)


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (
            _refusal(429, {"error": {"message": "too many"}}),
            "rate_limit_exceeded",
            "The upstream model answered 429: too many",
        ),
        (
            httpx2.Response(401, text=f"{'x' * 497}sk-up"),
            "server_error",
            f"The upstream model answered 401: {'x' * 497}***",
        ),
        (
            _refusal(500, {"detail": "oops"}),
            "server_error",
            'The upstream model answered 500: {"detail":"oops"}',
        ),
        (
            httpx2.Response(502, text="<html>bad"),
            "server_error",
            "The upstream model answered 502: <html>bad",
        ),
        (
            streamed(chunk({"content": "Hm"}), {"error": {"message": "overloaded"}}),
            "server_error",
            "The upstream model failed: overloaded",
        ),
        (
            httpx2.Response(200, text="data: {broken\n\n"),
            "server_error",
            "The upstream model sent something that is not JSON.",
        ),
        (
            httpx2.Response(200, html="<html>Sign in</html>"),
            "server_error",
            "The upstream model answered with something that is no completion.",
        ),
        (
            httpx2.ConnectError("refused"),
            "server_error",
            "The upstream model could not be reached: ConnectError('refused')",
        ),
    ],
)
async def test_failures_fail_the_run(
    endpoint: Endpoint,
    up: openai.AsyncOpenAI,
    answer: httpx2.Response | Exception,
    code: str,
    message: str,
) -> None:
    endpoint.answers = [answer] * 10
    run = await _run(up, {})
    assert run.last_error is not None
    assert (run.status, run.last_error.code, run.last_error.message) == ("failed", code, message)


async def test_the_stream_is_passed_on_piece_by_piece(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [said("Olá!")]
    made = await up.beta.assistants.create(model="gpt-4o")
    pieces = []
    async with up.beta.threads.create_and_run_stream(assistant_id=made.id) as stream:
        async for event in stream:
            if event.event == "thread.message.delta":
                pieces += [block.text.value for block in event.data.delta.content or ()]  # type: ignore[union-attr]
    assert pieces == ["O", "l", "á", "!"]


def test_the_key_is_not_shown() -> None:
    assert "sk-up" not in repr(Upstream("http://models.test", "sk-up", "llama"))


async def test_an_endpoint_without_a_key_gets_no_authorization() -> None:
    """A header that says nothing after ``Bearer`` cannot even be sent."""
    model = ChatModel(Upstream("http://models.test/v1", "", "m"))
    assert "authorization" not in model.client.headers
    await model.close()


@pytest.mark.parametrize(
    "values", [{"HTTP_PROXY": "ftp://x"}, {"SSL_CERT_FILE": "/nonexistent.pem"}], ids=str
)
async def test_a_broken_variable_breaks_the_answer_and_nothing_else(
    values: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    upstream = Upstream(base_url="http://127.0.0.1:9/v1", api_key="", name="m")
    async with open_account(None, model=upstream) as account, sdk(account) as client:
        assistant = await client.beta.assistants.create(model="m")
        thread = await client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
        run = await client.beta.threads.runs.create_and_poll(
            thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=5
        )

    assert run.status == "failed"
    assert run.last_error is not None
    assert "could not be reached" in run.last_error.message


async def test_an_agent_is_offered_its_functions_and_what_stands_for_its_sandbox(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [
        called(("c1", "shell", '{"command": "ls"}'), ("c2", "file_search", '{"query": "tram"}')),
        said("To the castle."),
    ]
    tools: list[Any] = [WEATHER, {"type": "web_search"}]
    made = await up.beta.agents.sessions.create(
        agent={"model": "gpt-5", "instructions": "Be kind.", "tools": tools},
        environment=await sandbox(up, lisbon_md=LISBON),
        input="Where does the tram go?",
    )
    await settled(up, made.id)
    assert await reply(up, made.id) == "To the castle."
    first, second = endpoint.asked
    names = [tool["function"]["name"] for tool in first["tools"]]
    assert names == ["get_weather", "file_search", "shell"]
    system = "Be kind.\n\nThe web cannot be searched here, so nothing was looked up."
    assert first["messages"][0] == {"role": "system", "content": system}
    asked, declined, found = second["messages"][2:]
    assert [call["function"]["name"] for call in asked["tool_calls"]] == ["shell", "file_search"]
    assert "Nothing was executed." in declined["content"]
    assert found["content"].startswith("/workspace/lisbon.md\n# Lisbon")
    commands = [item for item in await items(up, made.id) if item.type == "command_execution"]
    assert [(item.command, item.status) for item in commands] == [("ls", "failed")]


async def test_a_model_that_the_endpoint_does_not_have(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [httpx2.Response(404, json={"error": {"message": "no such model"}})]
    sessions = up.beta.agents.sessions
    made = await sessions.create(agent={"model": "m"}, environment=NONE, input="Hi")
    await settled(up, made.id)
    [turn] = (await sessions.turns.list(made.id)).data
    assert turn.error is not None
    assert (turn.status, turn.error.code) == ("failed", "resource_not_found")
    assert "no such model" in turn.error.message


@asynccontextmanager
async def _settled(
    endpoint: Endpoint, clock: Clock, **settings: Any
) -> AsyncIterator[openai.AsyncOpenAI]:
    """Open an account with an upstream of these settings."""
    async with (
        open_account(None, model=_Wired(endpoint, **settings), clock=clock) as account,
        sdk(account) as client,
    ):
        yield client


async def test_each_assistant_has_its_own_model(endpoint: Endpoint, clock: Clock) -> None:
    endpoint.answers = [said("a"), said("b"), said("c")]
    names = {"gpt-4o": "my-large"}
    async with _settled(endpoint, clock, name=None, names=names) as client:
        mapped = await _run(client, {"model": "gpt-4o"})
        own = await _run(client, {"model": "other"})
        response = await client.responses.create(model="gpt-4o", input="Hi")
        assert "my-large" in [model.id async for model in client.models.list()]
    assert [asked["model"] for asked in endpoint.asked] == ["my-large", "other", "my-large"]
    assert (mapped.model, own.model, response.model) == ("my-large", "other", "my-large")


async def test_one_model_answers_for_all(endpoint: Endpoint, up: openai.AsyncOpenAI) -> None:
    endpoint.answers = [said("a")]
    run = await _run(up, {"model": "gpt-4o"})
    assert (endpoint.asked[0]["model"], run.model) == ("llama", "llama")
    assistant = await up.beta.assistants.retrieve(run.assistant_id)
    assert assistant.model == "gpt-4o"


def _long(count: int, size: int = 400) -> dict[str, Any]:
    messages = [{"role": "user", "content": f"{n} " + "x" * size} for n in range(count)]
    return {"messages": messages}


def _contents(asked: dict[str, Any]) -> list[str]:
    return [message["content"].split()[0] for message in asked["messages"]]


async def test_the_context_is_kept_to(endpoint: Endpoint, clock: Clock) -> None:
    endpoint.answers = [said("a")]
    async with _settled(endpoint, clock, context=1200) as client:
        run = await _run(client, {"instructions": "Be kind."}, thread=_long(40))
    assert run.status == "completed"
    # A quarter is left for the answer: some 100 tokens for each message fill the rest.
    assert _contents(endpoint.asked[0]) == ["Be", *(str(n) for n in range(32, 40))]


async def test_a_thread_four_times_too_long_is_cut(endpoint: Endpoint, clock: Clock) -> None:
    body = {"error": {"message": "too long", "code": "context_length_exceeded"}}
    other = {"error": {"message": "This model's maximum context length is 8192 tokens."}}
    endpoint.answers = [_refusal(400, body), _refusal(400, other), said("a")]
    async with _settled(endpoint, clock) as client:
        run = await _run(client, {"instructions": "Be kind."}, thread=_long(40))
    assert run.status == "completed"
    assert [len(asked["messages"]) for asked in endpoint.asked] == [41, 21, 11]
    assert _contents(endpoint.asked[2]) == ["Be", *(str(n) for n in range(30, 40))]


async def test_what_does_not_fit_at_all_fails(endpoint: Endpoint, up: openai.AsyncOpenAI) -> None:
    body = {"error": {"message": "too long", "code": "context_length_exceeded"}}
    endpoint.answers = [_refusal(400, body)] * 3
    run = await _run(up, {}, thread=_long(4))
    assert run.last_error is not None
    assert (run.status, run.last_error.code) == ("failed", "invalid_prompt")
    assert [len(asked["messages"]) for asked in endpoint.asked] == [4, 2, 1]


async def test_a_busy_endpoint_is_asked_again(endpoint: Endpoint, up: openai.AsyncOpenAI) -> None:
    busy = _refusal(429, {"error": {"message": "slow down"}})
    busy.headers["retry-after"] = "7"
    endpoint.answers = [busy, _refusal(503, {}), said("At last.")]
    run = await _run(up, {})
    assert (await _reply(up, run)).value == "At last."
    assert endpoint.waited == [7.0, 1.0]


async def test_an_endpoint_that_starts_anew_is_asked_again(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    alone, several = httpx2.ConnectError("failed"), httpx2.ConnectError("failed")
    alone.__cause__ = ConnectionRefusedError(111)
    several.__cause__ = ExceptionGroup("each", [OSError(101), ConnectionRefusedError(111)])
    endpoint.answers = [alone, several, _refusal(503, {}), said("At last.")]
    run = await _run(up, {})
    assert (await _reply(up, run)).value == "At last."
    assert endpoint.waited == [0.5, 1.0, 2.0]
    endpoint.answers = [alone] * 20
    assert (await _run(up, {})).status == "failed"
    assert sum(endpoint.waited) <= 3.5 + 30


async def test_it_is_not_asked_for_ever(endpoint: Endpoint, up: openai.AsyncOpenAI) -> None:
    endpoint.answers = [_refusal(500, {})] * 20
    assert (await _run(up, {})).status == "failed"
    assert endpoint.waited == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert sum(endpoint.waited) <= 30
    endpoint.asked.clear()
    soon = _refusal(429, {})
    soon.headers["retry-after"] = "0"
    endpoint.answers = [soon] * 20
    assert (await _run(up, {})).status == "failed"
    assert len(endpoint.asked) == 10
    spent = _refusal(429, {"error": {"code": "insufficient_quota", "message": "Pay."}})
    endpoint.asked.clear()
    endpoint.answers = [spent] * 2
    assert (await _run(up, {})).status == "failed"
    assert len(endpoint.asked) == 1


async def test_nothing_is_asked_again_after_the_first_piece(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    broken = streamed(chunk({"content": "Hm"}), {"error": {"message": "overloaded"}})
    endpoint.answers = [broken, said("Again.")]
    assert (await _run(up, {})).status == "failed"
    assert len(endpoint.asked) == 1


async def test_options_that_it_does_not_know_are_left_out_from_then_on(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [
        _refusal(422, {"detail": "stream_options: Extra inputs are not permitted"}),
        _refusal(400, {"error": {"message": "Unsupported parameter: 'max_completion_tokens'"}}),
        said("a"),
        said("b"),
    ]
    for _ in range(2):
        assert (await _run(up, {}, max_completion_tokens=300)).status == "completed"
    for asked in endpoint.asked[2:]:
        assert "stream_options" not in asked
        assert "max_completion_tokens" not in asked
        assert asked["max_tokens"] == 300


async def test_a_filter_leaves_it_incomplete(endpoint: Endpoint, up: openai.AsyncOpenAI) -> None:
    endpoint.answers = [said("and the", "content_filter"), said("and the", "content_filter")]
    run = await _run(up, {})
    assert run.status == "incomplete"
    messages = await up.beta.threads.messages.list(run.thread_id, run_id=run.id)
    details = messages.data[0].incomplete_details
    assert details is not None
    assert (messages.data[0].status, details.reason) == ("incomplete", "content_filter")
    response = await up.responses.create(model="m", input="Hi")
    assert response.incomplete_details is not None
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "content_filter")


async def test_azure_is_asked_in_its_way(endpoint: Endpoint, clock: Clock) -> None:
    base = "https://x.openai.azure.com/openai/deployments/big"
    endpoint.url = f"{base}/chat/completions?api-version=2024-10-21"
    endpoint.answers = [said("a")]
    async with _settled(endpoint, clock, base_url=f"{base}?api-version=2024-10-21") as client:
        assert (await _run(client, {})).status == "completed"
    assert endpoint.headers[0]["api-key"] == "sk-up"
    assert "authorization" not in endpoint.headers[0]


async def test_a_model_without_code_is_told_what_the_files_say(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [said("3")]
    files = [
        await up.files.create(file=(name, content), purpose="assistants")
        for name, content in (("a.csv", b"a\n1\n2\n"), ("b.pdf", b"%PDF"), ("c.md", b"x" * 40_000))
    ]
    ids = [file.id for file in files]
    resources = {"code_interpreter": {"file_ids": ids}}
    await _run(up, {"tools": [{"type": "code_interpreter"}], "tool_resources": resources})
    told = endpoint.asked[0]["messages"][0]["content"]
    assert "Files of the code interpreter: a.csv, b.pdf, c.md." in told
    assert "No code can be run here." in told
    assert told.endswith("a.csv:\na\n1\n2\n")


PNG = b"\x89PNG\r\n\x1a\n"
HELD = "data:image/png;base64,iVBORw0KGgo="
THERE = "https://example.com/a.png"


async def test_images_of_messages_go_up_as_images(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [said("A cat.")]
    file = await up.files.create(file=("a.png", PNG), purpose="vision")
    content = [
        {"type": "text", "text": "What is in it?"},
        {"type": "image_file", "image_file": {"file_id": file.id, "detail": "low"}},
        {"type": "image_url", "image_url": {"url": THERE}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'A' * 30_000}"}},
    ]
    await _run(up, {}, thread={"messages": [{"role": "user", "content": content}]})
    (message,) = endpoint.asked[0]["messages"]
    words, *images = message["content"]
    assert words == {"type": "text", "text": "What is in it?"}
    assert [part["type"] for part in images] == ["image_url"] * 3
    assert images[0]["image_url"] == {"url": HELD, "detail": "low"}
    assert images[1]["image_url"]["url"] == THERE
    assert len(images[2]["image_url"]["url"]) == 30_022


async def test_images_of_responses_and_sessions_go_up(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    endpoint.answers = [said("A cat."), said("A dog.")]
    file = await up.files.create(file=("a.png", PNG), purpose="vision")
    await up.responses.create(
        model="m",
        input=[
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What?"},
                    {"type": "input_image", "file_id": file.id, "detail": "auto"},
                ],
            }
        ],
    )
    made = await up.beta.agents.sessions.create(
        agent={"model": "m"},
        environment=NONE,
        input=[
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "And?"},
                    {"type": "input_image", "image_url": THERE},
                ],
            }
        ],
    )
    await settled(up, made.id)
    first, second = (asked["messages"][0]["content"] for asked in endpoint.asked)
    assert first[1]["image_url"]["url"] == HELD
    assert second == [
        {"type": "text", "text": "And?"},
        {"type": "image_url", "image_url": {"url": THERE}},
    ]


async def test_an_image_that_is_gone_fails_the_run(
    endpoint: Endpoint, up: openai.AsyncOpenAI
) -> None:
    file = await up.files.create(file=("a.png", PNG), purpose="vision")
    content = [{"type": "image_file", "image_file": {"file_id": file.id}}]
    thread = await up.beta.threads.create(
        messages=[{"role": "user", "content": content}]  # type: ignore[typeddict-item]
    )
    await up.files.delete(file.id)
    made = await up.beta.assistants.create(model="m")
    run = await up.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=made.id, poll_interval_ms=5
    )
    assert run.last_error is not None
    assert (run.status, run.last_error.code) == ("failed", "invalid_prompt")
    assert "was deleted" in run.last_error.message
