import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serviceNames } from '@ecommercestack/contracts';
import { parse } from 'yaml';
import { exists, readText } from '../repository.ts';

interface Artifact {
  readonly image: string;
  readonly docker: { readonly buildArgs: { readonly SERVICE: string; readonly WORKSPACE?: string } };
}

const { build, profiles } = parse(readText('skaffold.yaml')) as {
  readonly build: { readonly artifacts: readonly Artifact[] };
  readonly profiles: readonly {
    readonly name: string;
    readonly deploy?: { readonly kubeContext?: string };
  }[];
};
const kind = parse(readText('kind-config.yaml')) as {
  readonly name: string;
  readonly nodes: readonly {
    readonly role: string;
    readonly image: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
};

void describe('skaffold.yaml', () => {
  it('builds every service, the operator, and what a shop in a cluster is tried with', () => {
    const images = build.artifacts.map(({ image }) => image.replace('ecommercestack/', ''));
    assert.deepEqual(
      images.toSorted(),
      [...serviceNames, 'operator', 'local', 'provider-simulator'].toSorted(),
    );
  });

  for (const { image, docker } of build.artifacts) {
    it(`builds ${image} from a program that is there`, () => {
      const { SERVICE, WORKSPACE = `services/${SERVICE}` } = docker.buildArgs;
      assert.equal(image, `ecommercestack/${SERVICE}`);
      assert.ok(exists(`${WORKSPACE}/package.json`), WORKSPACE);
      assert.ok(exists(`${WORKSPACE}/src/main.ts`), WORKSPACE);
    });
  }

  it('knows the cluster of kind-config.yaml by its name', () => {
    const profile = profiles.find(({ name }) => name === 'kind');
    assert.equal(profile?.deploy?.kubeContext, `kind-${kind.name}`);
  });
});

void describe('kind-config.yaml', () => {
  it('has three nodes of one pinned image, each in a zone of its own', () => {
    assert.deepEqual(
      kind.nodes.map(({ role }) => role),
      ['control-plane', 'worker', 'worker'],
    );
    assert.equal(new Set(kind.nodes.map(({ labels }) => labels['topology.kubernetes.io/zone'])).size, 3);
    const [image, ...others] = new Set(kind.nodes.map((node) => node.image));
    assert.match(image ?? '', /^kindest\/node:v\d+\.\d+\.\d+/);
    assert.deepEqual(others, []);
  });
});
