// Comfort for workers on the floor. Every page works without it.

// A low tone for an error, two quick high tones for success: a packer looks at the shelf, not at the screen. A browser
// that demands a touch first stays silent.
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
  // After a refusal the typed text stays, selected, so that the next scan or reading replaces it.
  const field = document.querySelector("input[autofocus]") ?? document.querySelector("[autofocus]");
  if (field) {
    field.focus();
    // A box of rows is not selected: a stray key would delete all of them.
    if (field.matches("input")) {
      field.select();
    }
  }
  // On a phone the navigation is wider than the screen: show the entry of this page.
  const here = document.querySelector(".site-nav [aria-current]");
  if (here) {
    const bar = here.parentElement.getBoundingClientRect();
    const entry = here.getBoundingClientRect();
    here.parentElement.scrollLeft += entry.left - bar.left - (bar.width - entry.width) / 2;
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

// A button pressed twice sends once. When the user comes back to the page, it can be pressed again.
function sendOnce(event) {
  if (event.target.dataset.sent) {
    event.preventDefault();
  }
  event.target.dataset.sent = "yes";
}

// Far from the antenna, a scan may not arrive. Then the page stays and says so, and Enter sends the scan again. If it
// came twice, the server counts it once.
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
    // After a refusal the address stays as it is: that page can be loaded again.
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
  strong.textContent = "Not sent: the server did not answer. Send it again; it counts once.";
  note.append(strong);
  form.prepend(note);
  sound(WRONG);
}

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});
// sendAgain() put this page in place. Going back changes only the address, so load the page that belongs to it.
window.addEventListener("popstate", () => window.location.reload());

// The page does not refresh itself while a worker reads the figures behind a chart.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.querySelector("details[open], :focus")) {
    event.preventDefault();
  }
});

arrive();
