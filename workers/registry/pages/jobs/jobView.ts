import { breakable } from "../../../pages/breakable.ts";
import { byId, element } from "../../../pages/element.ts";
import { advice } from "./advice.ts";
import { progressSchema, type ShownEvent, type ShownJob, type ShownProgress } from "./answers.ts";
import { Chart } from "./chart.ts";
import { factsOf } from "./facts.ts";
import { LogView } from "./logView.ts";
import { stateMark } from "./state.ts";
import { certaintyWords, logLines, short, shownLoss, shownRecall, whole } from "./words.ts";

const progressWords = ({ step, steps, imagesPerSecond }: ShownProgress) =>
  `Step ${whole(step)} of ${whole(steps)}` +
  (imagesPerSecond === null ? "" : `, ${imagesPerSecond.toFixed(0)} images/s`);

/** Shows a job and what happens to it. */
export class JobView {
  private readonly log = new LogView();
  private readonly loss = new Chart({ title: "Loss", format: shownLoss });
  private readonly recall = new Chart({
    ...{ title: "Recall@1 on held-out classes", format: shownRecall },
    holds: true,
  });

  constructor() {
    byId("curves", HTMLElement).append(this.loss.figure, this.recall.figure);
  }

  show(job: ShownJob): void {
    const { id, state, model } = job;
    byId("job", HTMLElement).hidden = false;
    byId("title", HTMLElement).replaceChildren(...breakable(model));
    const subtitle = byId("subtitle", HTMLElement);
    subtitle.hidden = false;
    subtitle.replaceChildren(stateMark(state), ` job ${id}`);
    document.title = `${state}: ${model}`;
    byId("cancel", HTMLElement).hidden = state !== "queued" && state !== "running";
    byId("facts", HTMLElement).replaceChildren(...factsOf(job));
    const config = JSON.stringify(job.config, null, 2);
    byId("config", HTMLElement).textContent = config;
    byId("report", HTMLElement).hidden = !job.artifacts.includes("report");
    this.showWaiting(job);
    if (job.progress) this.showProgress(job.progress);
    this.showError(job);
    this.showDecision(job);
  }

  /** Shows events that come after all that were told. */
  tell(events: readonly ShownEvent[]): void {
    this.log.append(events.flatMap(logLines));
    for (const { kind, data } of events) {
      const progress = kind === "progress" ? progressSchema.safeParse(data).data : undefined;
      if (!progress) continue;
      const { step, steps, loss, recall } = progress;
      this.loss.add(step, loss, steps);
      this.recall.add(step, recall, steps);
      this.showProgress(progress);
    }
  }

  private showWaiting({ state }: ShownJob): void {
    const waiting = byId("waiting", HTMLElement);
    if (state === "queued" && waiting.hidden) {
      const command = `npm run worker -- --registry ${location.origin}`;
      waiting.replaceChildren(...advice("It waits for a worker. To start one:", command));
    }
    waiting.hidden = state !== "queued";
  }

  private showProgress(progress: ShownProgress): void {
    const bar = byId("progress", HTMLProgressElement);
    bar.hidden = false;
    bar.value = progress.step / progress.steps;
    byId("progress-words", HTMLElement).textContent = progressWords(progress);
  }

  private showError({ error, state }: ShownJob): void {
    const section = byId("error", HTMLElement);
    section.hidden = error === null;
    if (!error) return;
    byId("error-title", HTMLElement).textContent =
      state === "failed" ? "Why it failed" : "Why the last attempt failed";
    byId("error-message", HTMLElement).textContent = error.message;
    const log = byId("error-log", HTMLElement);
    const text = error.log.join("\n");
    log.hidden = text === "";
    if (log.textContent === text) return;
    log.textContent = text;
    log.scrollTop = log.scrollHeight;
  }

  private showDecision({ decision }: ShownJob): void {
    byId("decision", HTMLElement).hidden = decision === null;
    if (!decision) return;
    const { reason, challenger, champion } = decision;
    byId("reason", HTMLElement).textContent = reason;
    const row = (name: string, { version, recallAt1 }: typeof challenger) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        element("td", { title: version }, short(version)),
        element("td", { class: "figure" }, shownRecall(recallAt1)),
      );
    const rows = [row("New", challenger), ...(champion ? [row("Served before", champion)] : [])];
    byId("compared", HTMLTableElement).tBodies[0]?.replaceChildren(...rows);
    byId("compared-note", HTMLElement).textContent = certaintyWords(decision);
  }
}
