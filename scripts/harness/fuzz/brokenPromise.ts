/** The Worker broke one of its promises. */
export class Broken extends Error {
  override name = "Broken";
}
