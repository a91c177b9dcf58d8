// From curves to lines: which to draw, where their points lie, and the ends of the axes.

import { along } from './curvedata.js';
import { ends } from './scale.js';
import { smooth } from './smooth.js';

const NEAR = 40;

/** The curves to draw, the best first: what each looks like, its positions, its values raw and smoothed. */
export function prepareLines({ curveIds, data, metric, axis, view, rowsById, looks }) {
  const have = data.of(metric);
  const found = [];
  curveIds.forEach((id) => {
    const curve = have.get(id);
    if (!curve?.value.length || !rowsById.has(id)) return;
    found.push({ id, curve, row: rowsById.get(id), short: rowsById.get(id).short ?? rowsById.get(id).name, look: looks(id), x: along(curve, axis), y: curve.value, raw: curve.value });
  });
  const span = extent(found.map((l) => l.x), view.xlog);
  const width = 0.25 * (view.smooth / 100) ** 2 * (span[1] - span[0]);
  for (const line of found) {
    if (!width) continue;
    const x = view.xlog ? line.x.map((v) => (v > 0 ? Math.log(v) : null)) : line.x;
    line.y = smooth(x, line.raw, width);
  }
  return found;
}

/** The first and the last of all positions, as logarithms on a log axis. */
function extent(columns, log) {
  let [low, high] = [Infinity, -Infinity];
  for (const column of columns) {
    for (const v of column) {
      if (v === null || (log && v <= 0)) continue;
      const at = log ? Math.log(v) : v;
      if (at < low) low = at;
      if (at > high) high = at;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Room for what running runs are expected to become: as far as the longest run of the task went. */
function withEnd([low, high], lines, { advice, axis, mine, view }) {
  if (axis !== 'step' || !lines.some((line) => advice.has(line.id))) return [low, high];
  const last = mine.reduce((most, row) => Math.max(most, row.step ?? 0), 0);
  return [low, Math.max(high, view.xlog ? Math.log(last) : last)];
}

/** Ends of both axes, and how many points lie outside. */
export function ranges(lines, model) {
  const { view, metric, task } = model;
  const [low, high] = withEnd(extent(lines.map((l) => l.x), view.xlog), lines, model);
  const x = low === high ? [low - 0.5, high + 0.5] : [low, high];
  const values = [];
  for (const line of lines) for (const v of line.raw) if (v !== null) values.push(v);
  const mode = task?.metric === metric ? task.mode : '';
  const usual = ends(values, { log: view.ylog, mode, whole: view.whole });
  const given = view.zoom ?? [...(view.xlog ? x.map(Math.exp) : x), ...usual];
  let outside = 0;
  for (const v of values) if (v < given[2] || v > given[3]) outside += 1;
  return { x: given.slice(0, 2), y: given.slice(2), outside: view.zoom ? 0 : outside };
}

/** The line and its point nearest to a place, if any is near. */
export function nearest(lines, x, y) {
  let best = null;
  let closest = NEAR * NEAR;
  for (const line of lines) {
    for (let i = 0; i < line.px.length; i += 1) {
      const d = (line.px[i] - x) ** 2 + (line.py[i] - y) ** 2;
      if (d < closest) {
        closest = d;
        best = { line, i };
      }
    }
  }
  return best;
}
