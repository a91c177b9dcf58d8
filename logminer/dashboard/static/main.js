// The page: reads its address, fetches the runs once, listens for news, and draws. Every choice
// goes one way: act.update -> address -> model -> parts.

import { get } from './api.js';
import { createCompare } from './compare.js';
import { createControls } from './controls.js';
import { createCurveData } from './curvedata.js';
import { createCurves } from './curves.js';
import { el } from './dom.js';
import { createFindings } from './findings.js';
import { drawHead, drawLive, drawTasks, drawTheme, drawTrouble } from './header.js';
import { createLive } from './live.js';
import { derive, taskOf } from './model.js';
import { forgetColours } from './palette.js';
import { createParallel } from './parallel.js';
import { isOpen, merge, rowsFrom } from './runs.js';
import { createSide } from './side.js';
import { readAddress, writeAddress } from './state.js';
import { createTable } from './table.js';
import { createTabs } from './tabs.js';
import { createToolbar } from './toolbar.js';

const VIEWS = { curves: 'Curves', parallel: 'Parallel coordinates', compare: 'Compare' };

const at = (id) => document.getElementById(id);
const held = { state: null, rows: new Map(), view: readAddress(), hover: null, fresh: new Set(), live: 'wait' };
const data = createCurveData(redraw);
const findings = createFindings(redraw);
const act = { update, hover, pick };
const tabs = createTabs(at('views'), 'view', VIEWS, (view) => update({ view }, true));
const controls = createControls(tabs.panels.curves.appendChild(el('div', { class: 'controls' })), act);
const views = {
  curves: createCurves(tabs.panels.curves, act),
  parallel: createParallel(tabs.panels.parallel, act),
  compare: createCompare(tabs.panels.compare, act),
};
const side = createSide(at('side'), findings, act);
const toolbar = createToolbar(at('runs'), act);
const table = createTable(at('runs'), act);
const live = createLive({ state: liveState, runs: runsCame, points: pointsCame, changed: stateCame });
let model = null;
let drawing = false;

/** Change what the page shows; with `push` the back button undoes it. */
function update(patch, push = false) {
  Object.assign(held.view, patch);
  writeAddress(held.view, push);
  redraw();
}

function hover(id) {
  if (held.hover === id || !model) return;
  held.hover = id;
  model.hover = id;
  views[held.view.view]?.hover();
  table.hover(id);
}

function pick(id) {
  const runs = held.view.runs.includes(id) ? held.view.runs.filter((r) => r !== id) : [...held.view.runs, id];
  update({ runs }, true);
}

function redraw() {
  if (!drawing) requestAnimationFrame(draw);
  drawing = true;
}

function draw() {
  drawing = false;
  if (!held.state) return;
  const { view } = held;
  document.documentElement.dataset.theme = view.theme;
  document.body.classList.toggle('bare', !held.rows.size);
  forgetColours();
  const problems = held.state.problems;
  const task = taskOf(held.state, held.rows, view);
  if (task && view.task !== task.name) update({ task: task.name }); // stays, wherever runs begin next
  findings.refresh({ task, view, rows: held.rows, problems });
  model = derive({ ...held, findings: findings.known, data });
  if (!(view.view in VIEWS)) view.view = 'curves';
  document.title = model.task ? `${model.task.name} · logminer` : 'logminer';
  at('source').textContent = held.state.title || held.state.db || '';
  drawLive(at('live'), held.live, held.state.updated);
  drawTrouble(at('trouble'), held.state.trouble);
  drawTheme(at('theme'), view, act);
  drawTasks(at('tasks'), model, act);
  drawHead(at('head'), model, act);
  tabs.show(view.view);
  if (view.view === 'curves') askForCurves();
  controls.show(model);
  views[view.view].show(model);
  side.show(model, problems);
  toolbar.show(model);
  table.show(model);
  held.fresh = new Set();
}

function askForCurves() {
  const { metric, curveIds } = model;
  data.want(metric, curveIds);
  const open = curveIds.filter((id) => isOpen(held.rows.get(id)));
  live.listen({ revision: held.state.revision, metric: metric || null, run: open });
}

async function load() {
  try {
    const state = await get('state');
    const table = await get('runs');
    held.state = state;
    held.rows = rowsFrom(table);
    live.listen({ revision: Math.min(state.revision, table.revision), metric: null, run: [] });
  } catch (error) {
    drawLive(at('live'), 'lost');
    at('head').replaceChildren(el('h1', {}, error.message), el('p', {}, error.next ?? ''));
    setTimeout(load, 3000);
  }
  redraw();
}

function liveState(kind) {
  held.live = kind;
  drawLive(at('live'), kind, held.state?.updated);
}

function runsCame({ revision, rows }) {
  const moved = merge(held.rows, rows);
  held.state.revision = Math.max(held.state.revision, revision);
  held.fresh = new Set([...held.fresh, ...rows.map((row) => row.id)]);
  const pushed = new Set(model?.curveIds.filter((id) => isOpen(held.rows.get(id))));
  data.forget(moved, model?.metric, pushed);
  redraw();
}

function pointsCame({ metric, curves }) {
  data.append(metric, curves);
}

function stateCame(state) {
  held.state = { ...held.state, ...state };
  redraw();
}

addEventListener('popstate', () => {
  held.view = readAddress();
  redraw();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
new ResizeObserver(() => model && views[held.view.view].draw()).observe(at('views'));
setInterval(() => document.visibilityState === 'visible' && redraw(), 30000);
load();
