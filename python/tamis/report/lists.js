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
  const recipe = new Set(rule.bounds[kind].map(String)), ticked = new Set(recipe), flipped = new Set();
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
  const flip = (one) => {
    for (const set of [ticked, flipped]) if (!set.delete(one)) set.add(one);
  };
  takeTicks(STATE.get("ticks"), all).forEach(flip);
  const act = (one) => { flip(one); remember({ ticks: flipped.size ? JSON.stringify([...flipped]) : "" }, true); update(); };
  let next = 0;
  const open = (n) => { for (const end = Math.min(all.length, next + n); next < end; next++) labelRow(body, all[next], ticked, act); };
  open(Math.max(20, 1 + all.findLastIndex((one) => flipped.has(one.value))));
  if (all.length > next) { const more = button(place, say("show_more", { n: all.length - next }), "more", () => { open(20); more.textContent = say("show_more", { n: all.length - next }); more.classList.toggle("hidden", next >= all.length); }); }
  commandButton(panel, () => command);
  update();
}

// The values whose ticks are not the recipe's, as the page's address holds them: a JSON list; only rows of the table count.
function takeTicks(held, all) {
  let said = null;
  try { said = JSON.parse(held || "[]"); } catch { /* An address that someone typed. */ }
  return new Set(Array.isArray(said) ? said.filter((one) => all.some((row) => row.value === one)) : []);
}

function labelRow(body, one, ticked, act) {
  const tr = make("tr", "", body), box = make("input", "", make("td", "", tr)), what = make("th", "", tr);
  box.type = "checkbox";
  box.checked = ticked.has(one.value);
  box.setAttribute("aria-label", cutName(one.value));
  box.addEventListener("change", () => act(one.value));
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
