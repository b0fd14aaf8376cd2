import { against, CHANNEL, errorOf, file, fileObject, json, plain, type Reply, servers } from './apiServer';

afterEach(() => servers.closeAll());

describe('reading answers', () => {
  const listed = async (body: unknown) =>
    (await against(json(body))).client.listFiles({ channelId: CHANNEL });

  test('an object with everything, and with next to nothing', async () => {
    const bare = { id: 'f2', object: 'file', path: 'b.pdf' };
    const unknowns = { status: null, version: null, size: null, downloadUrl: null };
    expect(await listed({ data: [{ ...file, addedLater: {} }, bare], nextToken: 'n' })).toEqual({
      objects: [fileObject, { ...bare, channelId: CHANNEL, ...unknowns }],
      nextToken: 'n',
    });
  });

  test.each([
    ['status in capitals', { status: 'COMPLETED' }, {}],
    ['pending', { status: 'PENDING' }, { status: 'pending' }],
    ['a status we do not know', { status: 'scanning' }, { status: 'pending' }],
    ['empty links', { downloadUrl: '' }, { downloadUrl: null }],
    ['no size', { size: null }, { size: null }],
    ['a size that is none', { size: -1 }, { size: null }],
    ['size zero', { size: 0 }, { size: 0 }],
    ['a leading slash', { path: '/Tax/a.pdf' }, {}],
    ['a folder', { object: 'folder' }, { object: 'folder', status: null, size: null, downloadUrl: null }],
    ['a link', { object: 'link' }, { object: 'link', status: null, size: null, downloadUrl: null }],
    [
      'a kind of the future',
      { object: 'note' },
      { object: 'link', status: null, size: null, downloadUrl: null },
    ],
  ])('%s', async (_what, change, expected) => {
    expect((await listed({ data: [{ ...file, ...change }] })).objects).toEqual([
      { ...fileObject, ...expected },
    ]);
  });

  test('an empty list may be null, an end may be empty, and the root is no item', async () => {
    expect(await listed({ data: null })).toEqual({ objects: [], nextToken: null });
    expect(await listed({ data: [{ ...file, path: '/' }], nextToken: '' })).toEqual({
      objects: [],
      nextToken: null,
    });
    expect(await listed({ data: [], nextToken: null })).toEqual({ objects: [], nextToken: null });
  });

  test.each([
    ['no data', {}],
    ['no object', 'nothing'],
    ['an entry without an id', { data: [{ ...file, id: undefined }] }],
    ['an entry without a path', { data: [{ ...file, path: undefined }] }],
    ['an entry of no kind', { data: [{ ...file, object: undefined }] }],
  ])('%s is no list, and above all no empty one', async (_what, body) => {
    expect((await errorOf(listed(body))).code).toBe('bad_answer');
  });

  test('a page that names itself as the next is refused', async () => {
    const { client } = await against(json({ data: [], nextToken: 'n' }));
    expect((await errorOf(client.listFiles({ channelId: 'c', nextToken: 'n' }))).code).toBe('bad_answer');
    expect((await errorOf(client.listClients({ nextToken: 'n' }))).code).toBe('bad_answer');
  });

  test('a created file comes with the link for its bytes', async () => {
    const created = {
      ...file,
      status: 'pending',
      size: 0,
      downloadUrl: '',
      uploadUrl: 'https://s3.example/put',
    };
    const { client } = await against(json(created));
    expect(await client.createFile({ channelId: CHANNEL, path: 'Tax/a.pdf' })).toEqual({
      object: { ...fileObject, status: 'pending', size: 0, downloadUrl: null },
      uploadUrl: 'https://s3.example/put',
    });
    const without = await against(json({ ...created, uploadUrl: '' }));
    const error = await errorOf(without.client.createFile({ channelId: CHANNEL, path: 'a' }));
    expect(error.code).toBe('bad_answer');
  });

  test('a delete is done, gone, or not believed', async () => {
    const deleting = async (reply: Reply) => (await against(reply)).client.deleteFile('f1');
    expect(await deleting(json({ id: 'f1', object: 'file', deleted: true }))).toBe('deleted');
    expect(await deleting((response) => void response.writeHead(204).end())).toBe('deleted');
    expect(await deleting(json({ message: 'not found' }, 404))).toBe('gone');
    expect((await errorOf(deleting(json({ deleted: false })))).code).toBe('bad_answer');
    expect((await errorOf(deleting(plain('', 200)))).code).toBe('bad_answer');
    expect((await errorOf(deleting(json({ message: 'Folder is not empty' }, 400)))).code).toBe(
      'folder_not_empty',
    );
  });

  test('a file or channel that is not there is null', async () => {
    const none = await against(json({ message: 'not found' }, 404));
    expect(await none.client.retrieveFile('f1')).toBeNull();
    const noChannel = await against(json({ message: 'bad request' }, 400));
    expect(await noChannel.client.retrieveChannel(CHANNEL)).toBeNull();
  });

  test('channels, with members that may be null', async () => {
    const channel = {
      id: CHANNEL,
      membershipType: 'individual',
      clientId: 'c1',
      companyId: '',
      memberIds: null,
    };
    const read = { ...channel, companyId: null, memberIds: [] };
    const odd = { id: 'x', membershipType: 'guild', memberIds: ['m'] };
    const { client } = await against(json({ data: [channel, odd] }));
    expect(await client.listChannels({})).toEqual({
      channels: [
        read,
        { id: 'x', membershipType: 'group', clientId: null, companyId: null, memberIds: ['m'] },
      ],
      nextToken: null,
    });
    const one = await against(json(channel));
    expect(await one.client.retrieveChannel(CHANNEL)).toEqual(read);
  });

  test('people and companies', async () => {
    const people = [
      {
        id: 'c1',
        givenName: 'Ada',
        familyName: 'Love',
        email: 'ada@example.com',
        companyId: '',
        companyIds: ['k'],
      },
      {
        id: 'c2',
        givenName: '',
        familyName: null,
        email: 'b@example.com',
        companyId: 'k2',
        companyIds: null,
      },
    ];
    const clients = await against(json({ data: people, nextToken: 'n' }));
    expect(await clients.client.listClients({})).toEqual({
      clients: [
        { id: 'c1', name: 'Ada Love', email: 'ada@example.com', companyId: 'k' },
        { id: 'c2', name: 'b@example.com', email: 'b@example.com', companyId: 'k2' },
      ],
      nextToken: 'n',
    });
    const companies = await against(
      json({
        data: [
          { id: 'k', name: '', isPlaceholder: true },
          { id: 'k2', name: 'Co' },
        ],
      }),
    );
    expect((await companies.client.listCompanies({})).companies).toEqual([
      { id: 'k', name: '', isPlaceholder: true },
      { id: 'k2', name: 'Co', isPlaceholder: false },
    ]);
    const none = await against(json({ data: null }));
    expect((await none.client.listClients({})).clients).toEqual([]);
  });
});
