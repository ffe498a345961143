import type { Reliability } from "../../evaluate/pairs/reliability.ts";
import type { Separation } from "../../evaluate/pairs/separation.ts";
import { DEFAULT_METHOD } from "../../methods/methods.ts";
import type { MiningCost } from "../miningCost.ts";
import type { MethodResult } from "../result.ts";
import { describeValues } from "../statistics.ts";
import { axis, colourOf, drawChart, strokeOf } from "./chart.ts";
import { html, type Html } from "./html.ts";
import { thousandths } from "./table.ts";

/** What a chart's colours mean; as HTML it wraps on a phone. */
export function legend(
  entries: readonly { title: string; colour: string; stroke?: "solid" | "dashed" }[],
): Html {
  const items = entries.map(
    ({ title, colour, stroke = "solid" }) =>
      html`<li><i style="border-top: .3rem ${stroke} ${colour}"></i>${title}</li>`,
  );
  return html`<ul class="legend">
    ${items}
  </ul>`;
}

export const methodLegend = (methods: readonly MethodResult[]): Html =>
  legend(
    methods.map(({ title, method }) => ({
      title,
      colour: colourOf(method),
      stroke: strokeOf(method),
    })),
  );

type Point = MethodResult["runs"][number]["curve"][number];

/** Mean over the seeds at each step that any of them was evaluated at. */
function meanCurve({ runs }: MethodResult, value: (point: Point) => number): [number, number][] {
  const byStep = new Map<number, number[]>();
  for (const point of runs.flatMap(({ curve }) => curve)) {
    byStep.set(point.step, [...(byStep.get(point.step) ?? []), value(point)]);
  }
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([step, values]) => [step, describeValues(values).mean]);
}

/** A line a method, over the steps. @param kind of the vertical axis */
function overSteps(
  methods: readonly MethodResult[],
  name: string,
  value: (point: Point) => number,
  kind: "value" | "log" = "value",
): Html {
  const series = methods.map((it) => ({
    type: "line",
    data: meanCurve(it, value),
    symbol: "circle",
    symbolSize: 4,
    color: colourOf(it.method),
    lineStyle: { width: it.method === DEFAULT_METHOD ? 3.5 : 1.8, type: strokeOf(it.method) },
    z: it.method === DEFAULT_METHOD ? 3 : 2,
  }));
  const option = {
    xAxis: axis("step", { splitLine: { show: false } }),
    yAxis: axis(name, { type: kind, scale: true, nameGap: 46 }),
    series,
  };
  return drawChart(option, `${name} over the steps`);
}

export const convergenceChart = (methods: readonly MethodResult[]): Html =>
  overSteps(methods, "Recall@1, %", ({ recallAt1 }) => 100 * recallAt1);

export const featureSpreadChart = (methods: readonly MethodResult[]): Html =>
  overSteps(methods, "mean D of two features", ({ distance }) => distance);

/** S is of any scale, and a collapse takes it down by orders of magnitude. */
export const scoreSpreadChart = (methods: readonly MethodResult[]): Html =>
  overSteps(methods, "standard deviation of S", ({ score }) => Math.max(score, 1e-8), "log");

export const SAME = "#3f9a6b";
export const DIFFERENT = "#d0664a";

/** The distributions of a similarity for same- and for different-class pairs. */
export function separationChart(name: string, { low, width, same, different }: Separation): Html {
  const area = (densities: number[], colour: string) => ({
    type: "line",
    step: "middle",
    symbol: "none",
    color: colour,
    areaStyle: { opacity: 0.25 },
    data: densities.map((density, bin) => [low + (bin + 0.5) * width, density]),
  });
  const option = {
    xAxis: axis(name, {
      min: low,
      max: low + same.length * width,
      splitLine: { show: false },
      axisLabel: { ...labelOf(axis(name)), showMinLabel: false, showMaxLabel: false },
    }),
    yAxis: axis("density", { nameGap: 46 }),
    series: [area(different, DIFFERENT), area(same, SAME)],
  };
  return drawChart(option, `distribution of ${name} for pairs of one class and of two`);
}

const labelOf = ({ axisLabel }: Record<string, unknown>) => axisLabel as object;

