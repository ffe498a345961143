/** A server refused a request. The message is the server's. */
export class Refusal extends Error {
  override name = "Refusal";
  /**
   * @param param the place in the request, such as `files[2]`
   * @param code names the fault for programs; null if the server has not said it
   */
  constructor(
    message: string,
    readonly param: string | null,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}
