// From a file's bytes to mono samples at the network's rate, as irmas_helpers/sound/audio.py has it.

// What the course's resampler (soxr, quality HQ) is: a sinc under a Kaiser window. These three numbers, fitted to its
// output, leave less than -60 dB of difference, all of it above 10 kHz.
const KAISER_BETA = 12.66;
const PASSED = 0.91374; // of the lower of both rates' halves
const WIDTH = 8.263; // of the window, in widths of the transition
const UNKNOWN_SIZE = 0x7fff0000; // programs that write to a pipe announce such a length
const HEAD = 65_536; // bytes in which a header is looked for
const MPEG_RATES = [44_100, 48_000, 32_000];

/** What is wrong with a recording, in a line for its owner. */
export class RecordingError extends Error {}

/** A file's own rate in Hz and the seconds that it announces, each null where its header does not say. */
export function readHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return wav(view) ?? mp4(view) ?? ogg(view) ?? flac(view) ?? mpeg(view) ?? { rate: null, announced: null };
  } catch {
    return { rate: null, announced: null }; // it ends within its header
  }
}

function find(view, mark, from = 0, to = HEAD) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const wanted = [...mark].map((letter) => letter.charCodeAt(0));
  for (let at = bytes.indexOf(wanted[0], from); at >= 0 && at <= to; at = bytes.indexOf(wanted[0], at + 1))
    if (wanted.every((code, index) => bytes[at + index] === code)) return at;
  return -1;
}

const begins = (view, mark, at = 0) => find(view, mark, at, at) === at;

function wav(view) {
  if (!begins(view, "WAVE", 8)) return null;
  const format = find(view, "fmt ");
  const data = find(view, "data", format);
  const bytes = data < 0 ? Infinity : view.getUint32(data + 4, true);
  return {
    rate: view.getUint32(format + 12, true),
    announced: bytes < UNKNOWN_SIZE ? bytes / view.getUint32(format + 16, true) : null,
  };
}

function mp4(view) {
  if (!begins(view, "ftyp", 4)) return null;
  const entry = find(view, "mp4a", 0, Infinity); // phones write it at the end
  return entry < 0 ? null : { rate: view.getUint16(entry + 28), announced: null };
}

// In Ogg, and in the WebM that browsers record.
function ogg(view) {
  if (!begins(view, "OggS") && !begins(view, "\x1aE\xdf\xa3")) return null;
  if (find(view, "OpusHead") >= 0) return { rate: 48_000, announced: null };
  const vorbis = find(view, "\x01vorbis");
  return vorbis < 0 ? null : { rate: view.getUint32(vorbis + 12, true), announced: null };
}

function flac(view) {
  const at = behindTags(view);
  if (!begins(view, "fLaC", at)) return null;
  const rate = view.getUint32(at + 18) >>> 12;
  const samples = (view.getUint8(at + 21) & 15) * 2 ** 32 + view.getUint32(at + 22);
  return { rate, announced: samples ? samples / rate : null };
}

function mpeg(view) {
  const first = behindTags(view);
  for (let at = first; at < Math.min(first + HEAD, view.byteLength - 4); at++) {
    const word = view.getUint32(at);
    const version = (word >>> 19) & 3;
    const layer = (word >>> 17) & 3;
    const rate = (word >>> 10) & 3;
    if (at === first && word >>> 20 === 0xfff && !layer) return null; // AAC, whose header may say half the rate
    if (word >>> 21 === 0x7ff && version !== 1 && layer && rate !== 3)
      return { rate: MPEG_RATES[rate] / [4, 0, 2, 1][version], announced: null };
  }
  return null;
}

function behindTags(view) {
  if (!begins(view, "ID3")) return 0;
  return 10 + [6, 7, 8, 9].reduce((size, at) => size * 128 + view.getUint8(at), 0);
}

/**
 * Average the channels; where they cancel each other, the loudest is heard alone.
 *
 * Returns the samples (Float32Array) and a note on that, if there is one. Silence and samples that are no finite
 * numbers are refused.
 */
export function mixDown(channels, rate, settings) {
  const length = channels[0].length;
  const mono = new Float32Array(length);
  const notes = [];
  const block = Math.round(settings.block_seconds * rate);
  let heard = channels.length > 1 ? null : channels;
  for (let from = 0; from < length; from += block) {
    heard ??= choose(channels, from, block, notes, settings);
    average(
      (heard ?? channels).map((channel) => channel.subarray(from, from + block)),
      mono.subarray(from, from + block),
    );
  }
  requireSound(mono, rate, settings);
  return { mono, notes };
}

