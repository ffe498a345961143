import { backboneNamed } from "../../networks/backbones/registry.ts";
import { basename } from "node:path";
import type { Dataset } from "../../data/folder.ts";
import { describeQueries } from "../../evaluate/ranking/queries.ts";
import { VOTES } from "../../evaluate/protocols/protocols.ts";
import { METHODS } from "../../methods/methods.ts";
import { growth } from "../miningCost.ts";
import { compared, featured, type MethodResult, type PaperResult } from "../result.ts";
import { colourOf } from "./chart.ts";
import {
  convergenceChart,
  DIFFERENT,
  featureSpreadChart,
  legend,
  methodLegend,
  MINING,
  miningChart,
  rankingChart,
  RANKINGS,
  reliabilityChart,
  reliabilityTitle,
  SAME,
  scoreSpreadChart,
  separationChart,
  STEP_COLOUR,
} from "./charts.ts";
import { contactSheet } from "./contactSheet.ts";
import { html, type Html } from "./html.ts";
import { STYLE } from "./style.ts";
import { percent, thousandths } from "./table.ts";
import {
  ablationTable,
  controlTable,
  moreTable,
  recallTables,
  seedTable,
  summaryTable,
} from "./tables.ts";

const nothing = html``;

/** What was trained on what, in two sentences. */
function introduction({ config, data, seeds, methods }: PaperResult): Html {
  const { images, classes } = data;
  const network = backboneNamed(config.network)?.hasWidth
    ? `${config.network} ${config.width}`
    : config.network;
  const trained = methods.length === 1 ? "One method" : `${methods.length} methods`;
  const seen =
    config.centerCrop === 1 ? "" : `, the middle ${percent(config.centerCrop)} % of each side`;
  const held =
    classes.heldOut === 0
      ? ""
      : `; ${classes.heldOut} more were held out to decide, and then taught S`;
  // Of the same number of images, each run has as many queries.
  const sampled = describeQueries(methods[0]!.runs[0]!.measures.queries, images.test);
  const start = config.init === undefined ? "from scratch" : "from pretrained weights";
  return html`<p>
      ${trained} on the same network (${network}, ${config.size} px${seen}, ${config.dimensions}
      dimensions, ${start}, frozen: ${config.freeze}), the same batches of ${config.classesPerBatch}
      classes with ${config.imagesPerClass} images and the same ${config.steps} steps;
      ${seeds.length > 1 ? `seeds ${seeds.join(", ")}` : `seed ${seeds[0]}`}.
    </p>
    <p class="quiet">
      Trained on ${images.train} images of ${classes.train} classes${held}. Everything below, but
      for the curves over the steps, is measured on ${images.test} images of ${classes.test} classes
      that no network has seen${sampled === null ? "" : `; ${sampled}`}. Recall, MAP@R and
      accuracies are in percent;
      ${seeds.length > 1 ? "± is the standard deviation over the seeds." : "one seed says nothing of the spread: --seeds 1,2,3."}
    </p>`;
}

