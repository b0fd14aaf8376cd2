import fc from 'fast-check';
import { createEventReader, type ServerEvent } from '../../../web/page/sse';

function read(pieces: readonly string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const push = createEventReader((event) => events.push(event));
  for (const piece of pieces) push(piece);
  return events;
}

test('events are read whole, comments are skipped, and what is not ended is waited for', () => {
  const text = ': still here\n\nevent: portal\ndata: {"a":1}\n\ndata: plain\n\nevent: portal\ndata: {"a"';
  expect(read([text])).toEqual([
    { name: 'portal', data: '{"a":1}' },
    { name: 'message', data: 'plain' },
  ]);
});

test('wherever the network cuts a stream, the same events come out', () => {
  const event = fc.record({ name: fc.constantFrom('sync', 'portal'), data: fc.json() });
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 6 }),
      fc.array(fc.nat(200), { maxLength: 12 }),
      (events, cuts) => {
        const text = events
          .map(({ name, data }) => `event: ${name}\ndata: ${data}\n\n: still here\n\n`)
          .join('');
        const at = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
        const pieces = [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
        expect(read(pieces)).toEqual(events);
      },
    ),
  );
});

test('a stream that never ends an event is given up', () => {
  const push = createEventReader(() => undefined);
  expect(() => {
    for (let piece = 0; piece < 20; piece++) push('x'.repeat(1024 * 1024));
  }).toThrow('an event has no end');
});
