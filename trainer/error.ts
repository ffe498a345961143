/** A mistake that the user can mend: shown as one sentence, without a stack trace. */
export class UserError extends Error {
  override name = "UserError";
}
