/** A backend that cannot run here; the message says why and what to do. */
export class BackendError extends Error {
  override name = "BackendError";
}
