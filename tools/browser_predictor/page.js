// The page: a recording in by file, drop or microphone, the answer out; what it says, shows and plays.
import { asDict, bySecond, stretches } from "./answer.js";
import { Chart } from "./chart.js";
import { Predictor } from "./predictor.js";
import { RecordingError } from "./recording.js";

const LONGEST_MINUTES = 20; // decoded, they take half a gigabyte
const RECORDED_SECONDS = 30; // at most, with the microphone
const SHOWN = 3;

const at = (id) => document.getElementById(id);
const percent = (p) => `${Math.round(100 * p)}\u00a0%`;
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const player = at("player");

let predictor;
let busy = true;
const chart = new Chart(at("chart"), playFrom);

function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

async function begin() {
  try {
    predictor = await Predictor.load();
  } catch (error) {
    at("status").textContent = "";
    at("error").textContent = `The network could not be loaded (${error.message}); load the page again.`;
    return;
  }
  at("status").textContent = "Ready.";
  for (const name of predictor.settings.examples) {
    const button = element("button", name.replace(/\.\w+$/, "").replaceAll("_", " "), { type: "button" });
    button.onclick = () => hearExample(name);
    at("examples").append(" ", button);
  }
  at("examples").hidden = !predictor.settings.examples.length;
  setBusy(false);
}

function setBusy(now) {
  busy = now;
  for (const control of at("drop").querySelectorAll("input, button")) control.disabled = now;
}

/** Listen to a recording and show the answer, or say why there is none. */
async function hear(blob, name) {
  if (busy) return;
  setBusy(true);
  at("error").textContent = "";
  at("answer").hidden = true;
  player.pause();
  const bar = at("progress");
  bar.removeAttribute("value"); // it runs without saying how far
  bar.hidden = false;
  at("status").textContent = `Listening to ${name} ...`;
  const started = performance.now();
  try {
    await putIntoPlayer(blob);
    const answer = await predictor.predict(blob, name, (share) => (bar.value = share));
    show(answer, (performance.now() - started) / 1000);
  } catch (error) {
    const why = error instanceof RecordingError ? error.message : `stopped with "${error.message}"; please report it`;
    at("status").textContent = "";
    at("error").textContent = `${name}: ${why}`;
  }
  bar.hidden = true;
  setBusy(false);
  if (!at("answer").hidden) at("verdict").focus();
}

// What the browser plays is the file itself; how long it is, it knows before it decodes it.
async function putIntoPlayer(blob) {
  URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(blob);
  await new Promise((known) => (player.onloadedmetadata = player.onerror = known));
  if (player.duration > 60 * LONGEST_MINUTES && player.duration < Infinity)
    throw new RecordingError(
      `${Math.round(player.duration / 60)} minutes; a browser holds ${LONGEST_MINUTES} here, ` +
        "cut it, or ask the command irmas predict, which takes any length",
    );
}

function show(answer, took) {
  const { names, codes } = predictor.settings;
  at("status").textContent = `${answer.file}, ${answer.seconds.toFixed(1)} s, heard in ${took.toFixed(1)} s.`;
  at("verdict").textContent = capital(verdict(answer));
  at("how-sure").textContent = howSure(answer);
  const ranked = codes.map((code, index) => [answer.probabilities[index], code]).sort(([a], [b]) => b - a);
  at("top").tBodies[0].replaceChildren(...ranked.slice(0, SHOWN).map(([p, code]) => row(names[code], p)));
  at("notes").replaceChildren(...answer.notes.map((note) => element("li", capital(note))));
  showOverTime(answer);
  const content = JSON.stringify(asDict(answer, predictor.settings), null, 1);
  URL.revokeObjectURL(at("save").href);
  at("save").href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
}

function verdict({ instrument, known, doubt }) {
  const name = predictor.settings.names[instrument];
  if (!known) return `${doubt}, as far as I can tell; the nearest is ${name}`;
  return doubt ? `${doubt}, perhaps ${name}` : name;
}

