// Texts of the run are hostile: they enter by textContent alone, and what cannot be seen is shown by its name.
const NAMES = ["NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
  "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US"];
const UNSEEN = new RegExp("[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5" +
  "\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]" +
  "|\\p{Surrogate}", "gu");
const JOINING = /[\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}]|\p{Script=Arabic}|\p{Script=Syriac}|\p{Script=Mongolian}|\p{M}|\p{Script=Devanagari}|\p{Script=Bengali}|\p{Script=Tamil}|\p{Script=Telugu}|\p{Script=Kannada}|\p{Script=Malayalam}|\p{Script=Sinhala}|\p{Script=Khmer}|\p{Script=Myanmar}/u;

function unseenName(character) {
  const code = character.codePointAt(0);
  if (code < 32) return NAMES[code];
  if (code === 127) return "DEL";
  return "U+" + code.toString(16).toUpperCase().padStart(4, "0");
}

// A joiner inside an emoji or a word of a joining script is part of the writing and stays.
function joins(text, at) {
  const code = text.charCodeAt(at);
  if (code !== 0x200c && code !== 0x200d) return false;
  const before = Array.from(text.slice(Math.max(0, at - 2), at)).pop() || "";
  const after = Array.from(text.slice(at + 1, at + 3))[0] || "";
  return JOINING.test(before) && (after === "" || JOINING.test(after));
}

function shown(parent, text) {
  let from = 0;
  const add = (upTo) => { if (upTo > from) parent.appendChild(document.createTextNode(text.slice(from, upTo))); };
  let box = null, name = "", times = 0;
  for (const found of text.matchAll(UNSEEN)) {
    if (joins(text, found.index)) continue;
    const again = box && found.index === from && unseenName(found[0]) === name;
    add(found.index);
    name = unseenName(found[0]);
    times = again ? times + 1 : 1;
    if (!again) { box = document.createElement("span"); box.className = "box"; parent.appendChild(box); }
    box.textContent = times > 1 ? name + " ×" + times : name;
    from = found.index + found[0].length;
  }
  add(text.length);
  return parent;
}

// A name where only plain text can stand: an attribute, a style, a drawing.
function named(text, most) { return cutName(text.replace(UNSEEN, (one) => "[" + unseenName(one) + "]"), most); }

// A value of the run in a line of ours: isolated, long ones cut in the middle.
function value(text, limit) {
  const cut = Array.from(String(text));
  const most = limit || 60;
  const kept = cut.length > most ? cut.slice(0, most / 2).join("") + "…" + cut.slice(-most / 2 + 1).join("") : cut.join("");
  return shown(document.createElement("bdi"), kept);
}

// Words of two texts, the common ones once: [kind, words] with kind "=", "-" or "+".
function difference(before, after) {
  const split = (text) => text.split(/(\n|[^\S\n]+)/).filter(Boolean);
  const a = split(before), b = split(after), width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i * width + j] = a[i] === b[j] ? table[(i + 1) * width + j + 1] + 1
        : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
  const parts = [];
  const put = (kind, word) => {
    const last = parts[parts.length - 1];
    if (last && last[0] === kind) last[1] += word; else parts.push([kind, word]);
  };
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { put("=", a[i]); i++; j++; }
    else if (j >= b.length || (i < a.length && table[(i + 1) * width + j] >= table[i * width + j + 1])) put("-", a[i++]);
    else put("+", b[j++]);
  }
  return parts;
}
