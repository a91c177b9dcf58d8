// Above the table: the filter, how many runs pass it, and which columns are shown.

import { el, renew } from './dom.js';
import { count, plural } from './format.js';

/**
 * @param {HTMLElement} root where to put it
 * @param {{update: (patch, push?) => void}} act
 */
export function createToolbar(root, act) {
  let typed = false;
  const box = el('input', {
    type: 'search', id: 'filter', autocomplete: 'off', spellcheck: 'false', enterkeyhint: 'search',
    'aria-label': 'Filter runs', 'aria-describedby': 'filter-says',
    title: 'Words look in names; lr>0.01, optimizer:adam,sgd and state:running compare; - turns a term round. Press / to come here.',
    onfocus: () => { typed = false; },
    oninput: () => {
      act.update({ q: box.value }, !typed); // one step back undoes all that was typed
      typed = true;
    },
  });
  const says = el('p', { class: 'note', id: 'filter-says', role: 'status' });
  const clear = el('button', { type: 'button', class: 'small', onclick: () => act.update({ runs: [] }, true) });
  const all = el('input', { type: 'checkbox', onchange: () => act.update({ all: !all.checked }, true) });
  const list = el('div', { class: 'choices' });
  const summary = el('summary', {}, 'Columns');
  const columns = el('details', { class: 'menu' }, summary, list);
  root.append(el('div', { class: 'toolbar' },
    el('h2', {}, 'Runs'), box, says, el('span', { class: 'grow' }), clear,
    el('label', { class: 'check' }, all, 'only varying'), columns));

  columns.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    columns.open = false;
    summary.focus();
  });
  document.addEventListener('pointerdown', (event) => {
    if (columns.open && !columns.contains(event.target)) columns.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || /^(input|select|textarea)$/i.test(document.activeElement?.tagName)) return;
    event.preventDefault();
    box.focus();
  });

  function show(model) {
    const { view, mine, shown, complaint } = model;
    if (box.value !== view.q) box.value = view.q;
    box.placeholder = example(model);
    const size = shown.length === mine.length ? plural(mine.length, 'run') : `${count(shown.length)} of ${plural(mine.length, 'run')}`;
    renew(says, complaint || size, () => says.replaceChildren(complaint || size));
    says.classList.toggle('complaint', Boolean(complaint));
    clear.hidden = !view.runs.length;
    clear.textContent = `Untick ${count(view.runs.length)}`;
    all.checked = !view.all;
    drawChoices(list, model, act);
  }

  return { show };
}

function example({ varying, task }) {
  const numeric = varying.find((p) => p.kind === 'float') ?? varying.find((p) => p.kind === 'integer');
  const named = varying.find((p) => p.kind === 'categorical' && p.choices?.length);
  const parts = [numeric && `${numeric.name}>0.01`, named && `${named.name}:${named.choices[0]}`, 'state:running'];
  return task ? parts.filter(Boolean).join(' ') : 'state:running';
}

function drawChoices(list, { columns, visible, view }, act) {
  renew(list, [columns.map((c) => c.key), visible.map((c) => c.key), view.all], () => fillChoices(list, columns, visible, view, act));
}

function fillChoices(list, columns, visible, view, act) {
  const focused = document.activeElement?.dataset?.column;
  const on = new Set(visible.map((c) => c.key));
  const groups = Map.groupBy ? Map.groupBy(columns, (c) => c.group) : grouped(columns);
  const toggle = (key) => {
    const next = new Set(on);
    if (!next.delete(key)) next.add(key);
    act.update({ cols: [...next].filter((k) => k !== 'name'), all: view.all || columns.some((c) => next.has(c.key) && c.varies === false) }, true);
  };
  list.replaceChildren(
    ...[...groups].map(([title, members]) => el('fieldset', {}, el('legend', {}, title),
      members.filter((c) => c.key !== 'name').map((c) => el('label', { class: 'check' },
        el('input', { type: 'checkbox', checked: on.has(c.key), 'data-column': c.key, onchange: () => toggle(c.key) }), c.title)))),
    el('button', { type: 'button', class: 'small', onclick: () => act.update({ cols: null, all: false }, true) }, 'As at first'));
  if (focused) [...list.querySelectorAll('input')].find((i) => i.dataset.column === focused)?.focus();
}

function grouped(columns) {
  const groups = new Map();
  for (const c of columns) groups.set(c.group, [...(groups.get(c.group) ?? []), c]);
  return groups;
}
