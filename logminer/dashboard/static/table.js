// The run table. Only the rows in sight exist, so two thousand scroll like twenty.

import { sorted, widths } from './columns.js';
import { el, plain, renew } from './dom.js';
import { DASH } from './format.js';

const ROW = 30;
const SPARE = 10;
const LONGEST = 36;
const NAME_ROOM = 9; // letters' room for the tick box and the colour

/**
 * @param {HTMLElement} root where to draw
 * @param {{update: (patch, push?) => void, hover: (id) => void}} act
 */
export function createTable(root, act) {
  const group = el('colgroup');
  const head = el('tr', { 'aria-rowindex': '1' });
  const above = el('tr', { 'aria-hidden': 'true', class: 'gap' }, el('td'));
  const below = el('tr', { 'aria-hidden': 'true', class: 'gap' }, el('td'));
  const body = el('tbody', {}, above, below);
  const table = el('table', { role: 'grid', 'aria-multiselectable': 'true' }, el('caption', { class: 'unseen' }, 'Runs'), group, el('thead', {}, head), body);
  const scroll = el('div', { class: 'grid' }, table);
  const empty = el('div', { class: 'empty', hidden: true });
  root.append(scroll, empty);

  let model = null;
  let rows = [];
  let drawn = new Map(); // run id -> {tr, i, row, look}: rows keep their element, and so the focus and a press
  let active = 0;
  let anchor = null;
  let waiting = false;

  function show(next) {
    const fresh = !model || next.task?.name !== model.task?.name || next.view.sort !== model.view.sort || next.view.q !== model.view.q;
    model = next;
    rows = sorted(model);
    table.setAttribute('aria-rowcount', String(rows.length + 1));
    drawHead();
    if (fresh) {
      scroll.scrollTop = 0;
      active = 0;
    }
    active = Math.min(active, Math.max(rows.length - 1, 0));
    scroll.hidden = !rows.length;
    empty.hidden = rows.length > 0;
    if (!rows.length) empty.replaceChildren(...emptyWords(model, act));
    drawRows();
  }

  function drawHead() {
    const { visible, shown, view, task } = model;
    const letters = widths(visible, shown);
    const titles = visible.map((c) => [c.key, c.title]);
    renew(head, [letters, titles, view.sort, task?.mode, view.runs.length, shown.map((r) => r.id)], () => fillHead(letters));
  }

  function fillHead(letters) {
    const { visible, view } = model;
    group.replaceChildren(...letters.map((n, i) => {
      const col = el('col');
      col.style.width = `${n + (i ? 2.5 : NAME_ROOM)}ch`;
      return col;
    }));
    table.style.width = `${letters.reduce((a, n, i) => a + n + (i ? 2.5 : NAME_ROOM), 0)}ch`;
    const focused = document.activeElement?.dataset?.sort;
    head.replaceChildren(...visible.map((c) => header(c, view, model, act)));
    if (focused) [...head.querySelectorAll('button')].find((b) => b.dataset.sort === focused)?.focus();
  }

  function drawRows() {
    waiting = false;
    const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - SPARE);
    const last = Math.min(rows.length, Math.ceil((scroll.scrollTop + (scroll.clientHeight || 600)) / ROW) + SPARE);
    const kept = new Map();
    const shared = sharedLook(model);
    let before = above;
    for (let i = first; i < last; i += 1) {
      const row = rows[i];
      const known = drawn.get(row.id);
      const look = lookOf(row, i, model, shared);
      const tr = known?.tr ?? el('tr', { 'data-run': row.id });
      if (known?.row !== row || known.look !== look) fillRow(tr, row, i, model);
      tr.setAttribute('aria-rowindex', String(i + 2));
      tr.tabIndex = i === active ? 0 : -1;
      kept.set(row.id, { tr, i, row, look });
      drawn.delete(row.id);
      if (before.nextSibling !== tr) before.after(tr);
      before = tr;
    }
    for (const { tr } of drawn.values()) tr.remove();
    drawn = kept;
    above.firstChild.style.height = `${first * ROW}px`;
    below.firstChild.style.height = `${(rows.length - last) * ROW}px`;
  }

  function toggle(i, range) {
    const chosen = new Set(model.view.runs);
    const from = range && anchor !== null ? Math.min(anchor, i) : i;
    const to = range && anchor !== null ? Math.max(anchor, i) : i;
    const on = range ? true : !chosen.has(rows[i].id);
    for (let k = from; k <= to; k += 1) {
      if (on) chosen.add(rows[k].id);
      else chosen.delete(rows[k].id);
    }
    anchor = i;
    act.update({ runs: [...chosen] }, true);
  }

  function go(i) {
    active = Math.min(Math.max(i, 0), rows.length - 1);
    const top = active * ROW;
    const room = scroll.clientHeight - head.offsetHeight - ROW;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    if (top > scroll.scrollTop + room) scroll.scrollTop = top - room;
    drawRows();
    drawn.get(rows[active]?.id)?.tr.focus({ preventScroll: true });
  }

  const indexOf = (target) => {
    const tr = target.closest('tr[data-run]');
    return tr ? drawn.get(Number(tr.dataset.run))?.i : undefined;
  };
  scroll.addEventListener('scroll', () => {
    if (!waiting) requestAnimationFrame(drawRows);
    waiting = true;
  }, { passive: true });
  body.addEventListener('click', (event) => {
    const i = indexOf(event.target);
    if (i === undefined || getSelection().toString()) return;
    active = i;
    toggle(i, event.shiftKey);
  });
  body.addEventListener('mouseover', (event) => {
    const i = indexOf(event.target);
    act.hover(i === undefined ? null : rows[i].id);
  });
  body.addEventListener('mouseleave', () => act.hover(null));
  body.addEventListener('keydown', (event) => {
    const i = indexOf(event.target);
    if (i === undefined) return;
    const page = Math.max(1, Math.floor(scroll.clientHeight / ROW) - 2);
    const to = { ArrowUp: i - 1, ArrowDown: i + 1, PageUp: i - page, PageDown: i + page, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined && event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    if (to === undefined) {
      toggle(i, event.shiftKey);
    } else {
      anchor ??= i;
      go(to);
      if (event.shiftKey) toggle(active, true);
    }
  });
  new ResizeObserver(() => model && drawRows()).observe(scroll);

  function hover(id) {
    for (const [run, { tr }] of drawn) tr.classList.toggle('near', run === id);
  }

  return { show, hover };
}

