// Charts: SVG of our own, drawn for the measured width and drawn again when it changes.
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, parent) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, set] of Object.entries(attributes || {})) element.setAttribute(name, set);
  if (parent) parent.appendChild(element);
  return element;
}

function label(parent, x, y, text, attributes) {
  const element = svg("text", { x, y, ...attributes }, parent);
  element.textContent = text;
  return element;
}

// A chart that follows the width of its place: draw(svg, width) fills an empty svg.
function chart(place, name, draw) {
  const picture = svg("svg", { role: "img", "aria-label": name }, place);
  let last = 0;
  const redraw = (width) => {
    if (!width || Math.abs(width - last) < 1) return;
    last = width;
    picture.replaceChildren();
    picture.setAttribute("width", width);
    draw(picture, width);
  };
  const watch = new ResizeObserver((entries) => redraw(Math.floor(entries[0].contentRect.width)));
  watch.observe(place);
  picture.again = () => { const width = last; last = 0; redraw(width); };
  return picture;
}

// Round values for an axis: at most `most` steps from 0 to `top`.
function ticks(top, most) {
  if (!(top > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(top / most));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => top / s <= most);
  const found = [];
  for (let k = 0; k * step <= top * 1.0001; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

// A count in a title: exact below ten million.
function large(n) { return n < 1e7 ? count(n) : plain(n); }

function plain(number) {
  const size = Math.abs(number);
  for (const [from, unit, name, digits] of SCALES)
    if (size >= from) return count(Number((number / unit).toPrecision(digits))) + " " + name;
  if (size >= 1000) return count(number);
  return String(Number(number.toPrecision(4)));
}

// The accounting bar: kept, what each step removed, failed; narrow steps are named on a staircase below.
function accounting(place, steps, totals) {
  const draw = (picture, width) => {
    const all = Math.max(1, totals.kept + totals.removed + totals.failed);
    const failed = totals.failed ? Math.max(4, width * totals.failed / all) : 0;
    const scale = (width - failed) / Math.max(1, totals.kept + totals.removed);
    const narrow = width < 560, top = 22, height = narrow ? 22 : 30;
    const wide = (n) => n * scale;
    svg("rect", { x: 0, y: top, width: wide(totals.kept), height, class: "f-kept" }, picture);
    let x = wide(totals.kept);
    const places = [];
    for (const step of steps) {
      const w = wide(step.removed);
      svg("rect", { x: x + 0.5, y: top + 0.5, width: Math.max(0.5, w - 0.5), height: height - 1, class: "f-hollow" }, picture);
      places.push({ name: step.step, removed: step.removed, x, w });
      x += w;
    }
    if (failed) svg("rect", { x: width - failed, y: top, width: failed, height, class: "f-failed" }, picture);
    headings(picture, width, wide(totals.kept), totals, narrow);
    const rows = narrow ? 0 : stairs(picture, places, top, height, width);
    picture.setAttribute("height", top + height + 6 + rows * 17);
  };
  chart(place, say("bar_label", { kept: count(totals.kept), removed: count(totals.removed), failed: count(totals.failed) }), draw);
}

function headings(picture, width, keptWidth, totals, narrow) {
  const part = (kind, n) => W[kind] + " " + count(n) + (narrow ? "" : "  " + share(n, totals.in + totals.made));
  const size = (text) => [...text].reduce((n, letter) => n + (letter > "\u2e7f" ? 12.5 : 7.4), 0);
  const kept = part("kept", totals.kept), removed = part("removed", totals.removed);
  label(picture, 0, 14, kept, { class: "t-kept" });
  const end = totals.failed ? width - size(part("failed", totals.failed)) - 10 : width;
  const at = Math.max(size(kept) + 10, Math.min(keptWidth, end - size(removed)));
  if (totals.removed) label(picture, at, 14, removed, { class: "t-removed" });
  if (totals.failed) label(picture, width, 14, part("failed", totals.failed), { class: "t-failed", "text-anchor": "end" });
}

function stairs(picture, places, top, height, width) {
  let rows = 0, row = 0, reach = -1;
  for (const step of places) {
    if (!step.removed) continue;
    const text = cutName(step.name), long = (text.length + count(step.removed).length + 1) * 7.6;
    const middle = step.x + step.w / 2;
    const words = (x, y, anchor) => {
      const name = svg("text", { x, y, class: "name", "text-anchor": anchor }, picture);
      name.textContent = text + " ";
      const number = svg("tspan", { class: "strong" }, name);
      number.textContent = count(step.removed);
    };
    if (step.w > long + 24) {
      svg("rect", { x: middle - long / 2 - 8, y: top + 6, width: long + 16, height: height - 12, rx: 3, class: "f-page" }, picture);
      words(middle, top + height / 2 + 4, "middle");
      continue;
    }
    if (middle - 8 - long < 0) continue;
    row = middle - 10 - long > reach ? 0 : row + 1;
    reach = middle;
    const y = top + height + 14 + row * 17;
    svg("path", { d: `M${middle} ${top + height + 2}V${y - 4}h-5`, class: "s-leader" }, picture);
    words(middle - 9, y, "end");
    rows = Math.max(rows, row + 1);
  }
  return rows;
}

// One rule's bar: hatched = only by it, hollow = in order, whisker = alone; cut by a slash beyond the scale.
function weight(place, rule, scale, width) {
  const whole = rule.measured.documents || 1, height = 12;
  const at = (n) => n / whole / scale * width;
  const picture = svg("svg", { width, height, role: "img", "aria-label":
    say("rule_label", { rule: rule.rule, order: count(rule.in_order.documents), only: count(rule.only.documents), alone: count(rule.alone.documents) }) }, place);
  const bar = (n, kind) => {
    if (n) svg("rect", { x: 0.5, y: 2.5, width: Math.max(1, Math.min(at(n), width) - 1), height: 7, class: kind }, picture);
  };
  const alone = at(rule.alone.documents);
  if (rule.alone.documents > rule.in_order.documents) {
    const end = Math.min(alone, width);
    svg("path", { d: `M0 6H${end}` + (alone <= width ? `M${end} 3V9` : ""), class: "s-removed" }, picture);
  }
  bar(rule.in_order.documents, "f-hollow");
  bar(rule.only.documents, "f-only");
  if (Math.max(alone, at(rule.in_order.documents)) > width + 0.5) svg("path", { d: `M${width - 13} 13L${width - 8} -1`, class: "s-page" }, picture);
}

// A histogram with its bounds. `small` draws it for a side place: outline = all, full = kept.
// `tuned` (tamis.report bounds.js) moves the bounds of one rule: returns where its values lie on the axis.
function histogram(picture, width, signal, small, tuned) {
  const h = width < 420 ? coarser(signal.histogram) : signal.histogram, n = h.edges.length - 1, spike = h.spike;
  const plot = { left: small ? 0 : 44, right: width - (small ? 0 : 8), top: small ? 6 : tuned ? 52 : 34, height: small ? 54 : 170 };
  plot.bottom = plot.top + plot.height;
  const aside = spike ? (small ? 8 : 34) : 0, at = position(h, plot.left + aside, plot.right);
  const totals = [...Array(n).keys()].map((k) => h.kept[k] + h.later[k] + h.only[k] + h.other[k]);
  const top = Math.max(1, ...totals);
  const own = spike ? spike.kept + spike.later + spike.only + spike.other : 0;
  const high = Math.max(1, top > 1 || !spike ? top : own);
  const y = (value) => plot.bottom - Math.min(1, value / high) * plot.height;
  washes(picture, h, at, plot, tuned);
  if (!small) {
    for (const tick of ticks(high, 5).filter(Number.isInteger)) {
      svg("path", { d: `M${plot.left} ${y(tick)}H${plot.right}`, class: "s-line" }, picture);
      label(picture, plot.left - 6, y(tick) + 4, plain(tick), { "text-anchor": "end" });
    }
  }
  for (let k = 0; k < n; k++) {
    const parts = [h.kept[k], h.later[k], h.only[k], h.other[k]], cuts = [h.edges[k], ...cutsIn(tuned, h.edges[k], h.edges[k + 1]), h.edges[k + 1]];
    for (let c = 0; c + 1 < cuts.length; c++)
      column(picture, at(cuts[c]), at(cuts[c + 1]), retuned(parts, tuned, (cuts[c] + cuts[c + 1]) / 2), y, plot, small, cuts.length === 2);
  }
  let spikeEnd = -Infinity;
  if (small) outline(picture, h, totals, at, y, plot);
  if (spike) {
    const x = spikePlace(h, at, plot, aside);
    if (small && own) svg("rect", { x: x[0], y: y(own), width: x[1] - x[0], height: plot.bottom - y(own), class: "s-outline" }, picture);
    column(picture, x[0], x[1], retuned([spike.kept, spike.later, spike.only, spike.other], tuned, spike.value), y, plot, small, true);
    if (own > high) slash(picture, x, plot, small, own);
    if (!small) label(picture, (x[0] + x[1]) / 2, plot.bottom + 15, plain(spike.value), { "text-anchor": "middle" });
    spikeEnd = (x[0] + x[1]) / 2 + plain(spike.value).length * 3.4 + 5;
  }
  svg("path", { d: `M${plot.left} ${plot.bottom}H${plot.right}`, class: "s-axis" }, picture);
  if (!small) axis(picture, signal, h, at, plot, spikeEnd);
  bounds(picture, h, at, plot, small, tuned);
  picture.setAttribute("height", plot.bottom + (small ? 4 : 24));
  return { at, plot, left: plot.left + aside, h };
}

// Bounds of the tuned rule, in the hand and the recipe's, that lie inside a bin.
function cutsIn(tuned, from, to) {
  if (!tuned) return [];
  const inside = tuned.kinds.flatMap((kind) => [tuned.bounds[kind], tuned.recipe[kind]]).filter((v) => v > from && v < to);
  return [...new Set(inside)].sort((a, b) => a - b);
}

function passes(bounds, v) {
  return !(v < bounds.min || v <= bounds.above || v > bounds.max || v >= bounds.below);
}

// The parts of a bar as the bounds in the hand decide; the fifth part would come back, the last is removed.
function retuned(parts, tuned, v) {
  if (!tuned || tuned.partial) return parts;
  const now = passes(tuned.bounds, v), before = passes(tuned.recipe, v), [kept, later, only, other] = parts;
  if (now && !before) return [kept, later, 0, other, only];
  if (!now && before) return [0, 0, kept, later + only + other];
  return parts;
}

// Half as many bins for a narrow place; an edge that is a bound stays.
function coarser(h) {
  if (h.edges.length <= 30) return h;
  const made = { ...h, edges: [], edge_rules: {}, kept: [], later: [], only: [], other: [] };
  const kinds = ["kept", "later", "only", "other"];
  h.edges.forEach((edge, k) => {
    const bound = h.edge_rules[k], last = k === h.edges.length - 1;
    if (k % 2 === 0 || bound || last) {
      if (bound) made.edge_rules[made.edges.length] = bound;
      made.edges.push(edge);
      if (!last) for (const kind of kinds) made[kind].push(0);
    }
    if (!last) for (const kind of kinds) made[kind][made[kind].length - 1] += h[kind][k];
  });
  return made;
}

// All documents as one line of steps: the quiet shape of a small histogram.
function outline(picture, h, totals, at, y, plot) {
  let path = `M${at(h.edges[0])} ${plot.bottom}`;
  totals.forEach((n, k) => { path += `V${y(n).toFixed(1)}H${at(h.edges[k + 1]).toFixed(1)}`; });
  svg("path", { d: path + `V${plot.bottom}`, class: "s-outline" }, picture);
}

function position(h, left, right) {
  const f = h.log ? Math.log : (v) => v;
  const low = f(h.edges[0]), high = f(h.edges[h.edges.length - 1]);
  return (v) => left + (f(v) - low) / (high - low || 1) * (right - left);
}

function spikePlace(h, at, plot, aside) {
  return [plot.left + 2, plot.left + aside - (aside > 10 ? 10 : 2)];
}

function slash(picture, x, plot, small, own) {
  svg("path", { d: `M${x[0] - 3} ${plot.top + 14}L${x[1] + 3} ${plot.top + 8}`, class: "s-page" }, picture);
  if (!small) label(picture, (x[0] + x[1]) / 2, plot.top - 5, count(own), { "text-anchor": "middle" });
}

function column(picture, left, right, parts, y, plot, small, whole) {
  const gap = !small && whole && right - left > 4 ? 1 : 0, x = left + gap / 2, width = Math.max(0.6, right - left - gap);
  const back = parts[4] || 0, all = parts[0] + parts[1] + parts[2] + parts[3] + back;
  const piece = (from, to, kind) => {
    if (to > from && y(from) - y(to) > 0) svg("rect", { x, y: y(to), width, height: y(from) - y(to), class: kind }, picture);
  };
  if (!all) return;
  if (small) { piece(0, parts[0], "f-kept"); return; }
  piece(0, all, "f-hollow");
  piece(0, parts[0], "f-kept");
  piece(parts[0], parts[0] + parts[1], "f-soft");
  piece(parts[0] + parts[1], parts[0] + parts[1] + parts[2], "f-only");
  piece(parts[0] + parts[1], parts[0] + parts[1] + back, "f-gain");
}

// The bounds to draw, as [bound's name, place on the axis, value]: those in the hand replace the recipe's.
function drawnBounds(h, tuned) {
  const drawn = Object.entries(h.edge_rules).filter(([, [rule]]) => !tuned || rule !== tuned.rule.rule)
    .map(([index, [, kind, bound]]) => [kind, h.edges[Number(index)], bound]);
  return tuned ? [...drawn, ...tuned.kinds.map((kind) => [kind, placeOf(h, tuned, kind, tuned.bounds[kind]), tuned.bounds[kind]])] : drawn;
}

// Where a bound stands: on integers `max = 5` ends before 6; beyond the axis, at its end.
function placeOf(h, tuned, kind, bound) {
  const edge = tuned.signal.integer && (kind === "max" || kind === "above") ? Math.floor(bound) + 1 : bound;
  return Math.min(h.edges[h.edges.length - 1], Math.max(h.edges[0], edge));
}

// The ground beyond the bounds: what the rules on this signal remove.
function washes(picture, h, at, plot, tuned) {
  for (const [kind, place] of drawnBounds(h, tuned)) {
    const x = at(place), low = kind === "min" || kind === "above";
    const from = low ? plot.left : x, to = low ? x : plot.right;
    svg("rect", { x: from, y: plot.top, width: Math.max(0, to - from), height: plot.height, class: "f-wash" }, picture);
  }
}

const SIGNS = { min: "≥", above: ">", max: "≤", below: "<" };

function bounds(picture, h, at, plot, small, tuned) {
  for (const kind of tuned ? tuned.kinds : []) {
    if (tuned.bounds[kind] === tuned.recipe[kind]) continue;
    const x = at(placeOf(h, tuned, kind, tuned.recipe[kind])), end = at(placeOf(h, tuned, kind, tuned.bounds[kind])) > x ? x > plot.left + 70 : x > plot.right - 70;
    svg("path", { d: `M${x} ${plot.top - 14}V${plot.bottom}`, class: "s-ghost" }, picture);
    label(picture, x + (end ? -5 : 5), plot.top - 6, say("recipe_bound", { bound: plain(tuned.recipe[kind]) }), { "text-anchor": end ? "end" : "start" });
  }
  for (const [kind, place, bound] of drawnBounds(h, tuned)) {
    const x = at(place), held = tuned && tuned.kinds.includes(kind) && tuned.bounds[kind] === bound;
    svg("path", { d: `M${x} ${plot.top - (small ? 4 : 12)}V${plot.bottom}`, class: "s-ink bound" }, picture);
    if (small || held) continue;
    const right = kind === "min" || kind === "above" ? x < plot.right - 90 : x < plot.left + 90;
    label(picture, x + (right ? 5 : -5), plot.top - 8, SIGNS[kind] + " " + plain(bound),
      { class: "strong", "text-anchor": right ? "start" : "end" });
  }
}

function axis(picture, signal, h, at, plot, spikeEnd) {
  const first = h.edges[0], last = h.edges[h.edges.length - 1];
  let marks;
  if (h.log) {
    marks = [];
    for (let p = Math.ceil(Math.log10(first)); p <= Math.log10(last); p++) marks.push(10 ** p);
    if (marks.length < 2) marks = [first, last];
  } else {
    marks = ticks(last - first, 5).map((t) => t + first);
    if (first > 0 || first < 0) marks = between(first, last);
  }
  let reach = spikeEnd;
  for (const mark of marks) {
    const x = at(mark), end = x > plot.right - 14, half = plain(mark).length * 3.4 + 3;
    if (x - half < reach) continue;
    reach = x + half;
    label(picture, end ? plot.right : x, plot.bottom + 15, plain(mark) + (end && h.beyond ? "+" : ""),
      { "text-anchor": end ? "end" : x < plot.left + 10 ? "start" : "middle" });
  }
}

function between(first, last) {
  const step = ticks(last - first, 5)[1] || last - first, found = [];
  for (let k = Math.ceil(first / step - 1e-9); k * step <= last * (1 + 1e-9); k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}
