// The comparison's parts. `D` holds the two runs' numbers, `W` the words of the language in use.
const { data: D, words: W, scales: SCALES, notes: NOTES, printed: PRINTED } = JSON.parse(document.getElementById("data").textContent);
const quiet = (n) => n ? "num main" : "num quiet";
const [FIRST, SECOND] = D.runs.map((run) => run.name);

function signed(n) { return n === 0 ? "±0" : (n > 0 ? "+" : "−") + count(Math.abs(n)); }

function short(number) { return number === null || number === undefined ? "–" : plain(Number(number.toPrecision(3))); }

function header(table, cells) {
  const head = make("tr", "", make("thead", "", table));
  for (const [text, kind] of cells) {
    const cell = make("th", kind, head);
    cell.scope = "col";
    cell.appendChild(value(text, 24));
  }
}

function rowHead(tr, text, kind) {
  const cell = make("th", kind || "", tr);
  cell.scope = "row";
  cell.appendChild(value(text, 60));
  return cell;
}

// Summary
function summary() {
  const { rail, place } = part("summary", "", ""), moved = D.kept_by_first_alone + D.kept_by_second_alone;
  const list = make("dl", "facts runs", rail);
  for (const run of D.runs) {
    make("dt", "", list).appendChild(value(run.name));
    const said = [run.recipe, "tamis " + run.tamis, run.digest && run.digest.slice(0, 12)].filter(Boolean).join(" · ");
    make("dd", "", list).appendChild(value(said, 120));
  }
  make("h1", "", place, say(moved === 1 ? "one_changed" : "changed", { n: count(moved), common: count(D.common) }));
  if (NOTES.length) {
    const notes = make("ul", "alerts notes", place);
    for (const note of NOTES) {
      const line = make("li", "", notes);
      make("span", note.level, line, note.level === "wrong" ? "◆" : "◇").setAttribute("aria-hidden", "true");
      shown(make("span", "", line), note.says);
    }
  }
  const table = make("table", "units", place);
  header(table, [["", ""], [FIRST, "num"], [SECOND, "num"], [W.change, "num"]]);
  const body = make("tbody", "", table);
  const line = (text, a, b) => {
    const tr = make("tr", "", body);
    rowHead(tr, text);
    make("td", "num", tr, count(a)); make("td", "num", tr, count(b));
    make("td", quiet(a === null || b === null ? 0 : b - a), tr, a === null || b === null ? "–" : signed(b - a));
  };
  for (const key of ["in", "made", "kept", "removed", "failed"]) {
    const [a, b] = D.documents[key];
    if (a || b || key === "in" || key === "kept") line(W["documents_" + key], a, b);
  }
  for (const unit of ["characters", "words"]) line(W[unit + "_kept"], D.runs[0][unit].kept, D.runs[1][unit].kept);
}

// Rules and settings that differ
function changes() {
  const { place } = part("changes", W.changes, W.changes_says);
  const rows = D.changes.map((one) => [one.rule, W["change_" + one.change], one.first, one.second]);
  for (const one of D.settings) rows.push([one.step + (one.name ? "." + one.name : ""), W["setting_" + one.what], worded(one.first), worded(one.second)]);
  if (!rows.length) { make("p", "empty", place, W.no_changes); return; }
  const table = make("table", "plainlist", place);
  header(table, [[W.rule, ""], ["", "wide"], [FIRST, ""], [SECOND, ""]]);
  const body = make("tbody", "", table);
  for (const [name, what, a, b] of rows) {
    const tr = make("tr", "", body), cell = make("th", "", tr);
    cell.scope = "row";
    mono(name, cell);
    make("td", "quiet wide", tr, what);
    for (const side of [a, b]) make("td", "", tr).appendChild(value(side === null ? "–" : side, 80));
  }
}

function worded(set) { return set === null || set === undefined ? null : typeof set === "string" ? set : JSON.stringify(set); }

