/**
 * E-mail through an SMTP output binding of the sidecar. At least once, as over SMTP itself; the binding sets no
 * Message-ID, so a repeat is recognised by the reference at the end of the mail, which follows from the key.
 */
import { within } from '@ecommercestack/kit';
import type { DeliveryOutcome, MessageChannel } from '../ports.ts';

export interface Mail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly html: string;
}

/** Rejects where the binding has not sent the mail, or its answer did not come. */
export interface MailBinding {
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

export interface BindingChannelOptions {
  readonly binding: MailBinding;
  readonly from: string;
  /** After this the next mail is sent, whatever has become of this one. */
  readonly timeoutMs: number;
}

/**
 * One mail at a time: bindings.smtp (components-contrib 1.18.3) writes each mail's recipient and subject into what
 * all its mails share, so that two at once may swap them.
 */
export function createBindingChannel({ binding, from, timeoutMs }: BindingChannelOptions): MessageChannel {
  let last: Promise<unknown> = Promise.resolve();

  const send = async (mail: Mail): Promise<DeliveryOutcome> => {
    try {
      await within(timeoutMs, binding.send(mail));
      return { kind: 'delivered' };
    } catch (error) {
      const refused = refusalIn(error);
      if (refused === undefined) throw error;
      return refused;
    }
  };

  return {
    concurrency: 1,
    deliver: ({ to, subject, body }, key, signal) => {
      // The binding takes what is between semicolons for addresses of their own.
      if (/[;\r\n]/.test(to)) return Promise.resolve({ kind: 'refused', reason: 'not an e-mail address' });
      const mail = { to, from, subject: subject.replaceAll(/[\r\n]+/g, ' '), html: toHtml(body, key) };
      const sent = last.then(() => {
        signal?.throwIfAborted();
        return send(mail);
      });
      last = sent.catch(() => undefined);
      return sent;
    },
    close: () => binding.close(),
  };
}

/** The binding sends HTML and nothing else; what is shown is the text. */
function toHtml(body: string, key: string): string {
  return `<pre style="font: inherit; white-space: pre-wrap">${escaped(body)}</pre><p>Reference: ${escaped(key)}</p>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The answer of the mail server to this mail (5yz, RFC 5321 §4.2.1), of which the binding passes on the text. */
function refusalIn(error: unknown): DeliveryOutcome | undefined {
  const code = /could not send email \d+: (5\d\d)\b/.exec(error instanceof Error ? error.message : '')?.[1];
  if (code === undefined) return undefined;
  return { kind: 'refused', reason: `the mail server refused the message (${code})` };
}
