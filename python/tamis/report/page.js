// The report's parts. `D` holds the run's data, `W` the words of the language in use.
const { data: D, words: W, facts: FACTS, alerts: ALERTS, examples: EXAMPLES, name: RUN } =
  JSON.parse(document.getElementById("data").textContent);
const RULES = new Map(D.rules.map((rule) => [rule.rule, rule]));

// Summary
function summary() {
  const totals = D.summary.documents, { rail, place } = part("summary", "", "");
  const name = make("p", "runname", rail);
  name.appendChild(value(RUN));
  const list = make("dl", "facts", rail);
  for (const [what, said, kind] of FACTS) {
    make("dt", "", list, what);
    const dd = make("dd", kind, list);
    dd.dataset.what = what + " ";
    dd.appendChild(value(said, 80));
  }
  make("h1", "", place, say(totals.made ? "title_made" : "title", { came: count(totals.in), made: count(totals.made), kept: count(totals.kept) }));
  accounting(make("figure", "", place), D.steps.filter((step) => step.removed), totals);
  units(place, totals);
  const two = make("div", "two", place);
  alertList(make("div", "", two));
  removesMost(make("div", "", two));
}

function units(place, totals) {
  const table = make("table", "units", place), head = make("tr", "", make("thead", "", table));
  const made = totals.made ? [["made", ""]] : [];
  const columns = [["", ""], ["in", ""], ...made, ["kept", ""], ["removed", "wide"], ["failed", "wide"], ["edited", "wide"], ["share_kept", ""]];
  for (const [key, wide] of columns) {
    const cell = make("th", "num " + wide, head, key ? (key === "share_kept" ? W.share_kept : W["col_" + key]) : "");
    cell.scope = "col";
  }
  const body = make("tbody", "", table);
  const rows = [["documents", { ...totals, edited: null }], ["characters", D.summary.characters], ["words", D.summary.words]];
  const tokens = D.summary.tokens;
  if (tokens) rows.push(["tokens", { in: tokens.kept + tokens.removed, kept: tokens.kept, removed: tokens.removed, failed: null, edited: null }]);
  for (const [unit, row] of rows) {
    const tr = make("tr", "", body);
    make("th", "", tr, W[unit]).scope = "row";
    for (const [key, wide] of columns.slice(1, -1)) make("td", "num " + wide, tr, count(row[key]));
    make("td", "num", tr, share(row.kept, row.in + (row.made || 0)));
  }
}

function alertList(place) {
  const head = make("h3", "", place, ALERTS.length ? W.looks_wrong + " " : W.nothing_wrong);
  if (ALERTS.length) make("span", "n", head, String(ALERTS.length));
  const list = make("ul", "alerts", place);
  ALERTS.forEach((alert, number) => {
    const line = make("li", number >= 8 ? "hidden" : "", list);
    const sign = make("span", alert.level, line, alert.level === "wrong" ? "◆" : "◇");
    sign.setAttribute("aria-hidden", "true");
    const words = make("span", "", line);
    shown(make("strong", "", words), alert.head);
    words.append(" ");
    shown(words, alert.body + " ");
    if (document.getElementById(alert.part) || PARTS.includes(alert.part)) {
      const link = make("a", "", words, W[alert.part]);
      link.href = "#" + alert.part;
    }
  });
  if (ALERTS.length > 8) {
    const more = button(place, say("more", { n: ALERTS.length - 8 }), "link", () => {
      list.querySelectorAll(".hidden").forEach((line) => line.classList.remove("hidden"));
      more.remove();
    });
  }
}

function removesMost(place) {
  make("h3", "", place, W.removes_most);
  const rules = D.rules.filter((rule) => rule.in_order.documents)
    .sort((a, b) => b.in_order.documents - a.in_order.documents).slice(0, 7);
  if (!rules.length) { make("p", "empty", place, W.removed_nothing); return; }
  const table = make("table", "most", place), head = make("tr", "", make("thead", "", table));
  for (const [key, kind] of [["rule", ""], ["", "weight"], ["in_order", "num"], ["only", "num"]])
    make("th", kind, head, key ? W[key] : "").scope = "col";
  const body = make("tbody", "", table);
  const second = rules[Math.min(1, rules.length - 1)];
  const scale = roundUp(second.in_order.documents / Math.max(1, second.measured.documents));
  for (const rule of rules) {
    const tr = make("tr", "", body), what = make("th", "", tr);
    what.scope = "row";
    mono(rule.name, what).classList.add("rulename");
    mono(rule.step, make("span", "sub", what));
    weight(make("td", "weight", tr), { ...rule, alone: rule.in_order }, scale, 84);
    make("td", "num main", tr, count(rule.in_order.documents));
    make("td", "num", tr, count(rule.only.documents));
  }
}

