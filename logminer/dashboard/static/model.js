// From the data and the view to what is drawn: the runs of the task, those that pass the filter,
// those inside the brushes, and which curves to show.

import { inside } from './axes.js';
import { columnsOf, visible } from './columns.js';
import { compile } from './filter.js';
import { ramp, series } from './palette.js';
import { parameters, ranked, ranks, shortenNames } from './runs.js';

export const ALL = '*';
const CURVES = 1000;
const SERIES = 24;

/** Everything that the parts of the page need to draw themselves. */
export function derive({ state, rows, view, findings, data, hover, fresh }) {
  const task = taskOf(state, rows, view);
  const mine = [...rows.values()].filter((row) => !task || row.task === task.name);
  shortenNames(mine);
  const params = parameters(mine, state.params);
  const metrics = metricsOf(mine, state);
  const advice = new Map(findings.advice.filter((a) => rows.has(a.run) && a.advice !== 'ended').map((a) => [a.run, a]));
  const columns = columnsOf({ rows: mine, task, params, metrics, advice });
  const filter = compile(view.q, comparable(columns));
  const filtered = mine.filter(filter.test);
  const rank = rankOf(mine, task, state);
  const shown = filtered.filter(inside(view.brush, rank));
  const order = [...shown].sort((a, b) => rank.get(a.id) - rank.get(b.id));
  const metric = metrics.includes(view.metric) ? view.metric : usualMetric(task ? [task] : state.tasks, metrics);
  const axes = data.axes(metric);
  return {
    axes, axis: axes.includes(view.x) ? view.x : 'step',
    state, view, task, mine, params, metrics, metric, advice, columns, filtered, shown, order, rank, data, hover, fresh,
    visible: visible(columns, view),
    varying: params.filter((p) => p.varies && p.searched),
    total: rows.size,
    shownCount: shown.length,
    rowsById: rows,
    shownIds: new Set(shown.map((row) => row.id)),
    filteredIds: new Set(filtered.map((row) => row.id)),
    complaint: filter.complaint,
    best: task ? ranked(mine, task.mode)[0]?.id : null,
    importance: findings.importance,
    suggestions: task ? findings.suggestions : [],
    looks: looksOf(view, rank),
    curveIds: curveIds(view, order, rows),
  };
}

/** The task of the view: the one named, all, or the one where most happens. */
export function taskOf(state, rows, view) {
  if (view.task === ALL) return null;
  const named = state.tasks.find((t) => t.name === view.task);
  if (named || !state.tasks.length) return named ?? null;
  const open = new Map();
  for (const row of rows.values()) {
    if (row.state === 'running') open.set(row.task, (open.get(row.task) ?? 0) + 1);
  }
  const weight = (t) => (open.get(t.name) ?? 0) * 1e6 + t.runs;
  return [...state.tasks].sort((a, b) => weight(b) - weight(a))[0];
}

function metricsOf(rows, state) {
  const seen = new Set(rows.flatMap((row) => Object.keys(row.metrics)));
  const common = state.metrics.map((m) => m.name).filter((name) => seen.has(name));
  return [...new Set([...common, ...seen])];
}

function usualMetric(tasks, metrics) {
  return tasks.map((t) => t.metric).find((name) => metrics.includes(name)) ?? metrics[0] ?? '';
}

/** What a filter can compare: facts by their names, then hyperparameters, then metrics. */
function comparable(columns) {
  const found = new Map();
  for (const column of columns) {
    const name = column.key.replace(/^[pm]:/, '');
    if (!found.has(name)) found.set(name, column.get);
  }
  return found;
}

function rankOf(rows, task, state) {
  if (task) return ranks(rows, task.mode);
  const parts = state.tasks.map((t) => ranks(rows.filter((row) => row.task === t.name), t.mode));
  return new Map([...rows.map((row) => [row.id, 1]), ...parts.flatMap((part) => [...part])]);
}

/** Ticked runs in the colours of series while these can be told apart, all others by rank. */
function looksOf(view, rank) {
  const ticked = view.runs.length <= SERIES ? view.runs : [];
  const place = new Map(ticked.map((id, i) => [id, i]));
  return (id) => (place.has(id) ? series(place.get(id)) : { name: ramp(rank.get(id) ?? 1), dash: [] });
}

/** The ticked runs, or the best of those shown; `of` says how many there would be. */
function curveIds(view, order, rows) {
  const ticked = view.runs.filter((id) => rows.has(id));
  const ids = ticked.length ? ticked : order.map((row) => row.id);
  return Object.assign(ids.slice(0, CURVES), { of: ids.length });
}
