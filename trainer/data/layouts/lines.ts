import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { UserError } from "../../error.ts";

/** A line of a text file that lists images: its place and its fields. */
export interface Line<Fields> {
  /** `<file>:<line number>`. */
  at: string;
  fields: Fields;
}

/** Schema of a line with two fields. */
export const pair = z.tuple([z.string(), z.string()]);

/** The form of the lines. */
export interface LineForm<Fields> {
  /** Has one group per field. */
  pattern: RegExp;
  fields: z.ZodType<Fields>;
  /** The pattern in words. */
  form: string;
  /** The first line, if it names the fields. */
  header?: string;
}

/**
 * Reads a text file of one record per line; empty lines are skipped.
 *
 * @throws UserError that names the file and the first line that does not parse
 */
export async function readLines<Fields>(
  root: string,
  file: string,
  { pattern, fields, form, header }: LineForm<Fields>,
): Promise<Line<Fields>[]> {
  const path = join(root, file);
  const lines = (await readFile(path, "utf8")).split(/\r?\n/);
  if (header !== undefined && lines[0] !== header) {
    throw new UserError(`${path}:1 should be ${JSON.stringify(header)}`);
  }
  return lines.flatMap((line, i) => {
    if (line.trim() === "" || (header !== undefined && i === 0)) return [];
    const match = pattern.exec(line.trimEnd());
    if (!match) {
      throw new UserError(`${path}:${i + 1} should be ${form}, not ${JSON.stringify(line)}`);
    }
    return [{ at: `${path}:${i + 1}`, fields: fields.parse(match.slice(1)) }];
  });
}
