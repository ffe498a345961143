import { confirm } from "../../../pages/confirm.ts";
import { byId } from "../../../pages/element.ts";
import type { KeyForm } from "../../../pages/keyForm.ts";
import type { Problems } from "../../../pages/problems.ts";
import { Refusal } from "../../../pages/refusal.ts";
import type { ShownJob } from "./answers.ts";
import type { Registry } from "./registry.ts";
import { showRefusal } from "./trouble.ts";
import { short } from "./words.ts";

/** Lets the user promote the version that a job has made, if its channel serves another one. */
export class Promotion {
  private readonly words = byId("served", HTMLElement);
  private readonly button = byId("promote", HTMLButtonElement);
  private readonly otherKey = byId("other-key", HTMLButtonElement);

  constructor(
    private readonly registry: Registry,
    private readonly keys: KeyForm,
    private readonly problems: Problems,
  ) {}

  async offer(job: ShownJob): Promise<void> {
    const version = job.decision?.challenger.version;
    if (job.state !== "done" || version === undefined) return;
    const { model, channel } = job;
    [this.button.hidden, this.otherKey.hidden] = [true, true];
    try {
      const served = (await this.registry.served(model)).get(channel) ?? null;
      if (served === version) {
        this.words.textContent = `The channel ${channel} serves this version.`;
        return;
      }
      const now = served === null ? "no version" : `version ${short(served)}`;
      this.words.textContent = `The channel ${channel} serves ${now}.`;
      this.button.hidden = false;
      this.button.textContent = `Promote this version to ${channel}`;
      const question =
        `Shall the channel ${channel} of ${model} serve version ${version}? ` +
        `It serves ${now}. The API follows within seconds.`;
      this.button.onclick = () => this.ask(job, question, { version, channel, from: served });
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "wrong_scope") throw error;
      this.words.textContent =
        "To see what is served, and to promote, the key needs the scope publish, too.";
      this.otherKey.hidden = false;
      this.otherKey.onclick = () => this.exchange(job);
    }
  }

  private ask(
    job: ShownJob,
    question: string,
    move: { version: string; channel: string; from: string | null },
  ): Promise<void> {
    return showRefusal(this.problems, async () => {
      if (!(await confirm(question, { yes: "Promote" }))) return;
      this.problems.clear();
      try {
        await this.registry.promote(job.model, move);
      } finally {
        await this.offer(job);
      }
    });
  }

  private exchange(job: ShownJob): Promise<void> {
    return showRefusal(this.problems, async () => {
      await this.keys.request("To promote, enter a key with the scopes train and publish.");
      await this.offer(job);
    });
  }
}
