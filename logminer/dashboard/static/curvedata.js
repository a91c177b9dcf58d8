// The points of curves: fetched once a run and metric, and only added to afterwards.

import { get } from './api.js';

const MOST = 1000;
const POINTS = 120000;
const PAUSE = 5000;

/** How many points of each of n curves are worth asking for. */
function pointsFor(n) {
  return Math.max(60, Math.min(600, Math.floor(POINTS / Math.max(n, 1))));
}

/** A store of curves; `changed` is called when points arrived. */
export function createCurveData(changed) {
  const byMetric = new Map();
  const offered = new Map();
  const state = { version: 0, error: null, busy: false };
  const came = () => {
    state.version += 1;
    changed();
  };
  let asking = null; // the request under way and what it is for

  function of(metric) {
    if (!byMetric.has(metric)) byMetric.set(metric, new Map());
    return byMetric.get(metric);
  }

  /** Fetch the curves that are missing, or too coarse for so few of them. */
  async function want(metric, ids) {
    const have = of(metric);
    const points = pointsFor(Math.min(ids.length, MOST));
    const missing = ids.slice(0, MOST).filter((id) => {
      const curve = have.get(id);
      return !curve || (curve.total > curve.asked && curve.asked * 2 < points);
    });
    const purpose = `${metric}\n${missing}`;
    if (asking?.purpose === purpose) return;
    asking?.stop.abort();
    asking = null;
    state.busy = Boolean(missing.length && metric);
    if (!state.busy) return;
    const mine = { purpose, stop: new AbortController() };
    asking = mine;
    try {
      const answer = await get('curves', { metric, run: missing, points }, mine.stop.signal);
      offered.set(metric, [...new Set([...(offered.get(metric) ?? []), ...answer.axes])]);
      for (const id of missing) have.set(id, empty(id, points));
      for (const curve of answer.curves) have.set(curve.run, { ...empty(curve.run, points), ...curve, total: curve.points });
      state.error = null;
    } catch (error) {
      if (error.name === 'AbortError') return;
      state.error = error;
    }
    if (state.error) setTimeout(() => { asking = null; changed(); }, PAUSE); // not again at once
    else asking = null;
    state.busy = false;
    came();
  }

  /** Append points that the server pushed; a curve that began anew is forgotten, to be fetched again. */
  function append(metric, curves) {
    const have = of(metric);
    let added = 0;
    for (const { run, step, wall, value, epoch, reset } of curves) {
      const curve = have.get(run);
      if (!curve) continue;
      if (reset) {
        have.delete(run);
        added += 1;
        continue;
      }
      const last = curve.step.length ? curve.step[curve.step.length - 1] : -Infinity;
      for (let i = 0; i < step.length; i += 1) {
        if (step[i] <= last) continue;
        curve.step.push(step[i]);
        curve.wall.push(wall?.[i] ?? null);
        curve.value.push(value[i]);
        if (curve.epoch) curve.epoch.push(epoch?.[i] ?? null);
        curve.total += 1;
        added += 1;
      }
    }
    if (added) came();
  }

  /** Forget curves of runs that went on, to be asked for again; but not those whose points are pushed. */
  function forget(ids, metric, pushed) {
    for (const [name, have] of byMetric) {
      for (const id of ids) if (name !== metric || !pushed.has(id)) have.delete(id);
    }
  }

  /** Axes that a metric's curves can be drawn over, as far as is known. */
  const axes = (metric) => offered.get(metric) ?? ['step'];

  return { state, axes, of, want, append, forget };
}

function empty(run, asked) {
  return { run, step: [], wall: [], value: [], epoch: null, total: 0, asked };
}

/** Where the points of a curve lie along an axis: step, epoch, wall or relative (seconds since its start). */
export function along(curve, axis) {
  if (axis === 'epoch') return curve.epoch ?? curve.step;
  if (axis === 'wall') return curve.wall;
  if (axis !== 'relative') return curve.step;
  const start = curve.wall.find((w) => w !== null) ?? 0;
  return curve.wall.map((w) => (w === null ? null : w - start));
}