/** A sentence for each method whose run reported a collapse. */
function collapses(methods: readonly MethodResult[]): Html {
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

/** A sentence for each run that the tables lack. */
const divergences = (diverged: PaperResult["diverged"]): Html =>
  html`${diverged.map(
    ({ method, seed, message }) =>
      html`<p class="warning">
        <b>${METHODS[method].title}</b>, seed ${seed}, is left out: ${message}
      </p>`,
  )}`;

const chart = (title: string, drawing: Html) =>
  html`<div>
    <h3>${title}</h3>
    ${drawing}
  </div>`;

function overSteps(methods: readonly MethodResult[], watched: string): Html {
  if (methods.every(({ runs }) => runs.every(({ curve }) => curve.length === 0))) return nothing;
  return html`<h2>Over the steps</h2>
    <p>
      Measured while training, on ${watched} classes, mean over the seeds. A spread that falls
      towards zero is a collapse: features all alike, or S a constant.
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
    <p>How D and S tell them apart, first seed. The less the two overlap, the better.</p>
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
      probability is what it says. Both kinds of pairs weigh the same. First seed.
    </p>
    ${legend(curves)}
    <div class="charts"><div>${reliabilityChart(curves)}</div></div>`;
}

function mining({ config, methods, miningCosts }: PaperResult): Html {
  const { seconds } = featured(methods).summary;
  const batch = config.classesPerBatch * config.imagesPerClass;
  const step = seconds && { batch, milliseconds: (1000 * seconds.mean) / config.steps };
  const growths = MINING.map(({ title, of }) => {
    const power = growth(miningCosts.map((cost) => ({ batch: cost.batch, cost: of(cost) })));
    return html`<li>${title}: grows as n<sup>${power.toFixed(1)}</sup></li>`;
  });
  return html`<h2>What mining costs</h2>
    <p>Milliseconds on random features of the same length, by images n in a batch.</p>
    ${legend([
      ...MINING,
      ...(step
        ? [
            {
              title: `a whole step with ${batch} images`,
              colour: STEP_COLOUR,
              stroke: "dashed" as const,
            },
          ]
        : []),
    ])}
    <div class="charts"><div>${miningChart(miningCosts, step)}</div></div>
    <ul>
      ${growths}
    </ul>`;
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

/** What a reader needs to get the same figures. */
function repeat(
  { config, data, seeds, started, versions, methods }: PaperResult,
  command: string,
): Html {
  const facts = [
    ["data", `${data.layout}, SHA-256 ${data.fingerprint}`],
    ["seeds", seeds.join(", ")],
    ["started", started],
    ...Object.entries(versions),
  ];
  const hyperparameters = Object.fromEntries(
    methods.map(({ method, hyperparameters }) => [method, hyperparameters]),
  );
  const lines = facts.map(([name, value]) => `${name}: ${value}`).join("\n");
  return html`<h2>How to repeat this</h2>
    <pre>${command}</pre>
    <pre>${lines}</pre>
    <details>
      <summary>The whole configuration</summary>
      <pre>${JSON.stringify({ ...config, hyperparameters }, null, 2)}</pre>
    </details>`;
}

/**
 * The report: one HTML file that needs nothing else.
 *
 * @param data whose pictures the contact sheet shows
 * @param command the command line that made it
 */
export async function reportPage(
  result: PaperResult,
  data: Dataset,
  command: string,
): Promise<string> {
  const { methods, controls, data: about } = result;
  const name = basename(result.config.data);
  const watched = about.classes.heldOut > 0 ? "held-out training" : "the training";
  const parts = ablationTable(methods);
  const best = featured(methods);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>PDDM on ${name}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <h1>Local similarity-aware embedding on ${name}</h1>
        ${introduction(result)}
        <h2>Every method</h2>
        <p>
          Beside the figures that the paper published for CUB-200-2011 and CARS196, with GoogLeNet
          and its own budget. The best of a column is bold.
        </p>
        ${summaryTable(methods)} ${collapses(methods)} ${divergences(result.diverged)}
        <h2>What needs no training</h2>
        <p>
          A trained method has these to beat. And a learned S has to beat the density correction of
          the features that it scores, which for “${best.title}” gives Recall@1
          ${percent(best.summary.recallByDensity["1"]!.mean)} and AUC
          ${thousandths(best.summary.aucByDensity.mean)}.
        </p>
        ${controlTable(controls)}
        ${
          parts
            ? html`<h2>Ablation</h2>
                <p>The published form, trained with one loss or with both.</p>
                ${parts}`
            : nothing
        }
        <h2>D against S</h2>
        ${legend(RANKINGS)}
        <div class="charts"><div>${rankingChart(methods)}</div></div>
        ${overSteps(methods, watched)} ${separations(methods)} ${reliability(methods)}
        ${mining(result)} ${await contacts(data, methods)}
        <h2>All figures</h2>
        ${moreTable(methods)}
        <p class="quiet">
          Transfer: half of each test class's images are known, the others are recognised by the
          nearest class mean or by the ${VOTES} nearest neighbours. Zero-shot: the same with the
          training classes among the answers. Gallery: S with the density of each image among those
          that are searched, in place of its density among training images.
        </p>
        ${recallTables(methods).map(
          ({ title, table }) =>
            html`<details>
              <summary>Recall@K ${title}</summary>
              ${table}
            </details>`,
        )}
        <details>
          <summary>Every run</summary>
          ${seedTable(result)}
        </details>
        ${repeat(result, command)}
      </body>
    </html>`;
  return page.text;
}
