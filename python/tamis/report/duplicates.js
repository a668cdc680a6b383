// Duplicates: what was a duplicate of what, and how alike the two are.
const REACH = ["inputs", "sources", "months", "domains"];

function duplicatesPart() {
  const { rail, place } = part("duplicates", W.duplicates, "");
  if (!D.duplicates.length) { make("p", "empty", place, W.no_duplicates); return; }
  for (const found of D.duplicates) {
    if (D.duplicates.length > 1) make("h3", "step", place).appendChild(value(found.step));
    if (!found.clusters) { make("p", "empty", place).appendChild(value(say("no_clusters", { step: cutName(found.step) }), 100)); continue; }
    duplicatesSaid(rail, found);
    const two = make("div", "two even", place);
    clusterSizes(make("div", "", two), found);
    if (found.similarity) similarity(make("div", "", two), found);
    largestClusters(place, found);
    if (found.pairs.some((pair) => pair.example_removed !== null)) pairs(place, found);
  }
  if (!D.duplicates.some((found) => found.pairs.length)) return;
  const key = make("ul", "key", rail);
  keyLine(key, (p) => markSign(p, "kept"), "", W.only_kept);
  keyLine(key, (p) => markSign(p, "removed"), "", W.only_removed);
}

function markSign(picture, side) {
  svg("rect", { x: 0, y: 0, width: 15, height: 9, class: side === "kept" ? "f-soft" : "f-mark" }, picture);
  svg("path", { d: "M0 10H15", class: side === "kept" ? "s-kept" : "s-removed dots" }, picture);
}

function duplicatesSaid(rail, found) {
  const numbers = { clusters: count(found.clusters), documents: count(found.documents), removed: count(found.removed) };
  const how = found.mode === "checked" ? W.checked_says : found.mode === "components" && found.similarity
    ? say("components_says", { n: count(found.similarity.measured) }) : found.similarity ? "" : W.exact_says;
  make("p", "", rail, say(found.clusters === 1 ? "cluster_holds" : "clusters_hold", numbers) + GAP + how);
}

function clusterSizes(place, found) {
  make("h3", "", place, W.cluster_sizes);
  const table = make("table", "sizes", place), head = make("tr", "", make("thead", "", table));
  make("caption", "sr", table, W.cluster_sizes);
  for (const [text, kind] of [[W.cluster_size, ""], [W.clusters, "num"], ["", "weight"], [W.kept, "num"], [W.removed, "num"]]) make("th", kind, head, text).scope = "col";
  const body = make("tbody", "", table), most = Math.max(...found.sizes.map((row) => row.documents));
  const sum = (key) => found.sizes.reduce((n, row) => n + row[key], 0);
  for (const row of found.sizes) {
    const tr = make("tr", "", body);
    make("th", "", tr, row.from === row.to ? count(row.from) : count(row.from) + " – " + count(row.to)).scope = "row";
    make("td", "num", tr, count(row.clusters));
    chart(make("td", "weight", tr), W.kept + " " + count(row.kept) + W.comma + W.removed + " " + count(row.removed), (picture, width) => {
      const at = (n) => n / most * (width - 1), kept = at(row.kept);
      picture.setAttribute("height", 10);
      svg("rect", { x: 0, y: 0, width: kept, height: 10, class: "f-kept" }, picture);
      if (row.removed) svg("rect", { x: kept + 0.5, y: 0.5, width: Math.max(1, at(row.removed) - 1), height: 9, class: "f-hollow" }, picture);
    });
    make("td", "num", tr, count(row.kept));
    make("td", "num main", tr, count(row.removed));
  }
  const last = make("tr", "total", make("tfoot", "", table));
  make("th", "", last, W.all).scope = "row";
  for (const [text, kind] of [[count(sum("clusters")), "num"], ["", ""], [count(sum("kept")), "num"], [count(sum("removed")), "num"]]) make("td", kind, last, text);
}

function similarity(place, found) {
  const s = found.similarity;
  make("h3", "", place, W.similarity_head);
  chart(make("figure", "", place), say("similarity_label", { n: count(s.measured), min: plain(s.min) }), (picture, width) => similarities(picture, width, found));
  make("p", "caption", place, say("similarity_caption", { n: count(s.measured) }));
  numbersFold(place, W.similarity_head, [W.from, W.to, W.documents], () => similarityRows(s));
  if (!found.false) return;
  const { below, removed, interval: [low, high] } = found.false, percent = (x) => (100 * x).toFixed(x < 0.001 ? 2 : 1);
  make("p", "", place, say(below ? "false_some" : "false_none", { below: count(below), removed: count(removed), threshold: plain(found.threshold),
    share: share(below, removed), low: percent(low), high: percent(high) }));
}

