// Chooses a level by its number: when one of a group of radios marked `data-level-key` has the
// focus, the key 0 to 8 checks the radio with that value. Anywhere else, while somebody types and
// together with Ctrl, Alt or the like, keys do what they always do. Screen readers keep their own
// number keys while people read; the browser's arrow keys work as before.

document.querySelectorAll("[data-level-keys-hint]").forEach((hint) => {
  hint.classList.remove("govuk-!-display-none");
});

document.addEventListener("keydown", (event) => {
  const focused = document.activeElement;
  if (!focused?.matches("input[type=radio][data-level-key]")) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.isComposing) return;
  if (!/^[0-8]$/.test(event.key)) return;
  const wanted = [...focused.form.elements].find(
    (one) => one.type === "radio" && one.name === focused.name && one.value === event.key,
  );
  if (!wanted) return;
  event.preventDefault();
  wanted.focus();
  if (wanted.checked) return;
  wanted.checked = true;
  wanted.dispatchEvent(new Event("input", { bubbles: true }));
  wanted.dispatchEvent(new Event("change", { bubbles: true }));
});
