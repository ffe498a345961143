import type * as contract from "../api/contract/error.ts";

/** The HTTP statuses of refusals and failures. */
export type ErrorStatus = contract.ApiStatus;

/** The JSON of a refusal or failure. */
export type ErrorBody = contract.ErrorBody;

/** A refusal or failure of the API. The message is the API's, for people. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  /** What happened, for programs. Undefined if something else has answered, such as a proxy. */
  readonly code: ErrorBody["error"]["code"] | undefined;
  /** The place in the request, such as `inputs[2].image`. */
  readonly param: string | null;

  constructor(status: number, { code, message, param }: Partial<ErrorBody["error"]>) {
    super(message ?? `the server answered ${status}, without an error of the API`);
    this.status = status;
    this.code = code;
    this.param = param ?? null;
  }
}
