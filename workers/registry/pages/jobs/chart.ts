import { element } from "../../../pages/element.ts";
import { Curve, type Point, ticks } from "./curve.ts";
import { whole } from "./words.ts";

const HEIGHT = 190;
const MARGIN = { left: 60, right: 14, top: 10, bottom: 26 };
const MOST_TICKS = 5;

function svg(tag: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
}

/** Which point a key leads to; undefined for other keys. */
const KEYS: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at) => Math.max(0, at - 1),
  ArrowRight: (at, last) => Math.min(last, at + 1),
  Home: () => 0,
  End: (_, last) => last,
};

interface Options {
  title: string;
  format: (value: number) => string;
  /** Whether a value holds until the next one; else lines connect them. */
  holds?: boolean;
}

/** A curve that grows. The value under the pointer, or that arrow keys choose, stands above it. */
export class Chart {
  readonly figure: HTMLElement;
  private readonly curve = new Curve();
  private readonly picture = svg("svg", { tabindex: 0, role: "img", height: HEIGHT });
  private readonly readout = element("output");
  private steps = 1;
  private width = 0;
  private chosen: number | undefined;
  private frame = 0;

  constructor(private readonly options: Options) {
    this.figure = element(
      "figure",
      { class: "chart" },
      element("figcaption", {}, element("span", {}, options.title), this.readout),
    );
    this.figure.append(this.picture);
    const { picture } = this;
    picture.addEventListener("pointermove", ({ offsetX }) => {
      const share = (offsetX - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right);
      this.choose(this.curve.nearest(share * this.steps));
    });
    picture.addEventListener("keydown", (event) => {
      const move = KEYS[event.key];
      if (!move) return;
      event.preventDefault();
      const last = this.curve.points.length - 1;
      this.choose(move(this.chosen ?? last, last));
    });
    for (const type of ["pointerleave", "blur"]) {
      picture.addEventListener(type, () => this.choose(undefined));
    }
    new ResizeObserver(([entry]) => {
      this.width = entry?.contentRect.width ?? 0;
      this.drawSoon();
    }).observe(this.figure);
  }

  /** @param steps how many the job has */
  add(x: number, y: number | null, steps: number): void {
    this.steps = steps;
    if (y !== null) this.curve.add(x, y);
    this.drawSoon();
  }

  private choose(index: number | undefined): void {
    this.chosen = index;
    this.drawSoon();
  }

  private drawSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { points } = this.curve;
    const { title, format } = this.options;
    const [first, last] = [points[0], points.at(-1)];
    const chosen = points[this.chosen ?? -1] ?? last;
    const words = (point: Point) => `${format(point.y)} at step ${whole(point.x)}`;
    this.readout.textContent = chosen ? words(chosen) : "";
    const label = first && last ? `${title}: ${words(first)}, ${words(last)}` : title;
    this.picture.setAttribute("aria-label", label);
    this.figure.hidden = points.length === 0;
    this.picture.setAttribute("width", String(this.width));
    this.picture.replaceChildren(...(this.width > 0 ? this.parts(points, chosen) : []));
  }

  private parts(points: readonly Point[], chosen: Point | undefined): SVGElement[] {
    const { format, holds = false } = this.options;
    const values = points.map(({ y }) => y);
    const levels =
      points.length > 0 ? ticks(Math.min(...values), Math.max(...values), MOST_TICKS) : [];
    const [low = 0, high = 1] = [levels[0], levels.at(-1)];
    const [right, bottom] = [this.width - MARGIN.right, HEIGHT - MARGIN.bottom];
    const place = ({ x, y }: Point) => ({
      x: MARGIN.left + ((right - MARGIN.left) * x) / this.steps,
      y: bottom - ((bottom - MARGIN.top) * (y - low)) / (high - low),
    });
    const level = (y: number) => {
      const at = place({ x: 0, y }).y;
      return [
        svg("line", { class: "level", x1: MARGIN.left, x2: right, y1: at, y2: at }),
        svg("text", { x: MARGIN.left - 8, y: at + 4, "text-anchor": "end" }, format(y)),
      ];
    };
    const placed = points.map(place);
    const path = placed.map(({ x, y }) => (holds ? `H${x}V${y}` : `L${x} ${y}`)).join("");
    const start = placed[0] && `M${placed[0].x} ${placed[0].y}`;
    const dot = chosen && place(chosen);
    return [
      ...levels.flatMap(level),
      svg("line", { class: "axis", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }),
      svg("text", { x: MARGIN.left, y: HEIGHT - 6 }, "step 0"),
      svg("text", { x: right, y: HEIGHT - 6, "text-anchor": "end" }, whole(this.steps)),
      ...(start ? [svg("path", { class: "curve", d: start + path })] : []),
      ...(dot ? [svg("circle", { class: "dot", cx: dot.x, cy: dot.y, r: 4 })] : []),
    ];
  }
}
