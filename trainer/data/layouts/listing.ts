import { UserError } from "../../error.ts";
import type { Remarks } from "../remarks.ts";

/** The images of a data set on disk, with their classes. */
export interface Listing {
  /** Name of the layout, for people. */
  layout: string;
  /** Paths are relative to the root and use "/". Classes are in the order of their first record. */
  records: {
    path: string;
    className: string;
    /** Of the file, where the data set states it. */
    sha256?: string;
  }[];
  /** How many of the first classes train, if the data set itself says so. */
  trainClasses?: number;
}

/**
 * Lists a data set of one layout.
 *
 * @param entries names of the root's entries
 * @param remarks receives what is not used
 * @returns null if the root has another layout
 * @throws UserError if the root has this layout but is incomplete or does not parse
 */
export type Layout = (
  root: string,
  entries: ReadonlySet<string>,
  remarks: Remarks,
) => Promise<Listing | null>;

/** The error for a root that has a part of a layout and lacks others. */
export const lacks = (root: string, layout: string, found: string, missing: string[]) =>
  new UserError(
    `${root} looks like ${layout} (it has ${found}) but ${missing.join(" and ")} ` +
      `${missing.length > 1 ? "are" : "is"} missing`,
  );
