/** A real SMTP server on a free port that keeps what it takes. */
import assert from 'node:assert/strict';
import { SMTPServer } from 'smtp-server';
import type { MessageChannel } from '../ports.ts';
import type { Received } from './channel-contract.ts';

type Step = 'greeting' | 'MAIL FROM' | 'RCPT TO' | 'DATA';

export interface TestSmtpServer {
  readonly port: number;
  readonly received: readonly Received[];
  /** Answers this step with this code from now on; undefined: as it should. */
  refuseWith(code: number | undefined, step?: Step): void;
  /** Takes connections and says nothing, until what it returns is called. */
  beSilent(): () => void;
  close(): Promise<void>;
}

export async function startSmtpServer(port = 0, received: Received[] = []): Promise<TestSmtpServer> {
  let refusal: { readonly code: number; readonly step: Step } | undefined;
  let silence: Promise<void> | undefined;
  const answer = (step: Step, done: (error?: Error | null) => void): void => {
    done(refusal?.step === step ? Object.assign(new Error('no'), { responseCode: refusal.code }) : null);
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    // Closing is breaking down: idle connections of a pool are cut, too.
    closeTimeout: 50,
    onConnect: (_session, done) => void Promise.resolve(silence).then(() => answer('greeting', done)),
    onMailFrom: (_address, _session, done) => answer('MAIL FROM', done),
    onRcptTo: (_address, _session, done) => answer('RCPT TO', done),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address).join(', ');
        if (refusal?.step !== 'DATA')
          received.push(parseMail(Buffer.concat(chunks).toString('utf8'), recipients));
        answer('DATA', done);
      });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // A client that is cut off while it speaks is no failure of the server.
  server.on('error', () => undefined);
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    received,
    refuseWith: (code, step = 'RCPT TO') => {
      refusal = code === undefined ? undefined : { code, step };
    },
    beSilent: () => {
      const over = Promise.withResolvers<void>();
      silence = over.promise;
      return over.resolve;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export const message = {
  orderId: 'o',
  customerId: 'ada',
  channel: 'email',
  to: 'ada@customers.example',
  subject: 's',
  body: 'b',
} as const;

/** A channel to the server tells what will never be taken from what may be taken later. */
export async function assertRefusals(server: TestSmtpServer, channel: MessageChannel): Promise<void> {
  server.refuseWith(550);
  assert.deepEqual(await channel.deliver(message, 'k/1'), {
    kind: 'refused',
    reason: 'the mail server refused the message (550)',
  });
  server.refuseWith(451);
  await assert.rejects(channel.deliver(message, 'k/2'));
  server.refuseWith(undefined);
  assert.deepEqual(await channel.deliver(message, 'k/2'), { kind: 'delivered' });
}

/** Enough of RFC 5322 for the plain texts of the shop. */
function parseMail(mail: string, to: string): Received {
  const [head = '', ...rest] = mail.split('\r\n\r\n');
  const headers = new Map(
    head
      .replaceAll(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const body = decodeBody(rest.join('\r\n\r\n'), headers.get('content-transfer-encoding') ?? '7bit');
  return {
    id: headers.get('message-id') ?? '',
    to,
    subject: headers.get('subject') ?? '',
    body: body.replaceAll('\r\n', '\n'),
  };
}

function decodeBody(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
