// The signals: one large histogram with its bound in the hand, the others small; lists as rows to tick.
function signals() {
  const { rail, place } = part("signals", W.signals, W.signals_says);
  const key = make("ul", "key", rail);
  keyLine(key, square("f-hollow"), "", W.key_other);
  keyLine(key, square("f-only"), "", W.key_only);
  keyLine(key, square("f-gain"), "", W.key_gain);
  if (D.steps.some((step) => step.scope === "corpus")) keyLine(key, square("f-soft"), "", W.key_later);
  keyLine(key, square("f-kept"), "", W.key_kept);
  const drawn = D.signals.filter((signal) => signal.histogram || (signal.labels && signal.rules.some((id) => listKind(RULES.get(id)))));
  if (!drawn.length) { make("p", "empty", place, W.no_signals); return; }
  const weightOf = (signal) => signal.rules.reduce((n, id) => n + RULES.get(id).in_order.documents, 0);
  const ruled = drawn.filter((signal) => signal.rules.length), free = drawn.filter((signal) => !signal.rules.length);
  const first = ruled.filter((signal) => signal.histogram);
  const usual = [...(first.length ? first : drawn)].sort((a, b) => weightOf(b) - weightOf(a))[0];
  let chosen = usual, counts = null;
  const big = make("div", "", place), grid = make("div", "small", place), choices = new Map();
  const show = (signal) => {
    chosen = signal;
    bigChart(big, signal, counts, RULES.get(STATE.get("rule")));
    for (const [one, element] of choices) element.setAttribute("aria-pressed", String(one === chosen));
  };
  const add = (signal) => choices.set(signal, smallChart(grid, signal, () => { remember({ signal: signal === usual ? "" : signal.signal, rule: "", bound: "", ticks: "" }, true); show(signal); }));
  if (drawn.length > 1) (ruled.length ? ruled : free).forEach(add);
  if (ruled.length && free.length) {
    const more = button(place, say("more_signals", { n: free.length }), "link more-signals", () => { free.forEach(add); more.remove(); });
  }
  const restored = () => drawn.find((signal) => signal.signal === STATE.get("signal")) || usual;
  onRestore(() => show(restored()));
  show(restored());
  // The rest of the page is drawn before the counts are unpacked.
  unpackCounts(COUNTS).then((found) => { counts = found; show(chosen); document.documentElement.dataset.counts = "1"; });
}

function listKind(rule) { return ["in", "not_in"].find((kind) => Array.isArray(rule.bounds[kind])); }

function bigChart(place, signal, counts, chosen) {
  place.replaceChildren();
  const head = make("div", "chart-head", place), rules = signal.rules.map((id) => RULES.get(id));
  make("b", "", head).appendChild(value(signal.name));
  const said = [signal.meaning, signal.step];
  for (const rule of rules) said.push(say("rule_says", { keeps: rule.keeps, order: count(rule.in_order.documents), only: count(rule.only.documents) }));
  make("span", "", head).appendChild(value(said.filter(Boolean).join(" · "), 400));
  const rule = rules.includes(chosen) ? chosen : rules[0];
  if (rules.length > 1) {
    const tabs = make("div", "tabs", make("div", "controls", place));
    for (const one of rules) button(tabs, cutName(one.name), "", () => { remember({ rule: one.rule, bound: "", ticks: "" }, true); bigChart(place, signal, counts, one); }).setAttribute("aria-pressed", String(one === rule));
  }
  if (!signal.histogram) { if (rule) listRows(place, signal, rule); return; }
  const tuned = counts && rule && D.run.removed !== "none" ? tunable(signal, rule, counts) : null;
  const row = make("div", tuned ? "tune" : "", place), figure = make("figure", "big", row);
  if (tuned) tuner(place, row, figure, tuned);
  else {
    chart(figure, histogramSentence(signal), (picture, width) => histogram(picture, width, signal, false));
    if (counts && rule && Object.keys(rule.bounds).length) make("p", "caption", place, rule.bounds.table ? say("not_counted_table", { table: rule.bounds.table }) : W.not_stored);
  }
  make("p", "caption", place, chartNotes(signal, rules[0]).join(GAP));
  numbersTable(place, signal);
}

