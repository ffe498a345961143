import { byId, element } from "../../../pages/element.ts";
import { Refusal } from "../../../pages/refusal.ts";
import { type Samples, samplesSchema } from "./answers.ts";

/** Loads the list of samples and their authors. @throws Error if there are no samples */
export async function loadSamples(): Promise<Samples> {
  const response = await fetch("/samples/samples.json");
  return samplesSchema.parse(await response.json());
}

/** Loads a sample. @throws Refusal if that fails */
export async function fetchSample(name: string): Promise<File> {
  try {
    const response = await fetch(`/samples/${name}`);
    if (response.ok) return new File([await response.blob()], name);
  } catch {
    // Offline: throws below.
  }
  throw new Refusal(`the sample ${name} cannot be loaded`, null);
}

/** Offers the samples and names their authors and licences, which the licences require. */
export function showSamples({ drawings }: Samples): void {
  const link = (text: string, href: string) => element("a", { href, rel: "license" }, text);
  const credits = drawings.flatMap(({ title, author, source, licence, terms }, i) => [
    i === 0 ? "" : "; ",
    link(title, source),
    ` by ${author}, `,
    link(licence, terms),
  ]);
  byId("use-samples", HTMLElement).hidden = false;
  byId("credits", HTMLElement).replaceChildren(
    "The samples are drawings from ",
    ...credits,
    ". They are drawn here as PNG of 96 \u00d7 96 pixels and otherwise unchanged.",
  );
}
