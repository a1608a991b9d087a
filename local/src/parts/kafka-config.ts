/** The configuration of the broker: one process that is broker and controller, made small. */
import path from 'node:path';

export interface KafkaUser {
  /** Letters, digits and hyphens. */
  readonly name: string;
  /** Likewise. */
  readonly password: string;
}

export interface KafkaTls {
  /** A file in PEM: the key of the server, and its certificate, which clients are to trust as it is. */
  readonly keyAndCertificate: string;
}

export interface KafkaAccess {
  /** When given, clients must log in as this user, by SASL PLAIN or SCRAM-SHA-512. */
  readonly user?: KafkaUser;
  /** When given, clients must speak TLS. */
  readonly tls?: KafkaTls;
}

export function serverProperties(
  dir: string,
  ports: { readonly clients: number; readonly controller: number },
  { user, tls }: KafkaAccess,
): string {
  const protocol = `${user === undefined ? '' : 'SASL_'}${tls === undefined ? 'PLAINTEXT' : 'SSL'}`;
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${ports.controller}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=CLIENTS',
    `listeners=CLIENTS://127.0.0.1:${ports.clients},CONTROLLER://127.0.0.1:${ports.controller}`,
    `advertised.listeners=CLIENTS://127.0.0.1:${ports.clients}`,
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,CLIENTS:${protocol}`,
    ...(user === undefined ? [] : logins(user)),
    ...(tls === undefined ? [] : encryption(tls)),
    `log.dirs=${path.join(dir, 'data')}`,
    'num.partitions=5',
    'default.replication.factor=1',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=5',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    // After a kill the broker waits until its former self counts as gone.
    'broker.heartbeat.interval.ms=500',
    'broker.session.timeout.ms=2000',
    'num.network.threads=2',
    'num.io.threads=4',
    'log.cleaner.dedupe.buffer.size=4194304',
    '',
  ].join('\n');
}

function logins({ name, password }: KafkaUser): string[] {
  if (!/^[\w-]+$/.test(name) || !/^[\w-]+$/.test(password)) {
    throw new Error(
      'The name and the password of a Kafka user are letters, digits, hyphens and underscores.',
    );
  }
  const jaas = 'listener.name.clients';
  return [
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol=PLAIN',
    `${jaas}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="${name}" password="${password}" user_${name}="${password}";`,
    `${jaas}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
  ];
}

function encryption({ keyAndCertificate }: KafkaTls): string[] {
  // The broker is a client of itself as well.
  return ['keystore', 'truststore'].flatMap((store) => [
    `listener.name.clients.ssl.${store}.type=PEM`,
    `listener.name.clients.ssl.${store}.location=${keyAndCertificate}`,
  ]);
}

/** Warnings and the line that says that it serves. */
export const logging = `appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=INFO
`;
