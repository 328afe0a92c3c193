// Calls of functions and what they gave, as conversations of responses and of agents keep them.

/** Give the id of the entry at which an item is seen: what a call gave is seen at the call. */
export function seenAt(entries, id) {
  const item = entries.get(id);
  if (item?.type !== "function_call_output") return item ? id : null;
  return find(entries, "function_call", item.call_id)?.id ?? null;
}

/** Show a call, with its output where there is one. */
export function called(entries, { call_id: id, name, arguments: given }, busy) {
  const output = find(entries, "function_call_output", id);
  const told = output ? (output.error ?? words(output.output)) : null;
  return { as: "call", busy, title: `${name}()`, given: words(given), told };
}

/** Give the calls that nobody has answered. */
export function unanswered(entries) {
  return [...entries.values()].filter(
    ({ type, call_id: id }) =>
      type === "function_call" && !find(entries, "function_call_output", id),
  );
}

/** Write arguments or an output, which may be a text or something else. */
export function words(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function find(entries, type, callId) {
  return [...entries.values()].find((item) => item.type === type && item.call_id === callId);
}
