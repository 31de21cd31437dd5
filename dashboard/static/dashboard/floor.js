// Comfort for the floor; every page does its work without it.

// A short square tone for what went wrong, two quick high ones for what went right. A packer looks at the shelf, not at
// the screen. Browsers that want a touch first stay silent.
function sound(tones) {
  if (!window.AudioContext) {
    return;
  }
  const audio = new AudioContext();
  for (const [frequency, from, length, shape] of tones) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.type = shape;
    tone.frequency.value = frequency;
    volume.gain.value = 0.15;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + from);
    tone.stop(audio.currentTime + from + length);
  }
}

const WRONG = [[160, 0, 0.35, "square"]];
const RIGHT = [[880, 0, 0.07, "sine"], [1320, 0.09, 0.09, "sine"]];

function arrive() {
  // What was typed stays after a refusal, marked, so that the next scan or reading replaces it.
  const field = document.querySelector("input[autofocus]") ?? document.querySelector("[autofocus]");
  if (field) {
    field.focus();
    // Rows to be put right are not: one stray key would wipe them all.
    if (field.matches("input")) {
      field.select();
    }
  }
  // On a phone the navigation is wider than the screen: where one is should be seen.
  const here = document.querySelector(".site-nav [aria-current]");
  if (here) {
    const all = here.parentElement.getBoundingClientRect();
    const one = here.getBoundingClientRect();
    here.parentElement.scrollLeft += one.left - all.left - (all.width - one.width) / 2;
  }
  if (document.querySelector(".is-wrong, .note.bad, tr.refused")) {
    sound(WRONG);
  } else if (document.querySelector(".note.good[role=status]")) {
    sound(RIGHT);
  }
  for (const form of document.querySelectorAll('form[method="post"]')) {
    form.addEventListener("submit", form.hasAttribute("data-again") ? sendAgain : sendOnce);
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => window.print());
  }
}

// A button pressed twice sends once. Back from the next page it may be pressed again.
function sendOnce(event) {
  if (event.target.dataset.sent) {
    event.preventDefault();
  }
  event.target.dataset.sent = "yes";
}

// What is scanned far from the antenna may not arrive. Then the page stays as it is, says so, and Enter sends it again;
// the server counts what came twice once.
async function sendAgain(event) {
  event.preventDefault();
  const form = event.target;
  if (form.dataset.sent) {
    return;
  }
  form.dataset.sent = "yes";
  const body = new FormData(form, event.submitter);
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(10_000) });
    if (answer.status >= 500) {
      throw new Error(`status ${answer.status}`);
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A refusal stands at the address of the form, which can be loaded again.
    history.pushState(null, "", answer.redirected ? answer.url : location.href);
    document.title = page.title;
    document.body.replaceWith(page.body);
    window.htmx?.process(document.body);
    arrive();
    window.scrollTo(0, 0);
  } catch {
    delete form.dataset.sent;
    sayNotSent(form);
  }
}

function sayNotSent(form) {
  form.querySelector(".not-sent")?.remove();
  const note = document.createElement("p");
  note.className = "note bad not-sent";
  note.setAttribute("role", "alert");
  const strong = document.createElement("strong");
  strong.textContent = "Not sent: nobody answered. Send it again; it counts once.";
  note.append(strong);
  form.prepend(note);
  sound(WRONG);
}

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});
// The page one came from was put in place by us: fetch it anew instead of showing its address over this one.
window.addEventListener("popstate", () => window.location.reload());

// Whoever reads the figures behind a chart is not disturbed by the page's refreshing itself.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.querySelector("details[open], :focus")) {
    event.preventDefault();
  }
});

arrive();