function howSure({ sure, known, probability }) {
  const { threshold, wrong, noticed } = predictor.settings;
  if (!known)
    return (
      `When it was tried, it said this of ${noticed.called_foreign} of ${noticed.foreign} recordings of other ` +
      `instruments and of drums, and wrongly of ${noticed.known_called_foreign} of ${noticed.known} of instruments ` +
      "that it knows."
    );
  return sure
    ? `Sure: from ${percent(threshold)} on, ${percent(1 - wrong)} of the answers were right, ` +
        "for clips of songs that the network had not heard."
    : `The most probable of the eleven has ${percent(probability)}; ` +
        `an answer is sure from ${percent(threshold)} on.`;
}

function row(name, probability) {
  const made = element("tr");
  const share = element("td");
  const bar = element("span", "", { class: "bar" });
  bar.style.width = `${100 * probability}%`;
  const track = element("span", "", { class: "track", "aria-hidden": "true" });
  track.append(bar);
  share.append(element("span", percent(probability)), track);
  made.append(element("th", name, { scope: "row" }), share);
  return made;
}

// As `predict` writes it: the name with its probability, in brackets where that is not the answer.
function inWords({ instrument, probability, doubt }) {
  const name = `${predictor.settings.names[instrument]} ${percent(probability)}`;
  return doubt ? `${doubt} (${name})` : name;
}

function showOverTime(answer) {
  const { names, codes, none } = predictor.settings;
  const seconds = bySecond(answer, predictor.settings);
  at("answer").hidden = false; // a chart is as wide as it is seen
  const rows = seconds.map((heard) => heard && [...heard.probabilities, 1 / (1 + Math.exp(-heard.foreign))]);
  chart.show(answer, rows, [...codes.map((code) => names[code]), none], verdict(answer));
  player.setAttribute("aria-label", answer.file);
  const said = seconds.map((heard, second) => `${clock(second)} ${heard ? inWords(heard) : "nothing heard"}`);
  const slider = at("second");
  slider.max = seconds.length - 1;
  slider.value = 0;
  slider.oninput = () => {
    at("heard").textContent = said[slider.value];
    slider.setAttribute("aria-valuetext", said[slider.value]);
  };
  slider.oninput();
  at("stretches").replaceChildren(...stretches(answer, predictor.settings).map(stretchItem));
}

function stretchItem(stretch) {
  const { start, end } = stretch;
  const button = element("button", `${clock(start)} to ${clock(end)}: ${inWords(stretch)}`, { type: "button" });
  button.onclick = () => playFrom(start);
  const item = element("li");
  item.append(button);
  return item;
}

function playFrom(second) {
  player.currentTime = second;
  at("second").value = Math.floor(second);
  at("second").oninput();
  player.play();
}

async function hearExample(name) {
  await hear(await (await fetch(new URL(name, import.meta.url))).blob(), name);
}

// Echo, noise and level are left as they are: what browsers do for speech would change music.
async function record() {
  const button = at("record");
  if (button.recorder) return button.recorder.stop();
  at("error").textContent = "";
  try {
    if (!navigator.mediaDevices) throw new Error("browsers give microphones to pages at https or localhost only");
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
    const recorder = new MediaRecorder(stream, { audioBitsPerSecond: 256_000 });
    const pieces = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.onstop = () => {
      button.recorder = null;
      button.textContent = "Record";
      stream.getTracks().forEach((track) => track.stop());
      hear(new Blob(pieces, { type: recorder.mimeType }), "your recording");
    };
    recorder.start();
    button.recorder = recorder;
    button.textContent = "Stop";
    at("status").textContent = `Recording, ${RECORDED_SECONDS} s at most.`;
    setTimeout(() => button.recorder === recorder && recorder.stop(), 1000 * RECORDED_SECONDS);
  } catch (error) {
    at("error").textContent = `No recording (${error.message}). Choose a file instead.`;
  }
}

at("file").onchange = ({ target }) => {
  const [file] = target.files;
  if (file) hear(file, file.name);
  target.value = ""; // so that the same file can be chosen again
};
at("record").onclick = record;
at("second").onkeydown = (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  playFrom(Number(event.target.value));
};
player.ontimeupdate = () => chart.point(player.currentTime);
document.ondragover = (event) => {
  event.preventDefault();
  at("drop").classList.add("over");
};
document.ondragleave = (event) => event.relatedTarget || at("drop").classList.remove("over");
document.ondrop = (event) => {
  event.preventDefault();
  at("drop").classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) hear(file, file.name);
};
begin();
