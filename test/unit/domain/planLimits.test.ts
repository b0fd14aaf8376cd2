import { MAX_FILE_SIZE, type PlanInput, plan } from '../../../src/domain/plan';
import { agreedAt, fileInput, folderInput, folderOnAssembly, onAssembly, onDropbox } from './planInputs';

describe('rule 14: what the target can not hold is unsyncable', () => {
  const tooLarge = { assembly: MAX_FILE_SIZE.assembly + 1, dropbox: MAX_FILE_SIZE.dropbox + 1 };
  const rows: [name: string, input: PlanInput, code: string | null][] = [
    [
      'new on Dropbox, not downloadable',
      fileInput({ base: null, assembly: null, dropbox: onDropbox({ downloadable: false, hash: null }) }),
      'not_downloadable',
    ],
    [
      'edited on Dropbox, no longer downloadable',
      fileInput({ dropbox: onDropbox({ downloadable: false, hash: null, rev: 'rev1' }) }),
      'not_downloadable',
    ],
    ['new with a name Assembly refuses', newOnDropbox('/a=b'), 'name_not_allowed'],
    ['new with a name Dropbox refuses', newOnAssembly('/a\\b'), 'name_not_allowed'],
    ['new with a name too long', newOnDropbox(`/${'n'.repeat(300)}`), 'name_too_long'],
    ['moved to a name Assembly refuses', moved('/a=b', '/a.txt'), 'name_not_allowed'],
    ['moved to a name Dropbox refuses', moved('/a.txt', '/a\\b'), 'name_not_allowed'],
    [
      'a folder with a name Dropbox refuses',
      folderInput({
        base: null,
        dropbox: null,
        itemPath: '/a ',
        assembly: folderOnAssembly({ path: '/a ' }),
      }),
      'name_not_allowed',
    ],
    [
      'edited and moved to a name Assembly refuses',
      fileInput({ dropbox: onDropbox({ path: '/a=b', hash: 'hD', rev: 'rev1' }) }),
      'name_not_allowed',
    ],
    [
      'new and too large for Assembly',
      fileInput({ base: null, assembly: null, dropbox: onDropbox({ size: tooLarge.assembly }) }),
      'file_too_large',
    ],
    [
      'edited and too large for Assembly',
      fileInput({ dropbox: onDropbox({ size: tooLarge.assembly, hash: 'hD' }) }),
      'file_too_large',
    ],
    [
      'edited and too large for Dropbox',
      fileInput({ assembly: onAssembly({ size: tooLarge.dropbox, version: 'v1' }) }),
      'file_too_large',
    ],
    [
      'exactly as large as Assembly takes',
      fileInput({ base: null, assembly: null, dropbox: onDropbox({ size: MAX_FILE_SIZE.assembly }) }),
      null,
    ],
    [
      'a move of what Dropbox no longer hands out, for the bytes are on Assembly',
      fileInput({ dropbox: onDropbox({ path: '/b.txt', downloadable: false, hash: null }) }),
      null,
    ],
    [
      'a move of what is larger than Assembly takes now',
      fileInput({ dropbox: onDropbox({ path: '/b.txt', size: tooLarge.assembly }) }),
      null,
    ],
    [
      'an update in place under a name that was there before the rule',
      fileInput({
        itemPath: '/a=b',
        base: agreedAt('/a=b', '/a=b'),
        dropbox: onDropbox({ path: '/a=b', hash: 'hD', rev: 'rev1' }),
        assembly: onAssembly({ path: '/a=b' }),
      }),
      null,
    ],
    [
      'a delete of a name that was there before the rule',
      fileInput({
        itemPath: '/a=b',
        base: agreedAt('/a=b', '/a=b'),
        dropbox: null,
        assembly: onAssembly({ path: '/a=b' }),
      }),
      null,
    ],
  ];

  test.each(rows)('%s', (_, input, code) => {
    const decision = plan(input);
    if (code === null) expect(decision.do).toBe('operate');
    else expect(decision).toEqual(expect.objectContaining({ rule: 14, do: 'unsyncable', code }));
  });
});

function newOnDropbox(path: string): PlanInput {
  return fileInput({ base: null, assembly: null, itemPath: path, dropbox: onDropbox({ path }) });
}

function newOnAssembly(path: string): PlanInput {
  return fileInput({ base: null, dropbox: null, itemPath: path, assembly: onAssembly({ path }) });
}

function moved(dropbox: string, assembly: string): PlanInput {
  return fileInput({ dropbox: onDropbox({ path: dropbox }), assembly: onAssembly({ path: assembly }) });
}
