import fc from 'fast-check';
import { parseAssemblyEvent, verifyAssemblySignature } from '../../../src/assembly/webhook';

const SECRET = 'whsec-test-0001';
const BODY = Buffer.from('{"eventType":"file.deleted","data":{"id":"11111111-1111-4111-8111-111111111111"}}');
const SIGNATURE = '8b81d5d179ea8e759ab2dea9fdfdd9064cd8762a99a7c6453d253f96896eb802';

describe('a signature', () => {
  test('of the documentation is right, under any of the secrets', () => {
    expect(verifyAssemblySignature(SECRET, BODY, SIGNATURE)).toBe(true);
    expect(verifyAssemblySignature(['test-new-secret', SECRET], BODY, SIGNATURE)).toBe(true);
    expect(verifyAssemblySignature(SECRET, BODY, SIGNATURE.toUpperCase())).toBe(true);
  });

  test.each<[string, string | undefined]>([
    ['missing', undefined],
    ['empty', ''],
    ['short', SIGNATURE.slice(0, -2)],
    ['long', `${SIGNATURE}00`],
    ['not hex', `${SIGNATURE.slice(0, -1)}g`],
    ['altered', `0${SIGNATURE.slice(1)}`],
  ])('that is %s is wrong', (_how, header) =>
    expect(verifyAssemblySignature(SECRET, BODY, header)).toBe(false),
  );

  test('is wrong for another body, another secret, and without a secret', () => {
    expect(verifyAssemblySignature(SECRET, Buffer.concat([BODY, Buffer.from(' ')]), SIGNATURE)).toBe(false);
    expect(verifyAssemblySignature('test-other-secret', BODY, SIGNATURE)).toBe(false);
    expect(verifyAssemblySignature([], BODY, SIGNATURE)).toBe(false);
    const unsigned = 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad';
    expect(verifyAssemblySignature('', Buffer.alloc(0), unsigned)).toBe(false);
  });
});

describe('an event', () => {
  const data = {
    id: 'f1',
    object: 'file',
    channelId: 'us-east-1_X/339b',
    name: 'b.pdf',
    path: '/Tax/b.pdf',
    status: 'COMPLETED',
    size: 7,
    updatedAt: '2024-01-30T22:49:44.31465069Z',
    downloadUrl: 'https://s3.example/get?0123456789',
  };

  test('gives what it names, the version verbatim, and no link', () => {
    const event = parseAssemblyEvent({
      eventType: 'file.updated',
      data: { ...data, previousAttributes: { name: 'a.pdf' } },
    });
    expect(event).toEqual({
      eventType: 'file.updated',
      id: 'f1',
      object: 'file',
      channelId: 'us-east-1_X/339b',
      path: 'Tax/b.pdf',
      status: 'completed',
      size: 7,
      version: '2024-01-30T22:49:44.31465069Z',
      previousName: 'a.pdf',
    });
  });

  test('may carry its previous attributes beside the data', () => {
    const event = parseAssemblyEvent({
      eventType: 'file.updated',
      data,
      previousAttributes: { name: 'a.pdf' },
    });
    expect(event?.previousName).toBe('a.pdf');
  });

  test.each([
    [{ eventType: 'file.deleted', data: { id: 'f1' } }, 'file'],
    [{ eventType: 'folder.created', data: { id: 'd1', status: null, size: null, path: '' } }, 'folder'],
    [{ eventType: 'link.created', data: { id: 'l1', size: 'big', previousAttributes: 'odd' } }, 'link'],
    [{ eventType: 'file.deleted', data: { id: 'd1', object: 'folder' } }, 'folder'],
    [{ eventType: 'file.renamed', data: { id: 'f1', object: 'scroll' } }, 'file'],
  ])('%j needs no more than an id', (json, object) => {
    expect(parseAssemblyEvent(json)).toEqual({ eventType: json.eventType, id: json.data.id, object });
  });

  test.each([
    { eventType: 'client.created', data: { id: 'c1', object: 'client' } },
    { eventType: 'company.deleted', data: null },
    { eventType: 'something.new' },
  ])('%j is about something else, and no mistake', (json) => {
    expect(parseAssemblyEvent(json)).toMatchObject({ eventType: json.eventType, object: 'other' });
  });

  test.each([
    null,
    'file.created',
    [],
    {},
    { eventType: 7, data },
    { eventType: '', data },
    { eventType: 'file.created' },
    { eventType: 'file.created', data: {} },
    { eventType: 'folder.deleted', data: { id: 7 } },
  ])('%j is none', (json) => expect(parseAssemblyEvent(json)).toBeNull());

  test('is read from any JSON without a throw', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => void parseAssemblyEvent(json)));
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(parseAssemblyEvent({ eventType: 'file.updated', data: { id: 'f1', path: json } })?.id).toBe(
          'f1',
        );
      }),
    );
  });
});
