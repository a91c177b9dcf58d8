// Making elements. Whatever comes from a log becomes a text node here and nothing else:
// no markup is ever parsed, so a run called "<script>" is a run with an odd name.

const NOT_SEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;
const LONGEST = 1000;

/** Text from a log on one line, with control and direction marks as "�". */
export function plain(text, longest = LONGEST) {
  let line = String(text);
  if (line.length > longest) {
    const head = Math.floor((longest - 1) * 0.45); // the end of a name tells more than its middle
    line = `${line.slice(0, head)}…${line.slice(line.length - (longest - 1 - head))}`;
  }
  return line.replace(/[\n\r\t]/g, ' ').replace(NOT_SEEN, '�');
}

/**
 * An element with attributes, listeners (`onclick: f`) and children (nodes, or text from anywhere).
 * An attribute that is null, undefined or false is left out.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : plain(value));
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined).map(node));
  return element;
}

function node(child) {
  return child instanceof Node ? child : document.createTextNode(plain(child));
}

const drawnAs = new WeakMap();

/**
 * Draw into an element unless it already shows the same: what stays keeps its focus, its scroll
 * position and a press that is under way, and is not read out again.
 */
export function renew(root, signature, draw) {
  const now = JSON.stringify(signature);
  if (drawnAs.get(root) === now) return;
  drawnAs.set(root, now);
  draw();
}

/** Say something to people who listen to the page instead of looking at it. */
export function say(text) {
  document.getElementById('said').textContent = plain(text);
}
