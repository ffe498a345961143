import type { ContentfulStatusCode } from "hono/utils/http-status";

/** A request cannot be answered. Everything a handler refuses, it refuses by throwing one. */
export class ApiError extends Error {
  override name = "ApiError";

  /**
   * @param code what happened, for programs
   * @param message what was wrong, where, and the limit, for people
   * @param param where in the request, e.g. `inputs[2]`
   */
  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: string,
    message: string,
    readonly param: string | null = null,
  ) {
    super(message);
  }
}
