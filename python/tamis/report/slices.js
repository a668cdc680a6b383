// Slices: who gains, who loses. Ratios on a logarithmic scale from 1/16 to 4, a bar from 1, its interval over it.
const SLICE_ORDER = ["domain", "tld", "language", "month", "source", "input", "length"];
const RATIO = { low: 1 / 16, high: 4, marks: [[1 / 16, "×1/16"], [1 / 4, "×1/4"], [1, "×1"], [4, "×4"]] };
const ROWS_AT_ONCE = 20;

function slicesPart() {
  const names = [...SLICE_ORDER.filter((name) => D.slices[name]), ...Object.keys(D.slices).filter((name) => !SLICE_ORDER.includes(name))];
  const { rail, place } = part("slices", W.slices, W.slices_says);
  if (!names.length) { make("p", "empty", place, D.summary.documents.in ? W.no_slices : W.nothing_in); return; }
  if (!D.summary.documents.kept) { make("p", "empty", place, W.slice_none_kept); return; }
  const key = make("ul", "key", rail);
  keyLine(key, square("f-kept"), "", W.kept_more);
  keyLine(key, square("f-hollow"), "", W.kept_less);
  keyLine(key, (p) => svg("path", { d: "M0 5.5H14", class: "s-interval" }, p), "", W.interval);
  keyLine(key, (p) => svg("path", { d: "M8 1L1 5.5L8 10Z", class: "f-hollow" }, p), "", W.nothing_kept);
  const tabs = make("div", "choices", place), body = make("div", "", place), choices = new Map();
  tabs.setAttribute("role", "group");
  tabs.setAttribute("aria-label", W.slice_choice);
  const show = (name) => {
    for (const [one, tab] of choices) tab.setAttribute("aria-pressed", String(one === name));
    body.replaceChildren();
    sliceTable(body, name, D.slices[name]);
  };
  for (const name of names) {
    const tab = button(tabs, "", "", () => { remember({ slice: name === names[0] ? "" : name }, true); show(name); });
    tab.appendChild(value(sliceName(name), 40));
    choices.set(name, tab);
  }
  const restore = () => show(names.includes(STATE.get("slice")) ? STATE.get("slice") : names[0]);
  onRestore(restore);
  restore();
}

function sliceName(name) { return SLICE_ORDER.includes(name) ? W["by_" + name] : name; }

function groupName(name, group, slice) {
  if (group.value === null) return W.no_value;
  if (slice.numbers) return numberGroup(slice, group);
  if (slice.flags) return W["flag_" + group.value];
  if (name !== "length") return String(group.value);
  return group.value ? say("characters_from", { from: count(group.value), to: count(2 * group.value - 1) }) : W.no_characters;
}

// A part of a numeric column: quarters of the documents that have a value, or one value that many share.
function numberGroup(slice, group) {
  const at = slice.groups.filter((one) => one.value !== null).indexOf(group), quarters = slice.groups.filter((one) => one.value !== null).length === 4;
  const said = group.value === group.to ? plain(group.value) : say("numbers_from", { from: plain(group.value), to: plain(group.to) });
  return quarters && slice.groups.some((one) => one.to !== one.value) ? said + W.comma + W["quarter_" + (at + 1)] : said;
}

