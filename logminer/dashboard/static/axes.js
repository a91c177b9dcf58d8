// The axes of parallel coordinates: where a value lies between 0 and 1, and which values a
// stretch of the axis holds.

import { plain } from './dom.js';
import { number, setting, tick } from './format.js';
import { key } from './runs.js';
import { ends, scale, ticks } from './scale.js';

const FEW = 6;

/** Axes for the hyperparameters that vary, the most important first, and one for the objective. */
export function axesOf({ mine, varying, importance, task, rank }, most) {
  const share = new Map(importance.map((row) => [row.name, row.share]));
  const known = share.size ? varying.filter((p) => share.has(p.name)) : varying;
  const order = [...known].sort((a, b) => (share.get(b.name) ?? 0) - (share.get(a.name) ?? 0));
  const axes = order.slice(0, most - 1).map((param) => parameterAxis(param, mine)).filter(Boolean);
  const values = mine.map((row) => row.value).filter((v) => v !== null);
  if (!axes.length || !values.length) return [];
  return [...axes, task ? objectiveAxis(values, task) : rankAxis(rank)];
}

function parameterAxis(param, rows) {
  const get = (row) => row.params[param.name];
  const values = rows.map(get).filter((v) => v !== undefined);
  if (!values.length) return null;
  const named = { key: `p:${param.name}`, title: param.name, get, partly: values.length < rows.length };
  const numeric = values.every((v) => typeof v === 'number') && param.kind !== 'categorical';
  const few = new Set(values.map(key)).size <= FEW;
  return { ...named, ...(numeric && !few ? numericAxis(values, param.log) : categoryAxis(values)) };
}

function objectiveAxis(values, task) {
  return { ...numericAxis(values, false, task.mode), key: 'value', title: task.metric, get: (row) => row.value, partly: false };
}

/** Over several tasks values do not compare, ranks do. */
function rankAxis(rank) {
  return {
    key: 'rank', title: 'rank in its task', get: (row) => rank.get(row.id), partly: false,
    unit: (v) => (v === undefined ? null : 1 - v),
    ticks: [[1, 'best'], [0, 'worst']],
    range: (a, b) => [1 - b, 1 - a].map((v) => Number(v.toFixed(3))),
    units: ([low, high]) => [1 - high, 1 - low],
    text: (u) => `better than ${Math.round(100 * u)} %`,
  };
}

/** An axis of numbers; on the objective's the best is on top and far worse ones lie at the edge. */
function numericAxis(values, log, mode = '') {
  const exact = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const onLog = log && exact[0] > 0;
  const [low, high] = mode || exact[0] === exact[1] ? ends(values, { log: onLog, mode, whole: !mode, share: 0.85 }) : exact;
  const [from, to] = mode === 'min' ? [1, 0] : [0, 1];
  const at = scale(low, high, from, to, onLog);
  /** The value at a height; the lower end of the objective's axis holds all that is worse, too. */
  const valueAt = (u) => {
    if (mode && u <= 0) return mode === 'min' ? Number.MAX_VALUE : -Number.MAX_VALUE;
    if (u <= 0 || u >= 1) return (u <= 0) === (from < to) ? low : high;
    return Number(at.invert(u).toPrecision(6));
  };
  const clip = (u) => Math.min(Math.max(u, 0), 1);
  return {
    unit: (v) => (typeof v === 'number' ? clip(at(v)) : mode && v === null ? 0 : null),
    ticks: ticks(low, high, 5, onLog).map((v) => [at(v), tick(v)]).filter(([u]) => u >= -0.001 && u <= 1.001),
    range: (a, b) => [a, b].map(valueAt).sort((x, y) => x - y),
    units: (range) => range.map((v) => clip(at(v))).sort((a, b) => a - b),
    text: (u) => number(at.invert(u), 3),
  };
}

/** Where a number lies that no run has tried: between its neighbours. */
function between(v, found, place) {
  const i = found.findIndex((f) => f > v);
  if (i < 1 || typeof v !== 'number') return i < 0 ? 1 : 0;
  const share = (v - found[i - 1]) / (found[i] - found[i - 1]);
  return place.get(key(found[i - 1])) + share * (place.get(key(found[i])) - place.get(key(found[i - 1])));
}

/** An axis of values side by side: names, or so few numbers that each is worth a place of its own. */
function categoryAxis(values) {
  const found = [...new Map(values.map((v) => [key(v), v])).values()];
  const numbers = found.every((v) => typeof v === 'number');
  found.sort((a, b) => (numbers ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true })));
  const place = new Map(found.map((v, i) => [key(v), found.length > 1 ? i / (found.length - 1) : 0.5]));
  const step = Math.max(1, Math.ceil(found.length / 12));
  return {
    unit: (v) => (v === undefined || v === null ? null : place.get(key(v)) ?? (numbers ? between(v, found, place) : null)),
    ticks: found.filter((_, i) => i % step === 0).map((v) => [place.get(key(v)), plain(setting(v), 12)]),
    range: (a, b) => [...place].filter(([, u]) => u >= a - 0.03 && u <= b + 0.03).map(([k]) => k),
    units: (range) => {
      const at = range.map((k) => place.get(String(k))).filter((u) => u !== undefined);
      return at.length ? [Math.max(Math.min(...at) - 0.03, -0.02), Math.min(Math.max(...at) + 0.03, 1.02)] : [0, 0];
    },
    text: (u) => {
      const close = [...place].sort((a, b) => Math.abs(a[1] - u) - Math.abs(b[1] - u));
      return close[0]?.[0] ?? '';
    },
  };
}

function getter(name, rank) {
  if (name.startsWith('p:')) return (row) => row.params[name.slice(2)];
  return name === 'rank' ? (row) => rank.get(row.id) : (row) => row.value;
}

/** Whether a row lies inside all brushes; what a run does not set lies outside. */
export function inside(brush, rank) {
  const tests = Object.entries(brush).map(([name, range]) => {
    const get = getter(name, rank);
    if (range.length === 2 && range.every((v) => typeof v === 'number')) {
      return (row) => typeof get(row) === 'number' && get(row) >= range[0] && get(row) <= range[1];
    }
    const wanted = new Set(range.map(String));
    return (row) => get(row) !== undefined && get(row) !== null && wanted.has(key(get(row)));
  });
  return (row) => tests.every((test) => test(row));
}
