// One of a few workers, so that the page stays responsive: samples in, what was heard in them out.
import * as ort from "./ort.wasm.min.mjs";

import { Features } from "./features.js";
import { Head } from "./openset.js";
import { isSilent, mixDown, power, RecordingError, resample } from "./recording.js";

ort.env.wasm.numThreads = 1; // more need headers that a plain web server does not send
ort.env.wasm.wasmPaths = new URL("./", import.meta.url).href;

const ready = load();
const TASKS = { start: () => ({ result: null }), mix, resample: resampled, hear };

onmessage = async ({ data: { task, port, ...given } }) => {
  try {
    const { result, transfer = [] } = await TASKS[task](await ready, given);
    port.postMessage({ result }, transfer);
  } catch (error) {
    port.postMessage({ error: error.message, ours: error instanceof RecordingError });
  }
};

async function load() {
  const place = (name) => new URL(name, import.meta.url);
  const fetched = async (name) => {
    const response = await fetch(place(name));
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    return response;
  };
  const settings = await (await fetched("settings.json")).json();
  const network = async ({ file, head }) => ({
    session: await ort.InferenceSession.create(place(file).href),
    head: new Head(new Float32Array(await (await fetched(head.file)).arrayBuffer()), head),
  });
  const [usual, lone] = [await network(settings.network), await network(settings.lone_network)];
  return { settings, features: new Features(settings), usual, lone };
}

function mix({ settings }, { channels, rate }) {
  const { mono, notes } = mixDown(channels, rate, settings);
  return { result: { mono, notes }, transfer: [mono.buffer] };
}

function resampled({ settings }, { signal, rate }) {
  const result = resample(signal, rate, settings.sample_rate);
  return { result, transfer: [result.buffer] };
}

/** For each window whether it is silent, or what the networks and the measures say. */
async function hear({ settings, features, usual, lone }, { windows }) {
  const sounding = windows.filter((window) => !isSilent(window, settings));
  const spectrograms = sounding.map((window) => features.logMel(window));
  const answers = await ask(usual, spectrograms, settings);
  const alone = spectrograms.map((decibels) => features.sparsity(decibels) > settings.lone_sparsity);
  const own = await ask(
    lone,
    spectrograms.filter((_, index) => alone[index]),
    settings,
  );
  const mixed = (note, all) => settings.lone_share * note + (1 - settings.lone_share) * all;
  const both = (note, all) => ({
    probabilities: note.probabilities.map((p, code) => mixed(p, all.probabilities[code])),
    foreign: mixed(note.foreign, all.foreign),
  });
  const heard = sounding.map((window, index) => ({
    level: 10 * Math.log10(power(window)),
    flatness: features.flatness(spectrograms[index]),
    anisotropy: features.anisotropy(spectrograms[index]),
    ...(alone[index] ? both(own.shift(), answers[index]) : answers[index]),
  }));
  return { result: windows.map((window) => (sounding.includes(window) ? heard.shift() : { silent: true })) };
}

// Probabilities, and how foreign the network's head finds each window.
async function ask({ session, head }, spectrograms, { mel, clip_frames }) {
  if (!spectrograms.length) return [];
  const batch = new Float32Array(spectrograms.length * mel.length * clip_frames);
  spectrograms.forEach((decibels, index) => batch.set(decibels, index * decibels.length));
  const tensor = new ort.Tensor("float32", batch, [spectrograms.length, mel.length, clip_frames]);
  const output = await session.run({ [session.inputNames[0]]: tensor });
  const [probabilities, summaries] = session.outputNames.map((name) => rows(output[name]));
  return probabilities.map((row, index) => ({ probabilities: row, foreign: head.score(summaries[index]) }));
}

function rows({ data, dims: [count, width] }) {
  return Array.from({ length: count }, (_, index) => Array.from(data.subarray(index * width, (index + 1) * width)));
}
