/** A repository of Hugging Face's hub, at a branch, a tag or a commit. */
export interface WeightsName {
  repository: string;
  revision: string;
}

const NAME = /^(?!.*\.\.)([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w][\w./-]*))?$/;

/** Reads `owner/repository[@revision]`. @returns null if it is none */
export function parseWeightsName(text: string): WeightsName | null {
  const [, repository, revision = "main"] = NAME.exec(text) ?? [];
  return repository === undefined ? null : { repository, revision };
}

export const formatWeightsName = ({ repository, revision }: WeightsName): string =>
  `${repository}@${revision}`;
