// Conversations with assistants: threads and runs, told in the words that the page draws.
//
// `heard` and `shown` are pure. A talk is `{id, entries, work}`: the id of the thread, its messages
// and steps by their ids in the order in which they came, and the run that is or was at work.

import { events, grow } from "./events.js";
import { Holder } from "./holder.js";
import { IDLE, bad, searched, waiting, working } from "./words.js";

const AT_WORK = new Set(["queued", "in_progress", "cancelling"]);
const CUT = {
  max_completion_tokens: "the limit of tokens for an answer was reached",
  max_prompt_tokens: "the limit of tokens for what is read was reached",
  content_filter: "the content filter stopped it",
};
const CONTENT = "include[]=step_details.tool_calls[*].file_search.results[*].content";

export function blank() {
  return { id: null, entries: new Map(), work: null };
}

/** Take an event in; gives the id of the message or step that it is about, if it is about one. */
export function heard(talk, { name, data }) {
  if (name === "error") talk.work = { ...talk.work, status: "failed", last_error: data };
  else if (name.endsWith(".delta")) grow(talk.entries.get(data.id) ?? {}, data.delta);
  else if (/^thread\.(message|run\.step)\./.test(name)) talk.entries.set(data.id, data);
  else if (name.startsWith("thread.run.")) talk.work = data;
  return talk.entries.has(data.id) ? data.id : null;
}

/** Tell how far the work is: `phase`, a `told` for people, and the calls that wait for outputs. */
export function state({ work }) {
  const { status, last_error: error, required_action: action } = work ?? {};
  if (AT_WORK.has(status)) return working("assistant");
  if (status === "requires_action") return waiting(action.submit_tool_outputs.tool_calls.map(asks));
  if (status === "failed") return bad(`The run failed: ${error?.message ?? "it does not say why"}`);
  if (status === "incomplete") return bad(`The answer is incomplete: ${cut(work)}.`);
  if (status === "expired") return bad("The run expired: nobody gave the outputs in time.");
  if (status === "cancelled") return bad("Stopped.");
  return IDLE;
}

function cut({ incomplete_details: details }) {
  return CUT[details?.reason] ?? details?.reason ?? "it does not say why";
}

function asks({ id, function: called }) {
  return { id, name: called.name, given: called.arguments };
}

/** Show a message or step as blocks to draw. */
export function shown(talk, id) {
  const entry = talk.entries.get(id);
  if (entry.role) return [message(talk, entry)];
  const open = entry.status === "in_progress" && state(talk).phase !== "idle";
  return (entry.step_details.tool_calls ?? []).map(tool).map((call) => ({
    as: "call",
    busy: open && call.told === null,
    ...call,
  }));
}

function message(talk, entry) {
  const sources = [];
  const parts = entry.content.flatMap((part) => said(talk, entry, part, sources));
  const details = entry.incomplete_details;
  return {
    as: "said",
    who: entry.role,
    busy: entry.status === "in_progress" && state(talk).phase !== "idle",
    parts,
    sources,
    note: details ? `incomplete: ${CUT[details.reason] ?? details.reason}` : "",
  };
}

function said(talk, entry, part, sources) {
  if (part?.type === "image_file") return [{ image: part.image_file.file_id }];
  if (part?.type === "image_url") return [{ text: `[image ${part.image_url.url}]` }];
  if (part?.type !== "text") return [];
  const letters = Array.from(part.text.value ?? ""); // places count characters, not UTF-16 units
  const parts = [];
  let at = 0;
  for (const note of inOrder(part.text.annotations)) {
    parts.push({ text: letters.slice(at, note.start_index).join("") });
    parts.push(marked(talk, entry, note, sources));
    at = note.end_index;
  }
  return [...parts, { text: letters.slice(at).join("") }];
}

function inOrder(notes) {
  return [...(notes ?? [])].sort((a, b) => a.start_index - b.start_index);
}

function marked(talk, entry, note, sources) {
  if (note.type === "file_path") return { file: note.file_path.file_id, text: note.text };
  const found = passage(talk, entry, note);
  const number = sources.push({ file: note.file_citation.file_id, ...found });
  return { cite: number, ...sources.at(-1) };
}

