/** Prints a line for a person. */
export type Say = (line: string) => void;
