// The studio: a click on a problem goes to its line in the text; groups of the form stay open when it is renewed.
function goTo(line) {
  const source = document.querySelector("#source");
  const lines = source.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  source.focus();
  source.setSelectionRange(start, start + lines[line - 1].length);
  source.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(source).lineHeight));
}

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-line]");
  if (place) goTo(Number(place.dataset.line));
});

let open = [];
const groups = () => [...document.querySelectorAll("#fields > details")];
document.addEventListener("htmx:beforeSwap", () => { open = groups().filter((one) => one.open).map((one) => one.querySelector("summary").innerText); });
document.addEventListener("htmx:afterSettle", () => {
  if (open.length) groups().forEach((one) => { one.open = open.includes(one.querySelector("summary").innerText); });
});
