// Server-sent events, and how what they add is put to what is there.

/** Give the events of a response's body as `{name, data}`; the words that mark its end are none. */
export async function* events(body) {
  let held = "";
  for await (const text of pieces(body)) {
    const blocks = (held + text).split("\n\n");
    held = blocks.pop();
    for (const block of blocks) {
      const event = parsed(block);
      if (event.data !== "[DONE]") yield { name: event.event, data: JSON.parse(event.data) };
    }
  }
}

async function* pieces(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}

function parsed(block) {
  const fields = block.split("\n").map((line) => line.match(/^(\w+): ?(.*)$/s));
  return Object.fromEntries(fields.filter(Boolean).map(([, name, value]) => [name, value]));
}

// Said again with each addition, or for good.
const REPLACED = new Set(["id", "index", "object", "type"]);

/**
 * Put what a delta adds to a whole: text behind text, the parts of a list by their `index`.
 *
 * The names come from the account and only ever meet an own field: `__proto__` is one like any.
 */
export function grow(whole, delta) {
  for (const [name, added] of Object.entries(delta)) {
    const before = Object.hasOwn(whole, name) ? whole[name] : null;
    whole[name] = REPLACED.has(name) ? added : sum(before, added);
  }
  return whole;
}

function sum(before, added) {
  if (added === null) return before;
  if (Array.isArray(added)) return added.reduce(placed, before ?? []);
  if (typeof added === "object") return grow(before ?? {}, added);
  return typeof before === "string" && typeof added === "string" ? before + added : added;
}

function placed(list, part) {
  const at = Number.isInteger(part?.index) ? part.index : list.length;
  list[at] = typeof part === "object" ? grow(list[at] ?? {}, part) : part;
  return list;
}
