/** Everything that is wrong with the resources of dapr-components/, one sentence each. Pure. */
import { accessProblems } from './access-rules.ts';
import { componentProblems } from './component-rules.ts';
import { messageProblems } from './message-rules.ts';
import type { Platform } from './platform.ts';
import { resiliencyProblems } from './resiliency-rules.ts';
import { installationsOf, readResources } from './resources.ts';
import type { Installation, SourceFile } from './resources.ts';

export function daprComponentProblems(files: readonly SourceFile[], platform: Platform): string[] {
  const { resources, problems } = readResources(files);
  const installations = installationsOf(resources);
  if (installations.length === 0) return [...problems, 'there is no broker, or no secret store'];
  const found = installations.flatMap((installation) => [
    ...nameProblems(installation),
    ...componentProblems(installation, platform),
    ...messageProblems(installation, platform),
    ...resiliencyProblems(installation, platform),
    ...accessProblems(installation, platform),
  ]);
  return [...new Set([...problems, ...found])];
}

/** Of two resources of one name, daprd keeps one. */
function nameProblems(installation: Installation): string[] {
  return Object.values(installation).flatMap(
    (resources: readonly { file: string; metadata: { name: string } }[]) =>
      resources
        .filter(({ metadata }, index) => {
          const first = resources.findIndex((other) => other.metadata.name === metadata.name);
          return first !== index;
        })
        .map(({ file, metadata }) => `${file}: ${metadata.name} is there twice`),
  );
}
