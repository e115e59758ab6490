// A button that copies the text beside it. Without clipboard access there is no button: the text can be selected.
for (const root of document.querySelectorAll("[data-copy]")) {
  const [field, button] = [root.querySelector("input"), root.querySelector("button")];
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  });
}
