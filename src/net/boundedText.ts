/**
 * Reads a web stream as UTF-8 text of at most `maxBytes`; `null` where it is longer, the rest unread. Errors of the
 * stream pass unchanged.
 */
export const boundedText = async (
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<string | null> => {
  if (body === null) return '';
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (true) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks, length).toString('utf8');
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
};
