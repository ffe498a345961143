import { basename } from "node:path";
import type { Dataset } from "../../data/folder.ts";
import { describeQueries } from "../../evaluate/ranking/queries.ts";
import type { MeasuredRun } from "../measuredRun.ts";
import { methodResult } from "../result.ts";
import { describeHeldOut, describeNetwork } from "./describe.ts";
import { html, type Html } from "./html.ts";
import { collapses, findings, htmlPage } from "./sections.ts";
import { percent, thousandths } from "./table.ts";
import { summaryTable } from "./tables.ts";

/** What was trained on what. */
function introduction({ config, data, result }: MeasuredRun): Html {
  const { images, classes } = data;
  const sampled = describeQueries(result.measures.queries, images.test);
  return html`<p>
      ${config.steps} steps with batches of ${config.classesPerBatch} classes with
      ${config.imagesPerClass} images, seed ${config.seed}. The network: ${describeNetwork(config)}.
    </p>
    <p class="quiet">
      Trained on ${images.train} images of ${classes.train} classes${describeHeldOut(classes)}.
      Everything below, but for the curves over the steps, is measured on ${images.test} images of
      ${classes.test} classes that the network has not
      seen${sampled === null ? "" : `; ${sampled}`}. Recall, MAP@R and accuracies are in percent.
    </p>`;
}

/** The report of one run: one HTML file that needs nothing else. @param data as of `findings` */
export async function runPage(run: MeasuredRun, data: Dataset): Promise<string> {
  const { config, started, versions, result } = run;
  const { title, ...method } = methodResult(config.method, [{ seed: config.seed, ...result }]);
  // The paper trained another network with another budget.
  const methods = [{ ...method, title, published: undefined }];
  const { recallByDensity, aucByDensity } = method.summary;
  const facts = { data: `SHA-256 ${run.data.fingerprint}`, started, ...versions };
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  const content = html`
    <h1>“${config.name}” from ${basename(config.data)}</h1>
    ${introduction(run)} ${summaryTable(methods)} ${collapses(methods)}
    <p>
      S has to beat the density correction of the features that it scores, which gives Recall@1
      ${percent(recallByDensity["1"]!.mean)} and AUC ${thousandths(aucByDensity.mean)}.
    </p>
    ${await findings({ methods, data: run.data }, data)}
    <h2>What it was made with</h2>
    <pre>${lines.join("\n")}</pre>
    <details>
      <summary>The whole configuration</summary>
      <pre>${JSON.stringify(config, null, 2)}</pre>
    </details>
  `;
  return htmlPage(`${config.name} from ${basename(config.data)}`, content);
}
