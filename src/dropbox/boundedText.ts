import { RemoteError } from '../domain/remoteError';

/** Reads an answer as text. Rejects with `bad_answer` beyond `maxBytes`, with the network's error when it breaks. */
export const boundedText = async (
  response: Response,
  maxBytes: number,
  what: string,
): Promise<{ text: string; bytes: number }> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body) {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw new RemoteError(
          'dropbox',
          'bad_answer',
          `The answer to ${what} is larger than ${maxBytes} bytes.`,
        );
      }
      chunks.push(chunk);
    }
  }
  return { text: Buffer.concat(chunks).toString('utf8'), bytes };
};
