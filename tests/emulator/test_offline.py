"""The offline model: what it quotes, what it calls, and that it never says anything else."""

import json
from typing import Any

import jsonschema
import openai
import pytest

from asstctl.emulator.account import Account
from asstctl.emulator.models.instance import Instances
from emulator import documents

MEAL = "I had the burger and soda, how much should I pay for this meal?"


async def _guide(client: openai.AsyncOpenAI, files: dict[str, bytes], **options: Any) -> str:
    ids = [
        (await client.files.create(file=(name, data), purpose="assistants")).id
        for name, data in files.items()
    ]
    store = await client.vector_stores.create(file_ids=ids)
    resources: Any = {"file_search": {"vector_store_ids": [store.id]}}
    made = await client.beta.assistants.create(
        **{"model": "gpt-4o", "tools": [{"type": "file_search"}], "tool_resources": resources}
        | options
    )
    return str(made.id)


async def _ask(
    client: openai.AsyncOpenAI, assistant_id: str, question: str, **options: Any
) -> tuple[Any, Any]:
    run = await client.beta.threads.create_and_run_poll(
        assistant_id=assistant_id,
        thread={"messages": [{"role": "user", "content": question}]},
        poll_interval_ms=5,
        **options,
    )
    messages = await client.beta.threads.messages.list(run.thread_id, run_id=run.id)
    return run, messages.data[0].content[0].text if messages.data else None  # type: ignore[union-attr]


async def test_it_quotes_the_lines_that_matter(client: openai.AsyncOpenAI) -> None:
    guide = await _guide(client, {"receipt.pdf": documents.receipt()})
    _, text = await _ask(client, guide, MEAL)
    assert text.value == (
        "[offline model] I do not think or calculate; these lines of the files match your message."
        "\n\nreceipt.pdf:\n"
        "> Burger with fries $23.75 【4:0†receipt.pdf】\n"
        "> Soda $15.50 【4:0†receipt.pdf】"
    )
    for note in text.annotations:
        assert text.value[note.start_index : note.end_index] == note.text
    assert len(text.annotations) == 2


async def test_lines_deep_inside_a_long_file_are_found(client: openai.AsyncOpenAI) -> None:
    lines = [f"Entry {number}: nothing of interest happened." for number in range(3000)]
    lines[2222] = "Entry 2222: the lighthouse keeper found a blue umbrella."
    guide = await _guide(client, {"log.txt": "\n".join(lines).encode()})
    _, text = await _ask(client, guide, "Who found the blue umbrella at the lighthouse?")
    assert "> Entry 2222: the lighthouse keeper found a blue umbrella. 【" in text.value
    assert "nothing of interest" not in text.value


async def test_the_same_account_gives_the_same_bytes(client: openai.AsyncOpenAI) -> None:
    files = {f"{number}.md": f"The castle of hill {number} opens.".encode() for number in range(9)}
    guide = await _guide(client, files)
    texts = {(await _ask(client, guide, "When does the castle open?"))[1].value for _ in range(3)}
    assert len(texts) == 1


async def test_it_says_when_nothing_matches_and_never_repeats_the_question(
    client: openai.AsyncOpenAI,
) -> None:
    guide = await _guide(client, {"receipt.pdf": documents.receipt()})
    _, text = await _ask(client, guide, "Explain xylophones")
    assert text.value == (
        "[offline model] I do not think or calculate, and nothing in the files "
        "matches your message."
    )
    plain = await client.beta.assistants.create(model="gpt-4o")
    _, text = await _ask(client, plain.id, "Explain xylophones")
    assert text.value == (
        "[offline model] I do not think or calculate, and no files are attached that I could quote."
    )


