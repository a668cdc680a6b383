// What pages of a run are made of; `W` holds the words of the language in use.
const GAP = document.documentElement.lang.startsWith("zh") ? "" : " "; // between two sentences
function count(n) { return n === null || n === undefined ? "–" : n.toLocaleString("en-US"); }

function share(part, whole) {
  if (!whole) return "–";
  if (part === 0) return "0%";
  if (part === whole) return "100%";
  const tenths = Math.round(1000 * part / whole);
  return tenths < 1 ? "<0.1%" : (Math.min(tenths, 999) / 10).toFixed(1) + "%";
}

// Where a sentence has a form for one, `KEY_one`, it is taken when `n` is 1.
function say(key, values) {
  const said = String(values.n) === "1" && W[key + "_one"] || W[key];
  return said.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function cutName(name, most = 60) {
  const letters = Array.from(name);
  return letters.length > most ? letters.slice(0, most / 2).join("") + "…" + letters.slice(1 - most / 2).join("") : name;
}

function make(tag, kind, parent, text) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  if (parent) parent.appendChild(element);
  return element;
}

// A name in mono; it may break after an underscore.
function mono(text, parent, limit) {
  const code = make("code", "", parent);
  cutName(text).split(/(?<=_)/).forEach((piece, k) => {
    if (k) make("wbr", "", code);
    code.appendChild(value(piece, limit));
  });
  return code;
}

function part(id, title, sentence) {
  const section = make("section", "", document.getElementById("main"));
  section.id = id;
  const rail = make("div", "rail", section);
  if (title) make("h2", "", rail, title);
  if (sentence) make("p", "", rail, sentence);
  const place = make("div", "", section);
  const link = make("a", "", document.getElementById("nav"), title || W.summary);
  link.href = "#" + id;
  return { rail, place };
}

function keyLine(list, draw, strong, text) {
  const line = make("li", "", list), picture = svg("svg", { width: 16, height: 11, "aria-hidden": "true" }, line);
  draw(picture);
  const words = make("span", "", line);
  if (strong) make("b", "", words).appendChild(value(strong, 60));
  words.append(strong ? W.colon + text : text);
}

const square = (kind) => (picture) => svg("rect", { x: 0.5, y: 0.5, width: 14, height: 10, class: kind }, picture);

function button(parent, text, kind, act) {
  const element = make("button", kind, parent, text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

function quoted(name) {
  return /^[\w./=,+-]+$/.test(name) ? name : "'" + name.replace(/'/g, "'\\''") + "'";
}

// Which run the paper is of, and its date, stand at the foot of each printed page: the style sheet's `@page` puts them there.
function footOfPrint(printed) {
  const text = printed.map((said) => "\u2068" + named(said, 100) + "\u2069").join(" · ").replace(/["\\\n\r\f]/g, (one) => "\\" + one.charCodeAt(0).toString(16) + " ");
  document.documentElement.style.setProperty("--printed", '"' + text + '"');
}

// The numbers of a chart as a table behind a fold, made when it is opened first: rows() gives lists of cells.
function numbersFold(place, caption, heads, rows, title) {
  const fold = make("details", "", place);
  make("summary", "", fold, title || W.numbers);
  fold.addEventListener("toggle", () => {
    if (!fold.open || fold.querySelector("table")) return;
    const table = make("table", "", fold);
    make("caption", "sr", table, caption);
    const head = make("tr", "", make("thead", "", table)), body = make("tbody", "", table);
    for (const text of heads) make("th", "num", head).appendChild(value(text));
    for (const cell of head.children) cell.scope = "col";
    for (const cells of rows()) {
      const tr = make("tr", "", body);
      cells.forEach((text, k) => { const cell = make(k ? "td" : "th", "num", tr); if (!k) cell.scope = "row"; cell.appendChild(value(text)); });
    }
  });
  return fold;
}
