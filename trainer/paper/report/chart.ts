import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { DEFAULT_METHOD, type MethodName, METHOD_NAMES } from "../../methods/methods.ts";
import { Html } from "./html.ts";

use([LineChart, BarChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** Stands for the page's own text colour, which is light or dark. */
const INK = "#010203";

/** Legible on white and on near black. */
const PALETTE = [
  "#8a8f98",
  "#4f8fd0",
  "#3fa7a0",
  "#7a9a3a",
  "#b08a2e",
  "#c46a5a",
  "#b0649c",
  "#8d72c9",
  "#a3785a",
  "#5aa06a",
  "#6f7fd6",
];
const OURS = "#e0662f";

/** The colour of a method in all charts. */
export const colourOf = (method: MethodName): string =>
  method === DEFAULT_METHOD ? OURS : PALETTE[METHOD_NAMES.indexOf(method) % PALETTE.length]!;

/** The eye cannot keep so many colours apart, so every other line is dashed; ours is solid. */
export const strokeOf = (method: MethodName): "solid" | "dashed" =>
  method === DEFAULT_METHOD || METHOD_NAMES.indexOf(method) % 2 === 1 ? "solid" : "dashed";

const FONT = 13;

/** Narrow enough to be read on a phone. */
const WIDTH = 460;
const HEIGHT = 300;

/** Without the last digits that floats carry. */
const toLabel = (value: number | string) =>
  typeof value === "number" ? String(Number(value.toPrecision(4))) : value;

/** An axis with its name, as all charts have it. */
export function axis(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: INK, fontSize: FONT },
    axisLabel: { color: INK, fontSize: FONT - 1, hideOverlap: true, formatter: toLabel },
    axisLine: { onZero: false, lineStyle: { color: INK, opacity: 0.4 } },
    axisTick: { lineStyle: { color: INK, opacity: 0.4 } },
    splitLine: { lineStyle: { color: INK, opacity: 0.12 } },
    ...more,
  };
}

/**
 * Draws a chart as SVG that takes the page's text colour and stretches to its container.
 *
 * @param option axes, by `axis`, and series of ECharts
 * @param title what a screen reader says
 */
export function drawChart(option: EChartsCoreOption, title: string, height = HEIGHT): Html {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: "inherit", color: INK },
    grid: {
      left: 4,
      right: 16,
      top: 12,
      bottom: 4,
      outerBoundsMode: "same",
      outerBoundsContain: "all",
    },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  const label = title.replace(/[&<>"]/g, "");
  return new Html(
    svg
      .replaceAll(INK, "currentColor")
      // Within HTML, SVG needs no namespaces; and nothing here reacts to the mouse.
      .replace(/ xmlns(:\w+)?="[^"]*"/g, "")
      .replace(/<style[^]*?<\/style>/g, "")
      .replace(/ (class|pointer-events|ecmeta_\w+)="[^"]*"/g, "")
      .replace(/^<svg width="\d+" height="\d+"/, "<svg")
      .replace("<svg", `<svg role="img" aria-label="${label}"`),
  );
}
