// The filter's small language: words look in names, `lr>0.01`, `state:running`, `optimizer:adam,sgd`
// compare, `-` before a term turns it round. All terms must hold.

const TERM = /(-?)(?:"([^"]*)"|([^\s"<>=!:]+))(?:(<=|>=|!=|<|>|=|:)("[^"]*"|[^\s"]*))?/gu;
const ALSO = {
  lr: 'learning_rate', learning_rate: 'lr', bs: 'batch_size', batch_size: 'bs',
  wd: 'weight_decay', weight_decay: 'wd',
};

const FACTS = new Set(['name', 'task', 'state', 'value', 'advice', 'duration', 'step', 'started', 'seen']);

/**
 * Read a filter.
 * @param {string} text what was typed
 * @param {Map<string, (row) => any>} columns what can be compared, by name
 * @returns {{test: (row) => boolean, complaint: string}} complaint names a column that is not there
 */
export function compile(text, columns) {
  const tests = [];
  let complaint = '';
  for (const [, minus, quoted, bare, operator, value] of text.matchAll(TERM)) {
    const name = quoted ?? bare;
    const made = operator ? comparison(name, operator, unquote(value), columns) : word(name);
    if (made === null) complaint ||= missing(name, columns);
    else tests.push(minus ? (row) => !made(row) : made);
  }
  return { test: (row) => tests.every((one) => one(row)), complaint };
}

/** A term that keeps one value of a column, quoted where needed. */
export function term(name, operator, value) {
  const quote = (s) => (/[\s"<>=!:-]/.test(s) ? `"${String(s).replaceAll('"', '')}"` : String(s));
  return `${quote(name)}${operator}${quote(value)}`;
}

function unquote(value) {
  return value.startsWith('"') ? value.slice(1, -1) : value;
}

function word(text) {
  const wanted = text.toLowerCase();
  return (row) => row.name.toLowerCase().includes(wanted)
    || Object.values(row.params).some((v) => typeof v === 'string' && v.toLowerCase().includes(wanted));
}

function comparison(name, operator, value, columns) {
  const get = columns.get(resolve(name, columns));
  if (!get) return null;
  if (value === '') return () => true; // still being typed
  const order = { '<': (a, b) => a < b, '>': (a, b) => a > b, '<=': (a, b) => a <= b, '>=': (a, b) => a >= b };
  if (order[operator]) {
    const limit = Number(value);
    return (row) => typeof get(row) === 'number' && order[operator](get(row), limit);
  }
  const wanted = value.toLowerCase().split(',');
  const equal = (row) => wanted.some((w) => same(get(row), w));
  return operator === '!=' ? (row) => !equal(row) : equal;
}

function same(value, wanted) {
  if (value === null || value === undefined) return wanted === 'none' || wanted === 'null';
  if (typeof value === 'number' && wanted.trim() !== '') return value === Number(wanted);
  return String(value).toLowerCase() === wanted;
}

/** The column that a name means: itself, its last part, or its usual abbreviation. */
function resolve(name, columns) {
  if (columns.has(name)) return name;
  const low = name.toLowerCase();
  const all = [...columns.keys()];
  const last = (full) => full.toLowerCase().split(/[./]/).pop();
  return all.find((full) => full.toLowerCase() === low)
    ?? all.find((full) => last(full) === low)
    ?? all.find((full) => last(full) === ALSO[low]);
}

function missing(name, columns) {
  const low = name.toLowerCase();
  const close = [...columns.keys()].filter((c) => c.toLowerCase().includes(low) || low.includes(c.toLowerCase()));
  const known = (close.length ? close : [...columns.keys()].filter((c) => !FACTS.has(c))).slice(0, 3);
  return `Nothing here is called “${name}”; ${known.length ? `there is ${known.join(', ')}` : 'there is state, step, duration'}.`;
}
