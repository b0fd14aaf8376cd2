import type { Call } from './http/call';
import { empty, type Reply, xmlError } from './http/reply';
import { receiveContent } from './objects/receive';
import { nameOf } from './paths';
import type { Sandbox } from './sandbox';

/** The largest body of one S3 PUT. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** The upload and download hosts: presigned, S3's status codes, S3's XML. */
export const handleStorage = async (sandbox: Sandbox, call: Call, fileId: string): Promise<Reply> => {
  const verdict = sandbox.presign.check(call.method, fileId, call.query);
  if (verdict === 'forged')
    return xmlError(403, 'SignatureDoesNotMatch', 'The request signature does not match');
  if (verdict === 'expired') return xmlError(403, 'AccessDenied', 'Request has expired');
  if (call.request.headers.authorization !== undefined) {
    return xmlError(400, 'InvalidArgument', 'Only one auth mechanism allowed');
  }
  return call.method === 'PUT' ? receive(sandbox, call, fileId) : send(sandbox, fileId);
};

const send = (sandbox: Sandbox, fileId: string): Reply => {
  const file = sandbox.store.file.get(fileId);
  if (!file?.content || file.status !== 'completed') {
    return xmlError(404, 'NoSuchKey', 'The specified key does not exist.');
  }
  const { blob, size } = file.content;
  const name = encodeURIComponent(nameOf(file.path));
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${name}`,
    },
    body: { file: sandbox.blobs.path(blob), size },
  };
};

const receive = async (sandbox: Sandbox, call: Call, fileId: string): Promise<Reply> => {
  const refused = refuseHead(sandbox, call) ?? refuseObject(sandbox, fileId);
  if (refused !== null) return refused;
  const content = await sandbox.blobs.write(call.body());
  // Seen again after the body: it took its time.
  const refusedLate = refuseObject(sandbox, fileId);
  const file = sandbox.store.file.get(fileId);
  if (refusedLate !== null || file === undefined) {
    await sandbox.blobs.discard(content.blob);
    return refusedLate ?? empty();
  }
  receiveContent(sandbox, file, content);
  return empty();
};

const refuseHead = (sandbox: Sandbox, call: Call): Reply | null => {
  const { headers } = call.request;
  const length = headers['content-length'];
  if (length === undefined || headers['transfer-encoding'] !== undefined) {
    return xmlError(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  if (Number(length) > MAX_PUT_BYTES)
    return xmlError(400, 'EntityTooLarge', 'The upload exceeds the maximum size');
  if (Number(length) === 0 && sandbox.switches.zeroBytes === 'reject') {
    return xmlError(400, 'InvalidRequest', 'The upload has no bytes');
  }
  if (sandbox.switches.uploadTypeSigned && headers['content-type'] !== 'application/octet-stream') {
    return xmlError(403, 'SignatureDoesNotMatch', 'A signed header is missing');
  }
  return null;
};

const refuseObject = (sandbox: Sandbox, fileId: string): Reply | null => {
  const file = sandbox.store.file.get(fileId);
  if (file === undefined && sandbox.switches.latePut === 'reject') {
    return xmlError(404, 'NoSuchKey', 'The specified key does not exist.');
  }
  if (file !== undefined && file.content !== null && sandbox.switches.secondPut === 'reject') {
    return xmlError(403, 'AccessDenied', 'The key exists already');
  }
  return null;
};
