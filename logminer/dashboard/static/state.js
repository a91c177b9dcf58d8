// What the page shows is what its address says: every choice is a query parameter, so that a
// reload, the back button and a link sent to a colleague all give the same page.

const DEFAULTS = {
  task: '', q: '', sort: '', cols: null, all: false, runs: [], metric: '',
  x: 'step', xlog: false, ylog: false, smooth: 0, whole: false, zoom: null,
  brush: {}, view: 'curves', side: 'next', same: false, theme: '',
};

const text = { read: (s) => s, write: (v) => v };
const flag = { read: (s) => s === '1', write: (v) => (v ? '1' : '') };
const list = {
  read: (s) => s.split(',').filter(Boolean).map(safeDecode),
  write: (v) => (v === null ? '' : v.map(encodeURIComponent).join(',') || ','),
};
const HOW = {
  xlog: flag, ylog: flag, whole: flag, all: flag, same: flag, cols: list,
  smooth: { read: (s) => clamp(Number(s)), write: (v) => (v ? String(v) : '') },
  runs: { read: readIds, write: writeIds },
  brush: { read: readBrush, write: (v) => (Object.keys(v).length ? JSON.stringify(v) : '') },
  zoom: { read: readZoom, write: (v) => (v ? v.map((n) => Number(n.toPrecision(6))).join('~') : '') },
};

/** The choices that the address holds. */
export function readAddress(search = location.search) {
  const given = new URLSearchParams(search);
  const view = structuredClone(DEFAULTS);
  for (const name of Object.keys(DEFAULTS)) {
    if (given.has(name)) view[name] = (HOW[name] ?? text).read(given.get(name));
  }
  return view;
}

/** The address of a view, without what is as usual. */
export function addressOf(view) {
  const query = new URLSearchParams();
  for (const [name, usual] of Object.entries(DEFAULTS)) {
    const how = HOW[name] ?? text;
    const written = how.write(view[name]);
    if (written !== how.write(usual)) query.set(name, written);
  }
  const tail = query.toString();
  return tail ? `?${tail}` : location.pathname;
}

/** Write the view into the address; `push` makes a step that the back button undoes. */
export function writeAddress(view, push) {
  const address = addressOf(view);
  if (address === (location.search || location.pathname)) return;
  history[push ? 'pushState' : 'replaceState'](null, '', address);
}

function readIds(s) {
  const ids = [];
  for (const part of s.split('.')) {
    const [from, to] = part.split('-').map(Number);
    if (!Number.isInteger(from)) continue;
    const last = Number.isInteger(to) ? Math.min(to, from + 1000) : from;
    for (let id = from; id <= last; id += 1) ids.push(id);
  }
  return [...new Set(ids)].slice(0, 1000);
}

function writeIds(ids) {
  const parts = []; // in the order of ticking, which is the order of colours
  for (let i = 0, j = 0; i < ids.length; i = j) {
    for (j = i + 1; j < ids.length && ids[j] === ids[j - 1] + 1;) j += 1;
    parts.push(j - i > 1 ? `${ids[i]}-${ids[j - 1]}` : String(ids[i]));
  }
  return parts.join('.');
}

function readBrush(s) {
  try {
    const given = Object.entries(JSON.parse(s));
    return Object.fromEntries(given.filter(([, range]) => Array.isArray(range) && range.length));
  } catch {
    return {};
  }
}

function readZoom(s) {
  const ends = s.split('~').map(Number);
  return ends.length === 4 && ends.every(Number.isFinite) ? ends : null;
}

function safeDecode(s) {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
}

function clamp(value) {
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), 100) : 0;
}
