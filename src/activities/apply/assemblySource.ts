import { downloadUrlContext } from '../../domain/cipherContext';
import { RemoteError } from '../../domain/remoteError';
import { readDownloadUrl } from '../../store/downloadUrls';
import { type ApplyContext, goneFromAssembly, isCode, Replan, sawOnAssembly } from './context';

/**
 * Opens the bytes of the Assembly version that the operation is about, from the URL that the last look brought or,
 * where that is old or refused, from a fresh one. A version that differs from the observed one is not read.
 */
export async function openAssemblySource(context: ApplyContext): Promise<AsyncIterable<Uint8Array>> {
  const { deps, ref, operation } = context;
  const seen = operation.assembly;
  if (!seen) throw new Replan('the source is gone');
  const kept = await readDownloadUrl(deps.store.prisma, ref, seen.id, seen.version);
  if (kept !== null) {
    try {
      return await download(context, deps.keyring.decrypt(kept, downloadUrlContext(ref.portalId, seen.id)));
    } catch (error) {
      // A length that does not fit: the link serves something else, or the file has changed. A fresh look tells.
      if (!isCode(error, 'url_expired', 'content_mismatch')) throw error;
    }
  }
  return await download(context, await freshUrl(context, seen.id));
}

async function freshUrl(context: ApplyContext, id: string): Promise<string> {
  const current = await context.assembly.retrieveFile(id, context.run.signal);
  const seen = context.operation.assembly;
  if (!current) {
    await goneFromAssembly(context, id);
    throw new Replan('the source is gone');
  }
  const changed = seen?.version != null && current.version !== seen.version;
  if (changed || current.status !== 'completed') {
    await sawOnAssembly(context, current);
    throw new Replan('the source has changed');
  }
  if (current.downloadUrl === null) {
    throw new RemoteError('assembly', 'bad_answer', 'Assembly gave no download link for a completed file');
  }
  return current.downloadUrl;
}

async function download(context: ApplyContext, url: string): Promise<AsyncIterable<Uint8Array>> {
  const { assembly, operation, run } = context;
  const size = operation.assembly?.size ?? null;
  const { stream } = await assembly.download({ url, size, signal: run.signal });
  return stream;
}

/** Leaves out the first `offset` bytes: what a resumed upload session has stored already. */
export async function* skipping(
  source: AsyncIterable<Uint8Array>,
  offset: number,
): AsyncIterable<Uint8Array> {
  let left = offset;
  for await (const chunk of source) {
    if (left >= chunk.length) {
      left -= chunk.length;
      continue;
    }
    yield left === 0 ? chunk : chunk.subarray(left);
    left = 0;
  }
}