function chartNotes(signal, first) {
  const some = { n: count(signal.measured), absent: count(signal.absent) };
  const notes = [signal.absent ? say("measured_some", some) : say("measured", some)], { beyond, under, log } = signal.histogram;
  if (log) notes.push(W.log_axis);
  if (under) notes.push(say("under", { n: count(under.count), min: plain(under.min) }));
  if (beyond) notes.push(say("beyond", { n: count(beyond.count), max: plain(beyond.max) }));
  if (first && !Object.keys(signal.histogram.edge_rules).length) notes.push(say("bound_outside", { keeps: first.keeps }));
  return notes;
}

// The bound in the hand: chart, handles, two numbers, fields, command. `tuned.bounds` is its only state.
function tuner(place, row, figure, tuned) {
  takeBounds(tuned, STATE.get("bound"));
  const { rule, signal } = tuned, panel = followed(make("div", "follow", row));
  let view = null, asked = false;
  const picture = chart(figure, histogramSentence(signal), (svgElement, width) => { view = histogram(svgElement, width, signal, false, tuned); seat(); });
  const handles = new Map(), fields = new Map();
  const seat = () => { for (const [kind, handle] of handles) seatHandle(handle, view, tuned, kind); };
  const command = make("pre", "command", place);
  const update = () => {
    if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; picture.again(); }); }
    panel.say(tuned);
    for (const [kind, field] of fields) if (document.activeElement !== field) field.value = String(tuned.bounds[kind]);
    for (const [kind, handle] of handles) describe(handle, tuned, kind);
    command.textContent = retuneCommand(rule, changed(tuned));
    remember({ bound: heldBounds(tuned) }, false);
  };
  const copy = commandButton(panel.place, () => command);
  const move = (kind, bound) => { tuned.bounds[kind] = apart(tuned, kind, bound); tuned.moved = true; update(); };
  const reset = () => { Object.assign(tuned.bounds, tuned.recipe); tuned.moved = false; update(); };
  for (const kind of tuned.kinds) {
    handles.set(kind, makeHandle(figure, tuned, kind, { move, reset, copy: () => copy.click(), view: () => view }));
    fields.set(kind, makeField(panel.fields, tuned, kind, (bound) => move(kind, bound)));
  }
  button(panel.fields, W.reset, "link", reset);
  update();
}

// Bounds that were moved, as the page's address holds them: "max:0.3,min:5".
function heldBounds(tuned) {
  const moved = tuned.kinds.filter((kind) => tuned.bounds[kind] !== tuned.recipe[kind] || (tuned.table && tuned.moved));
  return moved.map((kind) => kind + ":" + tuned.bounds[kind]).join(",");
}

function takeBounds(tuned, held) {
  for (const one of held ? held.split(",") : []) {
    const [kind, said] = one.split(":"), bound = Number(said);
    if (!tuned.kinds.includes(kind) || !said || !Number.isFinite(bound)) continue;
    tuned.bounds[kind] = apart(tuned, kind, bound);
    tuned.moved = true;
  }
}

function changed(tuned) {
  const moved = tuned.kinds.filter((kind) => tuned.bounds[kind] !== tuned.recipe[kind]);
  return (moved.length ? moved : tuned.kinds).map((kind) => [kind, String(tuned.bounds[kind])]);
}

// Two handles do not cross.
function apart(tuned, kind, bound) {
  const other = tuned.kinds.find((one) => one !== kind && LOW.includes(one) !== LOW.includes(kind));
  if (!other) return bound;
  return LOW.includes(kind) ? Math.min(bound, tuned.bounds[other]) : Math.max(bound, tuned.bounds[other]);
}

