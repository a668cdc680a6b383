// The stored examples: removed ones by purpose, kept ones, edits before and after, and a search through all.
const PURPOSES = ["random", "near", "extreme"], STORED = new Set();

function documents() {
  const { rail, place } = part("documents", W.documents_head, W.documents_says);
  const key = make("ul", "key", rail), line = make("li", "boxed", key);
  make("span", "box", line, "ESC");
  make("span", "", line, W.key_box);
  const mark = make("li", "boxed", key);
  make("mark", "", make("span", "", mark), "a");
  make("span", "", mark, W.key_mark);
  const listed = D.rules.filter((rule) => D.examples.rules[rule.rule]).sort((a, b) => b.in_order.documents - a.in_order.documents);
  const bounded = listed.find((rule) => D.examples.rules[rule.rule].near.length);
  const controls = make("div", "controls", place), select = make("select", "", controls);
  select.setAttribute("aria-label", W.rule);
  for (const rule of listed) make("option", "", select, cutName(rule.rule) + " · " + count(rule.in_order.documents)).value = rule.rule;
  const tabs = make("div", "tabs", controls), all = storedExamples(), views = {};
  for (const { row } of all) STORED.add(row.id);
  const search = searchField(controls, all.length, (query) => { remember({ search: query }, false); if (query) found(list, all, query); else show(chosen); });
  const list = make("div", "", place);
  let chosen = "removed";
  const show = (view) => {
    chosen = view;
    for (const [name, tab] of Object.entries(views)) tab.setAttribute("aria-pressed", String(name === view));
    select.classList.toggle("hidden", view !== "removed" || !listed.length);
    list.replaceChildren();
    if (view === "removed") removedExamples(list, RULES.get(select.value));
    else plainExamples(list, view);
  };
  const pick = (view) => { search.value = ""; remember({ search: "", view, examples: view === "removed" ? select.value : "", purpose: "" }, true); show(view); };
  const usual = { view: listed.length ? "removed" : "kept", rule: bounded ? bounded.rule : "" };
  const restore = () => {
    const rule = STATE.get("examples") || usual.rule, view = STATE.get("view"), query = STATE.get("search") || "";
    if (listed.some((one) => one.rule === rule)) select.value = rule;
    show(Object.hasOwn(views, view) ? view : usual.view);
    search.value = query;
    if (query) found(list, all, query);
  };
  for (const view of ["removed", "kept", "edited"]) views[view] = button(tabs, W["tab_" + view], "", () => pick(view));
  select.addEventListener("change", () => pick("removed"));
  onRestore(restore);
  restore();
}

// Each stored example once, with the title under which it is shown.
function storedExamples() {
  const found = new Map(), add = (rows, title, rule) => { for (const row of rows) if (!found.has(row)) found.set(row, { row: EXAMPLES[row], title, rule }); };
  for (const [id, sets] of Object.entries(D.examples.rules))
    for (const purpose of PURPOSES) add(sets[purpose], W["purpose_" + purpose], RULES.get(id) || null);
  for (const view of ["edited", "kept"]) add(D.examples[view], W["purpose_" + view], null);
  return [...found.values()];
}

function searchField(place, n, act) {
  const field = make("input", "search", place);
  field.type = "search";
  field.placeholder = say("search", { n: count(n) });
  field.setAttribute("aria-label", field.placeholder);
  field.addEventListener("input", () => act(field.value));
  field.addEventListener("keydown", (event) => { if (event.key === "Escape") { field.value = ""; act(""); } });
  return field;
}

// Case and compatibility forms do not matter: each character becomes the letters it is compared as.
function compared(letter) { return letter.normalize("NFKD").toUpperCase().toLowerCase().normalize("NFKD"); }

// Places [from, to) in code points where the text holds the query.
function hitsIn(text, query) {
  const wanted = Array.from(query).map(compared).join(""), hits = [];
  if (!wanted) return hits;
  const from = [];
  let line = "";
  Array.from(text).forEach((letter, k) => { const more = compared(letter); line += more; for (let i = 0; i < more.length; i++) from.push(k); });
  for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + wanted.length)) hits.push([from[at], from[at + wanted.length - 1] + 1]);
  return hits;
}

function found(list, all, query) {
  const searched = (row) => [row.text, row.before, row.url, row.title, row.id];
  const hits = all.filter((one) => searched(one.row).some((text) => text && hitsIn(text, query).length));
  list.replaceChildren();
  const said = make("p", "caption", list, hits.length ? say("found", { n: count(hits.length), all: count(all.length) }) : "");
  said.setAttribute("role", "status");
  if (!hits.length) { shown(said, say("found_none", { query })); return; }
  inSteps(list, hits, 10, (place, one) => example(place, one.row, one.title, one.rule, query));
}

// A long list: the first ones, and a button for the next.
function inSteps(list, rows, first, draw) {
  let next = 0;
  const place = make("div", "", list), more = button(list, "", "more", () => open(20));
  const open = (n) => {
    for (const end = Math.min(rows.length, next + n); next < end; next++) draw(place, rows[next]);
    more.textContent = say("show_more", { n: rows.length - next });
    more.classList.toggle("hidden", next >= rows.length);
  };
  open(first);
}

