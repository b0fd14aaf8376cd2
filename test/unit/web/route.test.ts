import { firstTab, fragmentOf, placeOf, TABS, withoutToken } from '../../../web/page/route';

const ID = '11111111-1111-4111-8111-111111111111';

test('every place has an address that leads back to it', () => {
  const places = [
    { at: 'syncs' } as const,
    ...[null, ...TABS].map((tab) => ({ at: 'sync', id: ID, tab }) as const),
  ];
  for (const place of places) expect(placeOf(fragmentOf(place))).toEqual(place);
});

test('anything else leads to the list', () => {
  for (const fragment of ['', '#', '#/nowhere', '#/syncs/1', `#/syncs/${ID}/a/b`, '#javascript:alert(1)']) {
    expect(placeOf(fragment)).toEqual({ at: 'syncs' });
  }
  expect(placeOf(`#/syncs/${ID}/nowhere`)).toEqual({ at: 'sync', id: ID, tab: null });
});

test('the token is taken out of the address, and all else stays', () => {
  expect(withoutToken('https://cairn.example/base/?a=1&token=secret&b=2#/syncs')).toEqual({
    token: 'secret',
    address: '/base/?a=1&b=2#/syncs',
  });
  expect(withoutToken('https://cairn.example/')).toEqual({ token: null, address: '/' });
});

test('what needs a person is opened first', () => {
  const none = { stuck: 0, retrying: 0, pending: 0, unsyncable: 0 };
  expect(firstTab({ ...none, pending: 9, stuck: 1 })).toBe('stuck');
  expect(firstTab({ ...none, pending: 9, unsyncable: 1 })).toBe('pending');
  expect(firstTab(none)).toBe('history');
});
