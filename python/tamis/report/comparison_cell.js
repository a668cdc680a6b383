// The comparison of two runs as a notebook shows it.
document.getElementById("main").replaceChildren();
summary(); funnels(); signals();
