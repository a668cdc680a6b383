// The report's parts. `D` holds the run's data, `W` the words of the language in use.
const { data: D, words: W, scales: SCALES, facts: FACTS, alerts: ALERTS, examples: EXAMPLES, name: RUN, counts: COUNTS, printed: PRINTED } =
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
  make("h1", "", place, say(totals.made ? "title_made" : "title", { n: totals.in, came: large(totals.in), made: large(totals.made), kept: large(totals.kept) }));
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
  const sum = (a, b) => (a === null || b === null ? null : a + b);
  if (tokens) rows.push(["tokens", { in: sum(tokens.kept, tokens.removed), kept: tokens.kept, removed: tokens.removed, failed: null, edited: null }]);
  const errors = tokens && tokens.sample ? { kept: tokens.kept_error, removed: tokens.removed_error, in: tokens.removed === null ? null : Math.ceil(Math.hypot(tokens.kept_error, tokens.removed_error)) } : {};
  for (const [unit, row] of rows) {
    const tr = make("tr", "", body);
    const estimated = unit === "tokens" && tokens.sample;
    make("th", "", tr, estimated ? say("tokens_estimated", { tokenizer: tokens.tokenizer, n: count(tokens.sample) }) : W[unit]).scope = "row";
    const margin = (key) => (estimated && typeof errors[key] === "number" ? " ± " + count(errors[key]) : "");
    for (const [key, wide] of columns.slice(1, -1)) make("td", "num " + wide, tr, count(row[key]) + margin(key));
    make("td", "num", tr, share(row.kept, row.in + (row.made || 0)));
  }
}

function alertList(place) {
  const head = make("h3", "", place, ALERTS.length ? W.looks_wrong + " " : D.summary.documents.in ? W.nothing_wrong : W.nothing_in);
  if (ALERTS.length) make("span", "n", head, String(ALERTS.length));
  const list = make("ul", "alerts", place);
  ALERTS.forEach((alert, number) => {
    const line = make("li", number >= 8 ? "hidden" : "", list);
    const sign = make("span", alert.level, line, alert.level === "wrong" ? "◆" : "◇");
    sign.setAttribute("aria-hidden", "true");
    const words = make("span", "", line);
    shown(make("strong", "", words), alert.head);
    words.append(GAP);
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
    [say("share_to", { share: plain(100 * scale) + "%" }), "weight"], [W.in_order, "num order"], [W.only, "num only"], [W.alone, "num alone"], ...(hasPaper() ? [[W.paper, "num paper"]] : [])];
  for (const [text, kind] of heads) make("th", kind, head, text).scope = "col";
  for (const step of D.steps) stepRows(table, step, scale, whole);
  const last = make("tr", "total", make("tfoot", "", table)), totals = D.summary.documents;
  make("th", "what", last, W.kept_total).scope = "row";
  make("td", "keep", last);
  make("td", "num left t-kept", last, count(totals.kept));
  make("td", "shape", last);
  make("td", "weight quiet", last, W.removed_in_order);
  make("td", "num order", last, count(totals.removed));
  make("td", "only", last); make("td", "alone", last); paperCell(last, null);
  paperSources(place);
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
  make("td", "num only", row); make("td", "num alone", row); paperCell(row, null);
  const rules = step.rules.map((id) => RULES.get(id));
  for (let k = 0; k < rules.length;) {
    let end = k;
    while (end < rules.length && !rules[end].expect.length && rules[end].in_order.documents < Math.max(1, whole / 1000)) end++;
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
  make("td", "num only quiet", row, "…"); make("td", "num alone quiet", row, "…"); paperCell(row, null);
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
  paperCell(row, rule);
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

// Says "Copied" for two seconds; without a clipboard the command stands there, selected.
function copyButton(place, command, text = W.copy_explain) {
  const element = button(place, text, "link", async () => {
    try { await navigator.clipboard.writeText(command); element.textContent = W.copied; }
    catch { element.textContent = command; getSelection().selectAllChildren(element); }
    setTimeout(() => { if (element.textContent === W.copied) element.textContent = text; }, 2000);
  });
  return element;
}

// Data problems
function problems() {
  const { place } = part("problems", W.problems, W.problems_says), p = D.problems, rows = [];
  for (const f of p.failed) rows.push(["◆", f.kind, f.step, f.documents, W.failed, f.message]);
  const guessed = p.charsets.filter((one) => one.how === "detector");
  for (const one of guessed) rows.push(["◇", say("charset_by_detector", { charset: one.charset }), "source", one.documents, W.detected, ""]);
  if (p.duplicate_ids.ids) rows.push(["◇", W.same_id, "source", p.duplicate_ids.documents, "", ""]);
  for (const [column, n] of Object.entries(p.misfits)) rows.push(["◇", say("misfit", { column }), "source", n, "", ""]);
  if (p.without_text) rows.push(["◇", W.without_text, "", p.without_text, "", ""]);
  if (!rows.length && !Object.keys(p.skipped).length && !p.charsets.length) { make("p", "empty", place, W.no_problems); return; }
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
  if (p.charsets.length) {
    const rows = () => p.charsets.map((one) => [one.charset, one.how || "–", count(one.documents)]);
    numbersFold(place, W.charsets, [W.charset, W.charset_how, W.documents], rows, W.charsets);
  }
  if (skipped.length) make("p", "caption", place).appendChild(value(say("skipped", { list: skipped.join(W.comma) }), 400));
}