function roundUp(part) {
  if (!(part > 0)) return 0.01;
  const power = 10 ** Math.floor(Math.log10(part));
  return Math.min(1, [1, 2, 3, 5, 10].map((f) => f * power).find((s) => s >= part * 0.999));
}

// Funnel
function funnel() {
  const { rail, place } = part("funnel", W.funnel, W.funnel_says);
  const key = make("ul", "key", rail);
  keyLine(key, (p) => svg("path", { d: "M0 6H14M14 3V9", class: "s-removed" }, p), W.alone, W.alone_says);
  keyLine(key, square("f-hollow"), W.in_order, W.in_order_says);
  keyLine(key, square("f-only"), W.only, W.only_says);
  const table = make("table", "funnel", place);
  make("caption", "", table, W.funnel_caption);
  const scale = funnelScale(), head = make("tr", "", make("thead", "", table)), whole = D.summary.documents.in + D.summary.documents.made;
  const heads = [[W.step_rule, "what"], [W.keeps, "keep"], [W.left, "num left"], [say("left_of", { n: count(whole) }), "shape"],
    [say("share_to", { share: plain(100 * scale) + "%" }), "weight"], [W.in_order, "num order"], [W.only, "num only"], [W.alone, "num alone"]];
  for (const [text, kind] of heads) make("th", kind, head, text).scope = "col";
  for (const step of D.steps) stepRows(table, step, scale, whole);
  const last = make("tr", "total", make("tfoot", "", table)), totals = D.summary.documents;
  make("th", "what", last, W.kept_total).scope = "row";
  make("td", "keep", last);
  make("td", "num left t-kept", last, count(totals.kept));
  make("td", "shape", last);
  make("td", "weight quiet", last, W.removed_in_order);
  make("td", "num order", last, count(totals.removed));
  make("td", "only", last); make("td", "alone", last);
}

function funnelScale() {
  const gates = new Set(D.steps.filter((step) => step.gate).map((step) => step.step));
  const parts = D.rules.filter((rule) => !gates.has(rule.step)).map((rule) => rule.alone.documents / Math.max(1, rule.measured.documents));
  const all = parts.length && Math.max(...parts) > 0 ? parts : D.rules.map((r) => r.alone.documents / Math.max(1, r.measured.documents));
  return roundUp(Math.max(0, ...all));
}

function stepRows(table, step, scale, whole) {
  const body = make("tbody", "", table), row = make("tr", "step", body), what = make("th", "what", row);
  what.scope = "row";
  what.appendChild(value(step.step));
  const note = step.ran ? (step.gate && step.kind !== "source" ? W.gate_note : "") : W.not_run;
  if (note) make("span", "note", what, " " + note);
  if (step.failed) make("span", "bad", what, " " + say("failed_here", { n: count(step.failed) }));
  if (step.made) make("span", "note", what, " " + say("made_here", { n: count(step.made) }));
  make("td", "keep", row);
  make("td", "num left quiet", row, say("came", { n: count(step.in) }));
  shape(row, step.in + step.made, step.in + step.made - step.failed, whole);
  make("td", "weight", row);
  make("td", "num main order", row, step.ran ? count(step.removed) : "–");
  make("td", "num only", row); make("td", "num alone", row);
  const rules = step.rules.map((id) => RULES.get(id));
  for (let k = 0; k < rules.length;) {
    let end = k;
    while (end < rules.length && rules[end].in_order.documents < Math.max(1, whole / 1000)) end++;
    if (end - k < 2) { ruleRow(body, rules[k], scale, whole); k++; continue; }
    folded(body, rules.slice(k, end), scale, whole);
    k = end;
  }
}