// The two numbers, said aloud 400 ms after the last move.
function followed(place) {
  const number = (text) => {
    make("p", "quiet", place, text);
    const line = make("p", "live", place);
    return { now: make("b", "", line), change: make("span", "change", line), most: make("span", "quiet", line) };
  };
  const alone = number(W.pass_alone), kept = number(W.kept_others), note = make("p", "caption", place);
  const spoken = make("output", "unseen", place), fields = make("div", "fields", place);
  spoken.setAttribute("aria-live", "polite");
  let later = 0;
  return { place, fields, say(tuned) {
    const now = follow(tuned), before = asRun(tuned), back = now.kept[1] - before.kept[1];
    const unseen = back > 0 ? unseenBy(tuned.rule) : [];
    fillNumber(alone, now.alone, before.alone[0]);
    fillNumber(kept, now.kept, before.kept[0]);
    kept.most.textContent = unseen.length ? " " + W.at_most : "";
    note.textContent = basis(tuned, now, before, unseen);
    clearTimeout(later);
    later = setTimeout(() => { spoken.textContent = say("spoken", { alone: ranged(now.alone), kept: ranged(now.kept) }) + (unseen.length ? " " + W.at_most : ""); }, 400);
  } };
}

function ranged([least, most]) { return least === most ? count(least) : count(least) + " – " + count(most); }

function fillNumber(place, range, before) {
  place.now.textContent = ranged(range);
  const change = range[0] - before;
  place.change.textContent = range[0] !== range[1] || !change ? "" : change > 0 ? "+" + count(change) : "−" + count(-change);
}

function basis(tuned, now, before, unseen) {
  const said = [...conditions(tuned), say(tuned.values.exact ? "basis_exact" : "basis_counted", { n: count(tuned.signal.measured) })];
  if (now.alone[0] !== now.alone[1] || now.kept[0] !== now.kept[1]) said.push(W.between_bounds);
  const names = (steps) => steps.slice(0, 3).map((step) => cutName(step.step)).join(W.comma) + (steps.length > 3 ? ", …" : "");
  if (unseen.length) said.push(say("not_judged", { n: count(now.kept[1] - before.kept[1]), steps: names(unseen) }));
  const corpus = now.kept[0] < before.kept[0] ? corpusAfter(tuned.rule) : [];
  if (corpus.length) said.push(say("before_corpus", { steps: names(corpus) }));
  return said.join(GAP);
}

// Which documents a moved bound decides, where these are not all.
function conditions(tuned) {
  const some = tuned.values.some[tuned.rule.rule], { table, by } = tuned.rule.bounds, said = [];
  if (some) said.push(say("binds_some", { n: count(tuned.signal.measured - some.others) }));
  if (table) said.push(say(tuned.moved ? "one_for_all" : "by_table", { table, by }));
  return said;
}

function makeField(place, tuned, kind, act) {
  const label = make("label", "", place, W.keep + " " + SIGNS[kind] + " "), field = make("input", "", label), { low, high } = tuned.signal;
  field.inputMode = "decimal";
  field.autocomplete = "off";
  field.addEventListener("input", () => {
    const bound = Number(field.value), fits = field.value.trim() !== "" && Number.isFinite(bound) && !(low !== null && bound < low) && !(high !== null && bound > high);
    field.setAttribute("aria-invalid", String(!fits));
    if (fits) act(bound);
  });
  field.addEventListener("blur", () => { field.value = String(tuned.bounds[kind]); field.removeAttribute("aria-invalid"); });
  return field;
}

function commandButton(place, target) {
  const element = button(place, W.copy_retune, "copy", async () => {
    try { await navigator.clipboard.writeText(target().textContent); element.textContent = W.copied; }
    catch { getSelection().selectAllChildren(target()); }
    setTimeout(() => { element.textContent = W.copy_retune; }, 2000);
  });
  return element;
}

function makeHandle(figure, tuned, kind, act) {
  const handle = make("div", "handle", figure);
  make("span", "knob", handle);
  handle.tabIndex = 0;
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", say("handle_label", { rule: tuned.rule.rule, kind }));
  handle.setAttribute("aria-valuemin", tuned.held[0]);
  handle.setAttribute("aria-valuemax", tuned.held[tuned.held.length - 1]);
  handle.addEventListener("pointerdown", (event) => { handle.setPointerCapture(event.pointerId); handle.focus(); event.preventDefault(); });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    act.move(kind, nearest(tuned.held, valueAt(act.view(), tuned, kind, event.clientX - figure.getBoundingClientRect().left)));
  });
  handle.addEventListener("keydown", (event) => {
    if (event.key === "Enter") act.copy();
    else {
      if (event.key === "Escape" && tuned.table) { act.reset(); event.preventDefault(); return; }
      const bound = event.key === "Escape" ? tuned.recipe[kind] : keyed(tuned, kind, event);
      if (bound === null) return;
      act.move(kind, bound);
    }
    event.preventDefault();
  });
  return handle;
}

