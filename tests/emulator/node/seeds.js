// The tutorials' programs, as they stand there, with only the base URL and the key changed.
// node seeds.js BASE_URL RECEIPT_PDF; prints one JSON object. Works with version 4 and later.
"use strict";
const fs = require("fs");
const OpenAI = require("openai");

const [baseURL, receiptPath] = process.argv.slice(2);
const openai = new OpenAI({ baseURL, apiKey: "any" });
// Version 5 turned these around: the last id goes first, the others into an object.
const old = typeof openai.beta.threads.del === "function";
const inThread = (threadId, id, body) =>
  old ? [threadId, id, body] : [id, { thread_id: threadId, ...body }];
const textOf = (message) => message.content.find((item) => item.type === "text").text;

async function jokes() {
  const assistant = await openai.beta.assistants.create({
    model: "gpt-4o",
    name: "Funny assistant",
    description: "Replies only with jokes",
    instructions: "Reply to user only with jokes",
  });
  const thread = await openai.beta.threads.create({ messages: [] });
  await openai.beta.threads.messages.create(thread.id, {
    role: "user",
    content: "Tell me one",
    metadata: { userId: "example-1" },
  });
  await openai.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  const messages = await openai.beta.threads.messages.list(thread.id, { order: "desc", limit: 1 });
  return textOf(messages.data[0]).value;
}

async function travelGuide() {
  const created = await openai.beta.assistants.create({
    instructions: "You are a travel guide.",
    name: "Travel Guide",
    model: "gpt-4-1106-preview",
    tools: [{ type: "code_interpreter", type: "retrieval" }],
  });
  const assistant = await openai.beta.assistants.retrieve(created.id);
  const thread = await openai.beta.threads.create();
  const file = await openai.files.create({
    file: fs.createReadStream(receiptPath),
    purpose: "assistants",
  });
  await openai.beta.threads.messages.create(thread.id, {
    role: "user",
    content: "I had the burger and soda, how much should I pay for this meal?",
    file_ids: [file.id],
  });
  let run = await openai.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
  const first = run.status;
  while (run.status !== "failed" && run.status !== "completed") {
    await new Promise((resolve) => setTimeout(resolve, 20));
    run = await openai.beta.threads.runs.retrieve(...inThread(thread.id, run.id));
  }
  const messages = await openai.beta.threads.messages.list(thread.id);
  const text = textOf(messages.data[0]);
  const cited = text.annotations.every((note) => note.file_citation.file_id === file.id);
  return { first, tools: assistant.tools.map((tool) => tool.type), text: text.value, cited };
}

async function streaming() {
  const assistant = await openai.beta.assistants.create({
    model: "gpt-4o",
    tools: [{ type: "function", function: { name: "get_time" } }],
  });
  const thread = await openai.beta.threads.create({
    messages: [{ role: "user", content: "Call get_time" }],
  });
  const stream = openai.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
  const run = await stream.finalRun();
  const calls = run.required_action.submit_tool_outputs.tool_calls;
  const outputs = calls.map((call) => ({ tool_call_id: call.id, output: "noon" }));
  let heard = "";
  const answer = openai.beta.threads.runs
    .submitToolOutputsStream(...inThread(thread.id, run.id, { tool_outputs: outputs }))
    .on("textDelta", (delta) => (heard += delta.value));
  const messages = await answer.finalMessages();
  return { status: run.status, heard, same: heard === textOf(messages[0]).value };
}

async function refusal() {
  try {
    await openai.beta.assistants.retrieve("asst_sample");
  } catch (error) {
    return { status: error.status, message: error.message };
  }
}

(async () => {
  const told = {
    jokes: await jokes(),
    travelGuide: await travelGuide(),
    streaming: await streaming(),
    refusal: await refusal(),
  };
  console.log(JSON.stringify(told));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
