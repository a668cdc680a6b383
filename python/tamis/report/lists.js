// Rules that keep by a list: a row for each value with its check box, and the same two numbers.
function labelBars(place, signal) {
  chart(place, say("labels_label", { name: signal.name, n: count(signal.labels.length) }), (picture, width) => {
    const rows = signal.labels.slice(0, 4), most = rows[0].documents;
    rows.forEach((one, k) => {
      svg("rect", { x: 0.5, y: k * 16 + 2.5, width: Math.max(1, width * one.documents / most - 1), height: 10, class: "s-outline" }, picture);
      if (one.kept) svg("rect", { x: 0.5, y: k * 16 + 2.5, width: Math.max(1, width * one.kept / most - 1), height: 10, class: "f-kept" }, picture);
    });
    picture.setAttribute("height", 64);
  });
}

function listRows(place, signal, rule) {
  const kind = listKind(rule);
  if (!kind || !signal.labels || rule.conditional || D.run.removed === "none") { make("p", "caption", place, rule.conditional ? W.not_counted : W.not_stored); return; }
  const recipe = new Set(rule.bounds[kind].map(String)), ticked = new Set(recipe);
  const row = make("div", "tune", place), table = make("table", "labels", row), panel = make("div", "follow", row);
  const number = (text) => { make("p", "quiet", panel, text); const line = make("p", "live", panel); return { now: make("b", "", line), change: make("span", "change", line), most: make("span", "quiet", line) }; };
  const alone = number(W.pass_alone), kept = number(W.kept_others), note = make("p", "caption", panel), command = make("pre", "command", place);
  panel.setAttribute("aria-live", "polite");
  const update = () => {
    const now = listed(signal, rule, kind, recipe, ticked), before = listed(signal, rule, kind, recipe, recipe);
    const unseen = now.back ? unseenBy(rule) : [], names = unseen.slice(0, 3).map((step) => step.step).join(W.comma) + (unseen.length > 3 ? ", …" : "");
    fillNumber(alone, same(now.alone), before.alone);
    fillNumber(kept, same(now.kept), before.kept);
    kept.most.textContent = unseen.length ? " " + W.at_most : "";
    note.textContent = say("basis_exact", { n: count(signal.measured) }) + (unseen.length ? GAP + say("not_judged", { n: count(now.back), steps: names }) : "");
    command.textContent = retuneCommand(rule, [[kind, [...ticked].join(",")]]);
  };
  const head = make("tr", "", make("thead", "", table));
  for (const [text, cell] of [[kind === "in" ? W.kept : W.removed, ""], [W.value, ""], [W.documents, "num"], [W.kept, "num"]]) make("th", cell, head, text).scope = "col";
  const absent = [...recipe].filter((one) => !signal.labels.some((label) => label.value === one)).map((one) => ({ value: one, documents: 0, kept: 0, only: {} }));
  const body = make("tbody", "", table), all = [...signal.labels, ...absent];
  let next = 0;
  const open = (n) => { for (const end = Math.min(all.length, next + n); next < end; next++) labelRow(body, all[next], ticked, update); };
  open(20);
  if (all.length > next) { const more = button(place, say("show_more", { n: all.length - next }), "more", () => { open(20); more.textContent = say("show_more", { n: all.length - next }); more.classList.toggle("hidden", next >= all.length); }); }
  commandButton(panel, () => command);
  update();
}

function labelRow(body, one, ticked, update) {
  const tr = make("tr", "", body), box = make("input", "", make("td", "", tr)), what = make("th", "", tr);
  box.type = "checkbox";
  box.checked = ticked.has(one.value);
  box.setAttribute("aria-label", cutName(one.value));
  box.addEventListener("change", () => { if (box.checked) ticked.add(one.value); else ticked.delete(one.value); update(); });
  what.scope = "row";
  what.appendChild(value(one.value));
  make("td", "num", tr, count(one.documents));
  make("td", "num", tr, count(one.kept));
}

// The two numbers of a list: values past the first hundred follow "not listed".
function listed(signal, rule, kind, recipe, ticked) {
  const passes = (list, one) => list.has(one.value) === (kind === "in");
  const rest = signal.measured - signal.labels.reduce((n, one) => n + one.documents, 0);
  let alone = kind === "in" ? 0 : rest, kept = D.summary.documents.kept, back = 0;
  for (const one of signal.labels) {
    const now = passes(ticked, one), before = passes(recipe, one);
    if (now) alone += one.documents;
    if (now && !before) back += one.only[rule.rule] || 0;
    if (!now && before) kept -= one.kept;
  }
  return { alone, kept: kept + back, back };
}
