const MB = 1e6;

export const megabytes = (bytes: number): string =>
  `${(bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0)} MB`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
