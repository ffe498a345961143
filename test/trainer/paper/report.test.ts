import { describe, expect, it } from "vitest";
import { METHOD_NAMES } from "../../../trainer/methods/methods.ts";
import { html } from "../../../trainer/paper/report/html.ts";
import { reportPage } from "../../../trainer/paper/report/page.ts";
import { runPage } from "../../../trainer/paper/report/runPage.ts";
import type { RunResult } from "../../../trainer/paper/runResult.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { dataset } from "../../oracles/dataset.ts";
import { paperResult, runResult } from "./results.ts";

const EMPTY = new Set(["meta", "img", "br"]);

/** Walks through the tags. @returns the elements' names in order; throws where they do not nest */
function parse(page: string): string[] {
  const names: string[] = [];
  const open: string[] = [];
  const markup = page.replace(/<style>[^]*?<\/style>/g, "").replace(/^<!doctype html>/i, "");
  let at = 0;
  for (const tag of markup.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/gi,
  )) {
    const text = markup.slice(at, tag.index);
    if (/[<>]/.test(text)) throw new Error(`markup in the text: ${text}`);
    at = tag.index + tag[0].length;
    const [, closing, name, , selfClosing] = tag;
    if (closing) {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${last ?? "nothing"}>`);
      continue;
    }
    names.push(name);
    if (!selfClosing && !EMPTY.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(", ")}`);
  return names;
}