function sliceTable(place, name, slice) {
  const listed = slice.groups.filter((group) => group.ratio);
  if (slice.numbers) make("p", "caption", place, W.numbers_says);
  const totals = D.summary.documents, came = totals.in + totals.made;
  const table = make("table", "slices", place), head = make("tr", "", make("thead", "", table));
  make("caption", "sr", table, say("slice_caption", { name: cutName(sliceName(name)) }));
  make("th", "what", head).appendChild(value(sliceName(name), 40));
  for (const [text, kind] of [[W.slice_in, "num"], [W.share_in, "num wide"], [W.slice_kept, "num"], [W.share_of_kept, "num wide"]]) make("th", kind, head, text);
  const scale = make("th", "ratio", head);
  chart(scale, W.ratio, (picture, width) => ratioScale(picture, width));
  make("th", "num times", head, W.ratio);
  for (const cell of head.children) cell.scope = "col";
  const body = make("tbody", "", table);
  const row = (said, group, kind) => {
    const tr = make("tr", kind, body), what = make("th", "what", tr);
    what.scope = "row";
    if (typeof said === "string") what.textContent = said; else what.appendChild(said);
    make("td", "num", tr, count(group.in.documents));
    make("td", "num wide quiet", tr, share(group.in.documents, came));
    make("td", "num kept-count", tr, count(group.kept.documents));
    make("td", "num wide quiet", tr, share(group.kept.documents, totals.kept));
    const cell = make("td", "ratio", tr);
    if (group.ratio) {
      const [ratio, low, high] = group.ratio.map(times);
      chart(cell, say("ratio_label", { name: what.textContent, ratio, low, high }), (picture, width) => ratioBar(picture, width, group.ratio));
    }
    make("td", "num main times", tr, group.ratio ? "×" + times(group.ratio[0]) : "–");
  };
  let next = 0;
  const more = button(place, "", "more", () => open());
  const open = () => {
    const last = body.querySelector(".rest");
    for (const end = Math.min(listed.length, next + ROWS_AT_ONCE); next < end; next++) row(value(groupName(name, listed[next], slice)), listed[next], "");
    if (last) body.appendChild(last);
    more.textContent = say("show_next", { n: Math.min(ROWS_AT_ONCE, listed.length - next) });
    more.classList.toggle("hidden", next >= listed.length);
  };
  open();
  if (slice.others.groups) row(say(slice.rest.groups ? "others_many" : listed.length ? "others_small" : "others_all", { n: count(slice.others.groups), least: slice.least }), slice.others, "rest");
  numbersFold(place, say("slice_caption", { name: cutName(sliceName(name)) }), [sliceName(name), W.slice_in, W.slice_kept, W.ratio, W.ratio_low, W.ratio_high], () =>
    listed.map((group) => [groupName(name, group, slice), count(group.in.documents), count(group.kept.documents), ...group.ratio.map(times)]));
}

function times(ratio) { return ratio === 0 ? "0" : ratio < 0.1 ? ratio.toPrecision(1) : ratio.toFixed(2); }

function ratioPlace(width) {
  const left = 8, right = width - 8, span = Math.log(RATIO.high / RATIO.low);
  return (ratio) => left + Math.max(0, Math.min(1, Math.log(Math.max(ratio, 1e-9) / RATIO.low) / span)) * (right - left);
}

function ratioScale(picture, width) {
  const at = ratioPlace(width);
  picture.setAttribute("height", 16);
  for (const [mark, text] of RATIO.marks) {
    const anchor = mark === RATIO.low ? "start" : mark === RATIO.high ? "end" : "middle";
    if (width < 150 && mark === 1 / 4) continue;
    label(picture, mark === RATIO.low ? 0 : mark === RATIO.high ? width : at(mark), 12, text, { "text-anchor": anchor });
  }
}

function ratioBar(picture, width, [ratio, low, high]) {
  const at = ratioPlace(width), one = at(1), end = at(ratio), middle = 10;
  picture.setAttribute("height", 20);
  svg("path", { d: `M${one} -5V25`, class: "s-axis" }, picture);
  if (ratio === 0) {
    svg("path", { d: `M9 ${middle}H${at(high)}`, class: "s-removed" }, picture);
    svg("path", { d: `M9 ${middle - 5}L1 ${middle}L9 ${middle + 5}Z`, class: "f-hollow" }, picture);
    return;
  }
  const gains = ratio >= 1, inset = gains ? 0 : 0.5;
  svg("rect", { x: Math.min(one, end) + inset, y: middle - 5 + inset, width: Math.max(1, Math.abs(end - one) - 2 * inset), height: 10 - 2 * inset, class: gains ? "f-kept" : "f-hollow" }, picture);
  if (ratio > RATIO.high || ratio < RATIO.low) svg("path", { d: gains ? `M${end - 9} 18L${end - 4} 2` : `M${end + 4} 18L${end + 9} 2`, class: "s-page" }, picture);
  if (at(high) > at(low)) {
    svg("path", { d: `M${at(low)} ${middle}H${at(high)}`, class: "s-halo" }, picture);
    svg("path", { d: `M${at(low)} ${middle}H${at(high)}`, class: "s-interval" }, picture);
  }
}
