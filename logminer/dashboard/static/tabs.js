// Tabs after the WAI-ARIA pattern: arrows move between them, one panel shows at a time.

import { el } from './dom.js';

/**
 * @param {HTMLElement} root holds the tabs and the panels
 * @param {string} name prefix of ids
 * @param {Object<string, string>} titles title of each tab
 * @param {(tab: string) => void} choose called with the tab chosen
 * @returns {{panels: Object<string, HTMLElement>, bar: HTMLElement, show: (tab, titles?) => void}}
 */
export function createTabs(root, name, titles, choose) {
  const keys = Object.keys(titles);
  const buttons = keys.map((key) => el('button', { type: 'button', role: 'tab', id: `${name}-${key}`, 'aria-controls': `${name}-${key}-panel`, onclick: () => choose(key) }, titles[key]));
  const list = el('div', { role: 'tablist', class: 'tabs' }, buttons);
  const bar = el('div', { class: 'bar' }, list);
  const panels = Object.fromEntries(keys.map((key) => [key, el('div', { role: 'tabpanel', id: `${name}-${key}-panel`, 'aria-labelledby': `${name}-${key}`, class: `panel ${key}` })]));
  root.append(bar, ...Object.values(panels));
  list.addEventListener('keydown', (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const next = (buttons.indexOf(document.activeElement) + move + keys.length) % keys.length;
    choose(keys[next]);
    buttons[next].focus();
  });

  function show(tab, words = titles) {
    keys.forEach((key, i) => {
      buttons[i].setAttribute('aria-selected', String(key === tab));
      buttons[i].tabIndex = key === tab ? 0 : -1;
      if (buttons[i].textContent !== words[key]) buttons[i].textContent = words[key];
      panels[key].hidden = key !== tab;
    });
  }

  return { panels, bar, show };
}
