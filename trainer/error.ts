/** A mistake that the user can correct. It is shown as one sentence, without a stack trace. */
export class UserError extends Error {
  override name = "UserError";
}
