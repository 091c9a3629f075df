// Saves an answer while it is given: a form with `data-autosave` is sent whenever it changes, and
// the outcome is told in `data-autosave-status`. The form itself is never emptied or replaced, so
// that nothing typed is lost, and works as it stands when this script does not run.

const form = document.querySelector("form[data-autosave]");
const status = form?.querySelector("[data-autosave-status]");

const TYPING_PAUSE = 1200; // milliseconds without a key
const CHOOSING_PAUSE = 400; // arrow keys pass over radios on their way
const RETRY_PAUSE = 15000;

let timer = null;
let inFlight = null; // the save under way, if any
let changedSince = false; // while it was under way
let failed = false; // the newest text is on this page only
let stopped = false; // the other answer must be looked at first
let tokenIsOld = false;
let leaving = false;

function tell(state, text, link) {
  if (status.dataset.state === state && status.textContent === text) return;
  status.dataset.state = state;
  status.replaceChildren(text);
  if (link) status.append(" ", link);
}

function fail(text, link) {
  failed = true;
  tell("failed", `Not saved: ${text}`, link);
}

function signInLink() {
  const link = document.createElement("a");
  link.href = form.dataset.signInUrl;
  link.target = "_blank";
  link.className = "govuk-link";
  link.textContent = "Sign in (opens in new tab)";
  return link;
}

function compareButton() {
  const button = document.createElement("button");
  button.className = "govuk-button govuk-button--secondary govuk-!-margin-bottom-0";
  button.textContent = "Compare the two answers";
  return button;
}

function signedOut() {
  tokenIsOld = true;
  fail("you have been signed out. Your answer is still on this page and is saved when you are back.", signInLink());
}

function ask(options) {
  return fetch(window.location.href, {
    ...options,
    headers: { Accept: "application/json" },
    credentials: "same-origin",
    redirect: "error",
  });
}

// Signing in again elsewhere makes the page's token useless; false while nobody is signed in.
async function renewToken() {
  const response = await ask({ method: "GET" });
  if (response.status === 401) return false;
  if (!response.ok) throw new Error(`token: ${response.status}`);
  form.elements.csrfmiddlewaretoken.value = (await response.json()).csrf_token;
  tokenIsOld = false;
  return true;
}

async function send(keepalive) {
  try {
    if (tokenIsOld && !(await renewToken())) return signedOut();
    let response = await ask({ method: "POST", body: new URLSearchParams(new FormData(form)), keepalive });
    if (response.status === 403) {
      if (!(await renewToken())) return signedOut();
      response = await ask({ method: "POST", body: new URLSearchParams(new FormData(form)), keepalive });
    }
    if (response.status === 401) return signedOut();
    const answer = await response.json();
    // A page of several answers is told the hidden fields of each one that is saved.
    const fields = answer.fields ?? (answer.state === "saved" ? { version: answer.version } : {});
    for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
    if (answer.state === "saved") {
      failed = false;
      if (answer.saved_at) tell("saved", `Saved at ${answer.saved_at}`);
    } else if (answer.state === "conflict") {
      stopped = true;
      fail("this skill was answered in another tab or on another device.", compareButton());
    } else if (answer.state === "submitted") {
      stopped = true;
      fail("this self-assessment has already been submitted.");
    } else {
      failed = true;
      tell("failed", `Not saved yet: ${answer.message}.`);
    }
  } catch (error) {
    // What fetch itself throws is a TypeError: nothing came back at all.
    const why = error instanceof TypeError ? "there is no connection" : "something went wrong";
    fail(`${why}. Your answer is still on this page and is tried again.`);
    schedule(RETRY_PAUSE);
  }
}

async function save({ keepalive = false } = {}) {
  clearTimeout(timer);
  timer = null;
  if (stopped || leaving) return;
  if (inFlight) {
    changedSince = true;
    return inFlight;
  }
  inFlight = send(keepalive);
  await inFlight;
  inFlight = null;
  if (changedSince) {
    changedSince = false;
    return save();
  }
}

function schedule(pause) {
  clearTimeout(timer);
  timer = setTimeout(save, pause);
}

if (form && status) {
  form.addEventListener("input", (event) => {
    schedule(event.target.matches("textarea, [type=text]") ? TYPING_PAUSE : CHOOSING_PAUSE);
  });

  // The button sends the version the last save gave: a save still under way is waited for, lest
  // the person's own answer look like somebody else's.
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    const mustWait = !leaving && (inFlight || tokenIsOld);
    leaving = true;
    if (!mustWait) return;
    event.preventDefault();
    await inFlight;
    // Without a good token the server keeps the text until its owner has signed in.
    if (tokenIsOld) await renewToken().catch(() => false);
    form.requestSubmit(event.submitter);
  });

  window.addEventListener("online", () => failed && save());
  window.addEventListener("focus", () => failed && save());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer) save({ keepalive: true });
  });
  window.addEventListener("beforeunload", (event) => {
    if (failed && !leaving) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
}
