import { Presets, SingleBar } from "cli-progress";

const LINE_EVERY_MS = 5_000;

/** A progress bar with rate and remaining time. If the output is not a terminal, it prints a line now and then. */
export class Progress {
  private readonly bar: SingleBar;
  private readonly started = performance.now();
  private from: number | null = null;

  /**
   * @param task the name of the task, such as "training"
   * @param unit the unit of the rate, such as "images"
   * @param perStep units per step
   */
  constructor(task: string, unit: string, total: number, perStep = 1) {
    this.rate = (done) => {
      const seconds = (performance.now() - this.started) / 1000;
      return `${Math.round(((done - (this.from ?? 0)) * perStep) / seconds)} ${unit}/s`;
    };
    const format = `${task} {bar} {value}/{total}  {rate}  {eta_formatted} left  {note}`;
    this.bar = new SingleBar(
      { format, hideCursor: true, noTTYOutput: true, notTTYSchedule: LINE_EVERY_MS, etaBuffer: 50 },
      Presets.shades_grey,
    );
    this.bar.start(total, 0, { rate: "", note: "" });
  }

  private readonly rate: (done: number) => string;

  update(done: number, note = ""): void {
    this.from ??= done - 1;
    this.bar.update(done, { rate: this.rate(done), note });
  }

  /** Ends the bar, so that the next output starts on its own line. */
  stop(): void {
    this.bar.stop();
  }
}
