/** A backend cannot run here. The message says why and what to do. */
export class BackendError extends Error {
  override name = "BackendError";
}