function header(column, view, { task, shown }, act) {
  const key = view.sort.replace(/^-/, '') || (task ? 'value' : '');
  const on = key === column.key;
  const down = view.sort ? view.sort.startsWith('-') : task?.mode === 'max';
  const better = column.key === 'value' && task?.mode === 'max';
  const next = on ? (down ? column.key : `-${column.key}`) : better ? `-${column.key}` : column.key;
  const button = el('button', { type: 'button', title: column.hint ?? column.title, 'data-sort': column.key, onclick: () => act.update({ sort: next }, true) },
    el('span', {}, column.title), el('span', { 'aria-hidden': 'true', class: 'dir' }, on ? (down ? '▾' : '▴') : ''));
  const all = column.key === 'name' ? selectAll(view, shown, act) : null;
  return el('th', { scope: 'col', class: column.n ? 'n' : null, 'aria-sort': on ? (down ? 'descending' : 'ascending') : null }, all, button);
}

function selectAll(view, shown, act) {
  const chosen = view.runs.length;
  const box = el('input', { type: 'checkbox', 'aria-label': chosen ? 'Untick all' : 'Tick all rows', checked: chosen > 0 });
  box.indeterminate = chosen > 0 && chosen < shown.length;
  box.addEventListener('change', () => act.update({ runs: chosen ? [] : shown.map((r) => r.id).slice(0, 1000) }, true));
  return box;
}

/** All that cells depend on besides the run and its place: the columns, how they write, how old ages are. */
function sharedLook({ visible, columns }) {
  const ages = visible.some((c) => c.key === 'seen') ? Math.floor(Date.now() / 15000) : 0;
  const value = columns.find((c) => c.key === 'value');
  return JSON.stringify([visible.map((c) => c.key), ages, value.text({ value: Math.PI })]);
}

function lookOf(row, i, { view, looks, best, advice }, shared) {
  const given = advice.get(row.id);
  const chosen = view.runs.includes(row.id) && looks(row.id).name;
  return [i % 2, chosen, row.id === best, row.short, given?.advice, given?.chance, shared].join('\n');
}

function fillRow(tr, row, i, { visible, view, looks, best, fresh }) {
  const chosen = view.runs.includes(row.id);
  const cells = visible.map((c) => {
    if (c.key === 'name') return nameCell(row, chosen, looks);
    const text = c.text(row);
    return el('td', { class: [c.n && 'n', text === DASH && 'faint', c.key === 'value' && row.id === best && 'best'].filter(Boolean).join(' ') || null, title: text.length > 16 ? text : null },
      c.draw ? c.draw(row) : text);
  });
  tr.className = [i % 2 && 'odd', chosen && 'on', fresh.has(row.id) && 'fresh'].filter(Boolean).join(' ');
  tr.setAttribute('aria-selected', String(chosen));
  tr.replaceChildren(...cells);
}

function nameCell(row, chosen, looks) {
  return el('th', { scope: 'row', title: row.name },
    el('input', { type: 'checkbox', tabindex: '-1', checked: chosen, 'aria-label': `Tick ${row.short}` }),
    el('span', { class: chosen ? `swatch ${looks(row.id).name}` : 'swatch none' }),
    el('span', { class: 'runname' }, plain(row.short, LONGEST)));
}

function emptyWords({ total, view, state }, act) {
  if (!total && state.loading) return [el('p', {}, 'The first look at a large database takes some seconds.')];
  if (!total) {
    return [
      state.following
        ? el('p', {}, 'What your training writes below the followed folders shows up here by itself. Logs from elsewhere come in with ', el('code', {}, 'logminer ingest ./runs'), '.')
        : el('p', {}, 'Read a folder of logs with ', el('code', {}, 'logminer ingest ./runs'), ', or follow one as it grows with ', el('code', {}, 'logminer serve ./runs'), '.'),
    ];
  }
  const brushed = Object.keys(view.brush).length > 0;
  return [
    el('p', {}, brushed ? 'No run lies inside the brushes and passes the filter.' : 'No run passes the filter.'),
    el('button', { type: 'button', onclick: () => act.update({ q: '', brush: {} }, true) }, 'Show all runs'),
  ];
}
