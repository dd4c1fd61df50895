// Windows of three seconds and how much each counts: irmas_helpers/sound/windows.py.

/** Where the windows of so many samples start; the last one ends where the recording ends. */
export function windowStarts(samples, settings) {
  const hop = Math.round(settings.hop_seconds * settings.sample_rate);
  const starts = [];
  let [start, done] = [0, 0];
  for (; start + settings.clip_samples <= samples; start += hop) {
    starts.push(start);
    done = start + settings.clip_samples;
  }
  if (samples < settings.clip_samples) return [0];
  return done < samples ? [...starts, samples - settings.clip_samples] : starts;
}

/** The window that starts at a sample (a copy); a recording that is shorter lies in the middle of silence. */
export function windowAt(signal, start, settings) {
  return signal.length < settings.clip_samples
    ? surround(signal, settings)
    : signal.slice(start, start + settings.clip_samples);
}

function surround(signal, { clip_samples, fade_samples }) {
  const n = signal.length;
  const out = new Float32Array(clip_samples);
  const before = Math.floor((clip_samples - n) / 2);
  const fade = Math.min((n + 1) / 2, (fade_samples * (n + 1)) / n);
  for (let at = 0; at < n; at++) {
    const share = Math.min(1, Math.min(at + 1, n - at) / fade);
    out[before + at] = signal[at] * Math.fround(0.5 - 0.5 * Math.cos(Math.PI * share));
  }
  return out;
}

/** 1 for the loudest window, falling with the level to 0. */
export function levelWeights(levels, settings) {
  const loudest = levels.reduce((a, b) => Math.max(a, b));
  return levels.map((level) => Math.max(0, 1 - (loudest - level) / settings.weight_range_db));
}
