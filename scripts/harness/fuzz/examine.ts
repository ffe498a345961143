import { type Connection, NoAnswer, type Question, type Reply } from "./ask.ts";
import { Broken } from "./brokenPromise.ts";
import type { Witness } from "./witnesses.ts";

/** A request on another connection may take the Worker's time. One that is slow so often in a row is slow itself. */
const ATTEMPTS = 3;

/** The Worker under examination. */
export interface Subject {
  url: string;
  /** Milliseconds of CPU time that it has taken. If missing, elapsed time counts. */
  cpuTime?(): number;
  /** Starts it again after it crashed or hung. Only shrinking needs this. */
  restart?(): Promise<void>;
}

/** Asks until the answer comes within the limit. @throws Broken, NoAnswer */
export async function askInTime(
  connection: Connection,
  subject: Subject,
  question: Question,
  limitMs: number,
): Promise<Reply | null> {
  const times: number[] = [];
  for (;;) {
    const before = subject.cpuTime?.() ?? 0;
    const reply = await connection.ask(subject.url, question);
    if (!reply || reply.ms <= limitMs) return reply;
    // The machine may have been busy with something else.
    const worked = subject.cpuTime ? subject.cpuTime() - before : reply.ms;
    if (worked <= limitMs) return reply;
    times.push(Math.round(worked));
    if (times.length < ATTEMPTS) continue;
    throw new Broken(`answered after ${times.join(", ")} ms; the limit is ${limitMs}`);
  }
}

/**
 * Asks a bad question and then a good one.
 *
 * @param options.limitMs how long each answer may take
 * @param options.checkReply throws Broken if the reply to the bad one is not as it should be
 * @returns the reply to the bad one; null if it hangs up
 * @throws Broken, NoAnswer
 */
export async function examine(
  connection: Connection,
  subject: Subject,
  question: Question,
  options: {
    witness: Witness;
    limitMs: number;
    checkReply: (question: Question, reply: Reply) => void;
  },
): Promise<Reply | null> {
  const { witness, limitMs, checkReply } = options;
  const reply = await askInTime(connection, subject, question, limitMs);
  if (reply) checkReply(question, reply);
  await askWitness(connection, subject, witness, limitMs);
  return reply;
}

/** Asks a good question. @throws Broken, NoAnswer if the answer is not what it was */
export async function askWitness(
  connection: Connection,
  subject: Subject,
  { question, text }: Witness,
  limitMs: number,
): Promise<void> {
  const good = await askInTime(connection, subject, question, limitMs).catch((error: unknown) => {
    if (error instanceof NoAnswer) throw new NoAnswer(`to the next good request: ${error.message}`);
    throw error;
  });
  if (good?.text === text) return;
  throw new Broken(`the next good request got ${good?.status}: ${good?.text.slice(0, 300)}`);
}
