import { createHash } from "node:crypto";
import { type Metadata, itemIdSchema } from "../../../workers/protocol/metadata.ts";

/** An image file of a folder, and the item of a collection that it is to be. */
export interface Picture {
  /** Relative to the folder, with "/". */
  path: string;
  id: string;
  metadata: Metadata;
}

/**
 * The item of a file. Its id is its path, or the SHA-256 of it where the path is too long, or has a character that
 * an id or the name of a field in a form may not have. Its metadata then hold the path.
 */
export function pictureOf({ path, className }: { path: string; className: string }): Picture {
  if (itemIdSchema.safeParse(path).success && !path.includes('"')) {
    return { path, id: path, metadata: { label: className } };
  }
  const id = createHash("sha256").update(path).digest("hex");
  return { path, id, metadata: { label: className, path } };
}
