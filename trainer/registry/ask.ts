import * as z from "zod";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../error.ts";
import { Answer } from "./answer.ts";
import { reasonOfFault } from "./fault.ts";
import { Passing, type Patience, withPatience } from "./patience.ts";
import { Sending } from "./sending.ts";
import { Silence } from "./silence.ts";

const errorSchema = z.object({
  error: z.object({ code: z.string().default(""), message: z.string() }),
});

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

/** A connection may be dead without a sign. */
const SILENCE_MS = 120_000;

/** Who asks whom. */
export interface Access {
  url: string;
  token: string;
  /** Aborting it ends what is under way. */
  signal: AbortSignal;
  patience: Patience;
  /** A request is given up, and made again, when nothing has been sent and nothing has come for so long. */
  silenceMs?: number;
}

/** What is asked, beside the path. */
export interface Question {
  method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  body?: Uint8Array<ArrayBuffer> | FormData;
  /** Statuses that are answers, besides those of success. */
  also?: readonly number[];
}

/** A question as it is sent, as often as needed. */
interface Prepared {
  path: string;
  method: string;
  headers: Headers;
  body: Blob | null;
  also: readonly number[];
}

async function prepare(
  token: string,
  path: string,
  { method = "GET", headers, json, body, also = [] }: Question,
): Promise<Prepared> {
  const sent = new Headers({ ...headers, authorization: `Bearer ${token}` });
  const prepared = { path, method, headers: sent, also };
  if (body instanceof FormData) {
    const form = new Response(body);
    sent.set("content-type", form.headers.get("content-type") ?? "");
    return { ...prepared, body: await form.blob() };
  }
  if (json === undefined) return { ...prepared, body: body ? new Blob([body]) : null };
  sent.set("content-type", "application/json");
  return { ...prepared, body: new Blob([JSON.stringify(json)]) };
}

/** How long the server asks to wait, in milliseconds. */
function retryAfterMs({ headers }: Response): number | null {
  const seconds = Number(headers.get("retry-after") ?? NaN);
  return seconds >= 0 ? 1000 * seconds : null;
}

/** What a registry says when it does not do what it is asked. */
async function refusal(path: string, response: Response, answer: Answer): Promise<Error> {
  const { status } = response;
  const text = await answer.text();
  const { data } = errorSchema.safeParse(parseJson(text));
  const reason = data?.error.message ?? text.slice(0, 200);
  const said = `the registry answered ${status} to ${path}: ${reason}`;
  if (status === 429 || status >= 500) return new Passing(said, retryAfterMs(response));
  return new Refused(said, status, data?.error.code ?? "");
}

async function askOnce<T>(
  { url, signal, silenceMs = SILENCE_MS }: Access,
  { path, method, headers, body, also }: Prepared,
  read: (answer: Answer) => Promise<T>,
): Promise<T> {
  // `fetch` leaves its listener behind until the garbage is collected: a signal for very many requests would gather
  // as many.
  const own = new AbortController();
  const abort = () => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const silence = new Silence(silenceMs, (reason) => own.abort(reason));
  try {
    silence.listen();
    const response = await fetch(new URL(path, url), {
      method,
      headers,
      body: body && new Sending(body, () => silence.heard()),
      signal: own.signal,
    }).catch((error: unknown) => {
      throw new Passing(`the registry at ${url} does not answer: ${reasonOfFault(error)}`);
    });
    silence.rest();
    const answer = new Answer(response, { url, path }, silence);
    if (!response.ok && !also.includes(response.status)) {
      throw await refusal(path, response, answer);
    }
    return await read(answer);
  } finally {
    silence.rest();
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Asks a registry, and asks again after failures that may pass.
 *
 * @param read reads the answer; called again for the next answer if this one breaks off
 * @throws Refused if the registry refuses, Unanswered if it goes on failing; the signal's reason, as soon as it is aborted
 */
export async function ask<T>(
  access: Access,
  path: string,
  question: Question,
  read: (answer: Answer) => Promise<T>,
): Promise<T> {
  const { token, signal, patience } = access;
  const prepared = await prepare(token, path, question);
  const attempt = () => askOnce(access, prepared, read);
  return withPatience(patience, signal, attempt).catch((error: unknown) => {
    if (!(error instanceof Passing)) throw error;
    const tried = patience.attempts > 1 ? ` (tried ${patience.attempts} times)` : "";
    throw new Unanswered(`${error.message}${tried}`);
  });
}
