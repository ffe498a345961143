/** How fast a run's steps go. */
export interface Speed {
  imagesPerSecond: number;
  /** The share of the time for which steps wait for their images, 0 to 1. */
  waiting: number;
}

/** Times the steps of a run, but not what is done between them. */
export class Pace {
  private images = 0;
  private spent = 0;
  private waited = 0;

  /** Of all steps so far; zeros before the first one. */
  get speed(): Speed {
    const { images, spent, waited } = this;
    if (spent === 0) return { imagesPerSecond: 0, waiting: 0 };
    return { imagesPerSecond: images / (spent / 1000), waiting: waited / spent };
  }

  /** Times a step, or a part of it. */
  async time(work: () => Promise<void>): Promise<void> {
    const started = performance.now();
    await work();
    this.spent += performance.now() - started;
  }

  /** Times, within a step, its wait for images. */
  async wait<T>(images: number, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.waited += performance.now() - started;
    this.images += images;
    return result;
  }
}