/** What a reader sees, with single spaces. */
const textOf = (page: string) =>
  page
    .replace(/<style>[^]*?<\/style>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

const percentOf = ({ measures }: RunResult) => (100 * measures.d.recall["1"]).toFixed(1);

const result = paperResult(METHOD_NAMES, [1, 2]);
result.methods[6].runs[1].collapse = "COLLAPSED: S is nearly <constant>.";
const data = dataset([4, 4, 4], 16, 16);
const page = await reportPage(result, data, "npm run paper -- --data 'a & b'");

describe("the report", () => {
  it("is one well-formed page with its charts and pictures", () => {
    const names = parse(page);
    const count = (name: string) => names.filter((it) => it === name).length;
    expect(count("html")).toBe(1);
    // D and S: rankings; 3 over the steps; 4 distributions; reliability; mining.
    expect(count("svg")).toBe(10);
    expect(count("img")).toBe(3 * 13);
    expect(count("script")).toBe(0);
  });

  it("needs nothing from elsewhere, and is small", () => {
    const markup = page.replace(/base64,[\w+/=]*/g, "");
    expect(markup).not.toMatch(/https?:|\/\/[a-z]|@import|url\((?!#)/i);
    const sources = [...page.matchAll(/(?:src|href)="([^"]{0,30})/g)].map(([, source]) => source);
    expect(sources.every((source) => source.startsWith("data:image/jpeg;base64,"))).toBe(true);
    expect(page.length).toBeLessThan(1_000_000);
  });

  it("is light or dark as the reader has it, and fits a phone", () => {
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).toContain('name="viewport"');
  });

  it("has every method's figures beside the paper's", () => {
    const text = textOf(page);
    for (const { title, published, summary } of result.methods) {
      const { mean, deviation } = summary.recallByD["1"];
      const cell = `${(100 * mean).toFixed(1)} ± ${(100 * (deviation ?? 0)).toFixed(1)}`;
      const row = text.slice(text.indexOf(` ${title} ${cell}`));
      expect(row.startsWith(` ${title}`), `${title} ${cell}`).toBe(true);
      if (published) {
        const figures = `${published.cub.toFixed(1)} ${published.cars.toFixed(1)}`;
        expect(row.slice(0, 80)).toContain(figures);
      }
    }
    for (const { title } of result.controls) expect(text).toContain(title);
  });

  it("sets the best of a column in bold", () => {
    const bold = [...page.matchAll(/<td>\s*<b>([\d.]+)/g)].map(([, value]) => value);
    const best = Math.max(...result.methods.map(({ summary }) => summary.recallByD["1"].mean));
    expect(bold).toContain((100 * best).toFixed(1));
  });

  it("says which run collapsed, and how to repeat it all", () => {
    const text = textOf(page);
    expect(text).toContain(
      "PDDM + quadruplet, as published , seed 2: COLLAPSED: S is nearly &lt;constant&gt;.",
    );
    expect(text).toContain("npm run paper -- --data &#39;a &amp; b&#39;");
    expect(text).toContain("f".repeat(64));
    expect(text).toContain("node: 20.20.2");
  });

  it("says which run it lacks, as it diverged", async () => {
    const message = "DIVERGED at step 7: the weights are no longer <finite>.";
    const diverged = [{ method: "pddm-triplet" as const, seed: 2, message }];
    const lacking = await reportPage({ ...result, diverged }, data, "npm run paper");
    expect(() => parse(lacking)).not.toThrow();
    expect(textOf(lacking)).toContain(
      "PDDM + triplet, as published , seed 2, is left out: DIVERGED at step 7: the weights are no longer &lt;finite&gt;.",
    );
    expect(textOf(page)).not.toContain("left out");
  });

  it("says what was trained on what", async () => {
    const { config } = result;
    const text = textOf(page);
    expect(text).toContain(`${METHOD_NAMES.length} methods on the same network`);
    expect(text).toContain(`${config.size} px, ${config.dimensions} dimensions`);
    const one = paperResult(["distilled-softmax"], [1]);
    const cropped = { ...one, config: { ...one.config, centerCrop: 0.875 } };
    const other = textOf(await reportPage(cropped, data, "npm run paper"));
    expect(other).toContain("One method on the same network");
    expect(other).toContain(`${config.size} px, the middle 87.5 % of each side, `);
    expect(other).toContain("seed 1.");
    expect(other).toContain("40 images of 10 classes; 2 more were held out to decide");
  });

  it("marks hits and misses in the contact sheet", () => {
    const { contacts } = result.methods[METHOD_NAMES.indexOf("distilled-softmax")].runs[0];
    const shown = contacts.flatMap(({ query, byD, byS }) =>
      [...byD, ...byS].map((item) => data.labels[item] === data.labels[query]),
    );
    const marks = [...page.matchAll(/class="(hit|miss)"/g)].map(([, mark]) => mark === "hit");
    expect(marks).toEqual(shown);
  });

  it("leaves out what was not trained", async () => {
    const unpublished = await reportPage(paperResult(["quadruplet"], [1]), data, "npm run paper");
    expect(textOf(unpublished)).not.toContain("paper: CUB");
    const few = await reportPage(paperResult(["lifted"], [1]), data, "npm run paper");
    expect(() => parse(few)).not.toThrow();
    const text = textOf(few);
    expect(text).not.toContain("Ablation");
    expect(text).not.toContain(" ± ");
    expect(text).toContain("“lifted structure”, seed 1: the six nearest");
  });
});

describe("the report of one run", () => {
  const config = configSchema.parse({ data: "<b>irds", name: "birds", method: "pddm-quadruplet" });
  const { started, versions, data: about } = result;
  const run = { config, started, versions, data: about, result: runResult("pddm-quadruplet", 1) };

  it("is one well-formed page, without what a run does not have", async () => {
    const one = await runPage(run, data);
    const names = parse(one);
    const count = (name: string) => names.filter((it) => it === name).length;
    // D and S: rankings; 3 over the steps; 2 distributions; reliability.
    expect(count("svg")).toBe(7);
    expect(count("img")).toBe(3 * 13);
    const text = textOf(one);
    expect(text).toContain("“birds” from &lt;b&gt;irds");
    expect(text).toContain("40 images of 10 classes; 2 more were held out to decide");
    expect(text).toContain(`PDDM + quadruplet, as published ${percentOf(run.result)}`);
    for (const absent of ["paper:", "mining", "needs no training", "seeds", "first seed"]) {
      expect(text).not.toContain(absent);
    }
  });

  it("says that it collapsed", async () => {
    const collapsed = { ...run.result, collapse: "COLLAPSED: S is nearly <constant>." };
    const one = await runPage({ ...run, result: collapsed }, data);
    expect(textOf(one)).toContain("COLLAPSED: S is nearly &lt;constant&gt;.");
  });
});

describe("HTML", () => {
  it("escapes what is put in, unless it is HTML", () => {
    const list = [html`<b>1</b>`, html`<b>2</b>`];
    expect(html`<p title="${`"'`}">${"<&>"}${list}${3}</p>`.text).toBe(
      '<p title="&quot;&#39;">&lt;&amp;&gt;<b>1</b><b>2</b>3</p>',
    );
  });
});