// Hundredths that hold a document; those that are equal are told apart from the last.
function similarityRows(s) {
  const rows = s.counts.map((n, k) => [String(k / 100), String((k + 1) / 100), k === 99 ? n - s.equal : n]).filter((row) => row[2]);
  if (s.equal) rows.push(["1", "1", s.equal]);
  return rows.map(([from, to, n]) => [from, to, count(n)]);
}

function similarities(picture, width, found) {
  const s = found.similarity, first = Math.max(0, Math.floor(Math.min(s.min, found.threshold ?? 1) * 20 - 1e-9) / 20);
  const from = Math.min(99, Math.round(first * 100)), counts = s.counts.slice(from);
  counts[counts.length - 1] -= s.equal;
  const plot = { left: 36, right: width - 34, top: 34, bottom: 150 };
  const at = (v) => plot.left + (v - from / 100) / (1 - from / 100) * (plot.right - plot.left);
  const high = Math.max(1, ...counts) > 1 || !s.equal ? Math.max(1, ...counts) : s.equal;
  const y = (n) => plot.bottom - Math.min(1, n / high) * (plot.bottom - plot.top);
  for (const tick of ticks(high, 4).filter(Number.isInteger)) {
    svg("path", { d: `M${plot.left} ${y(tick)}H${width}`, class: "s-line" }, picture);
    label(picture, plot.left - 6, y(tick) + 4, plain(tick), { "text-anchor": "end" });
  }
  const bar = (x, end, n) => { if (n) svg("rect", { x: x + 0.5, y: y(n), width: Math.max(1, end - x - 1), height: plot.bottom - y(n), class: "f-hollow" }, picture); };
  counts.forEach((n, k) => bar(at((from + k) / 100), at((from + k + 1) / 100), n));
  bar(width - 16, width - 2, s.equal);
  if (s.equal) label(picture, width - 9, plot.top - 5, count(s.equal), { "text-anchor": width < 400 ? "end" : "middle" });
  if (s.equal > high) svg("path", { d: `M${width - 20} ${plot.top + 14}L${width + 2} ${plot.top + 8}`, class: "s-page" }, picture);
  svg("path", { d: `M${plot.left} ${plot.bottom}H${width}`, class: "s-axis" }, picture);
  const step = 1 - first > 0.5 ? 20 : 10;
  for (let k = Math.ceil(from / step) * step; k < 100; k += step) if (at(k / 100) < width - 60) label(picture, at(k / 100), plot.bottom + 15, (k / 100).toFixed(1), { "text-anchor": "middle" });
  label(picture, width, plot.bottom + 15, W.equal, { "text-anchor": "end" });
  if (found.threshold !== null) {
    const x = at(found.threshold);
    svg("path", { d: `M${x} ${plot.top - 14}V${plot.bottom}`, class: "s-ink bound" }, picture);
    label(picture, x + 5, plot.top - 8, "≥ " + plain(found.threshold), { class: "strong" });
  }
  picture.setAttribute("height", plot.bottom + 24);
}

function largestClusters(place, found) {
  make("h3", "", place, W.largest_clusters);
  const across = REACH.filter((name) => found.across[name]).map((name) => say("reach_" + name, { n: count(found.across[name]) }));
  if (across.length) make("p", "caption", place, say("reach", { n: count(found.clusters), list: across.join(W.comma) }));
  const table = make("table", "largest", place), head = make("tr", "", make("thead", "", table));
  make("caption", "sr", table, W.largest_clusters);
  for (const [text, kind] of [[W.cluster_size, "num size"], [W.beginning, ""], [W.by_domain, "wide"], ...REACH.map((name) => [W["of_" + name], "num wide"])]) make("th", kind, head, text).scope = "col";
  const body = make("tbody", "", table);
  const rows = (from) => found.largest.slice(from, from ? undefined : 5).forEach((entry) => {
    const tr = make("tr", "", body), row = entry.example === null ? null : EXAMPLES[entry.example];
    make("th", "num main size", tr, count(entry.size)).scope = "row";
    const begins = make("td", "begins", tr);
    if (row && row.text) {
      begins.dir = "auto";
      begins.appendChild(value(Array.from(row.text.slice(0, 400)).slice(0, 110).join("").replace(/\s+/g, " ") + " …", 140));
    } else mono(entry.cluster.slice(0, 8) + "…", begins);
    make("td", "wide quiet", tr).appendChild(value(row ? hostOf(row.url) : "", 36));
    for (const name of REACH) make("td", "num wide quiet", tr, count(entry[name]));
  });
  rows(0);
  if (found.largest.length > 5) {
    const more = button(place, say("show_next", { n: found.largest.length - 5 }), "more", () => { rows(5); more.remove(); });
  }
}

