// The top of the page: where the data is from, whether it is live, the tasks, and the chosen
// task in one line.

import { el, plain, renew } from './dom.js';
import { stateClass } from './columns.js';
import { ago, number, plural } from './format.js';
import { ALL } from './model.js';
import { stateCounts } from './runs.js';
import { term } from './filter.js';

const MANY = 6;
const LIVE = { live: 'Live', lost: 'Connection lost, trying again', wait: 'Connecting' };

/** Say where the data is from and whether news still arrives. */
export function drawLive(root, kind, updated) {
  renew(root, kind, () => {
    root.className = `live ${kind}`;
    root.replaceChildren(el('span', { class: 'dot', 'aria-hidden': 'true' }), LIVE[kind]);
  });
  root.title = updated ? `data of ${ago(updated)}` : '';
}

/** Why the data is not up to date, if the server says so. */
export function drawTrouble(root, trouble) {
  root.hidden = !trouble;
  renew(root, trouble, () => root.replaceChildren(trouble ? plain(trouble) : ''));
}

/** The tasks as a row of choices with their size and best value. */
export function drawTasks(root, { state, task }, act) {
  renew(root, [state.tasks, task?.name], () => fillTasks(root, state, task, act));
}

function fillTasks(root, state, task, act) {
  if (state.tasks.length < 2) {
    root.replaceChildren();
    return;
  }
  const many = state.tasks.length > MANY;
  const size = (runs, best) => (many ? String(runs) : `${plural(runs, 'run')}${best ? ` · best ${number(best.value)}` : ''}`);
  root.classList.toggle('many', many);
  const focused = document.activeElement?.closest('#tasks') && document.activeElement.dataset.task;
  const choice = (name, title, small, on) => el('button', {
    type: 'button', 'data-task': name, 'aria-current': on ? 'true' : null, title,
    onclick: () => act.update({ task: name, runs: [], brush: {}, zoom: null, metric: '', sort: '', cols: null }, true),
  }, el('span', { class: 'taskname' }, title), el('small', {}, small));
  root.replaceChildren(
    ...state.tasks.map((t) => choice(t.name, t.name, size(t.runs, t.best), t.name === task?.name)),
    choice(ALL, 'All tasks', size(state.tasks.reduce((n, t) => n + t.runs, 0)), !task),
  );
  const current = root.querySelector('[aria-current]');
  if (current && root.dataset.current !== current.dataset.task) {
    root.dataset.current = current.dataset.task;
    root.scrollLeft = current.offsetLeft - root.offsetLeft - 24;
  }
  if (focused) [...root.children].find((b) => b.dataset.task === focused)?.focus({ preventScroll: true });
}

/** The task's name, its runs by state (each a filter) and its best value. */
export function drawHead(root, { task, mine, view, state, best, rowsById }, act) {
  const top = rowsById.get(best);
  const counts = stateCounts(mine);
  const seen = [task, top?.id, top?.value, top?.short, counts, view.q, state.params_left_out, state.loading];
  renew(root, seen, () => fillHead(root, { task, top, counts, view, state }, act));
}

function fillHead(root, { task, top, counts, view, state }, act) {
  const none = state.loading ? 'Reading the logs…' : 'No runs yet';
  const chips = counts.map(([name, n]) => {
    const wanted = term('state', ':', name ?? 'unknown');
    const on = view.q.split(/\s+/).includes(wanted);
    const q = on ? view.q.split(/\s+/).filter((t) => t !== wanted).join(' ') : `${view.q} ${wanted}`.trim();
    return el('button', { type: 'button', class: `chip ${stateClass(name)}`, 'aria-pressed': String(on), onclick: () => act.update({ q }, true) }, `${n} ${name ?? 'unknown'}`);
  });
  const more = state.params_left_out;
  const capped = more ? `${plural(more, 'setting')} more than the page can show.` : '';
  root.replaceChildren(
    el('h1', { id: 'task-title' }, task ? task.name : counts.length ? 'All tasks' : none),
    el('p', { class: 'facts' },
      task && top ? el('span', { class: 'best' }, `best ${task.metric} `, el('strong', {}, number(top.value, 5)), `, ${task.mode === 'max' ? 'higher' : 'lower'} is better, by `, el('button', { type: 'button', class: 'link', onclick: () => act.pick(top.id), title: top.name }, plain(top.short, 40))) : null,
      el('span', { class: 'chips' }, chips), capped));
}

/** The switch between light and dark. */
export function drawTheme(button, view, act) {
  const dark = view.theme ? view.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  renew(button, dark, () => {
    button.textContent = dark ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `Switch to ${dark ? 'light' : 'dark'} colours`);
  });
  button.onclick = () => act.update({ theme: dark ? 'light' : 'dark' }, true);
}
