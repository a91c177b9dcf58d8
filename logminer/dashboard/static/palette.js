// Colours, read from the style sheet so that light and dark stay in one place. Series differ by
// colour and, after six, by dash: nobody has to tell two hues apart to read a chart.

export const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const SERIES = ['accent', 'warn', 'green', 'purple', 'gold', 'muted'];
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3]];
const RAMP = [0.02, 0.1, 0.3, 0.6, 0.9]; // few are strong, so that among a thousand the best stand out
let known = new Map();

/** A colour of the style sheet by its name. */
export function colour(name) {
  if (!known.has(name)) {
    known.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  }
  return known.get(name);
}

/** Forget the colours after light and dark were exchanged. */
export function forgetColours() {
  known = new Map();
}

/** How the i-th of several things drawn together looks. */
export function series(i) {
  return { name: SERIES[i % SERIES.length], dash: DASHES[Math.floor(i / SERIES.length) % DASHES.length] };
}

/** Colour name of a normalised rank, strongest for the best. */
export function ramp(rank) {
  const step = RAMP.findIndex((limit) => rank <= limit);
  return `ramp${step < 0 ? RAMP.length : step}`;
}
