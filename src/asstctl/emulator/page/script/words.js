// How far a conversation is, in words that both kinds of conversation share.

export const IDLE = { phase: "idle", told: "" };

export function working(who) {
  return { phase: "working", told: `The ${who} is at work …` };
}

/** It waits for the outputs of functions: `calls` are `{id, name, given}` with the arguments. */
export function waiting(calls) {
  const told = "It waits for what your program would answer: fill in the outputs.";
  return { phase: "waiting", told, calls };
}

export function bad(told) {
  return { phase: "idle", told, bad: true };
}
