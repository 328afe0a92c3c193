// Holds conversations as the page at /talk does, by its own modules, without the page.
// node talk.mjs BASE_URL MODULES_FOLDER ASSISTANT_ID AGENT_ID REQUEST; prints one JSON object.
import { strict as assert } from "node:assert";
import { pathToFileURL } from "node:url";

const [base, folder, assistantId, agentId, request] = process.argv.slice(2);
const module = (name) => import(pathToFileURL(`${folder}/${name}`));
const { Assistants } = await module("assistants.js");
const { Responses } = await module("responses.js");
const { Agents } = await module("agents.js");
const { events, grow } = await module("events.js");
const { Refused, Wire } = await module("wire.js");

globalThis.location = { origin: base };

const blocks = (holder) =>
  [...holder.talk.entries.keys()].flatMap((id) => holder.shown(holder.talk, id));

/** Tells what is seen at each event, and that reading it all anew shows the same. */
async function held(Kind, chosen, text) {
  const seen = [];
  const holder = new Kind(new Wire(), () => seen.push(blocks(holder)));
  await holder.ask(chosen, text);
  const waiting = holder.state(holder.talk);
  const answer = () =>
    holder.answer(
      holder.state(holder.talk).calls.map((call) => ({ ...call, output: "<b>sunny</b>" })),
      chosen,
    );
  await answer();
  const streamed = blocks(holder);
  await holder.read();
  assert.deepEqual(blocks(holder), streamed);
  await holder.ask(chosen, "And now? get_weather");
  await (holder.letsGo ? holder.stop() : answer());
  await holder.read();
  const again = blocks(holder).filter((block) => block.who === "user").length;
  return { waiting, seen, streamed, stopped: holder.state(holder.talk), again };
}

async function refused() {
  const wire = new Wire();
  await assert.rejects(wire.get("/assistants/asst_none"), Refused);
  const holder = new Assistants(wire, () => {});
  try {
    await holder.ask({ id: "asst_none" }, "Hi");
  } catch (error) {
    return { status: error.status, message: error.message };
  }
}

/** A stream that is cut anywhere, within a character too, gives the same events. */
async function cut() {
  const bytes = new TextEncoder().encode('event: a\ndata: {"x":"é\\n"}\n\nevent: done\ndata: [DONE]\n\n');
  for (let at = 0; at <= bytes.length; at += 1) {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, at));
        controller.enqueue(bytes.slice(at));
        controller.close();
      },
    });
    const found = [];
    for await (const event of events(body)) found.push(event);
    assert.deepEqual(found, [{ name: "a", data: { x: "é\n" } }]);
  }
}

function hostile() {
  grow({}, JSON.parse('{"__proto__": {"polluted": "yes"}, "list": [{"index": 0, "__proto__": 1}]}'));
  return {}.polluted ?? "clean";
}

await cut();
console.log(
  JSON.stringify({
    assistant: await held(Assistants, { id: assistantId }, "Burger? 😀 get_weather"),
    bundle: await held(
      Responses,
      { id: "b:guide", request: JSON.parse(request) },
      "Burger? 😀 get_weather",
    ),
    agent: await held(Agents, { id: agentId }, "Hello, get_weather"),
    refused: await refused(),
    hostile: hostile(),
  }),
);