function folded(body, rules, scale, whole) {
  const row = make("tr", "fold", body), what = make("th", "what", row);
  const most = Math.max(...rules.map((rule) => rule.in_order.documents));
  const text = most ? say("fold_some", { n: rules.length, most: count(most) }) : say("fold_none", { n: rules.length });
  const hidden = [];
  const opener = button(what, "▸ " + text, "", () => {
    const open = opener.getAttribute("aria-expanded") !== "true";
    opener.setAttribute("aria-expanded", String(open));
    opener.textContent = (open ? "▾ " : "▸ ") + text;
    for (const one of hidden) one.classList.toggle("hidden", !open);
  });
  opener.setAttribute("aria-expanded", "false");
  const sum = rules.reduce((n, rule) => n + rule.in_order.documents, 0), last = rules[rules.length - 1];
  make("td", "keep", row);
  make("td", "num left", row, count(last.left));
  shape(row, last.left + sum, last.left, whole);
  make("td", "weight", row);
  make("td", "num main order", row, count(sum));
  make("td", "num only quiet", row, "…"); make("td", "num alone quiet", row, "…");
  for (const rule of rules) {
    const one = ruleRow(body, rule, scale, whole);
    one.classList.add("hidden");
    hidden.push(one);
  }
}

function ruleRow(body, rule, scale, whole) {
  const row = make("tr", "rule", body), what = make("th", "what", row);
  what.scope = "row";
  what.appendChild(value(rule.name));
  const keep = make("td", "keep", row);
  if (rule.keeps) { keep.appendChild(value(rule.keeps, 40)); keep.title = rule.keeps; }
  make("td", "num left", row, count(rule.left));
  shape(row, rule.left + rule.in_order.documents, rule.left, whole);
  weight(make("td", "weight", row), rule, scale, 118);
  make("td", "num main order", row, count(rule.in_order.documents));
  make("td", "num only", row, count(rule.only.documents)).dataset.what = W.only + " ";
  make("td", "num alone", row, count(rule.alone.documents));
  return row;
}

function shape(row, before, after, whole) {
  const cell = make("td", "shape", row), at = (n) => 100 * n / Math.max(1, whole);
  const picture = svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, cell);
  svg("rect", { x: 0, y: 0, width: at(after), height: 10.2, class: "f-soft" }, picture);
  if (before - after > whole / 100)
    svg("rect", { x: at(after), y: 1.5, width: at(before - after), height: 7, class: "f-hollow", "vector-effect": "non-scaling-stroke" }, picture);
  svg("rect", { x: Math.max(0, at(after) - 1.6), y: 0, width: at(after) ? 1.6 : 0, height: 10.2, class: "f-kept" }, picture);
}

// Signals
function signals() {
  const { rail, place } = part("signals", W.signals, W.signals_says);
  const key = make("ul", "key", rail);
  keyLine(key, square("f-hollow"), "", W.key_other);
  keyLine(key, square("f-only"), "", W.key_only);
  if (D.steps.some((step) => step.scope === "corpus")) keyLine(key, square("f-soft"), "", W.key_later);
  keyLine(key, square("f-kept"), "", W.key_kept);
  const drawn = D.signals.filter((signal) => signal.histogram);
  if (!drawn.length) { make("p", "empty", place, W.no_signals); return; }
  const weightOf = (signal) => signal.rules.reduce((n, id) => n + RULES.get(id).in_order.documents, 0);
  const ruled = drawn.filter((signal) => signal.rules.length), free = drawn.filter((signal) => !signal.rules.length);
  let chosen = [...(ruled.length ? ruled : drawn)].sort((a, b) => weightOf(b) - weightOf(a))[0];
  const big = make("div", "", place), grid = make("div", "small", place), choices = new Map();
  const show = (signal) => {
    chosen = signal;
    bigChart(big, signal);
    for (const [one, element] of choices) element.setAttribute("aria-pressed", String(one === chosen));
  };
  const add = (signal) => choices.set(signal, smallChart(grid, signal, () => show(signal)));
  (ruled.length ? ruled : free).forEach(add);
  if (ruled.length && free.length) {
    const more = button(place, say("more_signals", { n: free.length }), "link more-signals", () => { free.forEach(add); more.remove(); });
  }
  show(chosen);
}

