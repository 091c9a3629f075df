// Keeps the page of background work up to date: asks every two seconds, says politely what
// changed, and loads the page once more when the work is finished. Without it the page has a
// "Check progress" link.

const box = document.querySelector("[data-progress-url]");
const sentence = box.querySelector("[data-sentence]");
const step = box.querySelector("[data-step]");
const bar = box.querySelector("progress");
const EVERY = 2000;

function show(element, text) {
  // An unchanged text is not announced again.
  if (text && element.textContent !== text) element.textContent = text;
}

async function check() {
  try {
    const answer = await fetch(box.dataset.progressUrl, {
      headers: { Accept: "application/json" },
      redirect: "error",
      cache: "no-store",
    });
    if (answer.ok) {
      const state = await answer.json();
      if (state.finished) {
        window.location.reload();
        return;
      }
      show(sentence, state.sentence);
      show(step, state.step && `${state.step}: ${state.percent}%`);
      bar.value = state.percent;
    }
  } catch {
    // The network or the portal is away: the next try may find them back.
  }
  window.setTimeout(check, EVERY);
}

window.setTimeout(check, EVERY);
