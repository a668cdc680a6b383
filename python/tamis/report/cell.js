// A page inside a notebook's frame: links lead to parts of this page, never to the notebook's own address.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  const target = document.getElementById(link.getAttribute("href").slice(1));
  if (target) target.scrollIntoView();
});
make("span", "", document.getElementById("foot"), W.loads_nothing);
document.documentElement.dataset.ready = "1";
