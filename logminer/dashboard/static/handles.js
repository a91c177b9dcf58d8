// The ends of every brush as sliders, for the keyboard and for those who do not see the picture.

import { el } from './dom.js';

const STEP = 0.05;

/** @param {(key, range) => void} moved called with the range a slider was moved to, null for all */
export function createHandles(moved) {
  const root = el('div', { class: 'handles' });
  let shown = '';

  function show(axes, box, brush) {
    const signature = axes.map((a) => a.key).join('\n');
    if (signature !== shown) {
      shown = signature;
      root.replaceChildren(...axes.flatMap((axis, i) => [name(axis, i), handle(), handle()]));
    }
    axes.forEach((axis, i) => {
      const [title, ...sliders] = [...root.children].slice(3 * i, 3 * i + 3);
      const apart = box.x(1) - box.x(0);
      const last = i === axes.length - 1;
      title.classList.toggle('last', last);
      title.style.left = last ? `${box.width}px` : `${i ? box.x(i) : 0}px`;
      title.style.maxWidth = `${2 * apart - 12}px`;
      const range = brush[axis.key];
      const units = range ? axis.units(range) : [0, 1];
      sliders.forEach((slider, end) => place(slider, { axis, end, units, x: box.x(i), box, on: Boolean(range) }));
    });
  }

  function place(slider, { axis, end, units, x, box, on }) {
    const unit = Math.min(Math.max(units[end], 0), 1);
    slider.style.left = `${x}px`;
    slider.style.top = `${box.bottom - unit * (box.bottom - box.top)}px`;
    slider.setAttribute('aria-label', `${axis.title}, ${end ? 'upper' : 'lower'} end`);
    slider.setAttribute('aria-valuenow', String(Math.round(unit * 100)));
    slider.setAttribute('aria-valuetext', axis.text(unit));
    slider.classList.toggle('on', on);
    slider.onkeydown = (event) => {
      const by = { ArrowUp: STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowLeft: -STEP }[event.key];
      if (event.key === 'Escape') moved(axis.key, null);
      if (by === undefined) return;
      event.preventDefault();
      const next = units.map((u) => Math.min(Math.max(u, 0), 1));
      next[end] = Math.min(Math.max(next[end] + by, 0), 1);
      if (next[0] > next[1]) return;
      moved(axis.key, next[0] <= 0 && next[1] >= 1 ? null : axis.range(...next));
    };
  }

  return { root, show };
}

function name(axis, i) {
  return el('span', { class: i % 2 ? 'axis low' : 'axis', title: axis.title }, axis.title);
}

function handle() {
  return el('span', { role: 'slider', tabindex: '0', 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-orientation': 'vertical' });
}
