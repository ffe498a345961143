/** Embeddings of images: n * d values, row by row, unit vectors, and the class of each. */
export interface Embedded {
  embeddings: Float32Array;
  d: number;
  labels: ArrayLike<number>;
}

/** Some of the images, by position. */
export function pick({ embeddings, d, labels }: Embedded, items: readonly number[]): Embedded {
  const picked = new Float32Array(items.length * d);
  items.forEach((item, at) => {
    picked.set(embeddings.subarray(item * d, (item + 1) * d), at * d);
  });
  return { embeddings: picked, d, labels: items.map((item) => labels[item]!) };
}

/** The images of both, those of the first one first. */
export function join(first: Embedded, second: Embedded): Embedded {
  const embeddings = new Float32Array(first.embeddings.length + second.embeddings.length);
  embeddings.set(first.embeddings);
  embeddings.set(second.embeddings, first.embeddings.length);
  const labels = [...Array.from(first.labels), ...Array.from(second.labels)];
  return { embeddings, d: first.d, labels };
}
