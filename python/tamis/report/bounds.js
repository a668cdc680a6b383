// What another bound would keep: binary searches in the run's cumulative counts, no loop over documents.
const LOW = ["min", "above"], KINDS = ["min", "above", "max", "below"];

// The counts lie deflated beside the data; each becomes two ascending arrays, below and up to each value.
async function unpackCounts(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const found = await new Response(stream).json(), counts = new Map();
  for (const [signal, values] of Object.entries(found)) {
    const free = {};
    for (const [rule, steps] of Object.entries(values.free)) free[rule] = cumulative(steps);
    counts.set(signal, { exact: values.exact, at: values.at, digits: digitsOf(values.at), all: cumulative(values.all), free });
  }
  return counts;
}

function cumulative(steps) {
  const below = new Array(steps.length / 2), upTo = new Array(steps.length / 2);
  let n = 0;
  steps.forEach((step, k) => { n += step; (k % 2 ? upTo : below)[k >> 1] = n; });
  return { below, upTo };
}

// How many digits the stored values have: as many as tell them apart, so a bound is compared at as many.
function digitsOf(values) {
  const digits = (v) => Math.abs(v).toExponential().split("e")[0].replace(".", "").length;
  return values.reduce((most, v) => Math.max(most, digits(v)), 4);
}

function firstNotBelow(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1; else high = middle;
  }
  return low;
}

// [least, most] documents below `bound`, or up to it: one number where the bound is a counted one.
function upTo(values, counts, bound, inclusive, stops) {
  const { at } = values, k = firstNotBelow(at, bound), whole = counts.upTo[at.length - 1] || 0;
  const side = inclusive ? counts.upTo : counts.below;
  if (values.exact) {
    if (bound === 0 || stops.has(bound)) return at[k] === bound ? same(side[k]) : same(k < at.length ? counts.below[k] : whole);
    const short = Number(bound.toPrecision(Math.min(21, values.digits))), near = firstNotBelow(at, short);
    const told = values.integer && Math.abs(bound) < 10 ** values.digits;
    if (at[near] === short && !told) return [counts.below[near], counts.upTo[near]];
    return at[near] === short ? same(side[near]) : same(near < at.length ? counts.below[near] : whole);
  }
  if (at[k] === bound) return same(side[k]);
  return [k ? counts.upTo[k - 1] : 0, k < at.length ? counts.below[k] : whole];
}

function same(n) { return [n, n]; }

// [least, most] documents that lie within the bounds {min, above, max, below}.
function within(values, counts, bounds, stops) {
  const whole = counts.upTo[counts.upTo.length - 1] || 0, high = [same(whole)], low = [same(0)];
  if (bounds.max !== undefined) high.push(upTo(values, counts, bounds.max, true, stops));
  if (bounds.below !== undefined) high.push(upTo(values, counts, bounds.below, false, stops));
  if (bounds.min !== undefined) low.push(upTo(values, counts, bounds.min, false, stops));
  if (bounds.above !== undefined) low.push(upTo(values, counts, bounds.above, true, stops));
  const least = (side) => Math.min(...high.map((n) => n[side])), most = (side) => Math.max(...low.map((n) => n[side]));
  return [Math.max(0, least(0) - most(1)), Math.max(0, least(1) - most(0))];
}

// The two numbers at other bounds: who passes this rule alone, and how many are kept with the others as they are.
function follow(tuned, bounds) {
  const { values, rule, stops } = tuned, free = values.free[rule.rule], kept = D.summary.documents.kept;
  const now = within(values, free, bounds, stops), recipe = within(values, free, tuned.recipe, stops)[0];
  return { alone: within(values, values.all, bounds, stops), kept: [kept - recipe + now[0], kept - recipe + now[1]] };
}

// Which steps never judged what a looser bound of this rule lets in.
function unseenBy(rule) {
  const at = D.steps.findIndex((step) => step.step === rule.step), later = D.steps.slice(at + 1).filter((step) => step.ran);
  const heavy = (step) => step.scope === "corpus" || step.cost === "heavy" || step.cost === "model";
  return (at >= 0 && D.steps[at].gate) || D.run.measure === "needed" ? later : later.filter(heavy);
}

function corpusAfter(rule) {
  const at = D.steps.findIndex((step) => step.step === rule.step);
  return D.steps.slice(at + 1).filter((step) => step.ran && step.scope === "corpus");
}

function tidy(number) { return Number(number.toPrecision(12)); }

function niceStep(width, integer) {
  if (integer && width <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  return [1, 2, 2.5, 5, 10].map((f) => tidy(f * power))
    .find((step) => step >= width * (1 - 1e-9) && !(integer && !Number.isInteger(step))) || tidy(10 * power);
}

// The bounds at which a handle stops: about 1,000 round ones, the recipe's among them (tamis.report.bins.round_bounds).
function roundBounds(signal, values, bounds) {
  if (!values.exact) return values.at;
  const h = signal.histogram, first = Math.min(signal.stats.min, ...bounds), last = Math.max(signal.stats.max, ...bounds);
  const end = Math.min(last, Math.max(h.edges[h.edges.length - 1], ...bounds)), found = new Set([...bounds, first, last]);
  const room = 1000 - found.size;
  if (h.log && first > 0) {
    const start = Math.log10(first), step = (Math.log10(end) - start) / (room - 1);
    for (let k = 0; k < room; k++) found.add(Number((10 ** (start + k * step)).toPrecision(3)));
  } else if (end - first > Math.max(1e-9 * Math.max(Math.abs(first), Math.abs(end)), 1e-300)) {
    const step = niceStep((end - first) / (room - 1), signal.integer), low = Math.ceil(first / step - 1e-9);
    for (let k = low; k <= Math.floor(end / step + 1e-9); k++) found.add(tidy(k * step));
  }
  return [...new Set([...found].map((bound) => signal.integer ? Math.round(bound) : bound))].sort((a, b) => a - b);
}

function nearest(stops, value) {
  const k = firstNotBelow(stops, value);
  if (k === 0) return stops[0];
  if (k === stops.length) return stops[k - 1];
  return stops[k] - value < value - stops[k - 1] ? stops[k] : stops[k - 1];
}

// What a rule looks like while it is tuned; null where it has no bound to move or its counts are not stored.
function tunable(signal, rule, counts) {
  const values = counts.get(signal.signal), kinds = KINDS.filter((kind) => typeof rule.bounds[kind] === "number");
  if (!values || !values.free[rule.rule] || !kinds.length || !signal.histogram) return null;
  const all = signal.rules.flatMap((id) => KINDS.map((kind) => RULES.get(id).bounds[kind])).filter((b) => typeof b === "number");
  const recipe = Object.fromEntries(kinds.map((kind) => [kind, rule.bounds[kind]])), edges = signal.histogram.edges;
  values.integer = signal.integer;
  const list = roundBounds(signal, values, all), first = edges[0], last = edges[edges.length - 1];
  const held = list.filter((stop) => (stop >= first && stop <= last) || Object.values(recipe).includes(stop));
  return { signal, rule, values, kinds, recipe, bounds: { ...recipe }, stops: new Set(list), held, first, last };
}

function retuneCommand(rule, changes) {
  const sets = changes.map(([kind, said]) => " --set " + quoted(rule.rule + "." + kind + "=" + said));
  return "tamis retune " + quoted(RUN) + sets.join("") + " -o " + quoted(RUN + "-b");
}