// Funnels
function funnels() {
  const { rail, place } = part("funnel", W.funnels, W.funnels_says), rules = new Map(), kept = D.documents.kept;
  const key = make("ul", "key", rail);
  keyLine(key, (p) => svg("rect", { x: 0.5, y: 3.5, width: 14, height: 4, class: "s-bar" }, p), FIRST, W.key_first_removed);
  keyLine(key, (p) => svg("rect", { x: 0.5, y: 3.5, width: 14, height: 4, class: "f-only" }, p), SECOND, W.key_second_removed);
  for (const rule of D.rules) {
    const step = rule.rule.slice(0, rule.rule.lastIndexOf("."));
    rules.set(step, [...(rules.get(step) || []), rule]);
  }
  const top = Math.max(1, ...D.rules.flatMap((rule) => [rule.first, rule.second]).map((side) => side ? side.in_order : 0));
  const table = make("table", "versus", place);
  make("caption", "", table, W.funnels_caption);
  header(table, [[W.step_rule, ""], [W.keeps, "keep"], [say("bar_to", { n: count(top) }), "bars"], [FIRST, "num"], [SECOND, "num"], [W.change, "num"]]);
  for (const step of D.steps) {
    const body = make("tbody", "", table), tr = make("tr", "step", body), a = step.first, b = step.second;
    rowHead(tr, step.step);
    make("td", "keep", tr); make("td", "bars", tr);
    const removed = [a, b].map((side) => side && side.ran ? side.removed : null);
    for (const n of removed) make("td", "num", tr, count(n));
    make("td", quiet((removed[1] || 0) - (removed[0] || 0)), tr, signed((removed[1] || 0) - (removed[0] || 0)));
    const mine = rules.get(step.step) || [], still = mine.filter((rule) => !weightOf(rule));
    for (const rule of mine) if (weightOf(rule)) ruleRow(body, rule, top);
    if (still.length) {
      const line = make("tr", "fold", body);
      const cell = rowHead(line, still.length === 1 ? say("quiet_rule", { name: still[0].rule }) : say("quiet_rules", { n: still.length }));
      cell.colSpan = 6;
    }
  }
  const last = make("tr", "", make("tfoot", "", table));
  rowHead(last, W.kept_total);
  make("td", "keep", last); make("td", "bars", last);
  make("td", "num t-kept", last, count(kept[0])); make("td", "num t-kept", last, count(kept[1]));
  make("td", "num", last, signed(kept[1] - kept[0]));
}

function weightOf(rule) { return (rule.first ? rule.first.in_order : 0) + (rule.second ? rule.second.in_order : 0); }

function ruleRow(body, rule, top) {
  const tr = make("tr", "rule", body), sides = [rule.first, rule.second];
  rowHead(tr, rule.rule.slice(rule.rule.lastIndexOf(".") + 1));
  const keeps = sides.map((side) => side ? side.keeps || "" : "–");
  make("td", "keep", tr).appendChild(value(keeps[0] === keeps[1] ? keeps[0] : keeps.join(" → "), 40));
  const removed = sides.map((side) => side ? side.in_order : null), cell = make("td", "bars", tr);
  const picture = svg("svg", { width: 132, height: 16, "aria-hidden": "true" }, cell);
  removed.forEach((n, k) => {
    if (n) svg("rect", { x: 0.5, y: 1.5 + 7 * k, width: Math.max(1.5, 131 * n / top), height: 4, class: k ? "f-only" : "s-bar" }, picture);
  });
  for (const n of removed) make("td", "num", tr, count(n));
  make("td", quiet((removed[1] || 0) - (removed[0] || 0)), tr, signed((removed[1] || 0) - (removed[0] || 0)));
}

// Signals
function signals() {
  const { rail, place } = part("signals", W.signals, W.signals_says);
  const key = make("ul", "key", rail);
  keyLine(key, (p) => svg("path", { d: "M0 6H15", class: "s-first" }, p), FIRST, W.key_kept_there);
  keyLine(key, (p) => { svg("rect", { x: 0, y: 4, width: 15, height: 7, class: "f-soft" }, p); svg("path", { d: "M0 4H15", class: "s-second" }, p); }, SECOND, W.key_kept_there);
  const drawn = D.signals.filter((signal) => signal.kept.ks !== null).sort((a, b) => b.kept.ks - a.kept.ks);
  if (!drawn.length) { make("p", "empty", place, W.no_distances); return; }
  const big = make("div", "", place), table = make("table", "ranked gap", place), buttons = new Map();
  make("caption", "", table, W.distances_caption);
  header(table, [[W.signal, ""], [say("mean_in", { run: FIRST }), "num wide"], [say("mean_in", { run: SECOND }), "num wide"], [W.distance, "num"], [W.shift, "num"], [W.all_measured, "num wide"]]);
  const body = make("tbody", "", table);
  const show = (signal) => {
    sharesChart(big, signal);
    for (const [one, element] of buttons) element.setAttribute("aria-pressed", String(one === signal));
  };
  const row = (signal) => {
    const tr = make("tr", "", body), cell = make("th", "", tr);
    cell.scope = "row";
    buttons.set(signal, button(cell, "", "", () => show(signal)));
    buttons.get(signal).appendChild(value(signal.name));
    make("span", "name", cell).appendChild(value(signal.step));
    for (const mean of signal.kept.mean) make("td", "num wide", tr, short(mean));
    make("td", "num main", tr, signal.kept.ks ? signal.kept.ks.toFixed(3) : "0");
    make("td", "num", tr, short(signal.kept.wasserstein));
    make("td", "num wide quiet", tr, signal.measured.ks === null ? "–" : signal.measured.ks ? signal.measured.ks.toFixed(3) : "0");
  };
  drawn.slice(0, 12).forEach(row);
  if (drawn.length > 12) {
    const more = button(place, say("show_more", { n: drawn.length - 12 }), "more", () => { drawn.slice(12).forEach(row); more.remove(); });
  }
  show(drawn[0]);
}

