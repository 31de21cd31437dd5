// Comfort for the floor; every page does its work without it.

// What was typed stays after a refusal, marked, so that the next scan or reading replaces it.
const field = document.querySelector("input[autofocus]");
if (field) {
  field.focus();
  field.select();
}

// A refusal is heard too: a packer looks at the shelf, not at the screen. Browsers that want a touch first stay silent.
if (document.querySelector(".is-wrong, .note.bad, tr.refused") && window.AudioContext) {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.type = "square";
  tone.frequency.value = 160;
  volume.gain.value = 0.15;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.35);
}

// A button pressed twice sends once. Back from the next page it may be pressed again.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});