function removedExamples(list, rule) {
  if (!rule) { make("p", "empty", list, W.removed_nothing); return; }
  const sets = D.examples.rules[rule.rule], there = PURPOSES.filter((purpose) => sets[purpose].length);
  const stored = there.map((set) => say("stored_" + set, { n: sets[set].length }));
  make("p", "caption", list, say("stored", { n: count(rule.in_order.documents), sets: stored.join(W.comma) }));
  const tabs = make("div", "tabs purposes", list), place = make("div", "", list), views = {};
  const show = (view) => {
    for (const [name, tab] of Object.entries(views)) tab.setAttribute("aria-pressed", String(name === view));
    place.replaceChildren();
    for (const purpose of view === "each" ? there : [view]) {
      const rows = (view === "each" ? sets[purpose].slice(0, 1) : sets[purpose]).map((row) => EXAMPLES[row]);
      inSteps(place, rows, 20, (where, row) => example(where, row, W["purpose_" + purpose], rule));
    }
  };
  const pick = (view) => { remember({ purpose: view === "each" ? "" : view }, true); show(view); };
  views.each = button(tabs, W.one_of_each, "", () => pick("each"));
  for (const purpose of there) views[purpose] = button(tabs, W["purpose_" + purpose], "", () => pick(purpose));
  show(there.includes(STATE.get("purpose")) ? STATE.get("purpose") : "each");
}

function plainExamples(list, view) {
  const rows = D.examples[view];
  if (!rows.length) { make("p", "empty", list, W["no_" + view]); return; }
  inSteps(list, rows.map((row) => EXAMPLES[row]), 3, (place, row) => example(place, row, W["purpose_" + view], null));
}

function example(place, row, title, rule, query) {
  const item = make("article", "item", place), side = make("div", "side", item);
  make("h4", "", side, title);
  if (rule) verdict(side, row, rule, query);
  if (row.before !== null) make("span", "", side, say("characters_to", { before: count(row.before_chars), after: count(row.chars) }));
  const right = make("div", "", item), meta = make("p", "meta", right);
  if (row.url) { searchedValue(meta, row.url, 90, query); meta.append(" · "); }
  mono(row.id.slice(0, 8) + "…", meta);
  if (row.title) { meta.append(" · "); searchedValue(meta, row.title, 70, query); }
  for (const more of [row.date && row.date.slice(0, 10), row.language, !row.url && row.input]) if (more) { meta.append(" · "); meta.appendChild(value(more, 70)); }
  const box = text(right, row, query);
  if (row.before !== null) editViews(side, box, row, query);
  if (row.elsewhere) keepers(side, row);
  copyButton(side, "tamis explain " + quoted(RUN) + " " + row.id);
}

// A value of the document, cut in the middle unless the search found something in it.
function searchedValue(place, said, limit, query) {
  if (query && hitsIn(said, query).length) withHits(make("bdi", "", place), said, query);
  else place.appendChild(value(said, limit));
}

// The value beside its bound, what made it, and which other rules agree.
function verdict(side, row, rule, query) {
  if (query) mono(rule.rule, side);
  if (row.removed_value !== null) {
    make("span", "value", side).appendChild(value(visible(row.removed_value, rule) || "–", 24));
    if (rule.keeps) make("span", "", side, W.keeps + " ").appendChild(value(rule.keeps, 40));
    ruler(side, row, rule);
  }
  if (row.denominator) make("span", "", side, say("part_of", { n: count(row.numerator), all: count(row.denominator) }));
  const others = row.failed_rules.filter((id) => id !== rule.rule);
  const line = make("span", "", side, others.length ? W.also_fails + " " : W.fails_no_other);
  others.slice(0, 6).forEach((id, k) => { if (k) line.append(", "); mono(RULES.has(id) ? RULES.get(id).name : id, line); });
  if (others.length > 6) line.append(" " + say("and_more", { n: others.length - 6 }));
}

// The documents that keep lines which are copies in this one: each copies its command, those stored here are shown.
function keepers(side, row) {
  const { lines, documents, keepers } = row.elsewhere;
  make("span", "", side, say("copied_lines", { n: count(lines) }));
  for (const one of keepers) {
    const line = make("span", "keeper", side), own = one.id === row.id;
    if (own) line.append(W.kept_here);
    else copyButton(line, "tamis explain " + quoted(RUN) + " " + one.id, one.id.slice(0, 8) + "…").classList.add("mono");
    line.append(" ×" + count(one.lines));
    if (own || !STORED.has(one.id)) continue;
    line.append(" · ");
    button(line, W.show_keeper, "link", () => searchFor(one.id));
  }
  if (documents > keepers.length) make("span", "", side, say("and_more", { n: count(documents - keepers.length) }));
}

// A stored example by its id, found as if it was typed into the search.
function searchFor(id) {
  const field = document.querySelector("#documents .search");
  field.value = id;
  field.dispatchEvent(new Event("input"));
  document.getElementById("documents").scrollIntoView();
}

