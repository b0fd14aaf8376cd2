/** What a handler answers; the server turns it into bytes on the wire. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or a part of a file. */
  readonly body: string | FilePart;
}

export interface FilePart {
  readonly file: string;
  /** First byte. */
  readonly start: number;
  /** Number of bytes. */
  readonly length: number;
}

export const jsonReply = (value: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});

export const textReply = (text: string, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body: text,
});

export const htmlReply = (html: string, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: html,
});

export const redirect = (location: string): Reply => ({ status: 302, headers: { location }, body: '' });

export const fileReply = (part: FilePart, status: number, headers: Record<string, string>): Reply => ({
  status,
  headers: { 'content-type': 'application/octet-stream', ...headers },
  body: part,
});

export const bodyLength = (body: Reply['body']): number =>
  typeof body === 'string' ? Buffer.byteLength(body) : body.length;

/** JSON that fits in a header: everything from DEL upwards as `\uXXXX`. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
