import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../error.ts";

/** A line of a listing: where it stands and its fields. */
export interface Line {
  /** `<file>:<line number>`. */
  at: string;
  fields: string[];
}

/** How the lines of a listing read. */
export interface LineForm {
  /** One group a field. */
  pattern: RegExp;
  /** The pattern in words. */
  form: string;
  /** The first line, where it names the fields. */
  header?: string;
}

/**
 * Reads a text file of one record a line; empty lines are passed over.
 *
 * @throws UserError that names file and line where one does not parse
 */
export async function readLines(
  root: string,
  file: string,
  { pattern, form, header }: LineForm,
): Promise<Line[]> {
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
    return [{ at: `${path}:${i + 1}`, fields: match.slice(1) }];
  });
}
