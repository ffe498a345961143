import { stat } from "node:fs/promises";
import { byteProgress } from "../../console/byteProgress.ts";
import type { Say } from "../../console/say.ts";
import { UserError } from "../../error.ts";
import { Passing, type Patience, withPatience } from "../../registry/patience.ts";
import { isCommit, RepositoryCache } from "./cache.ts";
import { download } from "./download.ts";
import { Repository, Unreachable } from "./hub.ts";
import type { HubSettings } from "./settings.ts";

/** A file of a repository that is in the cache. */
export interface Pulled {
  path: string;
  /** The commit that it is of. */
  commit: string;
}

interface Wanted {
  /** Such as timm/mobilenetv2_100.ra_in1k. */
  repository: string;
  /** A branch, a tag or a commit. */
  revision: string;
  file: string;
}

/** Of the questions for a commit and a file: somebody without a network should not wait long. */
const PATIENCE: Patience = { attempts: 3, firstWaitMs: 500 };

const otherwise = ({ repository }: Wanted, { cache }: HubSettings) =>
  `${cache} does not have it. Pull it on a machine that reaches the hub and copy that folder, or fetch the file in ` +
  `another way and run: npm run weights -- import <file> --as ${repository}`;

async function fromHub(
  wanted: Wanted,
  settings: HubSettings,
  say: Say,
  signal: AbortSignal,
): Promise<Pulled> {
  const { repository, revision, file } = wanted;
  const cache = new RepositoryCache(settings.cache, repository);
  const hub = new Repository(settings, repository, signal);
  const patiently = <T>(ask: () => Promise<T>) => withPatience(PATIENCE, signal, ask);
  const commit = await patiently(() => hub.commit(revision));
  await cache.keepCommit(revision, commit);
  const path = cache.path(commit, file);
  if (await cache.has(commit, file)) return { path, commit };
  const found = await patiently(() => hub.file(commit, file));
  const blob = cache.blob(found.digest);
  if (!(await stat(blob).then(Boolean, () => false))) {
    say(`Fetches ${file} of ${repository}: ${Math.ceil(found.bytes / 1000)} kB`);
    const bar = byteProgress("fetching");
    await download(found, blob, bar.update, signal).finally(bar.stop);
  }
  await cache.link(commit, file, found.digest);
  return { path, commit };
}

async function fromCache(wanted: Wanted, settings: HubSettings): Promise<Pulled | null> {
  const cache = new RepositoryCache(settings.cache, wanted.repository);
  const commit = await cache.commit(wanted.revision);
  if (commit === null || !(await cache.has(commit, wanted.file))) return null;
  return { path: cache.path(commit, wanted.file), commit };
}

/**
 * Brings a file of a repository of Hugging Face's hub into the cache that Hugging Face's tools share. A file of a commit
 * that is there is not asked for again. A hub that cannot be reached is done without where the cache has the file.
 *
 * @throws UserError if it cannot be had, with what to do
 */
export async function pullFile(
  wanted: Wanted,
  settings: HubSettings,
  say: Say,
  signal: AbortSignal,
): Promise<Pulled> {
  const { repository, revision } = wanted;
  const kept = await fromCache(wanted, settings);
  if (kept && (settings.offline || isCommit(revision))) return kept;
  if (settings.offline) {
    throw new UserError(`HF_HUB_OFFLINE is set, and ${otherwise(wanted, settings)}`);
  }
  try {
    return await fromHub(wanted, settings, say, signal);
  } catch (error) {
    if (error instanceof Unreachable && kept) {
      say(`${error.message}; takes ${repository}@${kept.commit} from ${settings.cache}`);
      return kept;
    }
    if (error instanceof Unreachable) {
      throw new UserError(`${error.message}, and ${otherwise(wanted, settings)}`);
    }
    if (error instanceof Passing) {
      throw new UserError(`${repository}: ${error.message}; the same command goes on from here`);
    }
    throw error;
  }
}
