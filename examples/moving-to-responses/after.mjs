// The same as after.py, in Node: a conversation, and the request from the bundle.
import { readFile } from "node:fs/promises";
import OpenAI from "openai";

const orderStatus = ({ order }) => `order ${order} is out for delivery`;

const bundle = JSON.parse(await readFile("deploy/assistants.json", "utf8"));
const support = bundle.assistants.support.request;

const client = new OpenAI();
const conversation = await client.conversations.create();
const ask = (input) =>
  client.responses.create({ ...support, conversation: conversation.id, input });

let response = await ask("Use order_status: where is order 1042?");
for (;;) {
  const calls = response.output.filter((item) => item.type === "function_call");
  if (calls.length === 0) break;
  response = await ask(
    calls.map((call) => ({
      type: "function_call_output",
      call_id: call.call_id,
      output: orderStatus(JSON.parse(call.arguments)),
    })),
  );
}
console.log(response.output_text);
