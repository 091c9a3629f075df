// Keeps a list of background work up to date: asks every two seconds about all that is not
// finished, in one request. Says politely when one of them is, and offers its page. Without it the
// page has a "Check progress" link.

const list = document.querySelector("[data-progress-list-url]");
const news = list.querySelector("[data-progress-news]");
const EVERY = 2000;

function show(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function unfinished() {
  return [...list.querySelectorAll("[data-progress-of]:not([data-finished])")];
}

function update(row, state) {
  show(row.querySelector("[data-sentence]"), state.sentence);
  show(row.querySelector("[data-step]"), state.step && `${state.step}: ${state.percent}%`);
  row.querySelector("progress").value = state.percent;
  if (!state.finished) return;
  row.dataset.finished = "";
  for (const each of row.querySelectorAll("[data-while-waiting]")) each.hidden = true;
  row.querySelector("[data-when-finished]").hidden = false;
  news.append(`${row.querySelector("[data-name]").textContent}: ${state.sentence} `);
}

async function check() {
  const rows = unfinished();
  try {
    const asked = new URLSearchParams(rows.map((row) => ["of", row.dataset.progressOf]));
    const answer = await fetch(`${list.dataset.progressListUrl}?${asked}`, {
      headers: { Accept: "application/json" },
      redirect: "error",
      cache: "no-store",
    });
    if (answer.ok) {
      const states = await answer.json();
      for (const row of rows) {
        const state = states[row.dataset.progressOf];
        if (state) update(row, state);
      }
    }
  } catch {
    // The network or the portal is away: the next try may find them back.
  }
  if (unfinished().length) window.setTimeout(check, EVERY);
}

window.setTimeout(check, EVERY);
