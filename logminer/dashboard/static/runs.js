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
  const seen = new Map(known.map((param) => [param.name, { values: new Set(), set: 0 }]));
  for (const row of rows) {
    for (const name in row.params) {
      if (!seen.has(name)) seen.set(name, { values: new Set(), set: 0 });
      const held = seen.get(name);
      held.values.add(key(row.params[name]));
      held.set += 1;
    }
  }
  const kinds = new Map(known.map((param) => [param.name, param]));
  return [...seen].filter(([, { set }]) => set).map(([name, { values, set }]) => {
    const param = { ...kinds.get(name), name, set };
    return { ...param, searched: param.searched ?? true, varies: (values.size > 1 || set < rows.length) && !isName(param, values.size) };
  });
}

/** Whether a setting only names its run (a folder, a run number as text): there is nothing to tune about it. */
function isName(param, different) {
  return param.kind === 'categorical' && different > Math.max(12, param.set / 3);
}

/** Names without the folders that most runs share, as long as they still tell the runs apart. */
export function shortenNames(rows) {
  let parts = rows.map((row) => row.name.split('/'));
  const written = () => new Set(parts.map((p) => p.join('/'))).size;
  const different = written();
  for (const folder of commonFolders(parts)) {
    const before = parts;
    parts = parts.map((p) => p.filter((part, i) => part !== folder || i === p.length - 1));
    if (written() < different) parts = before;
  }
  rows.forEach((row, i) => { row.short = parts[i].join('/'); });
}

/** Folders that more than half of the names go through, the most common first. */
function commonFolders(parts) {
  const counts = new Map();
  for (const p of parts) for (const folder of new Set(p.slice(0, -1))) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  const common = [...counts].filter(([, n]) => n > parts.length / 2);
  return common.sort((a, b) => b[1] - a[1]).map(([folder]) => folder);
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