function bigChart(place, signal) {
  place.replaceChildren();
  const head = make("div", "chart-head", place);
  make("b", "", head).appendChild(value(signal.name));
  const rules = signal.rules.map((id) => RULES.get(id));
  const said = [signal.meaning, signal.step];
  for (const rule of rules) said.push(say("rule_says", { keeps: rule.keeps, order: count(rule.in_order.documents), only: count(rule.only.documents) }));
  make("span", "", head).appendChild(value(said.filter(Boolean).join(" · "), 400));
  const figure = make("figure", "big", place);
  chart(figure, histogramSentence(signal), (picture, width) => histogram(picture, width, signal, false));
  const some = { n: count(signal.measured), absent: count(signal.absent) };
  const notes = [signal.absent ? say("measured_some", some) : say("measured", some)];
  if (signal.histogram.log) notes.push(W.log_axis);
  const beyond = signal.histogram.beyond, first = rules[0];
  const under = signal.histogram.under;
  if (under) notes.push(say("under", { n: count(under.count), min: plain(under.min) }));
  if (beyond) notes.push(say("beyond", { n: count(beyond.count), max: plain(beyond.max) }));
  if (first && !Object.keys(signal.histogram.edge_rules).length) notes.push(say("bound_outside", { keeps: first.keeps }));
  make("p", "caption", place, notes.join(" "));
  numbersTable(place, signal);
}

function histogramSentence(signal) {
  const removed = signal.rules.reduce((n, id) => n + RULES.get(id).in_order.documents, 0);
  return say("histogram_label", { name: signal.name, removed: count(removed), median: plain(signal.stats.p50) });
}

function numbersTable(place, signal) {
  const fold = make("details", "", place);
  make("summary", "", fold, W.numbers);
  fold.addEventListener("toggle", () => {
    if (!fold.open || fold.querySelector("table")) return;
    const table = make("table", "", fold), head = make("tr", "", make("thead", "", table)), h = signal.histogram;
    for (const text of [W.from, W.to, W.kept, W.key_later, W.key_only, W.key_other]) make("th", "num", head, text).scope = "col";
    const body = make("tbody", "", table);
    const line = (cells) => { const tr = make("tr", "", body); for (const cell of cells) make("td", "num", tr, cell); };
    if (h.spike) line([plain(h.spike.value), plain(h.spike.value), count(h.spike.kept), count(h.spike.later), count(h.spike.only), count(h.spike.other)]);
    h.kept.forEach((n, k) => line([plain(h.edges[k]), plain(h.edges[k + 1]), count(n), count(h.later[k]), count(h.only[k]), count(h.other[k])]));
  });
}

function smallChart(grid, signal, act) {
  const element = button(grid, "", "", act);
  make("span", "name", element).appendChild(value(signal.name));
  const sub = make("span", "sub", element), rule = RULES.get(signal.rules[0]);
  make("span", "", sub, rule ? rule.keeps : signal.step);
  if (rule) make("span", "", sub, say("only_n", { n: count(rule.only.documents) }));
  const figure = make("span", "figure", element);
  figure.style.display = "block";
  chart(figure, histogramSentence(signal), (picture, width) => histogram(picture, width, signal, true));
  return element;
}

// Documents
function documents() {
  const { rail, place } = part("documents", W.documents_head, W.documents_says);
  const key = make("ul", "key", rail), line = make("li", "", key);
  make("span", "box", line, "ESC");
  make("span", "", line, W.key_box);
  line.className = "boxed";
  const listed = D.rules.filter((rule) => D.examples.rules[rule.rule]).sort((a, b) => b.in_order.documents - a.in_order.documents);
  const bounded = listed.find((rule) => D.examples.rules[rule.rule].near.length);
  const controls = make("div", "controls", place), select = make("select", "", controls);
  select.setAttribute("aria-label", W.rule);
  for (const rule of listed) make("option", "", select, cutName(rule.rule) + " · " + count(rule.in_order.documents)).value = rule.rule;
  const tabs = make("div", "tabs", controls), list = make("div", "", place), views = {};
  const show = (view) => {
    for (const [name, tab] of Object.entries(views)) tab.setAttribute("aria-pressed", String(name === view));
    select.classList.toggle("hidden", view !== "removed" || !listed.length);
    list.replaceChildren();
    if (view === "removed") removedExamples(list, RULES.get(select.value));
    else plainExamples(list, view);
  };
  for (const view of ["removed", "kept", "edited"]) views[view] = button(tabs, W["tab_" + view], "", () => show(view));
  select.addEventListener("change", () => show("removed"));
  if (bounded) select.value = bounded.rule;
  show(listed.length ? "removed" : "kept");
}

