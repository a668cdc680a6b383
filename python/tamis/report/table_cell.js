// One table as a notebook shows it: a recipe's steps and rules, or what differs between two recipes.
const { words: W, scales: SCALES, head: HEAD, columns: COLUMNS, rows: ROWS } = JSON.parse(document.getElementById("data").textContent);
document.getElementById("main").replaceChildren();
const tableSection = make("section", "", document.getElementById("main"));
tableSection.id = "summary";
make("div", "rail", tableSection);
const tablePlace = make("div", "", tableSection), tableHead = make("h1", "", tablePlace);
tableHead.appendChild(value(HEAD, 200));
const cellTable = make("table", "versus", tablePlace), headRow = make("tr", "", make("thead", "", cellTable));
for (const text of COLUMNS) { const cell = make("th", "", headRow); cell.scope = "col"; cell.appendChild(value(text, 60)); }
const cellBody = make("tbody", "", cellTable);
for (const { kind, cells } of ROWS) {
  const row = make("tr", kind, cellBody), first = make("th", "", row);
  first.scope = "row";
  mono(cells[0], first);
  for (const text of cells.slice(1)) make("td", "", row).appendChild(value(text, 200));
}
