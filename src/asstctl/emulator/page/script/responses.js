// Conversations with the assistants of a bundle: responses, told in the words that the page draws.
//
// `heard` and `shown` are pure. A talk is `{id, entries, work}`: the id of the conversation, its
// items by their ids in the order in which they came, and the response that is or was at work.

import { called, seenAt, unanswered } from "./calls.js";
import { events } from "./events.js";
import { Holder } from "./holder.js";
import { IDLE, bad, searched, waiting, working } from "./words.js";

const INCLUDE = ["file_search_call.results", "code_interpreter_call.outputs"];
const INCLUDED = INCLUDE.map((name) => `include[]=${name}`).join("&");
const CUT = {
  max_output_tokens: "the limit of tokens for an answer was reached",
  content_filter: "the content filter stopped it",
};
const AT_WORK = new Set(["queued", "in_progress"]);

export function blank() {
  return { id: null, entries: new Map(), work: null };
}

/** Take an event in; gives the id of the item that it is to be seen at, if there is one. */
export function heard(talk, { name, data }) {
  if (data.response) talk.work = data.response;
  if (name === "error") talk.work = { ...talk.work, status: "failed", error: data };
  if (data.item) talk.entries.set(data.item.id, data.item);
  const item = talk.entries.get(data.item_id);
  if (item) grown(item, name, data);
  return seenAt(talk.entries, data.item?.id ?? data.item_id);
}

function grown(item, name, { content_index: at, annotation_index: place, part, annotation, delta }) {
  if (name === "response.content_part.added") item.content[at] = part;
  if (name === "response.output_text.delta") item.content[at].text += delta;
  if (name === "response.refusal.delta") item.content[at].refusal += delta;
  if (name === "response.output_text.annotation.added") item.content[at].annotations[place] = annotation;
  if (name === "response.function_call_arguments.delta") item.arguments += delta;
  if (name === "response.code_interpreter_call_code.delta") item.code += delta;
}

/** Tell how far the work is: `phase`, a `told` for people, and the calls that wait for outputs. */
export function state({ entries, work }) {
  const { status, error, incomplete_details: details } = work ?? {};
  if (AT_WORK.has(status)) return working("assistant");
  if (status === "failed") return bad(`The response failed: ${error?.message ?? "it does not say why"}`);
  if (status === "incomplete") return bad(`The answer is incomplete: ${CUT[details?.reason] ?? details?.reason}.`);
  if (status === "cancelled") return bad("Stopped.");
  const calls = unanswered(entries);
  return calls.length ? waiting(calls.map(asks)) : IDLE;
}

function asks({ call_id: id, name, arguments: given }) {
  return { id, name, given };
}

/** Show an item as blocks to draw. */
export function shown(talk, id) {
  const item = talk.entries.get(id);
  const busy = item.status === "in_progress" && state(talk).phase === "working";
  if (item.type === "message") return [message(talk, item, busy)];
  if (item.type === "function_call") return [called(talk.entries, item, busy)];
  if (item.type === "function_call_output") return [];
  if (item.type === "file_search_call") return [{ as: "call", busy, ...search(item) }];
  if (item.type === "code_interpreter_call") return [{ as: "call", busy, ...code(item) }];
  return [{ as: "call", busy, title: item.type, told: item.error ?? null }];
}

function message(talk, { role, content, status }, busy) {
  const sources = [];
  const parts = content.flatMap((part) => said(talk, part, sources));
  return { as: "said", who: role, busy, parts, sources, note: status === "incomplete" ? status : "" };
}

function said(talk, part, sources) {
  const letters = Array.from(part.text ?? part.refusal ?? `[${part.type}]`); // places count characters
  const parts = [];
  let at = 0;
  for (const note of part.annotations ?? []) {
    const [start, end] = place(note);
    parts.push({ text: letters.slice(at, start).join("") });
    parts.push(marked(talk, note, letters.slice(start, end).join(""), sources));
    at = end;
  }
  return [...parts, { text: letters.slice(at).join("") }];
}

function place({ index, start_index: start, end_index: end }) {
  return [start ?? index ?? 0, end ?? index ?? 0];
}

function marked(talk, { type, file_id: file, filename: name }, text, sources) {
  if (type === "container_file_citation") return { file, text };
  if (type !== "file_citation") return { text };
  const searches = [...talk.entries.values()].flatMap((item) => item.results ?? []);
  const quote = searches.findLast((found) => found.file_id === file)?.text ?? "";
  return { cite: sources.push({ file, name, quote }), ...sources.at(-1) };
}

function search({ results }) {
  return searched(results?.map((one) => ({ ...one, name: one.filename })));
}

function code({ code: given, outputs }) {
  const logs = (outputs ?? []).map((output) => output.logs ?? "").join("");
  return { title: "code_interpreter", given, told: logs || null };
}

/** Holds one conversation with an assistant of a bundle. */
export class Responses extends Holder {
  letsGo = false; // a call that waits is over with its output alone

  constructor(wire, tell) {
    super({ blank, heard, shown, state }, wire, tell);
  }

  get #response() {
    return `/responses/${encodeURIComponent(this.talk.work.id)}`;
  }

  /** Read a conversation as it is now; what a response at work has so far is only with itself. */
  async read(id = this.talk.id) {
    const at = `/conversations/${encodeURIComponent(id)}`;
    const items = await this.wire.list(`${at}/items?${INCLUDED}`);
    const work = this.talk.work && (await this.wire.get(`${this.#response}?${INCLUDED}`));
    if (work) items.push(...(await this.wire.list(`${this.#response}/input_items`)), ...work.output);
    this.talk = { id, work, entries: new Map(items.map((item) => [item.id, item])) };
  }

  async ask({ id, request }, text) {
    const metadata = { asstctl_talk: id };
    this.talk.id ??= (await this.wire.post("/conversations", { metadata })).id;
    await this.#respond(request, [
      { type: "message", role: "user", content: [{ type: "input_text", text }] },
    ]);
  }

  async answer(outputs, { request }) {
    const given = outputs.map(({ id, output }) => ({ call_id: id, output }));
    await this.#respond(request, given.map((one) => ({ type: "function_call_output", ...one })));
  }

  async stop() {
    const work = await this.wire.post(`${this.#response}/cancel`);
    if (this.state(this.talk).phase === "working") this.talk.work = work;
  }

  /** Ask for a response, in the background: only such a one can be stopped. */
  async #respond(request, input) {
    const include = [...new Set([...(request.include ?? []), ...INCLUDE])];
    const how = { conversation: this.talk.id, background: true, store: true, stream: true };
    const stream = await this.wire.stream("/responses", { body: { ...request, ...how, include, input } });
    for (const item of input) this.take({ name: "input", data: { item: { ...item, id: mark() } } });
    for await (const event of events(stream)) this.take(event);
  }
}

let marks = 0;

/** Give an id for what was said here, until it is read with its own. */
function mark() {
  marks += 1;
  return `said-${marks}`;
}
