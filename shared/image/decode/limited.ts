/** Parts that a file may consist of; each takes hundreds of bytes to keep, and a file may have one every 4 bytes. */
const MOST_PARTS = 32_768;

/**
 * The parts of a file as they come, up to the limit.
 *
 * @param kind what the parts are called, in the plural
 * @throws Error where there are more
 */
export function* limited<T>(parts: Iterable<T>, kind: string): Generator<T> {
  let count = 0;
  for (const part of parts) {
    if (++count > MOST_PARTS) throw new Error(`it has more than ${MOST_PARTS} ${kind}`);
    yield part;
  }
}