/** Find the passage that a marker stands for: `【4:1†…】` is the second result of some search. */
function passage(talk, { run_id: run }, { text, file_citation: { file_id: file } }) {
  const place = Number(text.match(/^【\d+:(\d+)†/)?.[1] ?? -1);
  const searches = [...talk.entries.values()].filter((entry) => entry.run_id === run).map(results);
  const named = searches.map((found) => found[place]).filter((one) => one?.file_id === file);
  const found = named.at(-1) ?? searches.flat().find((one) => one.file_id === file);
  return { name: found?.file_name ?? "", quote: words(found) };
}

function results(entry) {
  return (entry.step_details?.tool_calls ?? []).flatMap((call) => call.file_search?.results ?? []);
}

function finds({ name, data }) {
  return name === "thread.run.step.completed" && results(data).length > 0;
}

function words(result) {
  return (result?.content ?? []).map((part) => part.text ?? "").join("\n");
}

function tool({ type, [type]: call }) {
  if (type === "file_search") return search(call);
  if (type === "code_interpreter") return code(call);
  const output = call.output === null || call.output === undefined ? null : call.output;
  return { title: `${call.name}()`, given: call.arguments, told: output };
}

function search({ results: found }) {
  const named = found?.map((one) => ({ ...one, name: one.file_name, text: words(one) }));
  return searched(named);
}

function code({ input, outputs = [] }) {
  const logs = outputs.map((output) => output.logs ?? "").join("");
  const images = outputs.filter((output) => output.image).map((output) => output.image.file_id);
  return { title: "code_interpreter", given: input, told: logs || null, images };
}

/** Holds one thread with assistants. */
export class Assistants extends Holder {
  constructor(wire, tell) {
    super({ blank, heard, shown, state }, wire, tell);
  }

  get #at() {
    return `/threads/${encodeURIComponent(this.talk.id)}`;
  }

  get #run() {
    return `${this.#at}/runs/${encodeURIComponent(this.talk.work.id)}`;
  }

  /** Read a thread as it is now. */
  async read(id = this.talk.id) {
    const at = `/threads/${encodeURIComponent(id)}`;
    const [messages, runs] = await Promise.all([
      this.wire.list(`${at}/messages`),
      this.wire.list(`${at}/runs`),
    ]);
    const every = runs.map((run) => this.wire.list(`${at}/runs/${run.id}/steps?${CONTENT}`));
    const entries = ordered(messages, await Promise.all(every));
    this.talk = { id, work: runs.at(-1) ?? null, entries };
  }

  async ask({ id }, text) {
    this.talk.id ??= (await this.wire.post("/threads")).id;
    const message = await this.wire.post(`${this.#at}/messages`, { role: "user", content: text });
    this.take({ name: "thread.message.created", data: message });
    await this.#listen(`${this.#at}/runs`, { assistant_id: id });
  }

  async answer(outputs) {
    const given = outputs.map(({ id, output }) => ({ tool_call_id: id, output }));
    await this.#listen(`${this.#run}/submit_tool_outputs`, { tool_outputs: given });
  }

  async stop() {
    const work = await this.wire.post(`${this.#run}/cancel`);
    if (this.state(this.talk).phase !== "idle") this.talk.work = work;
  }

  async #listen(path, body) {
    const stream = await this.wire.stream(path, { body: { ...body, stream: true } });
    for await (const event of events(stream)) {
      this.take(event);
      if (event.name === "thread.run.requires_action" || finds(event)) await this.#quote();
    }
  }

  /** Read the searches that are done with the passages that they found: a stream has none. */
  async #quote() {
    const steps = await this.wire.list(`${this.#run}/steps?${CONTENT}`);
    for (const data of steps.filter((step) => results(step).length)) {
      this.take({ name: "thread.run.step.completed", data });
    }
  }
}

/** Put messages and the steps of runs into the order in which they came: their times are seconds. */
export function ordered(messages, runs) {
  const entries = new Map();
  const known = new Map(messages.map((message) => [message.id, message]));
  const put = (entry) => entry && entries.set(entry.id, entry);
  const pending = [...runs];
  const play = (steps) => {
    for (const { step_details: details, ...step } of steps) {
      const made = known.get(details.message_creation?.message_id);
      put(made ?? { ...step, step_details: details });
    }
  };
  for (const message of messages) {
    const last = pending.findIndex(([step]) => step?.run_id === message.run_id);
    if (message.run_id && last >= 0) pending.splice(0, last + 1).forEach(play);
    if (!entries.has(message.id)) put(message);
  }
  pending.forEach(play);
  return entries;
}
