/** Unlike ImageNet's, so that code which takes that instead is found out. */
export const NORMALIZATION = {
  mean: [0.5, 0.4, 0.3],
  std: [0.25, 0.5, 0.2],
} satisfies { mean: [number, number, number]; std: [number, number, number] };
