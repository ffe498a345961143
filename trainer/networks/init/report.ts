/** What became of a file of pretrained weights. */
export interface InitReport {
  /** What the file holds, for people. */
  architecture: string;
  /** How many of the network's tensors the file has set. */
  matched: number;
  /** The network's tensors that the file does not hold: those of a head of our own. */
  missing: string[];
  /** The file's tensors that the network has no place for, with their shapes. */
  unused: string[];
}

const SHOWN = 5;

/** The names, or the first few and how many more. */
export function listNames(names: string[]): string {
  const rest = names.length - SHOWN;
  const shown = names.slice(0, SHOWN).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown || "none";
}

/** The report as lines for people. */
export function describeInit({ architecture, matched, missing, unused }: InitReport): string[] {
  return [
    `Pretrained weights: ${architecture}`,
    `  ${matched} of ${matched + missing.length} tensors matched; ` +
      `not used: ${listNames(unused)}; missing: ${listNames(missing)}`,
  ];
}
