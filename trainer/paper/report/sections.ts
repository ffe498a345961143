/** Sections that the report of an experiment and that of a run share. */
import type { Dataset } from "../../data/folder.ts";
import { VOTES } from "../../evaluate/protocols/protocols.ts";
import { compared, featured, type MethodResult, type PaperResult } from "../result.ts";
import { colourOf } from "./chart.ts";
import {
  convergenceChart,
  DIFFERENT,
  featureSpreadChart,
  legend,
  methodLegend,
  rankingChart,
  RANKINGS,
  reliabilityChart,
  reliabilityTitle,
  SAME,
  scoreSpreadChart,
  separationChart,
} from "./charts.ts";
import { contactSheet } from "./contactSheet.ts";
import { html, type Html } from "./html.ts";
import { STYLE } from "./style.ts";
import { thousandths } from "./table.ts";
import { moreTable, recallTables } from "./tables.ts";

/** The page around its content: one HTML file that needs nothing else. */
export const htmlPage = (title: string, content: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        ${content}
      </body>
    </html>`.text;

/** A sentence for each method whose run reported a collapse. */
export function collapses(methods: readonly MethodResult[]): Html {
  const sentences = methods.flatMap(({ title, runs }) => {
    const collapsed = runs.filter(({ collapse }) => collapse !== null);
    if (collapsed.length === 0) return [];
    const seeds = collapsed.map(({ seed }) => seed).join(", ");
    return html`<p class="warning">
      <b>${title}</b>, seed ${seeds}: ${collapsed[0]!.collapse ?? ""}
    </p>`;
  });
  return html`${sentences}`;
}

const nothing = html``;

const several = (methods: readonly MethodResult[]) => methods.some(({ runs }) => runs.length > 1);

const chart = (title: string, drawing: Html) =>
  html`<div>
    <h3>${title}</h3>
    ${drawing}
  </div>`;

function overSteps(methods: readonly MethodResult[], watched: string): Html {
  if (methods.every(({ runs }) => runs.every(({ curve }) => curve.length === 0))) return nothing;
  return html`<h2>Over the steps</h2>
    <p>
      Measured while training, on ${watched}
      classes${several(methods) ? ", mean over the seeds" : ""}. A spread that falls towards zero is
      a collapse: features all alike, or S a constant.
    </p>
    ${methodLegend(methods)}
    <div class="charts">
      ${[
        chart("Recall@1 by D, %", convergenceChart(methods)),
        chart("Spread of the features", featureSpreadChart(methods)),
        chart("Spread of S", scoreSpreadChart(methods)),
      ]}
    </div>`;
}

const rankings = (methods: readonly MethodResult[]): Html =>
  html`<h2>D against S</h2>
    ${legend(RANKINGS)}
    <div class="charts"><div>${rankingChart(methods)}</div></div>`;

function separations(methods: readonly MethodResult[]): Html {
  const charts = compared(methods).flatMap(({ title, runs }) => {
    const { d, s } = runs[0]!.measures;
    return [
      chart(
        `${title}: D, overlap ${thousandths(d.separation.overlap)}`,
        separationChart("D", d.separation),
      ),
      chart(
        `${title}: S, overlap ${thousandths(s.separation.overlap)}`,
        separationChart("S", s.separation),
      ),
    ];
  });
  return html`<h2>Pairs of one class and of two</h2>
    <p>
      How D and S tell them apart${several(methods) ? ", first seed" : ""}. The less the two
      overlap, the better.
    </p>
    ${legend([
      { title: "one class", colour: SAME },
      { title: "two classes", colour: DIFFERENT },
    ])}
    <div class="charts">${charts}</div>`;
}

function reliability(methods: readonly MethodResult[]): Html {
  const curves = compared(methods).map(({ title, method, runs }) => {
    const { reliability } = runs[0]!.measures;
    return { title: reliabilityTitle(title, reliability), colour: colourOf(method), reliability };
  });
  return html`<h2>Is the probability honest?</h2>
    <p>
      Of pairs that are given a probability, this share is of one class; on the dashed line the
      probability is what it says. Both kinds of pairs weigh the
      same.${several(methods) ? " First seed." : ""}
    </p>
    ${legend(curves)}
    <div class="charts"><div>${reliabilityChart(curves)}</div></div>`;
}

async function contacts(data: Dataset, methods: readonly MethodResult[]): Promise<Html> {
  const { title, runs } = featured(methods);
  return html`<h2>Queries and their nearest images</h2>
    <p>
      “${title}”, seed ${runs[0]!.seed}: the six nearest by D and by S. Green with ✓ is of the
      query's class, red with ✗ is not. The first six queries are those on which D and S differ
      most, of 100 drawn at random; the others are as drawn.
    </p>
    ${await contactSheet(data, runs[0]!.contacts)}`;
}

/** All that is one number. */
const allFigures = (methods: readonly MethodResult[]): Html =>
  html`<h2>All figures</h2>
    ${moreTable(methods)}
    <p class="quiet">
      Transfer: half of each test class's images are known, the others are recognised by the nearest
      class mean or by the ${VOTES} nearest neighbours. Zero-shot: the same with the training
      classes among the answers. Gallery: S with the density of each image among those that are
      searched, in place of its density among training images.
    </p>
    ${recallTables(methods).map(
      ({ title, table }) =>
        html`<details>
          <summary>Recall@K ${title}</summary>
          ${table}
        </details>`,
    )}`;

/** What was found, in pictures and figures. @param data whose pictures the contact sheet shows */
export async function findings(
  { methods, data: { classes } }: Pick<PaperResult, "methods" | "data">,
  data: Dataset,
): Promise<Html> {
  const watched = classes.heldOut > 0 ? "held-out training" : "the training";
  return html`${rankings(methods)} ${overSteps(methods, watched)} ${separations(methods)}
  ${reliability(methods)} ${await contacts(data, methods)} ${allFigures(methods)}`;
}
