// From a window of samples to what the network sees, and what else is told by it: irmas_helpers/sound/features.py.

/** Computes log-mels of windows of one length; `settings` is settings.json. */
export class Features {
  constructor(settings) {
    this.settings = settings;
    this.frames = settings.clip_frames;
    const size = settings.n_fft;
    this.window = Float32Array.from({ length: size }, (_, at) => 0.5 + 0.5 * Math.cos(Math.PI * ((2 * at) / size - 1)));
    this.cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sin = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    const bits = Math.log2(size);
    this.reversed = Uint16Array.from({ length: size }, (_, at) => {
      let turned = 0;
      for (let bit = 0; bit < bits; bit++) turned |= ((at >> bit) & 1) << (bits - 1 - bit);
      return turned;
    });
    this.real = new Float64Array(size);
    this.imaginary = new Float64Array(size);
  }

  /** Decibels relative to the window's own maximum: Float32Array, bands from low to high by frames. */
  logMel(signal) {
    const { top_db, smallest_power } = this.settings;
    const decibels = this.melPower(signal).map((power) => 10 * Math.log10(Math.max(power, smallest_power)));
    const highest = decibels.reduce((a, b) => Math.max(a, b));
    const lowest = Math.fround(highest - top_db);
    return decibels.map((value) => Math.max(value, lowest) - highest);
  }

  melPower(signal) {
    const { n_fft, hop_length, mel } = this.settings;
    const padded = new Float32Array(signal.length + n_fft);
    padded.set(signal, n_fft / 2);
    const out = new Float32Array(mel.length * this.frames);
    const [first, second] = [new Float64Array(n_fft / 2 + 1), new Float64Array(n_fft / 2 + 1)];
    for (let frame = 0; frame < this.frames; frame += 2) {
      this.twoSpectra(padded, frame * hop_length, first, second);
      this.addBands(first, frame, out);
      if (frame + 1 < this.frames) this.addBands(second, frame + 1, out);
    }
    return out;
  }

  addBands(power, frame, out) {
    this.settings.mel.forEach(([bin, weights], band) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * power[bin + k];
      out[band * this.frames + frame] = sum;
    });
  }

  // One transform of complex numbers serves two frames of real ones; the last frame may be alone.
  twoSpectra(padded, start, first, second) {
    const { n_fft, hop_length } = this.settings;
    const { real, imaginary, window, reversed } = this;
    for (let at = 0; at < n_fft; at++) {
      const to = reversed[at];
      real[to] = padded[start + at] * window[at];
      imaginary[to] = (padded[start + hop_length + at] ?? 0) * window[at];
    }
    this.transform();
    for (let k = 0; k <= n_fft / 2; k++) {
      const back = (n_fft - k) % n_fft;
      first[k] = ((real[k] + real[back]) ** 2 + (imaginary[k] - imaginary[back]) ** 2) / 4;
      second[k] = ((imaginary[k] + imaginary[back]) ** 2 + (real[k] - real[back]) ** 2) / 4;
    }
  }

  // Cooley and Tukey's fast Fourier transform, in place; the input lies in bit-reversed order.
  transform() {
    const { real, imaginary, cos, sin } = this;
    const size = real.length;
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half)
        for (let k = 0; k < half; k++) {
          const low = start + k;
          const high = low + half;
          const c = cos[k * step];
          const s = sin[k * step];
          const re = real[high] * c - imaginary[high] * s;
          const im = real[high] * s + imaginary[high] * c;
          real[high] = real[low] - re;
          imaginary[high] = imaginary[low] - im;
          real[low] += re;
          imaginary[low] += im;
        }
    }
  }

  /** Near 0 dB for noise and clicks, far below for tones. */
  flatness(decibels) {
    const { frames } = this;
    const bands = this.settings.mel.length;
    let sum = 0;
    let total = 0;
    for (let frame = 0; frame < frames; frame++) {
      let level = 0;
      let power = 0;
      for (let band = 0; band < bands; band++) {
        level += decibels[band * frames + frame];
        power += 10 ** (decibels[band * frames + frame] / 10);
      }
      sum += power * (level / bands - 10 * Math.log10(power / bands));
      total += power;
    }
    return sum / total;
  }

  /** How much a log-mel changes along time against along frequency: large for drums. */
  anisotropy(decibels) {
    const bands = this.settings.mel.length;
    const kept = this.framesAbove(decibels, -this.settings.top_db);
    if (kept.length < 3) return 0;
    const at = (band, index) => decibels[band * this.frames + kept[index]];
    let time = 0;
    let frequency = 0;
    for (let band = 0; band < bands; band++)
      for (let index = 0; index < kept.length; index++) {
        if (index > 1) time += Math.abs(at(band, index) - at(band, index - 2));
        if (band > 1) frequency += Math.abs(at(band, index) - at(band - 2, index));
      }
    const ratio = time / (bands * (kept.length - 2)) / (frequency / ((bands - 2) * kept.length));
    return Number.isNaN(ratio) ? 0 : ratio;
  }

  /** The share of cells far below the maximum, in frames that sound: large for a lone note. */
  sparsity(decibels) {
    const bands = this.settings.mel.length;
    const sounding = this.framesAbove(decibels, -this.settings.empty_db, true);
    let empty = 0;
    for (const frame of sounding)
      for (let band = 0; band < bands; band++)
        empty += decibels[band * this.frames + frame] < -this.settings.empty_db;
    return empty / bands / sounding.length;
  }

  framesAbove(decibels, level, orEqual = false) {
    const found = [];
    for (let frame = 0; frame < this.frames; frame++) {
      let loudest = -Infinity;
      for (let at = frame; at < decibels.length; at += this.frames) loudest = Math.max(loudest, decibels[at]);
      if (loudest > level || (orEqual && loudest === level)) found.push(frame);
    }
    return found;
  }
}