async def test_it_does_not_pretend_to_run_code(client: openai.AsyncOpenAI) -> None:
    file = await client.files.create(file=("bill.csv", b"5632.34,17"), purpose="assistants")
    guide = await client.beta.assistants.create(
        model="gpt-4o",
        tools=[{"type": "code_interpreter"}],
        tool_resources={"code_interpreter": {"file_ids": [file.id]}},
    )
    _, text = await _ask(client, guide.id, "Split $5632.34 by 17.")
    assert text.value.endswith(
        "The code interpreter does not run here, so nothing was calculated. "
        "Its files were not read: bill.csv."
    )
    assert "331" not in text.value
    run, _ = await _ask(client, guide.id, "Split it.", tool_choice={"type": "code_interpreter"})
    steps = await client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc")
    call = steps.data[0].step_details.tool_calls[0]  # type: ignore[union-attr]
    assert "not available" in call.code_interpreter.outputs[0].logs  # type: ignore[union-attr]


async def test_it_keeps_to_the_completion_limit(client: openai.AsyncOpenAI) -> None:
    lines = "\n".join(f"The castle of hill {number} is {'very ' * 60}old." for number in range(9))
    guide = await _guide(client, {"castles.md": lines.encode()})
    run, text = await _ask(client, guide, "Which castle?", max_completion_tokens=256)
    assert run.status == "incomplete"
    assert run.incomplete_details.reason == "max_completion_tokens"
    assert run.usage.completion_tokens <= 256 + 8
    assert len(text.value.encode()) <= 256 * 4


WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1},
        "note": {"type": "string"},
    },
    "required": ["city", "unit", "days"],
}
FUNCTIONS: Any = [
    {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}},
    {"type": "function", "function": {"name": "book-table"}},
]


async def _calls(
    client: openai.AsyncOpenAI, question: str, **options: Any
) -> list[tuple[str, dict[str, Any]]]:
    made = await client.beta.assistants.create(model="gpt-4o", tools=FUNCTIONS)
    run, _ = await _ask(client, made.id, question, **options)
    action = run.required_action
    calls = action.submit_tool_outputs.tool_calls if action else []
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


async def test_it_calls_the_function_that_the_prompt_names(client: openai.AsyncOpenAI) -> None:
    asked = "Please call get_weather for 3 days in Lisbon, in fahrenheit"
    expected = {"city": "Lisbon", "unit": "fahrenheit", "days": 3}
    assert await _calls(client, asked) == [("get_weather", expected)]
    both = await _calls(client, "get weather and then book table")
    assert [name for name, _ in both] == ["get_weather", "book-table"]
    assert both[0][1] == {"city": "string", "unit": "celsius", "days": 1}
    assert await _calls(client, "What is the weather?") == []
    assert await _calls(client, "forget_weathering") == []


async def test_it_honours_the_tool_choice(client: openai.AsyncOpenAI) -> None:
    assert await _calls(client, "get_weather", tool_choice="none") == []
    assert [name for name, _ in await _calls(client, "Hi", tool_choice="required")] == [
        "get_weather"
    ]
    named: Any = {"type": "function", "function": {"name": "book-table"}}
    assert await _calls(client, "get_weather", tool_choice=named) == [("book-table", {})]


async def test_it_reports_what_the_functions_gave(client: openai.AsyncOpenAI) -> None:
    made = await client.beta.assistants.create(model="gpt-4o", tools=FUNCTIONS)
    run, _ = await _ask(client, made.id, "book-table please")
    run = await client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=run.thread_id,
        tool_outputs=[
            {
                "tool_call_id": run.required_action.submit_tool_outputs.tool_calls[0].id,
                "output": "table 4",
            }
        ],
        poll_interval_ms=5,
    )
    messages = await client.beta.threads.messages.list(run.thread_id, run_id=run.id)
    assert messages.data[0].content[0].text.value == (  # type: ignore[union-attr]
        "[offline model] I do not think or calculate; this is what the functions gave."
        "\n\nbook-table({}) gave: table 4"
    )


