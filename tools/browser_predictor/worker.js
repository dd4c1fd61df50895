// One of a few workers, so that the page stays responsive: samples in, what was heard in them out.
import * as ort from "./ort.wasm.min.mjs";

import { Features } from "./features.js";
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
  const settings = await (await fetch(new URL("settings.json", import.meta.url))).json();
  const network = (name) => ort.InferenceSession.create(new URL(name, import.meta.url).href);
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
  const probabilities = await ask(usual, spectrograms, settings);
  const alone = spectrograms.map((decibels) => features.sparsity(decibels) > settings.lone_sparsity);
  const own = await ask(
    lone,
    spectrograms.filter((_, index) => alone[index]),
    settings,
  );
  const share = settings.lone_share;
  const heard = sounding.map((window, index) => ({
    level: 10 * Math.log10(power(window)),
    flatness: features.flatness(spectrograms[index]),
    anisotropy: features.anisotropy(spectrograms[index]),
    probabilities: alone[index]
      ? own.shift().map((p, code) => share * p + (1 - share) * probabilities[index][code])
      : probabilities[index],
  }));
  return { result: windows.map((window) => (sounding.includes(window) ? heard.shift() : { silent: true })) };
}

async function ask(network, spectrograms, { mel, clip_frames, codes }) {
  if (!spectrograms.length) return [];
  const batch = new Float32Array(spectrograms.length * mel.length * clip_frames);
  spectrograms.forEach((decibels, index) => batch.set(decibels, index * decibels.length));
  const tensor = new ort.Tensor("float32", batch, [spectrograms.length, mel.length, clip_frames]);
  const output = await network.run({ [network.inputNames[0]]: tensor });
  const rows = Array.from(output[network.outputNames[0]].data);
  return spectrograms.map((_, index) => rows.slice(index * codes.length, (index + 1) * codes.length));
}
