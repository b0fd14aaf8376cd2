/** One server-sent event. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** More than any portal's state takes; a stream that goes on without an end of event is not one of ours. */
const MAX_HELD = 8 * 1024 * 1024;

/**
 * Reads an event stream piece by piece, wherever it is cut; comments are skipped. Browsers' own reader can't send a
 * header, and the token must not stand in an address.
 */
export function createEventReader(onEvent: (event: ServerEvent) => void): (text: string) => void {
  let held = '';
  return (text) => {
    held += text;
    const blocks = held.split('\n\n');
    held = blocks.pop() ?? '';
    if (held.length > MAX_HELD) throw new Error('an event has no end');
    for (const block of blocks) {
      const event = parse(block);
      if (event !== null) onEvent(event);
    }
  };
}

function parse(block: string): ServerEvent | null {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) name = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  return data.length === 0 ? null : { name, data: data.join('\n') };
}
