// The page at /talk: from its elements to the conversation, and back.

import { Agents } from "./agents.js";
import { Assistants } from "./assistants.js";
import { Log, askOutputs, outputsOf } from "./draw.js";
import { Responses } from "./responses.js";
import { Refused, Wire } from "./wire.js";

const KINDS = {
  assistant: { speaks: Assistants, names: "thread" },
  agent: { speaks: Agents, names: "session" },
  bundle: { speaks: Responses, names: "conversation" },
};
const POLL_MS = 1000;

const names = ["unlock", "key", "who", "anew", "record", "said", "outputs", "state", "ask", "words"];
const page = Object.fromEntries(
  [...names, "send", "stop"].map((name) => [name, document.getElementById(name)]),
);
const wire = new Wire();
const log = new Log(page.said, {
  name: (id) => wire.fileName(id),
  file: (id) => wire.file(id),
});

let kind = "assistant"; // what the conversation is held with
let holder = null; // the conversation
let busy = false; // whether something is asked of the account
let problem = ""; // what went wrong on the way, until the next attempt
let sending = ""; // what is asked, until it is seen in the conversation
let asked = []; // the calls for whose outputs there are fields

function begin(chosen) {
  kind = chosen;
  holder = new KINDS[kind].speaks(wire, told);
  asked = [];
  log.clear();
}

/** Take note that an entry of the conversation changed; null where it is none, but its state. */
function told(id) {
  if (sending && page.words.value === sending) page.words.value = "";
  sending = "";
  if (id) draw([id]);
  show();
}

function draw(ids) {
  const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 80;
  for (const id of ids) log.put(id, holder.shown(holder.talk, id));
  if (atEnd) scrollTo(0, document.body.scrollHeight);
}

function redraw() {
  log.clear();
  draw(holder.talk.entries.keys());
}

/** Show how far the conversation is. */
function show() {
  const { phase, told: words, calls = [], bad } = holder.state(holder.talk);
  page.state.textContent = problem || words;
  page.state.className = problem || bad ? "bad" : "soft";
  page.said.ariaBusy = String(busy);
  page.send.disabled = busy || phase !== "idle";
  page.stop.hidden = phase === "idle" || (phase === "waiting" && !holder.letsGo);
  page.who.disabled = page.anew.disabled = busy;
  showOutputs(busy ? [] : calls);
  showAddress();
}

function showOutputs(calls) {
  const same = calls.length === asked.length && calls.every(({ id }, at) => id === asked[at].id);
  if (same) return;
  asked = calls;
  page.outputs.hidden = calls.length === 0;
  askOutputs(page.outputs, calls);
}

/** Let the address and the link to the transcript name what can be gone on with. */
function showAddress() {
  const { id } = holder.talk;
  const named = id ? `?${KINDS[kind].names}=${encodeURIComponent(id)}` : "";
  page.record.hidden = !id;
  page.record.href = `/${named}`;
  if (id && location.search !== named) history.replaceState(null, "", `/talk${named}`);
}

/** Do something with the account; where its stream breaks off, read what is true until it is over. */
async function attempt(work) {
  if (busy) return;
  busy = true;
  problem = "";
  show();
  try {
    await work();
    await settle();
  } catch (error) {
    await failed(error);
  } finally {
    busy = false;
    sending = "";
    show();
  }
}

async function failed(error) {
  if (error instanceof Refused && error.status === 401) return lock();
  problem = error instanceof Refused ? error.message : `The account does not answer: ${error.message}`;
  if (error instanceof Refused || !holder.talk.id) return;
  try {
    await reread();
    await settle();
    problem = "";
  } catch {
    // The first problem is the one to tell.
  }
}

async function settle() {
  while (holder.state(holder.talk).phase === "working") {
    await new Promise((resume) => setTimeout(resume, POLL_MS));
    await reread();
  }
}

async function reread(id) {
  await holder.read(id);
  redraw();
}

function lock() {
  problem = wire.key ? "The account does not take this key." : "The account asks for a key.";
  wire.key = "";
  page.key.value = "";
  page.unlock.hidden = false;
  page.key.focus();
}

/** Begin with what the address names. */
async function open() {
  const query = new URLSearchParams(location.search);
  for (const [each, { names: name }] of Object.entries(KINDS)) {
    const id = query.get(name);
    if (!id) continue;
    begin(each);
    if (chosen().kind !== each) choose(each);
    await attempt(() => reread(id));
  }
}

function chosen() {
  const option = page.who.selectedOptions[0];
  const { kind, template, request } = option.dataset;
  return { id: option.value, kind, template, request: request && JSON.parse(request) };
}

/** Choose the first of a kind, for a conversation that does not say with whom it was. */
function choose(wanted) {
  const option = [...page.who.options].find((one) => one.dataset.kind === wanted);
  if (option) option.selected = true;
}

function anew() {
  begin(chosen().kind);
  problem = "";
  history.replaceState(null, "", `/talk?${kind}=${encodeURIComponent(chosen().id)}`);
  show();
  page.words.focus();
}

page.unlock.addEventListener("submit", (event) => {
  event.preventDefault();
  wire.key = page.key.value;
  page.key.value = "";
  page.unlock.hidden = true;
  problem = "";
  show();
  page.words.focus();
  if (page.said.childElementCount === 0) open();
});

page.ask.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = page.words.value;
  if (!text.trim() || page.send.disabled) return;
  if (!page.unlock.hidden) return page.key.focus();
  if (chosen().kind !== kind) {
    problem = "Nobody here can go on with this conversation. Begin a new one.";
    return show();
  }
  attempt(() => {
    sending = text;
    return holder.ask(chosen(), text);
  });
});

page.words.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  page.ask.requestSubmit();
});

page.outputs.addEventListener("submit", (event) => {
  event.preventDefault();
  const outputs = outputsOf(page.outputs, asked);
  page.words.focus();
  attempt(() => holder.answer(outputs, chosen()));
});

page.stop.addEventListener("click", async () => {
  page.words.focus();
  if (!busy) return attempt(() => holder.stop().then(() => reread()));
  try {
    await holder.stop();
  } catch {
    // It was over before; the stream tells.
  }
});

page.anew.addEventListener("click", anew);

// Another assistant may go on with a thread or conversation; a session belongs to its agent.
page.who.addEventListener("change", () => {
  if (kind === "agent" || chosen().kind !== kind) anew();
});

begin(chosen().kind);
show();
if (page.unlock.hidden) open();
else page.key.focus();
