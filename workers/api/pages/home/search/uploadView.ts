import { byId, element } from "../../../../pages/element.ts";
import { Refusal } from "../../../../pages/refusal.ts";
import { paceWords } from "./pace.ts";
import type { Upload } from "./upload.ts";
import { items, whole } from "./words.ts";

/** Most failures that are listed. */
const LISTED = 200;

/** What became of an upload, in a sentence. */
function outcome({ added, there, failures, done, total }: Upload): string {
  return [
    `${items(added)} added`,
    ...(there > 0 ? [`${whole(there)} were there already`] : []),
    ...(failures.length > 0 ? [`${whole(failures.length)} could not be added`] : []),
    ...(done < total ? [`${whole(total - done)} left`] : []),
  ].join(", ");
}

/** Shows how far an upload is. There is one at a time, which goes on whatever else is looked at. */
export class UploadView {
  private readonly section = byId("upload", HTMLElement);
  private readonly toggle = byId("upload-toggle", HTMLButtonElement);
  private upload: Upload | undefined;
  private isRunning = false;

  /**
   * @param say announces a message
   * @param ended called when an upload has ended, was stopped or refused, in which case it gets the reason
   */
  constructor(
    private readonly say: (message: string) => void,
    private readonly ended: (name: string, reason: string | undefined) => void,
  ) {
    this.toggle.addEventListener("click", () => {
      const { upload } = this;
      if (!upload) return;
      if (!this.isRunning) {
        if (upload.done < upload.total) void this.run();
        else this.section.hidden = true;
        return;
      }
      upload.stop();
      this.toggle.disabled = true;
    });
  }

  /** The collection that an upload fills now. */
  get running(): string | undefined {
    return this.isRunning ? this.upload?.name : undefined;
  }

  start(upload: Upload): void {
    this.upload = upload;
    byId("upload-title", HTMLElement).textContent = `Adding to ${upload.name}`;
    void this.run();
  }

  /** Ends an upload into a collection that is deleted. */
  forget(name: string): void {
    if (this.upload?.name !== name) return;
    this.upload.stop();
    this.section.hidden = true;
  }

  private show(upload: Upload): void {
    const { total, done, pace } = upload;
    const bar = byId("upload-progress", HTMLProgressElement);
    bar.max = Math.max(1, total);
    bar.value = done;
    const pacing = this.isRunning ? paceWords(pace, total - done) : outcome(upload);
    byId("upload-words", HTMLElement).textContent =
      `${whole(done)} of ${whole(total)}${pacing ? `: ${pacing}` : ""}`;
    const isDone = !this.isRunning && done === total;
    this.toggle.textContent = this.isRunning ? "Stop" : isDone ? "Close" : "Continue";
    // What failed stays until it has been read.
    this.section.hidden = isDone && upload.failures.length === 0;
    this.showFailures(upload);
  }

  private async run(): Promise<void> {
    const { upload } = this;
    if (!upload) return;
    this.isRunning = true;
    this.show(upload);
    this.say(`Adding ${items(upload.total - upload.done)} to ${upload.name} \u2026`);
    let reason: string | undefined;
    try {
      await upload.run(() => this.show(upload));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      reason = error.message;
    } finally {
      this.isRunning = false;
      this.toggle.disabled = false;
      this.show(upload);
    }
    this.say(`${outcome(upload)}.`);
    this.ended(upload.name, reason);
  }

  private showFailures({ failures }: Upload): void {
    const box = byId("upload-failures", HTMLDetailsElement);
    box.hidden = failures.length === 0;
    byId("upload-failed", HTMLElement).textContent = `${items(failures.length)} could not be added`;
    const more = failures.length - LISTED;
    byId("upload-reasons", HTMLUListElement).replaceChildren(
      ...failures
        .slice(0, LISTED)
        .map(({ path, reason }) => element("li", {}, element("strong", {}, path), `: ${reason}`)),
      ...(more > 0 ? [element("li", {}, `and ${whole(more)} more`)] : []),
    );
  }
}
