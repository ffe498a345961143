import { basename } from "node:path";
import type { Dataset } from "../../data/folder.ts";
import { describeQueries } from "../../evaluate/ranking/queries.ts";
import { METHODS } from "../../methods/methods.ts";
import { growth } from "../miningCost.ts";
import { featured, type PaperResult } from "../result.ts";
import { legend, MINING, miningChart, STEP_COLOUR } from "./charts.ts";
import { describeHeldOut, describeNetwork } from "./describe.ts";
import { html, type Html } from "./html.ts";
import { collapses, findings, htmlPage } from "./sections.ts";
import { percent, thousandths } from "./table.ts";
import { ablationTable, controlTable, seedTable, summaryTable } from "./tables.ts";

const nothing = html``;

/** What was trained on what, in two sentences. */
function introduction({ config, data, seeds, methods }: PaperResult): Html {
  const { images, classes } = data;
  const trained = methods.length === 1 ? "One method" : `${methods.length} methods`;
  // Of the same number of images, each run has as many queries.
  const sampled = describeQueries(methods[0]!.runs[0]!.measures.queries, images.test);
  return html`<p>
      ${trained} on the same network (${describeNetwork(config)}), the same batches of
      ${config.classesPerBatch} classes with ${config.imagesPerClass} images and the same
      ${config.steps} steps; ${seeds.length > 1 ? `seeds ${seeds.join(", ")}` : `seed ${seeds[0]}`}.
    </p>
    <p class="quiet">
      Trained on ${images.train} images of ${classes.train} classes${describeHeldOut(classes)}.
      Everything below, but for the curves over the steps, is measured on ${images.test} images of
      ${classes.test} classes that no network has seen${sampled === null ? "" : `; ${sampled}`}.
      Recall, MAP@R and accuracies are in percent;
      ${seeds.length > 1 ? "± is the standard deviation over the seeds." : "one seed says nothing of the spread: --seeds 1,2,3."}
    </p>`;
}

/** A sentence for each run that the tables lack. */
const divergences = (diverged: PaperResult["diverged"]): Html =>
  html`${diverged.map(
    ({ method, seed, message }) =>
      html`<p class="warning">
        <b>${METHODS[method].title}</b>, seed ${seed}, is left out: ${message}
      </p>`,
  )}`;

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
  const { methods, controls } = result;
  const name = basename(result.config.data);
  const parts = ablationTable(methods);
  const best = featured(methods);
  const content = html`
    <h1>Local similarity-aware embedding on ${name}</h1>
    ${introduction(result)}
    <h2>Every method</h2>
    <p>
      Beside the figures that the paper published for CUB-200-2011 and CARS196, with GoogLeNet and
      its own budget. The best of a column is bold.
    </p>
    ${summaryTable(methods)} ${collapses(methods)} ${divergences(result.diverged)}
    <h2>What needs no training</h2>
    <p>
      A trained method has these to beat. And a learned S has to beat the density correction of the
      features that it scores, which for “${best.title}” gives Recall@1
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
    ${await findings(result, data)}
    <details>
      <summary>Every run</summary>
      ${seedTable(result)}
    </details>
    ${mining(result)} ${repeat(result, command)}
  `;
  return htmlPage(`PDDM on ${name}`, content);
}
