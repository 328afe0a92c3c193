"""The same application on the Responses API: a conversation, and the request from the bundle."""

import json
from pathlib import Path

from openai import OpenAI


def order_status(order: int) -> str:
    return f"order {order} is out for delivery"


bundle = json.loads(Path("deploy/assistants.json").read_text())
support = bundle["assistants"]["support"]["request"]

client = OpenAI()
conversation = client.conversations.create()
response = client.responses.create(
    **support, conversation=conversation.id, input="Use order_status: where is order 1042?"
)
while calls := [item for item in response.output if item.type == "function_call"]:
    response = client.responses.create(
        **support,
        conversation=conversation.id,
        input=[
            {
                "type": "function_call_output",
                "call_id": call.call_id,
                "output": order_status(**json.loads(call.arguments)),
            }
            for call in calls
        ],
    )
print(response.output_text)
