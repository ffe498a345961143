/** Channel statistics of ImageNet. Pretrained networks expect them, and they suit any photograph. */
export const INPUT_MEAN: [number, number, number] = [0.485, 0.456, 0.406];
export const INPUT_STD: [number, number, number] = [0.229, 0.224, 0.225];
