// How foreign a sound is to a network that knows so many classes: irmas_helpers/scoring/openset.py.

/** A head with one hidden layer; the last of its outputs stands for what is none of the classes. */
export class Head {
  /** `weights` (Float32Array) are mean, deviation, hidden and outputs, one behind the other, rows first. */
  constructor(weights, { features, units }) {
    let from = 0;
    const next = (size) => weights.subarray(from, (from += size));
    [this.mean, this.deviation] = [next(features), next(features)];
    this.hidden = next((features + 1) * units);
    this.outputs = next(Infinity);
    this.units = units;
  }

  /** The log-odds of the class for all others, from a network's features. */
  score(features) {
    const standard = Array.from(features, (value, at) => (value - this.mean[at]) / this.deviation[at]);
    const units = layer(standard, this.hidden, this.units).map((value) => Math.max(value, 0));
    return logOdds(layer(units, this.outputs, this.outputs.length / (this.units + 1)));
  }
}

// Biases are the last row.
function layer(values, weights, width) {
  const out = Float64Array.from(weights.subarray(values.length * width));
  values.forEach((value, row) => {
    for (let column = 0; column < width; column++) out[column] += value * weights[row * width + column];
  });
  return out;
}

function logOdds(values) {
  const known = values.subarray(0, -1);
  const most = Math.max(...known);
  return values.at(-1) - most - Math.log(known.reduce((sum, value) => sum + Math.exp(value - most), 0));
}