function sharesChart(place, signal) {
  place.replaceChildren();
  const head = make("div", "chart-head", place);
  make("b", "", head).appendChild(value(signal.name));
  make("span", "", head).appendChild(value(signal.meaning + " · " + signal.step, 400));
  const says = say("shares_label", { name: signal.name, ks: signal.kept.ks.toFixed(3), shift: short(signal.kept.wasserstein) });
  chart(make("figure", "big", place), says, (picture, width) => shares(picture, width, signal));
  make("p", "caption", place, says + (signal.histogram.log ? GAP + W.log_axis : ""));
  const fold = make("details", "", place);
  make("summary", "", fold, W.numbers);
  const table = make("table", "", fold);
  header(table, [[W.from, "num"], [W.to, "num"], [FIRST, "num"], [SECOND, "num"]]);
  const body = make("tbody", "", table), h = signal.histogram;
  h.first.forEach((n, k) => {
    const tr = make("tr", "", body);
    for (const text of [plain(h.edges[k]), plain(h.edges[k + 1]), count(n), count(h.second[k])]) make("td", "num", tr, text);
  });
}

function shares(picture, width, signal) {
  const h = signal.histogram, sizes = signal.kept.documents;
  const plot = { left: 44, right: width - 8, top: 44, height: 170, bottom: 214 }, at = position(h, plot.left, plot.right);
  const parts = [h.first, h.second].map((counts, k) => counts.map((n) => 100 * n / Math.max(1, sizes[k])));
  const high = Math.max(1e-9, ...parts[0], ...parts[1]), y = (share) => plot.bottom - share / high * plot.height;
  for (const tick of ticks(high, 4)) {
    svg("path", { d: `M${plot.left} ${y(tick)}H${plot.right}`, class: "s-line" }, picture);
    label(picture, plot.left - 6, y(tick) + 4, plain(tick) + "%", { "text-anchor": "end" });
  }
  const steps = (values) => values.map((share, k) => `V${y(share).toFixed(1)}H${at(h.edges[k + 1]).toFixed(1)}`).join("");
  const start = `M${at(h.edges[0]).toFixed(1)} ${plot.bottom}`, closed = `V${plot.bottom}`;
  svg("path", { d: start + steps(parts[1]) + closed, class: "f-soft" }, picture);
  svg("path", { d: start + steps(parts[1]) + closed, class: "s-second" }, picture);
  svg("path", { d: start + steps(parts[0]) + closed, class: "s-first" }, picture);
  svg("path", { d: `M${plot.left} ${plot.bottom}H${plot.right}`, class: "s-axis" }, picture);
  axis(picture, signal, h, at, plot, null);
  let reach = -Infinity, lifted = 0;
  for (const bound of h.bounds) {
    const x = at(h.edges[bound.edge]), both = bound.runs[0] && bound.runs[1];
    const text = SIGNS[bound.kind] + " " + plain(bound.bound) + (both ? "" : " " + named(bound.runs[0] ? FIRST : SECOND).slice(0, 16));
    const before = x > plot.right - 110;
    lifted = x < reach ? lifted + 1 : 0;
    reach = x + 8 + text.length * 6.5;
    svg("path", { d: `M${x} ${plot.top - 26}V${plot.bottom}`, class: "s-ink bound" }, picture);
    label(picture, x + (before ? -5 : 5), plot.top - 8 - 12 * Math.min(lifted, 1), text, { class: "strong", "text-anchor": before ? "end" : "start" });
  }
  picture.setAttribute("height", plot.bottom + 24);
}

