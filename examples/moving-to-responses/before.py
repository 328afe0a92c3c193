"""The application on the Assistants API: a thread, and a run that is polled until it is done."""

import json
import os

from openai import OpenAI


def order_status(order: int) -> str:
    return f"order {order} is out for delivery"


client = OpenAI()
thread = client.beta.threads.create()
client.beta.threads.messages.create(
    thread.id, role="user", content="Use order_status: where is order 1042?"
)
run = client.beta.threads.runs.create_and_poll(
    thread_id=thread.id, assistant_id=os.environ["ASSTCTL_SUPPORT_ID"]
)
while run.status == "requires_action":
    calls = run.required_action.submit_tool_outputs.tool_calls
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=thread.id,
        tool_outputs=[
            {
                "tool_call_id": call.id,
                "output": order_status(**json.loads(call.function.arguments)),
            }
            for call in calls
        ],
    )
messages = client.beta.threads.messages.list(thread.id)
print(messages.data[0].content[0].text.value)
