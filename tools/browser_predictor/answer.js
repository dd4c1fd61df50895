// From the network's probabilities to an answer: irmas_helpers/answers/predict.py, stretches.py and calibration.py.
import { levelWeights } from "./windows.js";

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Probabilities at the temperature that makes them honest. */
export function temper(probabilities, { temperature, smallest_probability }) {
  const logits = probabilities.map((p) => Math.log(Math.max(p, smallest_probability)) / temperature);
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return powers.map((power) => power / sum(powers));
}

/** The one place where an answer is decided on: which instrument, and whether that is sure. */
export function decide(probabilities, { codes, threshold }) {
  const top = Math.max(...probabilities);
  return { instrument: codes[probabilities.indexOf(top)], probability: top, sure: top >= threshold };
}

/**
 * The answer for a recording.
 *
 * `heard` has an entry a window, with its start and end in seconds: `silent`, or `level`, `flatness`, `anisotropy` and
 * the network's `probabilities`. `notes` are those that were made before.
 */
export function answer(file, seconds, heard, notes, settings) {
  const sounding = heard.filter((window) => !window.silent);
  const weights = levelWeights(
    sounding.map(({ level }) => level),
    settings,
  );
  const windows = sounding.map(({ start, end, probabilities }, index) => ({
    start,
    end,
    weight: weights[index],
    probabilities: temper(probabilities, settings),
  }));
  const weighted = (values) => sum(values.map((value, index) => value * weights[index])) / sum(weights);
  const said = [...notes];
  if (seconds < settings.clip_seconds)
    said.push(
      `${seconds.toFixed(2)} s is less than one window of ${settings.clip_seconds} s; padded with silence`,
    );
  if (sounding.length < heard.length)
    said.push(`${heard.length - sounding.length} windows hold nothing but silence and were left out`);
  if (weighted(sounding.map(({ flatness }) => flatness)) > settings.noise_flatness_db)
    said.push("noise or clicks rather than music; the answer says nothing");
  else if (weighted(sounding.map(({ anisotropy }) => anisotropy)) > settings.drums_anisotropy)
    said.push("sounds like drums alone; then the answer says nothing");
  const probabilities = mean(windows);
  return { file, seconds, ...decide(probabilities, settings), probabilities, windows, notes: said };
}

// Of windows, by their weights.
function mean(windows) {
  const total = sum(windows.map(({ weight }) => weight));
  return windows[0].probabilities.map(
    (_, index) => sum(windows.map(({ probabilities, weight }) => probabilities[index] * weight)) / total,
  );
}

/** The mean of the windows that reach into each second; null where nothing is heard. */
export function bySecond({ seconds, windows }) {
  return Array.from({ length: Math.ceil(seconds) }, (_, second) => {
    const reaching = windows.filter(({ start, end, weight }) => weight && start < second + 1 && end > second);
    return reaching.length ? mean(reaching) : null;
  });
}

/** Consecutive windows with the same answer, joined; two meet in the middle of where their windows overlap. */
export function stretches({ windows }, settings) {
  const runs = [];
  for (const window of windows.filter(({ weight }) => weight)) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last && window.start <= last.end && named(window, settings) === named(last, settings)) run.push(window);
    else runs.push([window]);
  }
  const found = runs.map((run) => ({
    ...decide(mean(run), settings),
    sure: named(run[0], settings) !== null,
    start: run[0].start,
    end: run.at(-1).end,
  }));
  for (let index = 1; index < found.length; index++) {
    const [before, after] = [found[index - 1], found[index]];
    if (after.start < before.end) after.start = before.end = (after.start + before.end) / 2;
  }
  return found;
}

function named(window, settings) {
  const { instrument, sure } = decide(window.probabilities, settings);
  return sure ? instrument : null;
}

/** What `predict --json` prints. */
export function asDict({ file, seconds, instrument, sure, probabilities, notes, windows }, { codes, threshold }) {
  const byCode = (row) => Object.fromEntries(row.map((p, index) => [codes[index], rounded(p, 6)]));
  return {
    file,
    seconds: rounded(seconds, 3),
    instrument,
    sure,
    threshold,
    probabilities: byCode(probabilities),
    notes: notes.map((note) => `${file}: ${note}`),
    windows: windows.map((window) => ({
      start: rounded(window.start, 3),
      end: rounded(window.end, 3),
      weight: rounded(window.weight, 6),
      probabilities: byCode(window.probabilities),
    })),
  };
}

const rounded = (value, digits) => Number(value.toFixed(digits));
