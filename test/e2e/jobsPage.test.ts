import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { REGISTRY_CONFIG } from "../../scripts/lib/serve.ts";
import { runBundle, type Running } from "../../scripts/lib/workerd.ts";
import {
  jobEventSchema,
  type Job,
  jobSchema,
  type Lease,
  leaseSchema,
} from "../../shared/jobs/job.ts";
import { ModelsClient } from "../../trainer/registry/models.ts";
import { ONCE } from "../../trainer/registry/patience.ts";
import { keyEntry } from "../../workers/http/keys.ts";
import { tinyPackage } from "../workers/tinyPackage.ts";
import { hasBrowser, useBrowser } from "./browser.ts";
import { faintTexts } from "./contrast.ts";
import { type Ask, pushTinyDataset } from "./pushTinyDataset.ts";

const ALL = "may-everything";
const TRAIN = "may-submit";
const PUBLISH = "may-publish";
const ENTRIES = await Promise.all([
  ...(["train", "work", "publish"] as const).map((scope) => keyEntry("all", scope, ALL)),
  keyEntry("submitter", "train", TRAIN),
  keyEntry("publisher", "publish", PUBLISH),
]);
const STORED = { "pddm-registry-key": ALL };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const LONG = "a-name-that-is-as-long-as-names-of-models-may-be-0123456789";

const width = (page: Page) => page.evaluate<number>("document.documentElement.scrollWidth");
const state = (page: Page) => page.locator("#subtitle .state");
const readout = (page: Page) => page.locator(".chart output").first();
const rows = (page: Page) => page.locator("#jobs tbody tr");
const keyInput = (page: Page) => page.getByLabel("The registry requires a key");