// A small axis: a stroke for each bound, a ring for the value.
function ruler(side, row, rule) {
  const signal = D.signals.find((one) => one.rules.includes(rule.rule)), at = row.removed_value.trim() === "" ? NaN : Number(row.removed_value);
  const limits = KINDS.map((kind) => rule.bounds[kind]).filter((bound) => typeof bound === "number");
  if (!signal || !signal.histogram || !limits.length || !Number.isFinite(at)) return;
  const { edges, log } = signal.histogram, f = log ? (v) => Math.log(Math.max(v, edges[0])) : (v) => v, low = f(edges[0]), high = f(edges[edges.length - 1]);
  const x = (v) => 5 + 130 * Math.min(1, Math.max(0, (f(v) - low) / (high - low || 1)));
  const picture = svg("svg", { width: 140, height: 26, "aria-hidden": "true" }, side);
  svg("path", { d: "M5 7H135", class: "s-axis" }, picture);
  for (const bound of limits) svg("path", { d: `M${x(bound)} 1V13`, class: "s-ink" }, picture);
  svg("circle", { cx: x(at), cy: 7, r: 3.5, class: "f-hollow" }, picture);
  label(picture, 5, 24, plain(edges[0]), {});
  label(picture, 135, 24, plain(edges[edges.length - 1]), { "text-anchor": "end" });
}

function editViews(side, box, row, query) {
  const line = make("span", "views", side), views = {};
  const draw = { both: () => edit(box, row, query), before: () => plainText(box, row.before, row.before_start, query), after: () => plainText(box, row.text, row.start, query) };
  const show = (view) => {
    for (const [name, element] of Object.entries(views)) element.setAttribute("aria-pressed", String(name === view));
    box.replaceChildren();
    draw[view]();
  };
  for (const view of ["both", "before", "after"]) views[view] = button(line, W["view_" + view], "link", () => show(view));
  views.both.setAttribute("aria-pressed", "true");
}

function text(place, row, query) {
  const box = make("div", "doc", place);
  box.dir = "auto";
  if (row.before !== null && row.before !== undefined) edit(box, row, query);
  else if (row.text) { if (row.start) box.append("… "); marked(box, row, query); }
  else make("span", "empty", box, W.no_text);
  const rest = row.chars - row.start - Array.from(row.text || "").length;
  requestAnimationFrame(() => {
    const long = box.scrollHeight > box.clientHeight + 4, hit = box.querySelector(".hit");
    if (hit && hit.offsetTop - box.offsetTop > box.clientHeight - 20) box.classList.add("open");
    const cut = rest > 0 ? say("more_characters", { n: count(rest) }) : "", closed = long && !box.classList.contains("open");
    if (!closed && !cut) return;
    const line = make("p", "meta", place);
    const opener = closed && button(line, W.show_all, "link", () => { box.classList.add("open"); opener.remove(); });
    if (cut) line.append((closed ? " · " : "") + cut);
  });
  return box;
}

function plainText(box, words, start, query) {
  if (start) box.append("… ");
  withHits(box, words, query);
}

// A piece of a document, hits of the search marked.
function withHits(box, words, query) {
  const hits = query ? hitsIn(words, query) : [];
  if (!hits.length) { shown(box, words); return; }
  const letters = Array.from(words);
  let from = 0;
  for (const [start, end] of hits) {
    shown(box, letters.slice(from, start).join(""));
    shown(make("mark", "hit", box), letters.slice(start, end).join(""));
    from = Math.max(from, end);
  }
  shown(box, letters.slice(from).join(""));
}

// The stored text with its spans marked; they count code points of the whole text. Spans of whole lines get a bar.
function marked(box, row, query) {
  const letters = Array.from(row.text), spans = [...(row.spans || [])].sort((a, b) => a.start - b.start);
  let from = 0;
  for (const span of spans) {
    const start = Math.max(from, span.start - row.start);
    let end = Math.min(letters.length, span.end - row.start);
    if (end <= start) continue;
    const closed = letters[end - 1] === "\n", line = (start === 0 || letters[start - 1] === "\n") && (closed || end === letters.length || letters[end] === "\n");
    withHits(box, letters.slice(from, start).join(""), query);
    withHits(make("mark", line ? "line" : "", box), letters.slice(start, line && closed ? end - 1 : end).join(""), query);
    if (line && !closed && letters[end] === "\n") end++;
    from = end;
  }
  withHits(box, letters.slice(from).join(""), query);
}

function edit(box, row, query) {
  const parts = difference(row.before, row.text);
  const cut = row.before_start + Array.from(row.before).length < row.before_chars || row.start + Array.from(row.text).length < row.chars;
  while (cut && parts.length && parts[parts.length - 1][0] !== "=") parts.pop();
  if (row.start) box.append("… ");
  for (const [kind, words] of parts) withHits(kind === "=" ? box : make(kind === "-" ? "del" : "ins", "", box), words, query);
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
