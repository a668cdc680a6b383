// The whole report, part by part.
const PARTS = ["summary", "funnel", "signals", "documents", "slices", "duplicates", "problems"];
document.getElementById("main").replaceChildren();
summary(); funnel(); signals(); documents(); slicesPart(); duplicatesPart(); problems();
make("span", "", document.getElementById("foot"), W.loads_nothing);
footOfPrint(PRINTED);
document.documentElement.dataset.ready = "1";
