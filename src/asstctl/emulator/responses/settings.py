"""What a response is made with: its request's fields with the defaults filled in, and checked."""

from asstctl.emulator import resources
from asstctl.emulator.errors import ApiError, bad_request
from asstctl.emulator.requests.response_tools import CodeTool, read_back
from asstctl.emulator.requests.responses import CreateResponse
from asstctl.emulator.responses import prompt as prompts
from asstctl.emulator.responses.context import Context
from asstctl.emulator.store.collections import VECTOR_STORES, Body, encode
from asstctl.emulator.store.database import Database


def fields(database: Database, params: CreateResponse) -> Body:
    """Give a response's settings as they read back.

    Raises ApiError: 400 for what the model or the choice of tools does not allow, 404 for a vector
    store or a container that the account does not hold.
    """
    unsupported = params.unsupported()
    if unsupported is not None:
        raise bad_request(
            f"Unsupported parameter: '{unsupported}' is not supported with this model.",
            unsupported,
            "unsupported_parameter",
        )
    response = _settings(params)
    _check_tools(database, params, response)
    prompts.check_choice(response)
    return response


def _settings(params: CreateResponse) -> Body:
    conversation = params.conversation_id
    given = {name: value for name, value in params.given().items() if value is not None}
    tier = given.get("service_tier", "auto")
    return {
        "model": params.model,
        "instructions": params.instructions,
        "conversation": {"id": conversation} if conversation else None,
        "previous_response_id": params.previous_response_id,
        "background": bool(params.background),
        "tools": read_back(list(params.tools or ())),
        "tool_choice": given.get("tool_choice", "auto"),
        "parallel_tool_calls": given.get("parallel_tool_calls", True),
        "max_tool_calls": params.max_tool_calls,
        "text": _text(given.get("text") or {}),
        "reasoning": {"effort": None, "summary": None} | given.get("reasoning", {}),
        "temperature": given.get("temperature", 1.0),
        "top_p": given.get("top_p", 1.0),
        "top_logprobs": given.get("top_logprobs", 0),
        "max_output_tokens": params.max_output_tokens,
        "truncation": given.get("truncation", "disabled"),
        # One tier is all there is here; a fast one reads back as the original's does.
        "service_tier": {"auto": "default", "fast": "priority"}.get(tier, tier),
        "metadata": given.get("metadata", {}),
        "user": params.user,
        "safety_identifier": params.safety_identifier,
        "prompt_cache_key": params.prompt_cache_key,
        "prompt_cache_retention": params.prompt_cache_retention,
    }


def _text(given: Body) -> Body:
    shape: Body = dict(given.get("format") or {})
    if shape.get("type") == "json_schema":
        shape = {"description": None, "strict": False} | {
            name: value for name, value in shape.items() if value is not None
        }
    verbosity = given.get("verbosity") or "medium"
    return {"format": shape or {"type": "text"}, "verbosity": verbosity}


def _check_tools(database: Database, params: CreateResponse, response: Body) -> None:
    for tool in params.tools or ():
        if isinstance(tool, CodeTool) and isinstance(tool.container, str):
            raise ApiError(404, f"Container with id '{tool.container}' not found.", param="tools")
    resources.check_files(database, prompts.code_file_ids(response), "tools")
    for store_id in prompts.store_ids(response):
        if VECTOR_STORES.find(database, store_id) is None:
            raise ApiError(404, f"Vector store with id '{store_id}' not found.", param="tools")


def check_json(response: Body, context: Context) -> None:
    """Raise ApiError (400) when a JSON object is wanted and nobody told the model so."""
    if response["text"]["format"]["type"] != "json_object":
        return
    told = [item for item in (*context.before, *context.input) if item["type"] == "message"]
    if "json" not in f"{response['instructions'] or ''}{encode(told)}".casefold():
        raise bad_request(
            "Response input messages must contain the word 'json' in some form to use "
            "'text.format' of type 'json_object'.",
            "input",
        )
