// The answer over time: the waveform, and below it a row an instrument, the stronger the more probable.
const LABELS = 132; // pixels to the left, and room to the right; style.css has the slider between them, too
const RIGHT = 16;
const WAVE = 52;
const ROW = 20;
const AXIS = 24;
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300];
const ROOM = 56; // pixels between ticks, at least
const SVG = "http://www.w3.org/2000/svg";

function draw(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

export class Chart {
  /** In an element of the page; `clicked` is told the second that is clicked on. */
  constructor(element, clicked) {
    this.element = element;
    element.onclick = ({ clientX }) => {
      const share = (clientX - element.getBoundingClientRect().left - LABELS) / this.width;
      if (share >= 0 && share <= 1) clicked(share * this.seconds);
    };
    new ResizeObserver(() => this.shown && this.show(...this.shown)).observe(element);
  }

  /** An answer, its probabilities second by second, the names of their columns, and the answer in words. */
  show(answer, rows, names, verdict) {
    this.shown = [answer, rows, names, verdict];
    this.seconds = answer.seconds;
    this.width = Math.max(100, this.element.clientWidth - LABELS - RIGHT);
    const height = WAVE + ROW * names.length + AXIS;
    const width = LABELS + this.width + RIGHT;
    const label =
      "Waveform and, for each second, the probability of each instrument and of none of them; " +
      `for the whole: ${verdict}. The same is told in words below.`;
    const svg = draw("svg", { width, height, role: "img", "aria-label": label });
    svg.append(this.wave(answer.peaks), ...names.flatMap((name, index) => this.row(name, index, rows)), ...this.axis());
    this.pointer = draw("line", { class: "pointer", y1: 0, y2: height - AXIS });
    svg.append(this.pointer);
    this.element.replaceChildren(svg);
    this.point(0);
  }

  /** Move the pointer to a second. */
  point(second) {
    for (const end of ["x1", "x2"]) this.pointer?.setAttribute(end, this.place(Math.min(second, this.seconds)));
  }

  place(second) {
    return LABELS + (second / this.seconds) * this.width;
  }

  wave(peaks) {
    const highest = Math.max(...peaks);
    const points = peaks.map((peak, index) => [
      LABELS + ((index + 0.5) / peaks.length) * this.width,
      (0.46 * WAVE * peak) / highest,
    ]);
    const above = points.map(([x, y]) => `${x.toFixed(1)},${(WAVE / 2 - y).toFixed(1)}`);
    const below = points.reverse().map(([x, y]) => `${x.toFixed(1)},${(WAVE / 2 + y).toFixed(1)}`);
    return draw("polygon", { class: "wave", points: [...above, ...below].join(" ") });
  }

  row(name, index, rows) {
    const y = WAVE + ROW * index;
    const cells = rows.map((probabilities, second) => {
      const x = this.place(second);
      const width = this.place(Math.min(second + 1, this.seconds)) - x;
      const opacity = probabilities ? probabilities[index].toFixed(3) : 0;
      return draw("rect", { class: "cell", x, y: y + 2, width, height: ROW - 4, "fill-opacity": opacity });
    });
    return [
      draw("text", { x: LABELS - 8, y: y + ROW / 2, class: "name" }, name),
      draw("rect", { class: "lane", x: LABELS, y: y + 2, width: this.width, height: ROW - 4 }),
      ...cells,
    ];
  }

  axis() {
    const step = TICKS.find((each) => (each / this.seconds) * this.width >= ROOM) ?? TICKS.at(-1);
    const marks = Array.from({ length: Math.floor(this.seconds / step) + 1 }, (_, index) => index * step);
    return marks.map((second) => {
      const text = `${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")}`;
      return draw("text", { class: "tick", x: this.place(second), y: WAVE + ROW * this.shown[2].length + 16 }, text);
    });
  }
}
