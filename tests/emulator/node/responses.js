// Responses and conversations by the official Node SDK, streamed and with a function.
// node responses.js BASE_URL RECEIPT_PDF; prints one JSON object.
"use strict";
const fs = require("fs");
const OpenAI = require("openai");

const [baseURL, receiptPath] = process.argv.slice(2);
const openai = new OpenAI({ baseURL, apiKey: "any" });
const time = { type: "function", name: "get_time", parameters: null, strict: null };

async function guide() {
  const file = await openai.files.create({
    file: fs.createReadStream(receiptPath),
    purpose: "assistants",
  });
  const store = await openai.vectorStores.create({ file_ids: [file.id] });
  const conversation = await openai.conversations.create();
  const stream = openai.responses.stream({
    model: "gpt-4o",
    conversation: conversation.id,
    input: "What did the burger cost?",
    tools: [{ type: "file_search", vector_store_ids: [store.id] }],
  });
  let heard = "";
  stream.on("response.output_text.delta", (event) => (heard += event.delta));
  const response = await stream.finalResponse();
  const items = await openai.conversations.items.list(conversation.id, { order: "asc" });
  const answer = response.output.find((item) => item.type === "message");
  return {
    heard,
    same: heard === response.output_text,
    cited: answer.content[0].annotations.map((note) => note.filename),
    items: items.data.map((item) => item.type),
  };
}

async function called() {
  const first = await openai.responses.create({
    model: "gpt-4o",
    input: "Call get_time",
    tools: [time],
  });
  const [call] = first.output;
  const second = await openai.responses.create({
    model: "gpt-4o",
    previous_response_id: first.id,
    input: [{ type: "function_call_output", call_id: call.call_id, output: "noon" }],
    tools: [time],
  });
  return second.output_text;
}

async function refusal() {
  try {
    await openai.responses.retrieve("resp_sample");
  } catch (error) {
    return { status: error.status, message: error.message };
  }
}

(async () => {
  console.log(
    JSON.stringify({ guide: await guide(), called: await called(), refusal: await refusal() }),
  );
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
