import { copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createHash, randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { isCommit, RepositoryCache } from "./cache.ts";

/**
 * Puts files into the cache as those of a repository, for machines that do not reach the hub. Without a commit, which the
 * hub would give, they are named by their content.
 *
 * @param files paths by their names in the repository
 * @returns the commit
 */
export async function importFiles(
  cache: string,
  { repository, revision }: { repository: string; revision: string },
  files: ReadonlyMap<string, string>,
): Promise<string> {
  const kept = new RepositoryCache(cache, repository);
  const contents = await Promise.all(
    Array.from(files, async ([name, path]) => {
      const digest = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
      return { name, path, digest };
    }),
  );
  const commit = isCommit(revision)
    ? revision
    : createHash("sha1")
        .update(JSON.stringify(contents.map(({ name, digest }) => [name, digest])))
        .digest("hex");
  for (const { name, path, digest } of contents) {
    await copy(path, kept.blob(digest));
    await kept.link(commit, name, digest);
  }
  await kept.keepCommit(revision, commit);
  return commit;
}

async function copy(from: string, to: string): Promise<void> {
  if (await stat(to).then(Boolean, () => false)) return;
  const unfinished = `${to}.${randomBytes(4).toString("hex")}.incomplete`;
  await mkdir(dirname(to), { recursive: true });
  try {
    await copyFile(from, unfinished);
    await rename(unfinished, to);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
