import type { Dataset } from "./folder.ts";
import { firstFew } from "./remarks.ts";
import type { Split } from "./split.ts";

/**
 * Finds images whose files hold the same bytes.
 *
 * @param digests SHA-256 of each image's file
 * @returns groups of two or more images
 */
export function findCopies(digests: readonly string[]): number[][] {
  const byDigest = new Map<string, number[]>();
  digests.forEach((digest, item) => {
    const items = byDigest.get(digest);
    if (items) items.push(item);
    else byDigest.set(digest, [item]);
  });
  return [...byDigest.values()].filter((items) => items.length > 1);
}

type Labelled = Pick<Dataset, "paths" | "labels" | "copies">;

/** Lines that tell how many images have copies, with a pair of paths for the first few. */
export function copiesLines({ paths, labels, copies }: Labelled): string[] {
  const across: string[] = [];
  const within: string[] = [];
  for (const [first, ...others] of copies) {
    if (first === undefined) continue;
    const elsewhere = others.find((item) => labels[item] !== labels[first]);
    const pair = `${paths[first]} = ${paths[elsewhere ?? others[0]!]}`;
    (elsewhere === undefined ? within : across).push(pair);
  }
  const line = (pairs: string[], where: string) => {
    const images = pairs.length === 1 ? "1 image is" : `${pairs.length} images are`;
    return pairs.length > 0 ? [`${images} ${where}, byte for byte: ${firstFew(pairs)}`] : [];
  };
  return [...line(across, "in more than one class"), ...line(within, "in a class more than once")];
}

/** A line that tells which images were left out of the test: those that the split uses for nothing. */
export function leakLines({ paths, copies }: Labelled, { train, heldOut, test }: Split): string[] {
  const used = new Set([...train, ...heldOut, ...test]);
  const pairs = copies.flatMap((items) => {
    const known = items.find((item) => used.has(item));
    const left = items.filter((item) => !used.has(item));
    return known === undefined ? [] : left.map((item) => `${paths[item]} = ${paths[known]}`);
  });
  if (pairs.length === 0) return [];
  const images = pairs.length === 1 ? "1 image" : `${pairs.length} images`;
  return [`Left ${images} out of the test that training has byte for byte: ${firstFew(pairs)}`];
}
