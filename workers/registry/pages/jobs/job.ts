import { confirm } from "../../../pages/confirm.ts";
import { byId, element } from "../../../pages/element.ts";
import type { KeyForm } from "../../../pages/keyForm.ts";
import type { Problems } from "../../../pages/problems.ts";
import type { ShownJob } from "./answers.ts";
import { readEvents } from "./events.ts";
import { JobView } from "./jobView.ts";
import { Promotion } from "./promotion.ts";
import type { Registry } from "./registry.ts";
import { showRefusal, withRetries } from "./trouble.ts";
import { repeatWhileVisible } from "./visible.ts";
import { isFinished } from "./words.ts";

/** Seconds until the events go on, which the registry ends after a while. */
const AGAIN_SECONDS = 1;

/** Shows a job, and what happens to it as it happens. */
export function showJob(registry: Registry, keys: KeyForm, problems: Problems, id: string): void {
  const view = new JobView();
  const promotion = new Promotion(registry, keys, problems);
  const say = (message: string) => (byId("status", HTMLElement).textContent = message);
  let last = 0;
  let offered = false;
  byId("back", HTMLElement).hidden = false;

  const show = (job: ShownJob) => {
    view.show(job);
    if (isFinished(job)) say("");
    if (job.state !== "done" || offered) return;
    offered = true;
    void showRefusal(problems, () => promotion.offer(job));
  };

  repeatWhileVisible(
    withRetries(problems, async (signal) => {
      show(await registry.job(id, signal));
      problems.clear();
      for await (const events of readEvents(await registry.events(id, last, signal))) {
        view.tell(events);
        last = events.at(-1)?.seq ?? last;
        if (events.some(({ kind }) => kind === "state")) show(await registry.job(id, signal));
      }
      const job = await registry.job(id, signal);
      show(job);
      return isFinished(job) ? null : AGAIN_SECONDS;
    }),
  );

  byId("cancel", HTMLButtonElement).addEventListener("click", () => {
    void showRefusal(problems, async () => {
      const question = `Cancel job ${id}? What it has learnt is lost.`;
      const options = { yes: "Cancel the job", no: "Keep it", danger: true };
      if (!(await confirm(question, options))) return;
      problems.clear();
      const job = await registry.cancel(id);
      show(job);
      if (!isFinished(job)) say("Its worker stops at its next heartbeat.");
    });
  });

  const showReport = byId("show-report", HTMLButtonElement);
  showReport.addEventListener("click", () => {
    void showRefusal(problems, async () => {
      // A worker has written it: without scripts, forms and an origin of its own.
      const frame = element("iframe", { sandbox: "", title: `Report of job ${id}` });
      frame.srcdoc = await registry.report(id);
      byId("report", HTMLElement).append(frame);
      showReport.hidden = true;
    });
  });
}
