import { UserError } from "../../error.ts";
import type { Remarks } from "../remarks.ts";

/** The images of a data set on disk, and what they show. */
export interface Listing {
  /** Name of the layout, for people. */
  layout: string;
  /** Paths are relative to the root, with "/". Classes are in the order of their first record. */
  records: { path: string; className: string }[];
  /** How many of the first classes train, where the data set itself says so. */
  trainClasses?: number;
}

/**
 * Lists a data set of one layout.
 *
 * @param entries the names in the root
 * @param remarks are told what is not used
 * @returns null where the root is laid out in another way
 * @throws UserError where the root has this layout but is incomplete or does not parse
 */
export type Layout = (
  root: string,
  entries: ReadonlySet<string>,
  remarks: Remarks,
) => Promise<Listing | null>;

/** What a root that looks like a layout lacks, in words. */
export const lacks = (root: string, layout: string, found: string, missing: string[]) =>
  new UserError(
    `${root} looks like ${layout} (it has ${found}) but ${missing.join(" and ")} ` +
      `${missing.length > 1 ? "are" : "is"} missing`,
  );
