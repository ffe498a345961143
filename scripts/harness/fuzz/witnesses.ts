import { Connection, type Question } from "./ask.ts";
import { GOOD } from "./cases.ts";
import { carry } from "./imageCase.ts";
import type { Sample } from "./images.ts";
import { Broken } from "./brokenPromise.ts";

/** A good request, and the Worker's first answer to it. */
export interface Witness {
  question: Question;
  text: string;
}

/**
 * Asks the good requests, which are asked again after bad ones: an image of each format, and a comparison.
 *
 * @throws Broken if the Worker does not answer one of them
 */
export async function hearWitnesses(
  url: string,
  samples: ReadonlyMap<string, Sample>,
  patienceMs: number,
): Promise<Map<string, Witness>> {
  const bytesOf = (name: string) => samples.get(name)?.bytes ?? Buffer.alloc(0);
  const questions = new Map(GOOD.map((name) => [name, carry(bytesOf(name), "raw", "")]));
  questions.set("comparison", carry(bytesOf("JPEG"), "source", bytesOf("WebP").toString("base64")));
  const connection = new Connection(patienceMs);
  const witnesses = new Map<string, Witness>();
  try {
    for (const [name, question] of questions) {
      const reply = await connection.ask(url, question);
      if (reply?.status !== 200) throw new Broken(`a good request failed: ${reply?.text}`);
      witnesses.set(name, { question, text: reply.text });
    }
  } finally {
    connection.close();
  }
  return witnesses;
}
