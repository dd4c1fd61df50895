// Decodes a recording in the browser and shares its windows out among workers; nothing leaves the machine.
import { answer } from "./answer.js";
import { ratio, readHeader, RecordingError } from "./recording.js";
import { windowAt, windowStarts } from "./windows.js";

const WORKERS = Math.min(2, navigator.hardwareConcurrency || 1); // each holds both networks: 60 MB
const AT_ONCE = 4; // windows; fewer take longer, more make the progress jump
const USUAL_RATE = 44_100; // where a header does not say
const MARGIN_SECONDS = 0.05; // of sound around a part; the resampler reaches half as far at 4,000 Hz
const PEAKS = 600;

export class Predictor {
  static async load() {
    const settings = await (await fetch(new URL("settings.json", import.meta.url))).json();
    const predictor = new Predictor(settings);
    await Promise.all(predictor.workers.map((worker) => work(worker, { task: "start" }, [])));
    return predictor;
  }

  constructor(settings) {
    this.settings = settings;
    this.workers = Array.from({ length: WORKERS }, start);
  }

  /** The answer about a file (a Blob) of some name, see `answer`, and `peaks` to draw; `progress` is told the share. */
  async predict(blob, name, progress) {
    const { channels, rate, notes } = await decode(blob, this.settings);
    const mixed = await work(this.workers[0], { task: "mix", channels, rate }, channels);
    const signal = await this.resample(mixed.mono, rate);
    const heard = await this.hear(signal, progress);
    const seconds = signal.length / this.settings.sample_rate;
    const found = answer(name, seconds, heard, [...mixed.notes, ...notes], this.settings);
    return { ...found, peaks: peaks(signal) };
  }

  // Each worker has a part, from a place where a sample at one rate meets one at the other, and a margin around it.
  async resample(mono, rate) {
    const { sample_rate } = this.settings;
    if (rate === sample_rate) return mono;
    const { up, down } = ratio(rate, sample_rate);
    const share = Math.ceil(mono.length / down / this.workers.length);
    const margin = Math.ceil((MARGIN_SECONDS * rate) / down);
    const parts = this.workers.map(async (worker, index) => {
      const before = index ? margin : 0;
      const first = index * share - before;
      const signal = mono.slice(first * down, ((index + 1) * share + margin) * down);
      const made = await work(worker, { task: "resample", signal, rate }, [signal]);
      return made.subarray(before * up, (before + share) * up);
    });
    return joined(await Promise.all(parts));
  }

  async hear(signal, progress) {
    const { sample_rate, clip_seconds } = this.settings;
    const starts = windowStarts(signal.length, this.settings);
    const heard = [];
    let next = 0;
    let done = 0;
    const listen = async (worker) => {
      while (next < starts.length) {
        const first = next;
        next += AT_ONCE;
        const windows = starts.slice(first, next).map((start) => windowAt(signal, start, this.settings));
        const results = await work(worker, { task: "hear", windows }, windows);
        results.forEach((result, index) => {
          const start = starts[first + index] / sample_rate;
          heard[first + index] = { ...result, start, end: Math.min(start + clip_seconds, signal.length / sample_rate) };
        });
        done += results.length;
        progress(done / starts.length);
      }
    };
    await Promise.all(this.workers.map(listen));
    return heard;
  }
}

// Through a blob the worker is bound by the page's Content-Security-Policy: it, too, can talk to nobody else.
function start() {
  const script = `import ${JSON.stringify(new URL("worker.js", import.meta.url).href)};`;
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return new Worker(address, { type: "module" });
}

// Each task has a channel of its own: a late answer to one that failed cannot be taken for another's.
function work(worker, task, arrays) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port1.close();
      if ("result" in data) resolve(data.result);
      else reject(new (data.ours ? RecordingError : Error)(data.error));
    };
    worker.onerror = (event) => reject(new Error(event.message || "a part of this page cannot be loaded"));
    worker.postMessage({ ...task, port: port2 }, [port2, ...arrays.map((array) => array.buffer)]);
  });
}

function joined(parts) {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// The largest sample of each stretch, to draw.
function peaks(signal) {
  const step = Math.ceil(signal.length / PEAKS);
  return Array.from({ length: Math.ceil(signal.length / step) }, (_, index) => {
    let most = 0;
    for (const sample of signal.subarray(index * step, (index + 1) * step)) most = Math.max(most, Math.abs(sample));
    return most;
  });
}

// All channels at the file's own rate: the browser's resampler is not ours.
async function decode(blob, { lowest_rate, tolerated_seconds }) {
  const content = await blob.arrayBuffer();
  if (!content.byteLength) throw new RecordingError("is empty (0 bytes); copy or download it again");
  const { rate: said, announced } = readHeader(new Uint8Array(content));
  const rate = said ?? USUAL_RATE;
  if (rate < lowest_rate)
    throw new RecordingError(
      `its header says ${rate.toLocaleString("en")} samples per second; ` +
        `nothing can be told below ${lowest_rate.toLocaleString("en")}; export it again at 44,100`,
    );
  const sound = await decodeAt(rate, content).catch(() => {
    throw new RecordingError("no audio that this browser can decode; convert it to wav, flac, ogg or mp3");
  });
  const channels = Array.from({ length: sound.numberOfChannels }, (_, index) => sound.getChannelData(index).slice());
  const short = announced && sound.duration < announced - tolerated_seconds;
  const shares = short && `${sound.duration.toFixed(2)} s of the ${announced.toFixed(2)} s that its header announces`;
  return { channels, rate, notes: short ? [`cut short or damaged, ${shares} are there; using those`] : [] };
}

async function decodeAt(rate, content) {
  return new OfflineAudioContext(1, 1, rate).decodeAudioData(content); // refuses rates that no sound has, too
}