function hostOf(url) {
  const host = /^[a-zA-Z][\w+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]+)/.exec(url || "");
  return host ? host[1] : "";
}

// One pair at a time, the least similar first; what only one of the two has is marked.
function pairs(place, found) {
  const listed = found.pairs.filter((pair) => pair.example_kept !== null && pair.example_removed !== null);
  if (!listed.length) return;
  const head = make("h3", "", place, W.least_pair + " "), number = make("span", "n", head);
  const body = make("div", "pair", place), controls = make("div", "controls turn", place);
  const key = D.duplicates.length > 1 ? "pair." + found.step : "pair";
  let at = 0;
  const show = (to) => {
    at = Math.max(0, Math.min(listed.length - 1, to));
    number.textContent = (at + 1) + " / " + listed.length;
    back.disabled = at === 0;
    on.disabled = at === listed.length - 1;
    body.replaceChildren();
    const pair = listed[at], kept = EXAMPLES[pair.example_kept], removed = EXAMPLES[pair.example_removed];
    const parts = difference(kept.text || "", removed.text || "");
    pairSide(body, kept, parts, "kept", "");
    pairSide(body, removed, parts, "removed", W.jaccard + " " + plain(pair.similarity) + " · " + differing(parts));
    copied.replaceChildren();
    copyButton(copied, "tamis explain " + quoted(RUN) + " " + pair.removed);
  };
  const turn = (by) => { show(at + by); remember({ [key]: at ? String(at + 1) : "" }, true); };
  const back = button(controls, W.previous, "copy", () => turn(-1)), on = button(controls, W.next_pair, "copy", () => turn(1));
  const copied = make("span", "", controls), restore = () => show(Math.trunc(Number(STATE.get(key)) || 1) - 1);
  onRestore(restore);
  restore();
}

function differing(parts) {
  const words = parts.filter(([kind]) => kind !== "=").map(([, text]) => text.split(/\s+/).filter(Boolean).length);
  const n = words.reduce((a, b) => a + b, 0);
  return n ? say("words_differ", { n: count(n) }) : W.same_words;
}

function pairSide(place, row, parts, side, more) {
  const box = make("div", "", place), meta = make("p", "meta", box);
  make("b", side === "kept" ? "t-kept-ink" : "t-removed-ink", meta, W[side]);
  for (const fact of [hostOf(row.url) || row.input, row.date && row.date.slice(0, 7)]) if (fact) { meta.append(" · "); meta.appendChild(value(fact, 50)); }
  meta.append(" · ");
  mono(row.id.slice(0, 8) + "…", meta);
  const stored = Array.from(row.text || "").length;
  const said = [more, stored < row.chars ? say("stored_chars", { n: count(stored), all: count(row.chars) }) : ""].filter(Boolean).join(" · ");
  if (said) { meta.append(" · " + said); }
  const text = make("div", "doc", box), own = side === "kept" ? "-" : "+";
  text.dir = "auto";
  if (row.language) text.lang = /^[a-z]{2,3}$/.test(row.language) ? row.language : "";
  for (const [kind, words] of parts) {
    if (kind === "=") shown(text, words);
    else if (kind === own) shown(make("span", side === "kept" ? "only-kept" : "only-removed", text), words);
  }
  if (!stored) make("span", "empty", text, W.no_text);
  requestAnimationFrame(() => {
    if (text.scrollHeight <= text.clientHeight + 4) return;
    const opener = button(make("p", "meta", box), W.show_all, "link", () => { text.classList.add("open"); opener.remove(); });
  });
}
