import { ApiError, type ErrorBody, type ErrorStatus } from "./error.ts";

/** A `Response` whose status says what its JSON holds. */
export interface Answer<Status extends number, Body> {
  readonly ok: Status extends ErrorStatus ? false : true;
  readonly status: Status;
  readonly headers: Headers;
  json(): Promise<Body>;
  text(): Promise<string>;
}

/** 201 says that the API has made something, 202 that work has begun. */
export type OkStatus = 200 | 201 | 202;

/** The answer if the API refuses the request, or fails. */
export type Refusal = Answer<ErrorStatus, ErrorBody>;

/** What a call may carry beside its request. */
export interface CallOptions {
  /** Passed on to `fetch`, for example `{ signal }`. */
  init?: RequestInit;
  headers?: Record<string, string>;
}

/**
 * The JSON of an answer.
 *
 * @throws ApiError if the API refuses the request, or fails
 */
export async function parseResponse<Body>(
  response: Answer<OkStatus, Body> | Refusal | Promise<Answer<OkStatus, Body> | Refusal>,
): Promise<Body> {
  const answer = await response;
  if (answer.ok) return answer.json();
  const body: Partial<ErrorBody> | null = await answer.json().catch(() => null);
  throw new ApiError(answer.status, body?.error ?? {});
}
