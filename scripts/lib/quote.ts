/** A word of a command line, quoted if a shell would split it. */
export const quote = (word: string) =>
  /^[\w./,:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
