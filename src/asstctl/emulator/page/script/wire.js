// Requests to the account that this page came from, and to nothing else.

/** What the account did not do, in its own words; `status` is that of its answer. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Wire {
  /** The key, where the account asks for one: it is kept here and nowhere else. */
  key = "";

  async get(path) {
    return (await this.#send("GET", path)).json();
  }

  /** Post, and give what is answered, null where that is nothing. */
  async post(path, body = {}) {
    const text = await (await this.#send("POST", path, { body })).text();
    return text ? JSON.parse(text) : null;
  }

  /** Give the body of a stream of events; a body makes the request a POST. */
  async stream(path, { body, signal } = {}) {
    return (await this.#send(body ? "POST" : "GET", path, { body, signal })).body;
  }

  /** Give a whole list, the oldest first. */
  async list(path) {
    const found = [];
    const mark = path.includes("?") ? "&" : "?";
    let after = "";
    for (;;) {
      const page = await this.get(`${path}${mark}order=asc&limit=100${after}`);
      found.push(...page.data);
      if (!page.has_more || !page.data.length) return found;
      after = `&after=${encodeURIComponent(page.data.at(-1).id)}`;
    }
  }

  /** Give the name of a file. */
  async fileName(id) {
    return (await this.get(`/files/${encodeURIComponent(id)}`)).filename;
  }

  /** Give what is in a file. */
  async file(id) {
    return (await this.#send("GET", `/files/${encodeURIComponent(id)}/content`)).blob();
  }

  async #send(method, path, { body, signal } = {}) {
    const headers = path.startsWith("/agents") ? { "openai-beta": "agents=v1" } : {};
    if (this.key) headers.authorization = `Bearer ${bytes(this.key)}`;
    // The page's own address may hold a password, and is then none that can be asked.
    const response = await fetch(`${location.origin}/v1${path}`, {
      method,
      headers,
      signal,
      body: body && JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
    });
    if (!response.ok) throw new Refused(response.status, await told(response));
    return response;
  }
}

/** Write a text as a header can carry it, a character for each of its bytes. */
function bytes(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

async function told(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `The account answered ${response.status}.`;
  }
}
