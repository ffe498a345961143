import { mkdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import * as z from "zod";
import { writeAtomically } from "../../files.ts";

/** Names a state of a repository that does not change. */
export const commitSchema = z.string().regex(/^[0-9a-f]{40}$/);

export const isCommit = (revision: string): boolean => commitSchema.safeParse(revision).success;

/**
 * The part of Hugging Face's cache that belongs to a repository, as Python's `huggingface_hub` lays it out: files by
 * their digests in `blobs/`, links to them by commit and path in `snapshots/`, and the commits of branches in `refs/`.
 */
export class RepositoryCache {
  private readonly folder: string;

  /** @param repository such as timm/mobilenetv2_100.ra_in1k */
  constructor(cache: string, repository: string) {
    this.folder = join(cache, ["models", ...repository.split("/")].join("--"));
  }

  /** The commit that a branch, tag or commit had when it was last asked for. */
  async commit(revision: string): Promise<string | null> {
    if (isCommit(revision)) return revision;
    const text = await readFile(join(this.folder, "refs", revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : null;
  }

  async keepCommit(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.commit(revision)) === commit) return;
    await writeAtomically(join(this.folder, "refs", revision), commit);
  }

  /** The path of a file of a commit, whether or not it is there. */
  path(commit: string, file: string): string {
    return join(this.folder, "snapshots", commit, file);
  }

  /** Whether a file of a commit is there. */
  async has(commit: string, file: string): Promise<boolean> {
    return stat(this.path(commit, file)).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  /** The path of the content of a digest. */
  blob(digest: string): string {
    return join(this.folder, "blobs", digest);
  }

  /** Lets a file of a commit have the content of a digest, which is there. */
  async link(commit: string, file: string, digest: string): Promise<void> {
    const path = this.path(commit, file);
    await mkdir(dirname(path), { recursive: true });
    // A link that leads nowhere.
    await rm(path, { force: true });
    await symlink(relative(dirname(path), this.blob(digest)), path);
  }
}
