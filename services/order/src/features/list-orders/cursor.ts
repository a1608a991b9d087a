/** Where a page of orders ends; opaque to clients. */

export interface Place {
  readonly createdAt: Date;
  readonly orderId: string;
}

const FORM = /^(\d{1,15}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const LATEST_DATE = 8_640_000_000_000_000;

export function encodeCursor({ createdAt, orderId }: Place): string {
  return Buffer.from(`${createdAt.getTime()} ${orderId}`).toString('base64url');
}

/** Undefined for what this service has not issued. */
export function decodeCursor(cursor: string): Place | undefined {
  const [, time, orderId] = FORM.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (orderId === undefined || Number(time) > LATEST_DATE) return undefined;
  return { createdAt: new Date(Number(time)), orderId };
}