/** How often pairs of a given probability are of one class: on the diagonal where it is honest. */
export function reliabilityChart(
  curves: readonly { colour: string; reliability: Reliability }[],
): Html {
  const range = { min: 0, max: 1 };
  const option = {
    xAxis: axis("probability", { ...range, splitLine: { show: false } }),
    yAxis: axis("share of one class", { ...range, nameGap: 40 }),
    series: [
      {
        type: "line",
        symbol: "none",
        color: "#8a8f98",
        lineStyle: { type: "dashed", width: 1 },
        data: [
          [0, 0],
          [1, 1],
        ],
      },
      ...curves.map(({ colour, reliability }) => ({
        type: "line",
        color: colour,
        symbol: "circle",
        symbolSize: 5,
        data: reliability.bins.map(({ confidence, same }) => [confidence, same]),
      })),
    ],
  };
  return drawChart(option, "share of same-class pairs by probability");
}

export const MINING = [
  { title: "S of all pairs", colour: "#e0662f", of: ({ scores }: MiningCost) => scores },
  {
    title: "hardest quadruplet, given S",
    colour: "#4f8fd0",
    of: ({ hardest }: MiningCost) => hardest,
  },
  {
    title: "every positive by D, with D",
    colour: "#3fa7a0",
    of: ({ everyPositive }: MiningCost) => everyPositive,
  },
];
export const STEP_COLOUR = "#8a8f98";

/** @param step the whole of a training step, for comparison */
export function miningChart(
  costs: readonly MiningCost[],
  step: { batch: number; milliseconds: number } | null,
): Html {
  const times = [...MINING.flatMap(({ of }) => costs.map(of)), step?.milliseconds ?? 1];
  const decade = (value: number) => 10 ** value;
  const series: object[] = MINING.map(({ colour, of }) => ({
    type: "line",
    color: colour,
    symbol: "circle",
    symbolSize: 6,
    data: costs.map((cost) => [String(cost.batch), of(cost)]),
  }));
  if (step) {
    series.push({
      type: "line",
      color: STEP_COLOUR,
      symbol: "none",
      lineStyle: { type: "dashed" },
      data: costs.map(({ batch }) => [String(batch), step.milliseconds]),
    });
  }
  const option = {
    xAxis: axis("images in a batch", {
      type: "category",
      boundaryGap: false,
      data: costs.map(({ batch }) => String(batch)),
    }),
    yAxis: axis("milliseconds", {
      type: "log",
      min: decade(Math.floor(Math.log10(Math.min(...times)))),
      max: decade(Math.ceil(Math.log10(Math.max(...times)))),
      nameGap: 46,
    }),
    series,
  };
  return drawChart(option, "cost of mining by images in a batch");
}

export const RANKINGS = [
  {
    title: "by D",
    colour: "#4f8fd0",
    of: ({ summary }: MethodResult) => summary.recallByD["1"]!.mean,
  },
  {
    title: "by S",
    colour: "#e0662f",
    of: ({ summary }: MethodResult) => summary.recallByS["1"]!.mean,
  },
  {
    title: "by D, density-corrected",
    colour: "#8a8f98",
    of: ({ summary }: MethodResult) => summary.recallByDensity["1"]!.mean,
  },
];

const ROW = 46;

/** Recall@1 of each method by each ranking, side by side. */
export function rankingChart(methods: readonly MethodResult[]): Html {
  const name = "Recall@1, %";
  const titles = axis("");
  const option = {
    // Labels are measured in another font than the reader's: they get room to spare.
    grid: { left: 152, right: 16, top: 4, bottom: 48 },
    xAxis: axis(name, { scale: false }),
    yAxis: {
      ...titles,
      type: "category",
      inverse: true,
      data: methods.map(({ title }) => title),
      axisLabel: { ...labelOf(titles), width: 130, overflow: "break", hideOverlap: false },
      axisTick: { show: false },
    },
    series: RANKINGS.map(({ colour, of }) => ({
      type: "bar",
      color: colour,
      barGap: "10%",
      barCategoryGap: "30%",
      data: methods.map((it) => Number((100 * of(it)).toFixed(2))),
    })),
  };
  return drawChart(option, "Recall@1 of each method by D and by S", 60 + ROW * methods.length);
}

/** E.g. "ours: ECE 0.031". */
export const reliabilityTitle = (title: string, { error }: Reliability): string =>
  `${title}: ECE ${thousandths(error)}`;
