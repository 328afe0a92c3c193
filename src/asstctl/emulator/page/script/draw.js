// What is said and done, as elements. All text is set as text: nothing here can become markup.

/** Make an element: its class, then what is in it, elements or texts. */
function make(name, look, ...content) {
  const element = document.createElement(name);
  if (look) element.className = look;
  element.append(...content.filter((one) => one !== "" && one !== null));
  return element;
}

/** Draws entries into a log, each from the blocks that it is shown as. */
export class Log {
  #entries = new Map();
  #images = new Map();

  /** `files` gives a file's `name` and its content (`file`) by its id. */
  constructor(root, files) {
    this.root = root;
    this.files = files;
  }

  clear() {
    this.#entries.clear();
    this.#images.forEach(async (address) => URL.revokeObjectURL(await address));
    this.#images.clear();
    this.root.replaceChildren();
  }

  /** Draw an entry, at the end where it is new; what the reader has opened stays open. */
  put(id, blocks) {
    const entry = this.#entries.get(id) ?? this.root.appendChild(make("div", "entry"));
    this.#entries.set(id, entry);
    const open = [...entry.querySelectorAll("details")].map((one) => one.open);
    entry.replaceChildren(...blocks.map((block) => this.#block(block)));
    entry.querySelectorAll("details").forEach((one, at) => (one.open = open[at] ?? false));
  }

  #block(block) {
    return block.as === "said" ? this.#said(block) : this.#call(block);
  }

  #said({ who, phase, busy, parts, sources, note }) {
    const head = make("div", "who", make("strong", "", who), phase ?? "");
    const text = make("div", "text", ...parts.map((part) => this.#part(part)));
    const cited = sources.map((source, at) => this.#source(source, at + 1));
    const turn = make("article", `turn ${who === "user" ? "user" : "assistant"}`, head, text, ...cited);
    if (note) turn.append(make("div", "bad", note));
    turn.ariaBusy = String(busy);
    return turn;
  }

  #part(part) {
    if (part.image) return this.#image(part.image);
    if (part.cite) return this.#cite(part);
    if (part.file) return this.#file(part);
    return part.text;
  }

  #cite({ cite, file, name, quote }) {
    const chip = make("span", "cite", `${cite} `, this.#name(file, name));
    chip.title = quote || name;
    return chip;
  }

  #source({ file, name, quote }, number) {
    const head = make("summary", "", `${number} `, this.#name(file, name));
    return make("details", "source", head, make("pre", "", quote || "The passage is not told."));
  }

  /** Name a file; one whose name was not told is asked for. */
  #name(id, name) {
    const shown = make("span", "", name || id);
    if (!name) {
      this.files.name(id).then(
        (found) => (shown.textContent = found),
        () => (shown.textContent = "a deleted file"),
      );
    }
    return shown;
  }

  #file({ file, text }) {
    const button = make("button", "link", text);
    button.type = "button";
    button.addEventListener("click", () => this.#save(file, button));
    return button;
  }

  async #save(id, button) {
    try {
      const [content, name] = await Promise.all([this.files.file(id), this.files.name(id)]);
      const link = make("a");
      link.href = URL.createObjectURL(content);
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      button.after(make("span", "bad", ` ${error.message}`));
    }
  }

  #image(id) {
    if (!this.#images.has(id)) {
      this.#images.set(id, this.files.file(id).then((content) => URL.createObjectURL(content)));
    }
    const image = make("img");
    image.alt = `image ${id}`;
    this.#images.get(id).then(
      (address) => (image.src = address),
      () => image.replaceWith(make("em", "", "an image that cannot be read")),
    );
    return image;
  }

  #call({ title, given, told, images = [], busy }) {
    const head = make("summary", "", title, busy ? " …" : "");
    const details = make("details", "", head);
    if (given) details.append(make("pre", "", given));
    if (told !== null) details.append(make("pre", "", given ? `→ ${told}` : told));
    return make("div", "run", details, ...images.map((id) => this.#image(id)));
  }
}

/** Fill a form with a field for the output of each call. */
export function askOutputs(form, calls) {
  const fields = calls.map(({ id, name, given }) => {
    const output = make("textarea");
    output.name = id;
    output.rows = 2;
    const label = make("label", "", "Its output", output);
    return make("fieldset", "", make("legend", "", `${name}()`), make("pre", "", given), label);
  });
  form.replaceChildren(...fields, make("button", "", calls.length > 1 ? "Send the outputs" : "Send the output"));
  form.querySelector("textarea")?.focus();
}

/** Give what was filled in, with each call. */
export function outputsOf(form, calls) {
  const fields = [...form.querySelectorAll("textarea")];
  return calls.map((call, at) => ({ ...call, output: fields[at].value }));
}
