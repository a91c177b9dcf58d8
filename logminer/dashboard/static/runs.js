// The run table as the server sends it (columns at first, changed rows later), and what can be
// said about a task's runs: which is best, which hyperparameters vary.

const FACTS = ['name', 'task', 'state', 'reason', 'started', 'duration', 'step', 'seen', 'value'];
const ENDED = new Set(['finished', 'failed', 'preempted']);

/** Rows by run id, from the columns of /api/runs. */
export function rowsFrom(table) {
  const rows = new Map();
  const params = Object.entries(table.params ?? {});
  const metrics = Object.entries(table.metrics ?? {});
  table.id.forEach((id, i) => {
    const row = { id, params: given(params, i), metrics: given(metrics, i) };
    for (const fact of FACTS) row[fact] = table[fact]?.[i] ?? null;
    rows.set(id, row);
  });
  return rows;
}

function given(columns, i) {
  const values = Object.create(null);
  for (const [name, column] of columns) {
    if (column[i] !== null && column[i] !== undefined) values[name] = column[i];
  }
  return values;
}

/** Put changed rows in; returns the ids whose last step moved. */
export function merge(rows, changed) {
  const moved = [];
  for (const row of changed) {
    if (rows.get(row.id)?.step !== row.step) moved.push(row.id);
    const clean = { ...row, params: Object.create(null), metrics: Object.create(null) };
    for (const kind of ['params', 'metrics']) {
      for (const [name, value] of Object.entries(row[kind] ?? {})) {
        if (value !== null) clean[kind][name] = value;
      }
    }
    rows.set(row.id, clean);
  }
  return moved;
}

/** Whether more points are to be expected of a run. */
export function isOpen(row) {
  return !ENDED.has(row.state);
}

/** Runs with a value, best first. */
export function ranked(rows, mode) {
  const sign = mode === 'max' ? -1 : 1;
  return rows.filter((row) => row.value !== null).sort((a, b) => sign * (a.value - b.value));
}

/** Normalised rank by run id: 0 the best, 1 the worst; runs without a value are last. */
export function ranks(rows, mode) {
  const order = ranked(rows, mode);
  const last = Math.max(order.length - 1, 1);
  const found = new Map(rows.map((row) => [row.id, 1]));
  order.forEach((row, i) => found.set(row.id, i / last));
  return found;
}

/** Hyperparameters that the runs set; `varies` marks those worth a column. */
export function parameters(rows, known = []) {
  const seen = new Map(known.map((param) => [param.name, new Set()]));
  for (const row of rows) {
    for (const name in row.params) {
      if (!seen.has(name)) seen.set(name, new Set());
      const values = seen.get(name);
      if (values.size < 2) values.add(key(row.params[name]));
    }
  }
  const kinds = new Map(known.map((param) => [param.name, param]));
  return [...seen]
    .filter(([, values]) => values.size)
    .map(([name, values]) => {
      const param = { ...kinds.get(name), name };
      return { ...param, varies: (values.size > 1 || partly(rows, name)) && !isName(param, rows) };
    });
}

function partly(rows, name) {
  return rows.some((row) => row.params[name] === undefined);
}

/** Whether a setting only names its run (a folder, a run number as text): there is nothing to tune about it. */
function isName(param, rows) {
  if (param.kind !== 'categorical') return false;
  const values = new Set(rows.map((row) => row.params[param.name]).filter((v) => v !== undefined).map(key));
  return values.size > Math.max(12, rows.length / 3);
}

/** Names without the folders that all runs share. */
export function shortenNames(rows) {
  const parts = rows.map((row) => row.name.split('/'));
  let shared = 0;
  const first = parts[0] ?? [];
  while (shared < first.length - 1 && parts.every((p) => p.length > shared + 1 && p[shared] === first[shared])) shared += 1;
  rows.forEach((row, i) => { row.short = parts[i].slice(shared).join('/'); });
}

/** A value as something that compares by content. */
export function key(value) {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Number of runs by state, the ones that need eyes first. */
export function stateCounts(rows) {
  const counts = new Map(['running', 'stale', 'failed', 'preempted', 'finished'].map((s) => [s, 0]));
  for (const row of rows) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  return [...counts].filter(([, n]) => n);
}
