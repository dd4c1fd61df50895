// From the network's probabilities to an answer: irmas_helpers/answers/predict.py, stretches.py and calibration.py.
import { roundedDown } from "./recording.js";
import { levelWeights } from "./windows.js";

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Probabilities at the temperature that makes them honest. */
export function temper(probabilities, { temperature, smallest_probability }) {
  const logits = probabilities.map((p) => Math.log(Math.max(p, smallest_probability)) / temperature);
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return powers.map((power) => power / sum(powers));
}

/**
 * The one place where an answer is decided on: which instrument, whether that is sure, and if not, what is said instead
 * of its name (`doubt`).
 */
export function decide({ probabilities, foreign }, { codes, threshold, foreign_threshold, not_sure, none }) {
  const top = Math.max(...probabilities);
  const known = foreign <= foreign_threshold;
  const sure = known && top >= threshold;
  const doubt = sure ? "" : known ? not_sure : none;
  return { instrument: codes[probabilities.indexOf(top)], probability: top, known, sure, doubt };
}

/**
 * The answer for a recording.
 *
 * `heard` has an entry a window, with its start and end in seconds: `silent`, or `level`, `flatness`, `anisotropy` and
 * the networks' `probabilities` and `foreign`. `notes` are those that were made before.
 */
export function answer(file, seconds, heard, notes, settings) {
  const sounding = heard.filter((window) => !window.silent);
  const weights = levelWeights(
    sounding.map(({ level }) => level),
    settings,
  );
  const windows = sounding.map(({ start, end, foreign, probabilities }, index) => ({
    start,
    end,
    weight: weights[index],
    foreign,
    probabilities: temper(probabilities, settings),
  }));
  const weighted = (values) => sum(values.map((value, index) => value * weights[index])) / sum(weights);
  const said = [...notes];
  if (seconds < settings.clip_seconds)
    said.push(
      `${roundedDown(seconds, 2)} s is less than one window of ${settings.clip_seconds} s; padded with silence`,
    );
  if (sounding.length < heard.length)
    said.push(`${heard.length - sounding.length} windows hold nothing but silence and were left out`);
  if (weighted(sounding.map(({ flatness }) => flatness)) > settings.noise_flatness_db)
    said.push("noise or clicks rather than music; the answer says nothing");
  else if (weighted(sounding.map(({ anisotropy }) => anisotropy)) > settings.drums_anisotropy)
    said.push("sounds like drums alone; then the answer says nothing");
  return { file, seconds, ...joined(windows, settings), windows, notes: said };
}

// The answer for several windows: their means by weight, and what is decided on them.
function joined(windows, settings) {
  const total = sum(windows.map(({ weight }) => weight));
  const mean = (value) => sum(windows.map((window) => value(window) * window.weight)) / total;
  const probabilities = windows[0].probabilities.map((_, index) => mean((window) => window.probabilities[index]));
  const heard = { probabilities, foreign: mean(({ foreign }) => foreign) };
  return { ...heard, ...decide(heard, settings) };
}

/** The answer of the windows that reach into each second; null where nothing is heard. */
export function bySecond({ seconds, windows }, settings) {
  return Array.from({ length: Math.ceil(seconds) }, (_, second) => {
    const reaching = windows.filter(({ start, end, weight }) => weight && start < second + 1 && end > second);
    return reaching.length ? joined(reaching, settings) : null;
  });
}

/** Consecutive windows with the same answer, joined; two meet in the middle of where their windows overlap. */
export function stretches({ windows }, settings) {
  const said = (window) => {
    const { doubt, instrument } = decide(window, settings);
    return doubt || instrument;
  };
  const runs = [];
  for (const window of windows.filter(({ weight }) => weight)) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last && window.start <= last.end && said(window) === said(last)) run.push(window);
    else runs.push([window]);
  }
  const found = runs.map((run) => {
    const { instrument, probability } = joined(run, settings);
    const { doubt } = decide(run[0], settings); // as in each of them
    return { instrument, probability, doubt, start: run[0].start, end: run.at(-1).end };
  });
  for (let index = 1; index < found.length; index++) {
    const [before, after] = [found[index - 1], found[index]];
    if (after.start < before.end) after.start = before.end = (after.start + before.end) / 2;
  }
  return found;
}

/** What `predict --json` prints. */
export function asDict(answer, { codes, threshold, foreign_threshold }) {
  const { file, seconds, instrument, sure, known, foreign, probabilities, notes, windows } = answer;
  const byCode = (row) => Object.fromEntries(row.map((p, index) => [codes[index], rounded(p, 6)]));
  return {
    file,
    seconds: rounded(seconds, 3),
    instrument,
    sure,
    threshold,
    known,
    foreign: rounded(foreign, 4),
    foreign_threshold,
    probabilities: byCode(probabilities),
    notes: notes.map((note) => `${file}: ${note}`),
    windows: windows.map((window) => ({
      start: rounded(window.start, 3),
      end: rounded(window.end, 3),
      weight: rounded(window.weight, 6),
      foreign: rounded(window.foreign, 4),
      probabilities: byCode(window.probabilities),
    })),
  };
}

const rounded = (value, digits) => Number(value.toFixed(digits));