function seatHandle(handle, view, tuned, kind) {
  if (!view) return;
  handle.style.left = view.at(placeOf(view.h, tuned, kind, tuned.bounds[kind])) + "px";
  handle.style.height = view.plot.bottom + "px";
}

function describe(handle, tuned, kind) {
  const bound = tuned.bounds[kind];
  handle.firstChild.textContent = SIGNS[kind] + " " + plain(bound);
  handle.setAttribute("aria-valuenow", bound);
  handle.setAttribute("aria-valuetext", say("value_" + kind, { bound: plain(bound), n: ranged(follow(tuned).alone) }));
}

function valueAt(view, tuned, kind, x) {
  const { h, left, plot } = view, f = h.log ? Math.log : (v) => v, low = f(tuned.first), high = f(tuned.last);
  const part = Math.min(1, Math.max(0, (x - left) / (plot.right - left))), v = low + part * (high - low), found = h.log ? Math.exp(v) : v;
  return tuned.signal.integer && (kind === "max" || kind === "above") ? found - 1 : found;
}

// Where a key moves the bound: one hundredth of the axis, ten of them with Shift, the next edge, an end.
function keyed(tuned, kind, event) {
  const { held, first, last } = tuned, bound = tuned.bounds[kind], log = tuned.signal.histogram.log, up = ["ArrowRight", "ArrowUp", "PageUp"].includes(event.key);
  if (event.key === "Home") return nearest(held, first);
  if (event.key === "End") return nearest(held, last);
  if (event.key === "PageUp" || event.key === "PageDown") {
    const edges = tuned.signal.histogram.edges;
    const edge = up ? edges.find((one) => one > bound) : edges.filter((one) => one < bound).pop();
    return edge === undefined ? bound : beside(held, bound, edge, up);
  }
  if (!event.key.startsWith("Arrow")) return null;
  const times = (event.shiftKey ? 10 : 1) * (up ? 1 : -1), step = niceStep((last - first) / 100, tuned.signal.integer);
  const target = log ? Math.max(first, bound) * (last / first) ** (times / 100) : (Math.round(bound / step) + times) * step;
  return beside(held, bound, target, up);
}

// The stop nearest to the target, but at least the next one in its direction.
function beside(held, bound, target, up) {
  const found = nearest(held, target);
  if (up ? found > bound : found < bound) return found;
  const next = up ? held.find((one) => one > bound) : held[firstNotBelow(held, bound) - 1];
  return next === undefined ? bound : next;
}

function histogramSentence(signal) {
  const removed = signal.rules.reduce((n, id) => n + RULES.get(id).in_order.documents, 0);
  return say("histogram_label", { name: signal.name, removed: count(removed), median: plain(signal.stats.p50) });
}

function numbersTable(place, signal) {
  const h = signal.histogram, counts = (part, k) => ["kept", "later", "only", "other"].map((name) => count(k === null ? part[name] : part[name][k]));
  numbersFold(place, histogramSentence(signal), [W.from, W.to, W.kept, W.key_later, W.key_only, W.key_other], () => [
    ...(h.spike ? [[plain(h.spike.value), plain(h.spike.value), ...counts(h.spike, null)]] : []),
    ...h.kept.map((_n, k) => [plain(h.edges[k]), plain(h.edges[k + 1]), ...counts(h, k)]),
  ]);
}

function smallChart(grid, signal, act) {
  const element = button(grid, "", "", act);
  make("span", "name", element).appendChild(value(signal.name));
  const sub = make("span", "sub", element), rule = RULES.get(signal.rules[0]);
  make("span", "", sub, rule ? rule.keeps : signal.step);
  if (rule) make("span", "", sub, say("only_n", { n: count(rule.only.documents) }));
  const figure = make("span", "figure", element);
  figure.style.display = "block";
  if (!signal.histogram) { labelBars(figure, signal); return element; }
  chart(figure, histogramSentence(signal), (picture, width) => histogram(picture, width, signal, true));
  return element;
}