function average(channels, mono) {
  const weight = Math.fround(1 / channels.length);
  for (const channel of channels) for (let at = 0; at < mono.length; at++) mono[at] += channel[at] * weight;
}

// The channels to hear from here on: all, or the loudest where they cancel; null as long as there is silence.
function choose(channels, from, block, notes, settings) {
  const pieces = channels.map((channel) => channel.subarray(from, from + block));
  const mean = new Float32Array(pieces[0].length);
  average(pieces, mean);
  const powers = pieces.map(power);
  const loudest = powers.indexOf(Math.max(...powers));
  if (!(Math.sqrt(powers[loudest]) > settings.silence_peak)) return null;
  const mixed = powers.reduce((sum, each) => sum + each, 0) / powers.length;
  if (power(mean) > settings.cancelled * mixed) return channels;
  notes.push(
    "its channels cancel each other, as if one were wired the wrong way round; " +
      `heard from channel ${loudest + 1} alone`,
  );
  return [channels[loudest]];
}

/** The mean square. */
export function power(signal) {
  let sum = 0;
  for (const sample of signal) sum += sample * sample;
  return sum / signal.length;
}

/** Seconds that are too few, in words: rounded up, they would seem to be enough. */
export function roundedDown(seconds, digits) {
  const scale = 10 ** digits;
  return (Math.floor(Number((seconds * scale).toFixed(6))) / scale).toFixed(digits);
}

function requireSound(mono, rate, settings) {
  const seconds = mono.length / rate;
  const shortest = settings.shortest_seconds;
  if (!seconds) throw new RecordingError("holds no samples; export or record it again");
  if (seconds < shortest)
    throw new RecordingError(
      `holds ${roundedDown(seconds, 4)} s; nothing can be told by less than ${shortest} s, record more`,
    );
  let bad = 0;
  for (const sample of mono) if (!(Math.abs(sample) < settings.largest_sample)) bad++;
  if (bad) throw new RecordingError(`${bad} samples are NaN, infinite or huge; export it again as 16-bit wav`);
  if (isSilent(mono, settings))
    throw new RecordingError("holds nothing but silence; is it the right file or channel?");
}

/** Whether no sample is far from the middle: a constant is no sound either. */
export function isSilent(signal, settings) {
  let low = Infinity;
  let high = -Infinity;
  for (const sample of signal) {
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  return !(high - low >= 2 * settings.silence_peak);
}

/** Of `down` samples at one rate, `up` are made at the other. */
export function ratio(rate, target) {
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);
  const common = divisor(rate, target);
  return { up: target / common, down: rate / common };
}

/** Samples (Float32Array) at another rate. */
export function resample(signal, rate, target) {
  const { up, down } = ratio(rate, target);
  const { table, reach } = filter(up, rate, target);
  const taps = 2 * reach;
  const padded = new Float32Array(signal.length + 2 * reach + 2);
  padded.set(signal, reach);
  const out = new Float32Array(Math.floor((signal.length * up) / down + 0.5));
  for (let m = 0; m < out.length; m++) {
    const first = Math.floor((m * down) / up) + 1; // in `padded`: `reach` samples before where it lies
    const row = ((m * down) % up) * taps;
    let even = 0;
    let odd = 0;
    for (let k = 0; k < taps; k += 2) {
      even += table[row + k] * padded[first + k];
      odd += table[row + k + 1] * padded[first + k + 1];
    }
    out[m] = even + odd;
  }
  return out;
}

// A row of coefficients for each place that a new sample can have between two old ones.
function filter(up, rate, target) {
  const nyquist = Math.min(rate, target) / (rate * up);
  const transition = 0.5 * (1 - PASSED) * nyquist;
  const cutoff = nyquist - transition;
  const half = WIDTH / transition / 2;
  const reach = Math.floor(half / up) + 1;
  const table = new Float64Array(up * 2 * reach);
  for (let place = 0; place < up; place++)
    for (let k = 0; k < 2 * reach; k++) {
      const t = place + (reach - 1 - k) * up;
      if (Math.abs(t) < half)
        table[place * 2 * reach + k] =
          (up * cutoff * sinc(cutoff * t) * bessel(KAISER_BETA * Math.sqrt(1 - (t / half) ** 2))) / bessel(KAISER_BETA);
    }
  return { table, reach };
}

const sinc = (x) => (x ? Math.sin(Math.PI * x) / (Math.PI * x) : 1);

// The modified Bessel function of order zero, by its series.
function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
