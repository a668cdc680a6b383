// What another bound would keep: binary searches in the run's cumulative counts, no loop over documents.
const LOW = ["min", "above"], KINDS = ["min", "above", "max", "below"];

// The counts lie deflated beside the data; each becomes two ascending arrays, below and up to each value.
async function unpackCounts(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const found = await new Response(stream).json(), counts = new Map();
  for (const [signal, values] of Object.entries(found)) {
    const free = {};
    const some = {};
    for (const [rule, steps] of Object.entries(values.free)) free[rule] = cumulative(steps);
    for (const [rule, { steps, others }] of Object.entries(values.some)) some[rule] = { ...cumulative(steps), others };
    const { exact, at, table } = values;
    counts.set(signal, { exact, at, stops: values.stops || at, digits: digitsOf(at), all: cumulative(values.all), free, some, table });
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
function follow(tuned) {
  if (tuned.table && !tuned.moved) return asRun(tuned);
  const { values, rule, stops, bounds, keptNow } = tuned, kept = D.summary.documents.kept, some = values.some[rule.rule];
  const now = within(values, values.free[rule.rule], bounds, stops), others = some ? some.others : 0;
  return { alone: within(values, some || values.all, bounds, stops).map((n) => n + others), kept: now.map((n) => kept - keptNow + n) };
}

// The two numbers as the run decided. With a table each row has its own bound: what passes was counted by the run.
function asRun(tuned) {
  const { values, rule, stops, recipe } = tuned, some = values.some[rule.rule], kept = D.summary.documents.kept;
  if (tuned.table) return { alone: same(rule.measured.documents - rule.alone.documents), kept: same(kept) };
  return { alone: within(values, some || values.all, recipe, stops).map((n) => n + (some ? some.others : 0)), kept: same(kept) };
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

function nearest(stops, value) {
  const k = firstNotBelow(stops, value);
  if (k === 0) return stops[0];
  if (k === stops.length) return stops[k - 1];
  return stops[k] - value < value - stops[k - 1] ? stops[k] : stops[k - 1];
}

// What a rule looks like while it is tuned; null where it has no bound to move or its counts are not stored.
// A rule with a table begins at the middle of its rows' bounds; until it is moved, the numbers are the run's.
function tunable(signal, rule, counts) {
  const values = counts.get(signal.signal);
  if (!values || !values.free[rule.rule] || !signal.histogram) return null;
  const table = values.table[rule.rule], kinds = table ? [table.kind] : KINDS.filter((kind) => typeof rule.bounds[kind] === "number");
  if (!kinds.length) return null;
  const recipe = Object.fromEntries(kinds.map((kind) => [kind, table ? table.start : rule.bounds[kind]])), edges = signal.histogram.edges;
  values.integer = signal.integer;
  const first = edges[0], last = edges[edges.length - 1], stops = new Set(values.stops);
  const held = [...new Set([...values.stops.filter((stop) => stop >= first && stop <= last), ...Object.values(recipe)])].sort((a, b) => a - b);
  const partial = Boolean(table || values.some[rule.rule]), free = values.free[rule.rule];
  const passing = table ? keptMeasured(signal) : within(values, free, recipe, stops)[0];
  return { signal, rule, values, kinds, recipe, bounds: { ...recipe }, stops, held, first, last, table, partial, keptNow: passing, moved: false };
}

// All that was kept passes its row of the table.
function keptMeasured(signal) {
  const { kept, spike } = signal.histogram;
  return kept.reduce((n, one) => n + one, 0) + (spike ? spike.kept : 0);
}

function retuneCommand(rule, changes) {
  const sets = changes.map(([kind, said]) => " --set " + quoted(rule.rule + "." + kind + "=" + said));
  return "tamis retune " + quoted(RUN) + sets.join("") + " -o " + quoted(RUN + "-b");
}
