// What all conversations have in common, whatever they are held with.

/**
 * Holds one conversation, and knows `how`: `blank` begins a talk, `heard` takes an event in, `shown`
 * and `state` tell of it. `tell` is called with the id of each entry that changed.
 */
export class Holder {
  letsGo = true; // whether it can be stopped while a call waits for its output

  constructor(how, wire, tell) {
    Object.assign(this, how, { wire, tell });
    this.talk = this.blank();
  }

  take(event) {
    this.tell(this.heard(this.talk, event));
  }
}
