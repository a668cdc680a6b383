// The report of a run as a notebook shows it.
const PARTS = ["summary", "funnel", "signals"];
document.getElementById("main").replaceChildren();
summary(); funnel(); signals();
