// What to try next, and why; one click copies it.

import { el, say } from './dom.js';
import { number, setting } from './format.js';

const FOLDED = 8;

/** One card a suggestion, the strongest first. */
export function drawSuggestions(root, answer, task) {
  if (!answer.rows.length) {
    root.replaceChildren(el('p', { class: 'empty' }, answer.note || 'Suggestions need finished runs with a value: let a few more end.'));
    return;
  }
  const [first, ...others] = answer.rows.map((row) => row.because);
  const shared = others.length ? first.filter((reason) => others.every((because) => because.includes(reason))) : [];
  root.replaceChildren(
    el('p', { class: 'note copyall' }, task ? `${answer.rows.length} configs worth a run. ` : `${answer.rows.length} configs to begin a new task like these with. `, copier('Copy all as JSON', () => JSON.stringify(answer.rows.map((row) => row.config), null, 2))),
    ...shared.map((reason) => el('p', { class: 'note' }, `For all: ${reason}`)),
    ...answer.rows.map((row, i) => card({ ...row, because: row.because.filter((r) => !shared.includes(r)) }, i, task)),
    answer.note ? el('p', { class: 'note' }, answer.note) : '',
  );
}

function card({ config, predicted, low, high, because, strategy }, i, task) {
  const entries = Object.entries(config);
  const shown = entries.length > FOLDED + 2 ? FOLDED : entries.length;
  const value = typeof predicted === 'number';
  return el('article', { class: i ? 'card' : 'card first' },
    el('header', {},
      el('h3', {}, `${i + 1}.`, value ? el('span', { class: 'value' }, ` ${number(predicted)}`) : ''),
      value ? el('p', { class: 'note' }, `${task?.metric ?? 'value'}, ${number(low)} to ${number(high)} expected`) : el('p', { class: 'note' }, strategy ?? '')),
    fields(entries.slice(0, shown)),
    entries.length > shown ? el('details', {}, el('summary', {}, `${entries.length - shown} more settings`), fields(entries.slice(shown))) : null,
    el('ul', { class: 'reasons' }, because.map((reason) => el('li', {}, reason))),
    el('p', { class: 'copy' },
      copier('Copy JSON', () => JSON.stringify(config, null, 2)),
      copier('Copy flags', () => flags(config))));
}

function fields(entries) {
  return el('dl', {}, entries.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, setting(value)))));
}

/** A config as arguments of a command: --lr=0.01 --optimizer=adam, quoted for a shell. */
export function flags(config) {
  return Object.entries(config)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => quote(`--${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`))
    .join(' ');
}

function quote(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function copier(words, text) {
  const button = el('button', { type: 'button', class: 'small' }, words);
  button.addEventListener('click', async () => {
    const done = await copy(text());
    button.textContent = done ? 'Copied' : 'Select and copy by hand';
    say(button.textContent);
    setTimeout(() => { button.textContent = words; }, 1600);
  });
  return button;
}

/** Into the clipboard; over plain HTTP, where browsers refuse the usual way, through a selection. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el('textarea', { class: 'unseen', 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
