// How far a conversation is, and what was found, in words that all kinds of conversation share.

export const IDLE = { phase: "idle", told: "" };

export function working(who) {
  return { phase: "working", told: `The ${who} is at work …` };
}

/** It waits for the outputs of functions: `calls` are `{id, name, given}` with the arguments. */
export function waiting(calls) {
  const told = "It waits for what your program would answer: fill in the outputs.";
  return { phase: "waiting", told, calls };
}

/** Show a search by what it found, `{score, name, text}` each; null where it is not over. */
export function searched(found) {
  if (!found) return { title: "file_search", told: null };
  const lines = found.map(({ score, name, text }) => `${score.toFixed(2)}  ${name}\n${text}`.trim());
  const title = `file_search: ${found.length} passage${found.length === 1 ? "" : "s"}`;
  return { title, told: lines.join("\n\n") || "nothing found" };
}

export function bad(told) {
  return { phase: "idle", told, bad: true };
}
