// Conversations with agents: sessions, told in the words that the page draws.
//
// `heard` and `shown` are pure. A talk is `{id, entries, work, turn}`: the id of the session, its
// items by their ids in the order in which they came, the session as it is, and its last turn.

import { called, seenAt, words } from "./calls.js";
import { events } from "./events.js";
import { Holder } from "./holder.js";
import { IDLE, bad, waiting, working } from "./words.js";

const SETTLED = /^agent\.session\.(idle|failed|requires_action)$/;

export function blank() {
  return { id: null, entries: new Map(), work: null, turn: null };
}

/** Take an event in; gives the id of the item that it is to be seen at, if there is one. */
export function heard(talk, { name, data }) {
  if (data.session) Object.assign(talk, { id: data.session.id, work: data.session });
  if (data.turn) talk.turn = data.turn;
  if (name === "error") talk.turn = { ...talk.turn, status: "failed", error: data.error };
  if (data.item) talk.entries.set(data.item.id, data.item);
  if (name.endsWith(".output_text.delta")) added(talk.entries.get(data.item_id), data);
  return seenAt(talk.entries, data.item?.id ?? data.item_id);
}

function added(item, { content_index: index, delta }) {
  if (!item) return;
  item.content[index] ??= { type: "output_text", text: "" };
  item.content[index].text += delta;
}

/** Tell how far the work is: `phase`, a `told` for people, and the calls that wait for outputs. */
export function state({ work, turn }) {
  const status = work?.status;
  if (status === "in_progress") return working("agent");
  if (status === "requires_action") return waiting(work.required_actions.map(asks));
  if (status === "failed") return bad(`The session failed: ${work.error}`);
  if (turn?.status === "failed") return bad(`The turn failed: ${turn.error?.message}`);
  if (turn?.status === "cancelled") return bad("Stopped.");
  return IDLE;
}

function asks({ call_id: id, turn_id: turn, name, arguments: given }) {
  return { id, turn, name, given: words(given) };
}

/** Show an item as blocks to draw. */
export function shown(talk, id) {
  const item = talk.entries.get(id);
  const busy = item.status === "in_progress" && state(talk).phase !== "idle";
  if (item.type === "message") return [message(item, busy)];
  if (item.type === "function_call") return [called(talk.entries, item, busy)];
  if (item.type === "function_call_output") return [];
  if (item.type === "command_execution") {
    return [{ as: "call", busy, title: "shell", given: item.command, told: item.output }];
  }
  return [{ as: "call", busy, title: item.type, told: null }];
}

function message({ role, phase, content, status }, busy) {
  const parts = content.map((part) => ({ text: part.text ?? `[image ${part.image_url}]` }));
  const note = status === "incomplete" ? "incomplete" : "";
  return { as: "said", who: role, phase, busy, parts, sources: [], note };
}

/** Holds one session with an agent. */
export class Agents extends Holder {
  constructor(wire, tell) {
    super({ blank, heard, shown, state }, wire, tell);
  }

  get #at() {
    return `/agents/sessions/${encodeURIComponent(this.talk.id)}`;
  }

  /** Read a session as it is now. */
  async read(id = this.talk.id) {
    const at = `/agents/sessions/${encodeURIComponent(id)}`;
    const [work, items, turns] = await Promise.all([
      this.wire.get(at),
      this.wire.list(`${at}/items`),
      this.wire.list(`${at}/turns`),
    ]);
    const entries = new Map(items.map((item) => [item.id, item]));
    this.talk = { id, work, entries, turn: turns.at(-1) ?? null };
  }

  async ask({ id, template }, text) {
    if (this.talk.id) return this.#send([says(text)]);
    const environment = template
      ? { type: "openai_hosted", environment_template_id: template }
      : { type: "none" };
    const body = { agent_id: id, environment, input: text, stream: true };
    await this.#follow((signal) => this.wire.stream("/agents/sessions", { body, signal }));
  }

  async answer(outputs) {
    await this.#send(outputs.map(gives));
  }

  async stop() {
    await this.wire.post(`${this.#at}/events`, { events: [{ type: "agent.session.input.cancel" }] });
  }

  /** Send events, and hear what comes of them: one listens first, so as to miss nothing. */
  async #send(sent) {
    await this.#follow(async (signal) => {
      const stream = await this.wire.stream(`${this.#at}/events`, { signal });
      await this.wire.post(`${this.#at}/events`, { events: sent });
      return stream;
    });
  }

  /** Hear a stream until the session has done its part: it would go on for as long as that lives. */
  async #follow(open) {
    const ending = new AbortController();
    try {
      for await (const event of events(await open(ending.signal))) {
        this.take(event);
        if (SETTLED.test(event.name)) return;
      }
    } finally {
      ending.abort();
    }
  }
}

function says(text) {
  const message = { role: "user", content: [{ type: "input_text", text }] };
  return { type: "agent.session.input.message", input: [message] };
}

function gives({ id, turn, output }) {
  const type = "agent.session.input.tool_result";
  return { type, turn_id: turn, call_id: id, success: true, output };
}
