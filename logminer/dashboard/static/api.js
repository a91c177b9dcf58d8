// Asking the server: JSON or a sentence that says what went wrong and what to do.

const PATIENCE = 300;
const PAUSE = 1000;

/** What the server, or the way to it, answered instead of data. */
class Refused extends Error {
  constructor(what, next, status) {
    super(what);
    this.next = next;
    this.status = status;
  }
}

/** A query string; lists become repeated names, null is left out. */
export function query(options) {
  const pairs = Object.entries(options)
    .flatMap(([name, value]) => [value].flat().map((v) => [name, v]))
    .filter(([, value]) => value !== null && value !== undefined);
  return new URLSearchParams(pairs).toString();
}

/** GET /api/<name>. While the answer is being computed (202), asks again every second. */
export async function get(name, options = {}, signal = undefined) {
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    const response = await request(`/api/${name}?${query(options)}`, signal);
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw refusal(body, response.status);
    if (response.status !== 202 && !body.pending) return body;
    await new Promise((done) => { setTimeout(done, PAUSE); });
    signal?.throwIfAborted();
  }
  throw new Refused('This takes too long.', 'Choose a task with fewer runs.', 202);
}

async function request(url, signal) {
  try {
    return await fetch(url, { signal, headers: { Accept: 'application/json' } });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refused('The server does not answer.', 'Is logminer serve still running?', 0);
  }
}

function refusal(body, status) {
  const error = body.error ?? {};
  const next = status === 403 ? 'Open the address that logminer serve printed, with its token.' : '';
  return new Refused(sentence(error.what ?? `the server answered ${status}`), sentence(error.next ?? next), status);
}

function sentence(text) {
  if (!text) return '';
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}
