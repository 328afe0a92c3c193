"""The flows of the tutorials that users come from."""

import httpx2
import openai

RECEIPT = b"""# The Blue Anchor

Table 4
Burger with fries      $23.75
Soda                   $15.50
Still water             $3.00
Total                  $42.25
"""


async def test_the_jokes_flow(client: openai.AsyncOpenAI) -> None:
    assistant = await client.beta.assistants.create(
        model="gpt-4o",
        name="Funny assistant",
        description="Replies only with jokes",
        instructions="Reply to user only with jokes",
    )
    thread = await client.beta.threads.create(messages=[])
    await client.beta.threads.messages.create(
        thread.id, role="user", content="Tell me one", metadata={"userId": "example-1"}
    )
    run = await client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id
    )
    assert run.status == "completed"
    messages = await client.beta.threads.messages.list(thread.id, order="desc", limit=1)
    block = messages.data[0].content[0]
    assert block.type == "text"
    assert block.text.value.startswith("[offline model] ")


async def test_the_receipt_flow_with_the_old_spellings(http: httpx2.AsyncClient) -> None:
    uploaded = await http.post(
        "/files", data={"purpose": "assistants"}, files={"file": ("receipt.md", RECEIPT)}
    )
    file = uploaded.json()
    assistant = await http.post(
        "/assistants",
        json={
            "model": "gpt-4-1106-preview",
            "name": "Travel guide",
            "tools": [{"type": "retrieval"}],
        },
    )
    assert [tool["type"] for tool in assistant.json()["tools"]] == ["file_search"]
    thread = (await http.post("/threads", json=[])).json()
    question = "I had the burger and soda, how much should I pay for this meal?"
    message = await http.post(
        f"/threads/{thread['id']}/messages",
        json={"role": "user", "content": question, "file_ids": [file["id"]]},
    )
    assert message.json()["attachments"] == [
        {"file_id": file["id"], "tools": [{"type": "file_search"}, {"type": "code_interpreter"}]}
    ]
    runs = f"/threads/{thread['id']}/runs"
    run = (await http.post(runs, json={"assistant_id": assistant.json()["id"]})).json()
    assert run["status"] == "queued"
    while run["status"] in {"queued", "in_progress"}:
        run = (await http.get(f"{runs}/{run['id']}")).json()
    assert run["status"] == "completed"
    messages = (await http.get(f"/threads/{thread['id']}/messages")).json()
    text = messages["data"][0]["content"][0]["text"]
    assert "$23.75" in text["value"]
    assert "$15.50" in text["value"]
    assert {note["file_citation"]["file_id"] for note in text["annotations"]} == {file["id"]}


async def test_curl_bodies_without_a_content_type(http: httpx2.AsyncClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    thread = (await http.post("/threads", content=b"[]", headers=form)).json()
    assert thread["object"] == "thread"
    message = await http.post(
        f"/threads/{thread['id']}/messages",
        content=b'{"role": "user", "content": "Where were you born?"}',
        headers=form,
    )
    assert message.json()["content"][0]["text"]["value"] == "Where were you born?"
    assert (await http.post("/threads", content=b"")).status_code == 200
