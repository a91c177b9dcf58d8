// Runs side by side: the hyperparameters that differ, then the last value of every metric.

import { el, renew } from './dom.js';
import { date, duration, number, setting } from './format.js';
import { key } from './runs.js';

const MOST = 12;

/**
 * @param {HTMLElement} root where to draw
 * @param {{update: (patch, push?) => void}} act
 */
export function createCompare(root, act) {
  return {
    show(model) {
      const rows = model.view.runs.map((id) => model.rowsById.get(id)).filter(Boolean);
      const colours = rows.map((row) => model.looks(row.id).name);
      renew(root, [rows, colours, model.view.same, model.task, !rows.length && model.order.length > 1], () => {
        root.replaceChildren(...(rows.length ? [table(rows.slice(0, MOST), model, act), note(rows, model)] : [empty(model, act)]));
      });
    },
    draw() {},
    hover() {},
  };
}

function empty({ order }, act) {
  const best = () => act.update({ runs: order.slice(0, 3).map((row) => row.id) }, true);
  return el('div', { class: 'empty' },
    el('p', {}, 'Tick runs in the table below to see what differs between them.'),
    order.length > 1 ? el('button', { type: 'button', onclick: best }, `Compare the best ${Math.min(order.length, 3)}`) : '');
}

function note(rows, { view }) {
  const cut = rows.length > MOST ? `${MOST} of ${rows.length} ticked runs shown. ` : '';
  const what = rows.length > 1 && !view.same ? 'Hyperparameters on which these runs agree are left out.' : '';
  return el('p', { class: 'note' }, cut + what);
}

function table(rows, model, act) {
  const { view, looks, task } = model;
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.params)))];
  const differs = new Set(names.filter((name) => new Set(rows.map((row) => key(row.params[name]))).size > 1));
  const params = rows.length === 1 || view.same ? names : names.filter((name) => differs.has(name));
  const metrics = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))];
  const line = (name, texts, strong) => el('tr', { class: strong ? 'differs' : null },
    el('th', { scope: 'row', title: name }, name), texts.map((t) => el('td', {}, t)));
  const group = (title, ...extra) => el('tr', { class: 'group' }, el('th', { scope: 'colgroup', colspan: rows.length + 1 }, title, ...extra));
  const same = el('label', { class: 'check' }, el('input', { type: 'checkbox', checked: view.same, onchange: (e) => act.update({ same: e.target.checked }) }), 'those that agree too');
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Runs side by side' },
    el('table', { class: 'sides' },
      el('caption', { class: 'unseen' }, 'Runs side by side'),
      el('thead', {}, el('tr', {}, el('td', {}), rows.map((row) => head(row, looks(row.id), act, view)))),
      el('tbody', {},
        line('state', rows.map((row) => row.state)),
        line(task?.metric ?? 'value', bestMarked(rows, task)),
        line('duration', rows.map((row) => duration(row.duration))),
        line('started', rows.map((row) => date(row.started))),
        group('Hyperparameters', rows.length > 1 ? same : ''),
        params.map((name) => line(name, rows.map((row) => setting(row.params[name])), view.same && differs.has(name))),
        params.length ? [] : [line('all agree', rows.map(() => ''))],
        metrics.length ? [group('Last value of each metric')] : [],
        metrics.map((name) => line(name, rows.map((row) => number(row.metrics[name])))))));
}

function head(row, look, act, view) {
  const drop = () => act.update({ runs: view.runs.filter((id) => id !== row.id) }, true);
  return el('th', { scope: 'col', title: row.name },
    el('span', { class: `swatch ${look.name}` }), el('span', { class: 'runname' }, row.short),
    el('button', { type: 'button', class: 'drop', 'aria-label': `Leave out ${row.short}`, onclick: drop }, '×'));
}

function bestMarked(rows, task) {
  const values = rows.map((row) => row.value).filter((v) => v !== null);
  const best = task?.mode === 'max' ? Math.max(...values) : Math.min(...values);
  return rows.map((row) => (row.value === best && values.length > 1 ? el('strong', {}, `${number(row.value, 5)} best`) : number(row.value, 5)));
}
