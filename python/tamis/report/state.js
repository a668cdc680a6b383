// What is open on the page stands in its address behind #, so that reload, a copied link and the back button keep it.
const STATE = new Map(), RESTORERS = [];

function readState() {
  STATE.clear();
  if (location.hash.includes("=")) for (const [key, said] of new URLSearchParams(location.hash.slice(1))) STATE.set(key, said);
}

// A choice is a step of the browser's history; what changes with each key or move of the hand replaces the last one.
function remember(changes, step) {
  for (const [key, said] of Object.entries(changes)) if (said) STATE.set(key, said); else STATE.delete(key);
  if (location.protocol === "about:") return;
  const hash = "#" + new URLSearchParams([...STATE]);
  if (hash === (location.hash || "#")) return;
  history[step ? "pushState" : "replaceState"](null, "", hash);
}

function onRestore(restore) { RESTORERS.push(restore); }

addEventListener("popstate", () => {
  // An address that names a part is a place to look at, not a state.
  if (location.hash && !location.hash.includes("=")) return;
  readState();
  for (const restore of RESTORERS) restore();
});
readState();
