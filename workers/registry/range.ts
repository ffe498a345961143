import { HttpError } from "../http/errors.ts";

/** Part of an object, as R2 wants it. */
export interface Range {
  offset: number;
  length: number;
}

/**
 * The part that a `Range: bytes=` asks for. A header of several parts, or of another form, does not count (RFC 9110,
 * 14.2).
 *
 * @throws HttpError 416 if nothing of it is there
 */
export function rangeOf(header: string | null, size: number): Range | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  const offset = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (first !== "" && last !== "" && Number(last) < offset) return undefined;
  if (offset < end) return { offset, length: end - offset };
  throw new HttpError(
    "range_not_satisfiable",
    `there are ${size} bytes, and none of "${header}"`,
    null,
    { "content-range": `bytes */${size}` },
  );
}
