import { sha256 } from "../../../../../shared/package/digest.ts";

/** A file with its path in the folder that was chosen or dropped. */
export interface PathFile {
  path: string;
  file: File;
}

/** An item to write into a collection. */
export interface NewItem {
  id: string;
  /** Its path, for people. */
  path: string;
  file: File;
  metadata: Record<string, string>;
}

/** The limit of the API. */
const MAX_ID_BYTES = 64;

/** What an id may not have, and the quotation mark, which browsers alter in the name of a form's field. */
const UNFIT = /["\p{Cc}\p{Cs}]/u;

const isFit = (path: string) =>
  new TextEncoder().encode(path).length <= MAX_ID_BYTES && !UNFIT.test(path);

/** The SHA-256, which browsers compute only on pages that came over HTTPS or from this machine. */
export const digestOf = async (data: Uint8Array<ArrayBuffer> | string): Promise<string | null> =>
  "subtle" in crypto ? sha256(data) : null;

/** Hidden files, which systems leave in folders. */
const isHidden = (path: string) => /(^|\/)[._]/.test(path);

/** Leaves out the folder that all paths begin with if it has folders, which are the labels then. */
function relative(files: readonly PathFile[]): readonly PathFile[] {
  const [root, ...others] = new Set(files.map(({ path }) => path.split("/", 1)[0]!));
  const hasFolders = files.some(({ path }) => path.split("/").length > 2);
  if (root === undefined || others.length > 0 || !hasFolders) return files;
  return files.map(({ path, file }) => ({ path: path.slice(root.length + 1), file }));
}

/** The name of the first folder, if the files came in one. */
export const folderOf = ([first]: readonly PathFile[]): string | undefined =>
  first?.path.split("/").slice(0, -1)[0];

/**
 * The items that the files of a folder are. The id is the path, or its SHA-256 if it is too long for an id. The first
 * folder is the label.
 */
export async function toNewItems(files: readonly PathFile[]): Promise<NewItem[]> {
  const seen = relative(files.filter(({ path }) => !isHidden(path)));
  return Promise.all(
    seen.map(async ({ path, file }) => {
      const [label, ...rest] = path.split("/");
      const isId = isFit(path);
      return {
        id: isId ? path : ((await digestOf(path)) ?? path),
        path,
        file,
        metadata: {
          ...(rest.length > 0 && label && { label }),
          ...(!isId && { path }),
        },
      };
    }),
  );
}
