/** Which pretrained weights were used. */
export interface InitReport {
  /** A description of the file for people. */
  architecture: string;
  /** Number of the network's tensors that the file has set. */
  matched: number;
  /** The network's tensors that the file lacks, which are those of the head. */
  missing: string[];
  /** The file's tensors that the network does not use, with their shapes. */
  unused: string[];
}

const SHOWN = 5;

/** Lists names, or the first few and the number of others. */
export function listNames(names: string[]): string {
  const rest = names.length - SHOWN;
  const shown = names.slice(0, SHOWN).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown || "none";
}

/** Formats a report as lines. */
export function describeInit({ architecture, matched, missing, unused }: InitReport): string[] {
  return [
    `Pretrained weights: ${architecture}`,
    `  ${matched} of ${matched + missing.length} tensors matched; ` +
      `not used: ${listNames(unused)}; missing: ${listNames(missing)}`,
  ];
}
