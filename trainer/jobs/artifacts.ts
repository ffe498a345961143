import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Artifact, ARTIFACTS } from "../../shared/jobs/job.ts";
import type { JobMeasures } from "../paper/measuredRun.ts";
import { Refused, Unanswered } from "../registry/ask.ts";

/** Where they lie in the folder of a job. */
export const ARTIFACT_FILES: Record<Artifact, string> = {
  measures: "measures.json",
  report: "report.html",
};

interface Sender {
  put: (name: Artifact, body: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Is told where one could not be sent: the model is worth more. */
  say: (line: string) => void;
}

/**
 * Sends what the process that trained has left.
 *
 * @param crash why it left less than it should; null: it did not crash
 * @throws Refused if the job is no longer this worker's
 */
export async function sendArtifacts(
  folder: string,
  crash: string | null,
  { put, say }: Sender,
): Promise<void> {
  for (const name of ARTIFACTS) {
    const bytes = crash === null ? await read(folder, name) : ofCrash(name, crash);
    if (!bytes) continue;
    try {
      await put(name, bytes);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unanswered)) throw error;
      if (error instanceof Refused && error.status === 409) throw error;
      say(`The ${name} of the job: not kept: ${error.message}`);
    }
  }
}

const read = async (folder: string, name: Artifact) => {
  const bytes = await readFile(join(folder, ARTIFACT_FILES[name])).catch(() => null);
  return bytes && new Uint8Array(bytes);
};

function ofCrash(name: Artifact, crash: string): Uint8Array<ArrayBuffer> | null {
  if (name !== "measures") return null;
  const measures: JobMeasures = { obstacle: `The report could not be made: ${crash}` };
  return new TextEncoder().encode(JSON.stringify(measures));
}
