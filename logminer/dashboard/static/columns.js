// The columns of the run table: what each shows, how it sorts, and which are there at first.

import { el } from './dom.js';
import { ago, count, DASH, date, duration, number, setting } from './format.js';

const WIDEST = 22;

/** All columns that a task's runs can fill. */
export function columnsOf({ rows, task, params, metrics, advice }) {
  const value = alike(rows.map((r) => r.value));
  return [
    { key: 'name', title: 'run', group: 'Facts', get: (r) => r.name, text: (r) => r.short },
    ...(task ? [] : [{ key: 'task', title: 'task', group: 'Facts', get: (r) => r.task, text: (r) => r.task ?? DASH }]),
    { key: 'value', title: task ? task.metric : 'objective', group: 'Facts', get: (r) => r.value, text: (r) => value(r.value), n: true, hint: task ? (task.mode === 'max' ? 'the objective; higher is better' : 'the objective; lower is better') : 'each task’s own objective' },
    { key: 'state', title: 'state', group: 'Facts', get: (r) => r.state, text: (r) => r.state ?? 'unknown', draw: chip },
    ...(advice.size ? [{ key: 'advice', title: 'advice', hint: 'whether to go on, and the chance to beat the best', group: 'Facts', get: (r) => advice.get(r.id)?.advice, text: (r) => advice.get(r.id)?.advice ?? '', draw: (r) => advise(advice.get(r.id)) }] : []),
    { key: 'duration', title: 'duration', group: 'Facts', get: (r) => r.duration, text: (r) => duration(r.duration), n: true },
    { key: 'step', title: 'step', group: 'Facts', get: (r) => r.step, text: (r) => (Number.isInteger(r.step) ? count(r.step) : number(r.step)), n: true },
    { key: 'started', title: 'started', group: 'Facts', get: (r) => r.started, text: (r) => date(r.started), n: true },
    { key: 'seen', title: 'last point', group: 'Facts', get: (r) => r.seen, text: (r) => ago(r.seen), n: true },
    ...params.map((p) => ({ key: `p:${p.name}`, title: p.name, group: p.searched ? 'Hyperparameters' : 'Other settings', varies: p.varies, searched: p.searched, get: (r) => r.params[p.name], text: (r) => setting(r.params[p.name]), n: p.kind !== 'categorical' })),
    ...metrics.map((m) => ({ key: `m:${m}`, title: m, group: 'Metrics, last value', get: (r) => r.metrics[m], text: (r) => number(r.metrics[m]), n: true })),
  ];
}

/**
 * How to write the numbers of a column: with as many decimals as tell them apart, the same for
 * all, so that digits stand below each other. Numbers of very different sizes go their own way.
 */
function alike(values) {
  const sizes = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs).sort((a, b) => a - b);
  if (!sizes.length || sizes[0] < 1e-4 || sizes[sizes.length - 1] >= 1e5) return number;
  const middle = sizes[Math.floor(sizes.length / 2)];
  const close = (decimals) => new Set(sizes.map((v) => v.toFixed(decimals))).size;
  let decimals = Math.max(0, 3 - Math.floor(Math.log10(middle)));
  if (sizes.every(Number.isInteger)) decimals = 0;
  while (decimals > 0 && decimals < 6 && close(decimals) < 0.9 * close(6)) decimals += 1;
  return (v) => (Number.isFinite(v) && v !== null ? v.toFixed(decimals) : DASH);
}

const AT_FIRST = new Set(['name', 'task', 'state', 'value', 'advice', 'duration', 'step']);

/** Those to show: the chosen ones, or the usual facts and every hyperparameter that varies. */
export function visible(columns, { cols, all }) {
  const chosen = cols && new Set(cols);
  return columns.filter((c) => {
    if (c.key === 'name') return true;
    const setting = c.key.startsWith('p:');
    if (chosen ? !chosen.has(c.key) : !(AT_FIRST.has(c.key) || (setting && (all || c.searched)))) return false;
    return all || !setting || c.varies;
  });
}

/** The shown runs in the order of a column ("-key" turns it round), the absent last; best first if none is named. */
export function sorted({ shown, order, columns, view: { sort } }) {
  if (!sort) return order;
  const name = sort.replace(/^-/, '');
  const column = columns.find((c) => c.key === name) ?? columns.find((c) => c.key === 'value');
  const down = sort.startsWith('-');
  const collator = new Intl.Collator('en', { numeric: true });
  const absent = (v) => v === null || v === undefined;
  const keyed = shown.map((row) => [column.get(row), row]);
  keyed.sort(([a, ra], [b, rb]) => {
    if (absent(a) || absent(b)) return absent(a) - absent(b) || collator.compare(ra.name, rb.name);
    const both = typeof a === 'number' && typeof b === 'number';
    const order = both ? a - b : collator.compare(String(a), String(b));
    return (down ? -order : order) || collator.compare(ra.name, rb.name);
  });
  return keyed.map(([, row]) => row);
}

/** Widths in letters that fit most texts, so that columns stand still while rows scroll by. */
export function widths(columns, rows) {
  const step = Math.max(1, Math.floor(rows.length / 300));
  return columns.map((c) => {
    let most = Math.min(c.title.length + 2, c.key === 'value' ? 24 : 14);
    const widest = c.key === 'name' ? 32 : WIDEST;
    for (let i = 0; i < rows.length; i += step) most = Math.max(most, c.text(rows[i]).length);
    return Math.min(Math.max(most, 5), widest) + (c.draw ? 4 : 0);
  });
}

function chip(row) {
  const title = [row.reason, row.seen ? `last point ${ago(row.seen)}` : ''].filter(Boolean).join('; ');
  return el('span', { class: `chip ${stateClass(row.state)}`, title: title || null }, row.state ?? 'unknown');
}

/** A class for a state that the style sheet knows. */
export function stateClass(state) {
  return ['running', 'stale', 'failed', 'finished', 'preempted'].includes(state) ? state : 'unknown';
}

function advise(given) {
  if (!given) return '';
  const chance = typeof given.chance === 'number' ? ` ${Math.round(given.chance * 100)} %` : '';
  const known = ['stop', 'keep'].includes(given.advice) ? given.advice : 'undecided';
  return el('span', { class: `chip advice ${known}`, title: given.text }, given.advice + chance);
}
