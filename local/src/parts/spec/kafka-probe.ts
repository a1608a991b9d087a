/** A Kafka client of its own kind, so that a spec does not judge the broker through the sidecar alone. */
import path from 'node:path';
import { partsEnvironment } from '../environment.ts';
import { findJavaHome } from '../java.ts';
import type { KafkaUser } from '../kafka-config.ts';
import { pinnedKafka } from '../pinned.ts';
import { runToEnd } from '../programs.ts';

/** Fails when the broker refuses; the message tells why. */
export function kafkaProbe(brokers: string, user?: KafkaUser, mechanism = 'PLAIN') {
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  const config = [
    `bootstrap.servers=${brokers}`,
    ...(user === undefined
      ? []
      : [
          'security.protocol=SASL_PLAINTEXT',
          `sasl.mechanism=${mechanism}`,
          `sasl.jaas.config=org.apache.kafka.common.security.${module} required username="${user.name}" password="${user.password}";`,
        ]),
  ].join('\n');

  async function run(...args: string[]): Promise<string[]> {
    const environment = partsEnvironment();
    const java = path.join(await findJavaHome(environment), 'bin/java');
    const jars = path.join(environment.cache, `kafka-${pinnedKafka().version}`, '*');
    const log4j = '-Dlog4j2.level=ERROR';
    const probe = path.join(import.meta.dirname, 'KafkaProbe.java');
    const output = await runToEnd(java, ['-XX:TieredStopAtLevel=1', log4j, '-cp', jars, probe, ...args], {
      cwd: import.meta.dirname,
      env: { PROBE_CONFIG: config },
    });
    return output.split('\n').slice(0, -1);
  }

  return {
    produce: (topic: string, texts: readonly string[]) => run('produce', topic, ...texts),
    consume: (topic: string, count: number) => run('consume', topic, String(count)),
    partitions: async (topic: string) => Number((await run('partitions', topic)).at(-1)),
  };
}