function removedExamples(list, rule) {
  if (!rule) { make("p", "empty", list, W.removed_nothing); return; }
  const sets = D.examples.rules[rule.rule];
  const stored = ["random", "near", "extreme"].filter((set) => sets[set].length).map((set) => say("stored_" + set, { n: sets[set].length }));
  make("p", "caption", list, say("stored", { n: count(rule.in_order.documents), sets: stored.join(", ") }));
  for (const purpose of ["random", "near", "extreme"]) if (sets[purpose].length) exampleGroup(list, sets[purpose], W["purpose_" + purpose], rule);
}

function plainExamples(list, view) {
  const rows = D.examples[view];
  if (!rows.length) { make("p", "empty", list, W["no_" + view]); return; }
  exampleGroup(list, rows, W["purpose_" + view], null);
}

function exampleGroup(list, rows, title, rule) {
  let next = 0;
  const place = make("div", "", list), more = button(list, "", "more", () => open(5));
  const open = (n) => {
    for (const end = Math.min(rows.length, next + n); next < end; next++) example(place, EXAMPLES[rows[next]], title, rule);
    more.textContent = say("show_more", { n: rows.length - next });
    more.classList.toggle("hidden", next >= rows.length);
  };
  open(rule ? 1 : 3);
}

function example(place, row, title, rule) {
  const item = make("article", "item", place), side = make("div", "side", item);
  make("h4", "", side, title);
  if (rule && row.removed_value !== null) {
    make("span", "value", side).appendChild(value(visible(row.removed_value, rule), 24));
    if (rule.keeps) make("span", "", side, W.keeps + " ").appendChild(value(rule.keeps, 40));
  }
  if (rule) {
    const others = row.failed_rules.filter((id) => id !== rule.rule);
    const line = make("span", "", side, others.length ? W.also_fails + " " : W.fails_no_other);
    others.slice(0, 6).forEach((id, k) => { if (k) line.append(", "); mono(RULES.has(id) ? RULES.get(id).name : id, line); });
    if (others.length > 6) line.append(" " + say("and_more", { n: others.length - 6 }));
  }
  if (row.before !== null) make("span", "", side, say("characters_to", { before: count(row.before_chars), after: count(row.chars) }));
  copyButton(side, "tamis explain " + quoted(RUN) + " " + row.id);
  const right = make("div", "", item), meta = make("p", "meta", right);
  if (row.url) { meta.appendChild(value(row.url, 90)); meta.append(" · "); }
  mono(row.id.slice(0, 8) + "…", meta);
  for (const more of [row.title, row.date && row.date.slice(0, 10), row.language]) if (more) { meta.append(" · "); meta.appendChild(value(more, 70)); }
  if (!row.url && row.input) { meta.append(" · "); meta.appendChild(value(row.input)); }
  text(right, row);
}

function text(place, row) {
  const box = make("div", "doc", place);
  box.dir = "auto";
  if (row.before !== null && row.before !== undefined) edit(box, row);
  else if (row.text) { if (row.start) box.append("… "); marked(box, row); }
  else make("span", "empty", box, W.no_text);
  const rest = row.chars - row.start - Array.from(row.text || "").length;
  requestAnimationFrame(() => {
    const long = box.scrollHeight > box.clientHeight + 4;
    const cut = rest > 0 ? say("more_characters", { n: count(rest) }) : "";
    if (!long && !cut) return;
    const line = make("p", "meta", place);
    const opener = long && button(line, W.show_all, "link", () => { box.classList.add("open"); opener.remove(); });
    if (cut) line.append((long ? " · " : "") + cut);
  });
}

