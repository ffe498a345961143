import * as z from "zod";
import { firstIssue } from "../../../shared/firstIssue.ts";
import { parseJson } from "../../../shared/json.ts";
import { Passing, type Patience, withPatience } from "../../data/remote/patience.ts";
import { UserError } from "../../error.ts";

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The registry has refused a request: the same request again would not help. */
export class Refused extends UserError {
  override name = "Refused";
  constructor(
    message: string,
    readonly status: number,
    /** Of the error, such as `lease_lost`. */
    readonly code: string,
  ) {
    super(message);
  }
}

/** The registry could not be reached, or failed, as often as it was asked. */
export class Unanswered extends UserError {
  override name = "Unanswered";
}

/** Waits for some minutes in all: a registry may be restarted or deployed while workers train. */
export const LONG_PATIENCE: Patience = { attempts: 14, firstWaitMs: 300 };

/** Who asks whom. */
export interface Access {
  url: string;
  token: string;
  /** Aborting it ends what is under way. */
  signal: AbortSignal;
  patience: Patience;
}

export interface Question {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  body?: Uint8Array<ArrayBuffer> | FormData;
}

interface Reply {
  status: number;
  body: Uint8Array<ArrayBuffer>;
}

function broken(error: unknown, path: string): Passing {
  const { cause } = error instanceof Error ? error : {};
  const reason = cause instanceof Error ? cause.message : String(error);
  return new Passing(`the registry does not answer to ${path}: ${reason}`);
}

/** A question without an answer for so long is asked again: a connection may be dead without a sign. */
const SILENCE_MS = 120_000;

async function askOnce(
  { url, token, signal }: Access,
  path: string,
  { method = "GET", headers = {}, json, body }: Question,
): Promise<Reply> {
  const sent = new Headers({ ...headers, authorization: `Bearer ${token}` });
  if (json !== undefined) sent.set("content-type", "application/json");
  const own = new AbortController();
  const abort = () => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => own.abort(new Error("it is silent")), SILENCE_MS);
  try {
    const response = await fetch(new URL(path, url), {
      method,
      headers: sent,
      body: json === undefined ? body : JSON.stringify(json),
      signal: own.signal,
    });
    return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    signal.throwIfAborted();
    throw broken(error, path);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Asks a registry, and asks again after failures that may pass.
 *
 * @throws Refused if it refuses, Unanswered if it goes on failing
 */
export async function askRegistry(
  access: Access,
  path: string,
  question: Question = {},
): Promise<Reply> {
  const attempt = async () => {
    const reply = await askOnce(access, path, question);
    if (reply.status < 400) return reply;
    const text = new TextDecoder().decode(reply.body);
    const { data } = errorSchema.safeParse(parseJson(text));
    const reason = data?.error.message ?? text.slice(0, 200);
    const said = `the registry answered ${reply.status} to ${path}: ${reason}`;
    if (reply.status === 429 || reply.status >= 500) throw new Passing(said);
    throw new Refused(said, reply.status, data?.error.code ?? "");
  };
  return withPatience(access.patience, access.signal, attempt).catch((error: unknown) => {
    if (!(error instanceof Passing)) throw error;
    const { attempts } = access.patience;
    throw new Unanswered(
      attempts > 1 ? `${error.message} (tried ${attempts} times)` : error.message,
    );
  });
}

/** @throws UserError if the answer is not what a registry says */
export function readAs<T>(schema: z.ZodType<T>, { body }: Reply, path: string): T {
  const parsed = schema.safeParse(parseJson(new TextDecoder().decode(body)));
  if (parsed.success) return parsed.data;
  const { path: place, message } = firstIssue(parsed.error);
  const at = place.map(String).join(".") || "the top level";
  throw new UserError(
    `the registry's answer to ${path} is not understood, at ${at}: ${message}; is this a registry of the same version?`,
  );
}
