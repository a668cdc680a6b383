// The whole comparison, part by part.
document.getElementById("main").replaceChildren();
summary(); changes(); funnels(); signals(); documents();
make("span", "", document.getElementById("foot"), W.loads_nothing);
footOfPrint(PRINTED);
document.documentElement.dataset.ready = "1";
