"""What an API's runs can be asked for."""

from asstctl.model.dialect import AGENTS, ASSISTANTS, RESPONSES
from asstctl.model.json import JsonObject

EVERYTHING: JsonObject = {
    "tool_choice": {"type": "file_search"},
    "max_prompt_tokens": 500,
    "max_completion_tokens": 500,
    "truncation_strategy": {"type": "last_messages", "last_messages": 3},
    "temperature": 0.1,
    "top_p": 0.5,
    "additional_instructions": "Be brief.",
    "parallel_tool_calls": False,
}


def test_runs_of_assistants_can_be_asked_for_everything() -> None:
    assert ASSISTANTS.inexpressible(EVERYTHING) == ()
    assert ASSISTANTS.inexpressible({"truncation_strategy": {"type": "auto"}}) == ()


def test_responses_know_no_limit_of_the_prompt_and_no_number_of_messages() -> None:
    assert RESPONSES.inexpressible(EVERYTHING) == ("max_prompt_tokens", "truncation_strategy")
    assert RESPONSES.inexpressible({"truncation_strategy": {"type": "auto"}}) == ()


def test_turns_of_agents_take_instructions_and_no_other_option() -> None:
    others = tuple(name for name in EVERYTHING if name != "additional_instructions")

    assert AGENTS.inexpressible(EVERYTHING) == others
    assert AGENTS.inexpressible({"additional_instructions": "Be brief."}) == ()
