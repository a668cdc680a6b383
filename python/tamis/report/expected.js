// What a paper reports of a rule, beside ours: columns of the funnel that stand where a recipe says it.
function hasPaper() { return D.rules.some((rule) => rule.expect.length); }

function paperCell(row, rule) {
  if (!hasPaper()) return;
  const cell = make("td", "num paper", row);
  for (const one of rule ? rule.expect : []) {
    const line = make("span", "", cell, fraction(one.value) + " → " + (one.ours === null ? "–" : fraction(one.ours)));
    make("span", "sub", line, W["of_" + one.unit] + W.comma + W[one.as]);
  }
}

function fraction(part) { return share(Math.round(1e6 * part), 1e6); }

function paperSources(place) {
  if (!hasPaper()) return;
  const said = [...new Set(D.rules.flatMap((rule) => rule.expect.map((one) => one.source)))];
  make("p", "caption", place, W.paper_says + " ").appendChild(value(said.join("; "), 300));
}
