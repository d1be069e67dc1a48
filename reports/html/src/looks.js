// How kernels and causes of waiting look: a colour and a hatching, so that they differ without colour too. Kernels rank by busy
// time over all variants; seven colours that people who see few of them tell apart (Okabe and Ito), four hatchings.

const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#d8c700'];
const HATCHINGS = ['', 'M-1 1L1-1M0 6L6 0M5 7L7 5', 'M-1 5L1 7M0 0L6 6M5-1L7 1', 'M0 3H6'];
const LOOKS = COLOURS.length * HATCHINGS.length;

// Causes keep to colours that no kernel has.
const CAUSE_LOOKS = {
  kernel: ['#3b4f68', 0, 'kernel', 'inside a kernel of the chain'],
  core_busy: ['#9fb3cd', 3, 'core busy', 'ready, but every core it could take was occupied'],
  orchestrator: ['#7446a8', 2, 'orchestrator', 'not submitted yet'],
  scheduler: ['#b3123f', 1, 'scheduler', 'finish not seen yet, completing, dispatching, the way to the core'],
  dependency_wait: ['#7c8a1e', 2, 'dependency', 'a task without a core queued and completed'],
  ring_full: ['#8b5e34', 1, 'ring full', 'the submit waited for room in a ring'],
  memory_contention: ['#0f766e', 1, 'memory contention', 'the kernel was slowed by others loading and storing'],
  switch: ['#c9b8dd', 2, 'switch', 'from one task to the pending one on a core'],
};

const ink = colour => {
  const [r, g, b] = [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));
  return 0.299 * r + 0.587 * g + 0.114 * b > 150 ? '#111' : '#fff';
};

const make = (colour, hatching) => ({colour, hatching, ink: ink(colour)});
export const GREY = {colour: '#8a929c', hatching: 0, ink: '#fff', grey: true};

/** Looks by kernel name; `ranked` busiest first. */
export function kernelLooks(ranked) {
  const looks = new Map();
  ranked.forEach((name, i) => {
    looks.set(name, i < LOOKS ? make(COLOURS[i % COLOURS.length], i % HATCHINGS.length) : GREY);
  });
  return looks;
}

export function causeLook(cause) {
  const [colour, hatching, spoken, meaning] = CAUSE_LOOKS[cause] ?? ['#7a7a7a', 0, cause.replaceAll('_', ' '), ''];
  return {...make(colour, hatching), spoken, meaning};
}

const tiles = new Map();
/** A fill for a canvas: hatched. */
export function pattern(context, look, ratio) {
  if (look.hatching === 0) return look.colour;
  const key = look.colour + look.hatching + '@' + ratio;
  if (!tiles.has(key)) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = Math.round(6 * ratio);
    const draw = tile.getContext('2d');
    draw.scale(tile.width / 6, tile.height / 6);
    draw.fillStyle = look.colour;
    draw.fillRect(0, 0, 6, 6);
    draw.strokeStyle = look.ink;
    draw.globalAlpha = 0.45;
    draw.stroke(new Path2D(HATCHINGS[look.hatching]));
    const made = context.createPattern(tile, 'repeat');
    made.setTransform(new DOMMatrix().scale(6 / tile.width));
    tiles.set(key, made);
  }
  return tiles.get(key);
}

/** The same as CSS. */
export function background(look) {
  if (look.hatching === 0) return look.colour;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="6" height="6"><rect width="6" height="6" fill="${look.colour}"/>` +
      `<path d="${HATCHINGS[look.hatching]}" stroke="${look.ink}" stroke-opacity=".45"/></svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
}

export function swatch(look) {
  const box = document.createElement('span');
  box.className = 'swatch';
  box.style.background = background(look);
  return box;
}
