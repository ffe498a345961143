import { UserError } from "../../trainer/error.ts";

/**
 * The error for a user whose server `fetch` did not reach.
 *
 * @param server its name for people, such as "the registry at http://127.0.0.1:8788"
 * @param error what `fetch` threw, whose cause says why
 */
export function unreachable(server: string, error: unknown): UserError {
  const { cause } = error instanceof Error ? error : {};
  const reason = cause instanceof Error ? cause.message : String(error);
  return new UserError(`${server} does not answer: ${reason}`);
}