// Documents that changed sides
function sidesTable(place) {
  const order = ["kept", "removed", "failed", "absent"], of = new Map(D.table.map((one) => [one.first + " " + one.second, one.documents]));
  const rows = order.filter((side) => side === "kept" || side === "removed" || D.table.some((one) => one.first === side));
  const columns = order.filter((side) => side === "kept" || side === "removed" || D.table.some((one) => one.second === side));
  const table = make("table", "sides", place), head = make("thead", "", table), above = make("tr", "", head), names = make("tr", "", head);
  make("caption", "", table, W.sides_caption);
  make("td", "", above);
  const over = make("th", "num", above);
  over.colSpan = columns.length; over.scope = "colgroup";
  over.appendChild(value(SECOND, 40));
  make("th", "", names).appendChild(value(FIRST, 40));
  for (const side of columns) make("th", "num", names, W["side_" + side]).scope = "col";
  const body = make("tbody", "", table);
  for (const side of rows) {
    const tr = make("tr", "", body);
    rowHead(tr, W["side_" + side]);
    for (const other of columns)
      make("td", "num " + ((side === "kept") !== (other === "kept") ? "moved" : "same"), tr, side === "absent" && other === "absent" ? "–" : count(of.get(side + " " + other) || 0));
  }
}

function documents() {
  const { place } = part("documents", W.documents_head, W.sides_says);
  sidesTable(place);
  if (!D.reasons.length) { make("p", "empty gap", place, W.nobody_moved); return; }
  make("h3", "", place, W.why);
  const table = make("table", "plainlist", place);
  header(table, [[W.because, ""], [FIRST, ""], [SECOND, ""], [W.documents, "num"]]);
  const body = make("tbody", "", table);
  const more = (from) => D.reasons.slice(from, from + 20).forEach((reason) => reasonRow(body, reason));
  more(0);
  let next = 20;
  if (D.reasons.length > next) {
    const opener = button(place, say("show_more", { n: D.reasons.length - next }), "more", () => {
      more(next); next += 20;
      opener.textContent = say("show_more", { n: D.reasons.length - next });
      opener.classList.toggle("hidden", next >= D.reasons.length);
    });
  }
  make("h3", "", place, W.examples);
  examples(place);
}

function reasonRow(body, reason) {
  const tr = make("tr", "", body);
  make("th", "", tr, W["cause_" + reason.cause]).scope = "row";
  for (const side of ["first", "second"]) {
    const cell = make("td", "", tr, W["side_" + reason[side]]);
    cell.dataset.what = named(side === "first" ? FIRST : SECOND) + W.colon;
    if (reason[side + "_by"]) { cell.append(" "); mono(reason[side + "_by"], cell); }
  }
  make("td", "num main", tr, count(reason.documents));
}

function examples(place) {
  const list = make("div", "", place), left = [...D.examples], more = button(place, "", "more", () => open(5));
  const open = (n) => {
    left.splice(0, n).forEach((row) => example(list, row));
    more.textContent = say("show_more", { n: left.length });
    more.classList.toggle("hidden", !left.length);
  };
  // One of each reason first.
  const seen = new Set();
  left.sort((a, b) => a.reason - b.reason);
  const firsts = left.filter((row) => !seen.has(row.reason) && seen.add(row.reason));
  left.splice(0, left.length, ...firsts, ...left.filter((row) => !firsts.includes(row)));
  open(5);
}

function example(list, row) {
  const item = make("article", "item", list), side = make("div", "side", item);
  make("h4", "", side, W["cause_" + row.cause]);
  [row.first, row.second].forEach((one, k) => {
    const line = make("span", "twin", side);
    line.appendChild(value(k ? SECOND : FIRST, 30));
    line.append(W.colon);
    make("b", "", line, W["side_" + one.side]);
    if (one.by) { line.append(" "); mono(one.by, line); }
    if (one.value !== null) { line.append(" · "); line.appendChild(value(said(one.value), 60)); }
    if (one.keeps) { line.append(W.comma + W.keeps + " "); line.appendChild(value(one.keeps, 40)); }
  });
  const run = row.first.side === "kept" ? SECOND : FIRST;
  const command = make("code", "", make("span", "", side));
  command.appendChild(value("tamis explain " + quoted(run) + " " + row.id.slice(0, 12), 90));
  const right = make("div", "", item), meta = make("p", "meta", right);
  if (row.url) { meta.appendChild(value(row.url, 90)); meta.append(" · "); }
  mono(row.id.slice(0, 8) + "…", meta);
  if (row.title) { meta.append(" · "); meta.appendChild(value(row.title, 70)); }
  const box = make("div", "doc", right);
  box.dir = "auto";
  if (row.text) shown(box, row.text); else make("span", "empty", box, W.no_text);
  const rest = row.chars - Array.from(row.text).length;
  if (rest > 0) make("p", "meta", right, say("more_characters", { n: count(rest) }));
}

function said(text) {
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) || Number.isInteger(number) ? text : String(Number(number.toPrecision(6)));
}
