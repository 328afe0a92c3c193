"""An application that asks the agent: a session in its sandbox, and the function that it calls."""

import os
import time
from typing import Any

from openai import OpenAI

ENDED = {"completed", "failed", "cancelled"}
client = OpenAI()
sessions = client.beta.agents.sessions


def price_of(bike: str) -> str:
    return f"the {bike} costs 1490 euros"


def answer(call: Any) -> None:
    sessions.events.create(
        session.id,
        events=[
            {
                "type": "agent.session.input.tool_result",
                "turn_id": call.turn_id,
                "call_id": call.call_id,
                "success": True,
                "output": price_of(**call.arguments),
            }
        ],
    )


session = sessions.create(
    agent_id=os.environ["ASSTCTL_RESEARCHER_ID"],
    environment={
        "type": "openai_hosted",
        "environment_template_id": os.environ["ASSTCTL_RESEARCHER_ENVIRONMENT_ID"],
    },
    input="Use price_of: what does the bike Atlantic cost?",
)
try:
    answered = set()
    # The agent's own turn tells when it is over. The status of the session comes too early or late.
    while not any(
        turn.status in ENDED and turn.subagent_id is None
        for turn in sessions.turns.list(session.id)
    ):
        for action in sessions.retrieve(session.id).required_actions:
            if action.type == "function_call" and action.call_id not in answered:
                answered.add(action.call_id)
                answer(action)
        time.sleep(0.2)
    for item in sessions.items.list(session.id, order="asc"):
        if item.type == "message" and item.phase == "final_answer":
            print(item.output_text)
finally:
    # Until then, or until it was idle for an hour, a sandbox at OpenAI costs money.
    sessions.delete(session.id)