async def test_the_search_options_of_the_tool_count(client: openai.AsyncOpenAI) -> None:
    files = {f"{number}.md": f"castle {number}".encode() for number in range(4)}
    tools: Any = [{"type": "file_search", "file_search": {"max_num_results": 2}}]
    guide = await _guide(client, files, tools=tools)
    run, _ = await _ask(client, guide, "castle")
    steps = await client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc")
    details: Any = steps.data[0].step_details
    assert len(details.tool_calls[0].file_search.results) == 2
    tools[0]["file_search"] = {"ranking_options": {"score_threshold": 0.9}}
    _, text = await _ask(client, guide, "castle of crystal dragons", tools=tools)
    assert "nothing in the files matches" in text.value


async def test_files_of_the_thread_and_of_the_assistant_are_searched(
    account: Account, client: openai.AsyncOpenAI
) -> None:
    guide = await _guide(client, {"own.md": b"The castle is old."})
    file = await client.files.create(
        file=("sent.md", b"The castle is on fire."), purpose="assistants"
    )
    thread: Any = {
        "messages": [
            {
                "role": "user",
                "content": "castle?",
                "attachments": [{"file_id": file.id, "tools": [{"type": "file_search"}]}],
            }
        ]
    }
    run = await client.beta.threads.create_and_run_poll(
        assistant_id=guide, thread=thread, poll_interval_ms=5
    )
    messages = await client.beta.threads.messages.list(run.thread_id, run_id=run.id)
    value = messages.data[0].content[0].text.value  # type: ignore[union-attr]
    assert "own.md:\n> The castle is old. 【4:0†own.md】" in value
    assert "sent.md:\n> The castle is on fire. 【4:1†sent.md】" in value


async def test_json_answers_are_json(client: openai.AsyncOpenAI) -> None:
    guide = await _guide(client, {"receipt.pdf": documents.receipt()})
    _, text = await _ask(client, guide, MEAL, response_format={"type": "json_object"})
    report = json.loads(text.value)
    assert report["note"].startswith("[offline model] ")
    assert report["quotes"][0] == {
        "file": "receipt.pdf",
        "text": "Burger with fries $23.75",
        "citation": "【4:0†receipt.pdf】",
    }
    assert len(text.annotations) == 2
    schema = {
        "type": "object",
        "properties": {
            "total": {"type": "number"},
            "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
            "paid": {"type": "boolean"},
        },
        "required": ["total", "items", "paid"],
        "$defs": {
            "item": {
                "type": "object",
                "properties": {"name": {"type": "string", "maxLength": 5}},
                "required": ["name"],
            }
        },
    }
    shape: Any = {"type": "json_schema", "json_schema": {"name": "bill", "schema": schema}}
    _, text = await _ask(client, guide, MEAL, response_format=shape)
    answer = json.loads(text.value)
    jsonschema.validate(answer, schema)
    assert answer["note"].startswith("[offline model] ")
    closed = schema | {"additionalProperties": False}
    shape["json_schema"]["schema"] = closed
    _, text = await _ask(client, guide, MEAL, response_format=shape)
    jsonschema.validate(json.loads(text.value), closed)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {}},
        {"type": "object", "required": ["a"], "properties": {"a": {"const": 5}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"default": "x"}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": ["null", "integer"]}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"anyOf": [{"type": "null"}]}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"format": "date"}}},
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "string", "minLength": 30}},
        },
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "number", "maximum": -3}},
        },
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "array", "minItems": 3, "items": {"type": "boolean"}}},
        },
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
            ]
        },
    ],
)
def test_instances_fit_their_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(Instances(schema, "Ask for 7 in Porto").build(), schema)


def test_a_schema_that_refers_to_itself_ends() -> None:
    schema = {
        "type": "object",
        "properties": {"child": {"$ref": "#"}},
        "required": ["child"],
    }
    assert "child" in Instances(schema).build()
    assert Instances({"$ref": "#"}).build() is not None