describe.runIf(hasBrowser())("the page of jobs in Chromium", () => {
  const browser = useBrowser();
  let persist: string;
  let registry: Running;
  let version: string;

  const ask: Ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${ALL}`, "content-type": "application/json" };
    const response = await fetch(new URL(path, registry.url), { method, headers, body });
    const text = await response.text();
    expect(response.ok, text).toBe(true);
    return JSON.parse(text) as unknown;
  };
  const post = (path: string, body: object) => ask("POST", path, JSON.stringify(body));

  const open = (path: string, options: BrowserContextOptions = {}, stored = STORED) =>
    browser.open(`${registry.url}${path}`, options, stored);

  const submit = async (model: string, fields: object = {}): Promise<Job> =>
    jobSchema.parse(
      await post("/jobs", {
        ...{ dataset: { name: "tiny", version }, model, config: { steps: 100 } },
        ...fields,
      }),
    );

  /** Submits a job, and claims it. */
  async function begin(model: string, fields: object = {}): Promise<Lease> {
    const { id } = await submit(model, { requirements: { backend: "cuda" }, ...fields });
    const lease = leaseSchema.parse(
      await post("/jobs/claim", { worker: `gpu-box-${LONG}`, backend: "cuda" }),
    );
    expect(lease.job.id).toBe(id);
    return lease;
  }

  const beat = (
    { job, token }: Lease,
    step: number,
    loss: number,
    recall: number | null = null,
  ) => {
    const progress = { step, steps: 100, loss, recall, imagesPerSecond: 812.4 };
    return post(`/jobs/${job.id}/heartbeat`, { token, progress, log: [`printed at step ${step}`] });
  };

  /** @returns the versions of three packages of a model, the first of which is served */
  async function publishThree(name: string): Promise<string[]> {
    const { signal } = new AbortController();
    const models = new ModelsClient({ url: registry.url, token: ALL, signal, patience: ONCE });
    for (const seed of [1, 2, 3]) await models.publish(name, await tinyPackage({ name, seed }));
    const listed = z.object({ versions: z.array(z.object({ version: z.string() })) });
    const { versions } = listed.parse(await ask("GET", `/models/${name}`));
    await post(`/models/${name}/promote`, { version: versions[0].version });
    return versions.map((it) => it.version);
  }

  async function serves(name: string): Promise<string> {
    const channels = z.object({ stable: z.object({ version: z.string() }) });
    const answer = z.object({ channels }).parse(await ask("GET", `/models/${name}`));
    return answer.channels.stable.version;
  }

  beforeAll(async () => {
    persist = await mkdtemp(join(tmpdir(), "pddm-r2-"));
    const program = { bundle: inject("workers").registry, config: REGISTRY_CONFIG };
    const variables = { API_KEYS: ENTRIES.join() };
    registry = await runBundle(program, { port: 0, persist, variables });
    ({ version } = await pushTinyDataset(ask));
  });
  afterAll(async () => {
    await registry.stop();
    await rm(persist, { recursive: true, force: true });
  });

  it("asks for a key on a phone, says what is wrong with it, keeps it for the tab, and forgets it", async () => {
    const page = await browser.open(`${registry.url}/jobs`, PHONE);
    const enter = async (key: string) => {
      await keyInput(page).fill(key);
      await page.getByRole("button", { name: "Use this key" }).tap();
    };
    await enter("wrong");
    await page.getByText("That key is not valid.").waitFor();
    await enter(PUBLISH);
    await page.getByText("That key is valid, but it lacks the scope train or work.").waitFor();
    expect(await faintTexts(page)).toEqual([]);
    await enter(TRAIN);

    await page.getByText("There are no jobs yet.").waitFor();
    expect(await keyInput(page).isVisible()).toBe(false);
    expect(await page.getByLabel("Commands").textContent()).toContain(
      `npm run jobs -- submit --dataset birds --model birds --registry ${registry.url}`,
    );
    expect(await width(page)).toBe(390);
    expect(await faintTexts(page)).toEqual([]);
    await page.reload();
    await page.getByText("There are no jobs yet.").waitFor();
    expect(page.url()).toBe(`${registry.url}/jobs`);
    expect(await page.evaluate("localStorage.length + document.cookie.length")).toBe(0);
    await page.getByRole("button", { name: "Forget my key" }).tap();
    await keyInput(page).waitFor();
    const refused = [401, 401, 403, 401];
    browser.expectErrors(...refused.map((status) => new RegExp(`status of ${status}`)));
  });

  it("lists jobs in pages, by state and group, and follows them", async () => {
    const group = "many jobs";
    const made = [];
    for (let i = 0; i < 26; i++) {
      made.push(await submit(`model-${i}`, { group, requirements: { backend: "webgpu" } }));
    }
    const page = await open("/jobs");
    await expect.poll(() => rows(page).count()).toBe(25);
    await page.getByLabel("Group").fill(group);
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toContain("group=many+jobs");
    await page.getByRole("button", { name: "Older" }).click();
    await expect.poll(() => rows(page).count()).toBe(1);
    expect(await rows(page).first().textContent()).toContain("model-0");
    expect(page.url()).toContain(`after=${made[1].id}`);
    await page.getByRole("button", { name: "Newer" }).click();
    await expect.poll(() => rows(page).count()).toBe(25);
    expect(await rows(page).first().textContent()).toContain("model-25");

    await page.getByLabel("State").selectOption("running");
    await page.getByText("No job is like that.").waitFor();
    const lease = await begin("follow-me", { group });
    await beat(lease, 50, 1.25, 0.625);
    await rows(page).first().waitFor();
    const link = page.getByRole("link", { name: "follow-me" });
    await link.focus();
    const row = rows(page).first();
    for (const text of ["running", "50 of 100", "1.250", "62.5\u00a0%", "812", `gpu-box-${LONG}`]) {
      expect(await row.textContent()).toContain(text);
    }
    await beat(lease, 60, 1.5);
    await expect.poll(() => row.textContent()).toContain("60 of 100");
    expect(await page.locator(":focus").textContent()).toBe("follow-me");
    expect(await width(page)).toBe(1280);
    expect(await faintTexts(page)).toEqual([]);
    await browser.photograph(page, "jobs-list");

    await page.keyboard.press("Enter");
    await expect.poll(() => state(page).textContent()).toBe("running");
    await page.goBack();
    await expect.poll(() => page.getByLabel("State").inputValue()).toBe("running");
    await post(`/jobs/${lease.job.id}/fail`, {
      ...{ token: lease.token, retry: false, error: { message: "enough", log: [] } },
    });
    await page.getByText("No job is like that.").waitFor();
  });

  it("draws a job as it comes, in the dark, by keys; a stream that breaks goes on where it was", async () => {
    const lease = await begin("live");
    await beat(lease, 10, 2.25);
    const { id } = lease.job;
    const page = await open("/", { colorScheme: "dark" });
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname.endsWith("/events")) asked.push(search);
    });
    // The first stream ends within its third event.
    await page.route("**/events?after=0", async (route) => {
      const schema = z.object({ events: z.array(jobEventSchema) });
      const { events } = schema.parse(await ask("GET", `/jobs/${id}/events`));
      const text = events.map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
      await route.fulfill({ body: text.slice(0, 2).join("") + text[2].slice(0, 30) });
    });
    await page.goto(`${registry.url}/jobs/${id}`);
    await expect.poll(() => readout(page).textContent()).toBe("2.250 at step 10");
    expect(asked).toEqual(["?after=0", "?after=2"]);
    await beat(lease, 20, 1.125, 0.5);
    await expect.poll(() => readout(page).textContent()).toBe("1.125 at step 20");
    expect(await page.title()).toBe("running: live");
    expect(await page.locator("#progress-words").textContent()).toBe(
      "Step 20 of 100, 812 images/s",
    );
    expect(await page.locator("#log").textContent()).toBe(
      "[the job is queued]\n[the job is running]\nprinted at step 10\nprinted at step 20\n",
    );

    const hide = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, "visibilityState", { value: "${hidden ? "hidden" : "visible"}", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      `);
    const stopped = page.waitForEvent("requestfailed");
    await hide(true);
    expect((await stopped).failure()?.errorText).toBe("net::ERR_ABORTED");
    await beat(lease, 30, 1);
    const seen = asked.length;
    await hide(false);
    await expect.poll(() => readout(page).textContent()).toBe("1.000 at step 30");
    expect(asked.slice(seen)).toEqual(["?after=6"]);

    const loss = page.getByRole("img", { name: /^Loss: 2.250 at step 10, 1.000 at step 30$/ });
    await loss.focus();
    await page.keyboard.press("Home");
    await expect.poll(() => readout(page).textContent()).toBe("2.250 at step 10");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => readout(page).textContent()).toBe("1.125 at step 20");
    expect(await loss.locator("path").getAttribute("d")).toMatch(/^M[\d.]+ [\d.]+L/);
    expect(await faintTexts(page)).toEqual([]);
    await browser.photograph(page, "jobs-live");
    browser.expectErrors(/status of 401/);
  });

  it("cancels a job after asking, by keys, and tells when its worker has stopped", async () => {
    const lease = await begin("stop-me");
    const page = await open(`/jobs/${lease.job.id}`);
    const cancel = page.getByRole("button", { name: "Cancel this job" });
    await cancel.press("Enter");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    expect(await beat(lease, 1, 1)).toMatchObject({ cancelled: false });
    await cancel.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Its worker stops at its next heartbeat.").waitFor();
    expect(await beat(lease, 2, 1)).toMatchObject({ cancelled: true });
    await expect.poll(() => state(page).textContent()).toBe("cancelled");
    expect(await cancel.isVisible()).toBe(false);
  });

  it("tells why a job has failed, on a phone, however long its names are", async () => {
    const lease = await begin(LONG, { group: LONG });
    await beat(lease, 10, 3, 0.1);
    const log = Array.from({ length: 40 }, (_, i) => `line ${i} ${"x".repeat(200)}`);
    const error = { message: "the loss is not a number at step 11", log };
    await post(`/jobs/${lease.job.id}/fail`, { token: lease.token, retry: false, error });
    const page = await open(`/jobs/${lease.job.id}`, PHONE);
    const why = page.getByRole("region", { name: "Why it failed" });
    await why.getByText(error.message).waitFor();
    expect(await page.getByLabel("Last lines").textContent()).toBe(log.join("\n"));
    expect(await state(page).textContent()).toBe("failed");
    expect(await page.getByRole("button", { name: "Cancel this job" }).isVisible()).toBe(false);
    expect(await width(page)).toBe(390);
    expect(await faintTexts(page)).toEqual([]);
    await browser.photograph(page, "jobs-failed-phone");
    await page.getByRole("link", { name: LONG }).tap();
    await expect.poll(() => rows(page).count()).toBe(1);
    expect(await width(page)).toBe(390);
    expect(await faintTexts(page)).toEqual([]);
    await browser.photograph(page, "jobs-list-phone");
  });

  it("promotes what a job has made, unless the channel has moved", async () => {
    const [served, made, other] = await publishThree("birds");
    const lease = await begin("birds");
    const { id } = lease.job;
    const reason = "the new version finds as much";
    const decision = {
      ...{ promoted: false, reason, p: 0.25, queries: 2410 },
      challenger: { version: made, recallAt1: 0.8125 },
      champion: { version: served, recallAt1: 0.75 },
    };
    await post(`/jobs/${id}/complete`, { token: lease.token, decision });

    const page = await open(`/jobs/${id}`, {}, { "pddm-registry-key": TRAIN });
    await page.getByText("the key needs the scope publish, too").waitFor();
    await page.getByRole("button", { name: "Use another key" }).click();
    await keyInput(page).fill(ALL);
    await keyInput(page).press("Enter");
    const button = page.getByRole("button", { name: "Promote this version to stable" });
    await button.waitFor();
    const shown = await page.getByRole("region", { name: "Decision" }).textContent();
    for (const text of [reason, made.slice(0, 8), "81.3", "75.0", "2,410", "0.250"]) {
      expect(shown).toContain(text);
    }
    const confirm = () => page.getByRole("button", { name: "Promote", exact: true }).click();
    await post("/models/birds/promote", { version: other });
    await button.click();
    await confirm();
    await page.getByRole("alert").getByText(`serves version ${other}, not ${served}`).waitFor();
    expect(await serves("birds")).toBe(other);
    await page.getByText(`The channel stable serves version ${other.slice(0, 8)}.`).waitFor();
    await button.click();
    await confirm();
    await page.getByText("The channel stable serves this version.").waitFor();
    expect(await serves("birds")).toBe(made);
    expect(await faintTexts(page)).toEqual([]);
    browser.expectErrors(/status of 403/, /status of 409/);
  });

  it("shows the report of a job, which runs nothing", async () => {
    const { job, token } = await begin("reported");
    const report = "<h1>All figures</h1><script>document.body.textContent = 'it ran'</script>";
    await ask("PUT", `/jobs/${job.id}/report?token=${token}`, report);
    await post(`/jobs/${job.id}/fail`, {
      ...{ token, retry: false, error: { message: "the disk is full", log: [] } },
    });
    const page = await open(`/jobs/${job.id}`);
    await page.getByRole("button", { name: "Show the report" }).click();
    const frame = page.frameLocator("iframe");
    await frame.getByRole("heading", { name: "All figures" }).waitFor();
    browser.expectErrors(/^Blocked script execution in 'about:srcdoc'/);
  });

  it("says that a job is not there", async () => {
    const page = await open("/jobs/0123456789ab");
    await page.getByRole("alert").getByText("there is no job 0123456789ab").waitFor();
    browser.expectErrors(/status of 404/);
  });
});