// The stored text with its spans marked; they count code points of the whole text.
function marked(box, row) {
  const letters = Array.from(row.text), spans = [...(row.spans || [])].sort((a, b) => a.start - b.start);
  let from = 0;
  for (const span of spans) {
    const start = Math.max(from, span.start - row.start), end = Math.min(letters.length, span.end - row.start);
    if (end <= start) continue;
    shown(box, letters.slice(from, start).join(""));
    shown(make("mark", "", box), letters.slice(start, end).join(""));
    from = end;
  }
  shown(box, letters.slice(from).join(""));
}

function edit(box, row) {
  const parts = difference(row.before, row.text);
  const cut = row.before_start + Array.from(row.before).length < row.before_chars || row.start + Array.from(row.text).length < row.chars;
  while (cut && parts.length && parts[parts.length - 1][0] !== "=") parts.pop();
  if (row.start) box.append("… ");
  for (const [kind, words] of parts) {
    if (kind === "=") shown(box, words);
    else shown(make(kind === "-" ? "del" : "ins", "", box), words);
  }
}

// A measured number with enough digits, three to six, to be told from the rule's bounds.
function visible(said, rule) {
  const number = Number(said), limits = ["min", "max", "above", "below"].map((kind) => rule.bounds[kind]);
  if (said.trim() === "" || !Number.isFinite(number) || Number.isInteger(number)) return said;
  for (let digits = 3; digits < 6; digits++) {
    const short = Number(number.toPrecision(digits));
    if (!limits.includes(short)) return String(short);
  }
  return String(Number(number.toPrecision(6)));
}

function copyButton(place, command) {
  const element = button(place, W.copy_explain, "link", async () => {
    try { await navigator.clipboard.writeText(command); element.textContent = W.copied; }
    catch { element.textContent = command; getSelection().selectAllChildren(element); }
    setTimeout(() => { if (element.textContent === W.copied) element.textContent = W.copy_explain; }, 2000);
  });
}

// Data problems
function problems() {
  const { place } = part("problems", W.problems, W.problems_says), p = D.problems, rows = [];
  for (const f of p.failed) rows.push(["◆", f.kind, f.step, f.documents, W.failed, f.message]);
  if (p.detected) rows.push(["◇", W.charset_detected, "source", p.detected, W.detected, ""]);
  if (p.duplicate_ids.ids) rows.push(["◇", W.same_id, "source", p.duplicate_ids.documents, "", ""]);
  if (p.without_text) rows.push(["◇", W.without_text, "", p.without_text, "", ""]);
  if (!rows.length && !Object.keys(p.skipped).length) { make("p", "empty", place, W.no_problems); return; }
  if (rows.length) {
    const table = make("table", "problems", place), head = make("tr", "", make("thead", "", table));
    for (const [text, kind] of [["", ""], [W.what, ""], [W.step, "wide"], [W.documents, "num"], [W.outcome, "wide"], [W.first, ""]]) make("th", kind, head, text).scope = "col";
    const body = make("tbody", "", table);
    for (const [sign, what, step, n, outcome, message] of rows) {
      const tr = make("tr", "", body);
      make("td", sign === "◆" ? "wrong" : "", tr, sign).setAttribute("aria-hidden", "true");
      const cell = make("th", "", tr);
      cell.scope = "row"; cell.appendChild(value(what));
      make("td", "mono wide", tr).appendChild(value(step));
      make("td", "num main", tr, count(n));
      make("td", "quiet wide", tr, outcome);
      make("td", "quiet", tr).appendChild(value(message, 100));
    }
  }
  const skipped = Object.entries(p.skipped).map(([kind, n]) => count(n) + " " + kind);
  if (skipped.length) make("p", "caption", place).appendChild(value(say("skipped", { list: skipped.join(", ") }), 400));
}

const PARTS = ["summary", "funnel", "signals", "documents", "problems"];
document.getElementById("main").replaceChildren();
summary(); funnel(); signals(); documents(); problems();
make("span", "", document.getElementById("foot"), W.loads_nothing);
document.documentElement.dataset.ready = "1";
