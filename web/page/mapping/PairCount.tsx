import { Notice } from '../../ui/Notice';
import { usePage } from '../context';
import type { Channel, Preview } from '../json';
import { bytes, count, counted, duration } from '../words';
import { LoadStates } from './LoadStates';
import { useLoad } from './useLoad';

interface PairCountProps {
  readonly channel: Channel;
  readonly folder: string;
}

/** What the two sides hold, so that nobody is surprised by what starts. */
export function PairCount({ channel, folder }: PairCountProps) {
  const { api } = usePage();
  const search = new URLSearchParams({ assemblyChannelId: channel.id, dropboxPath: folder });
  const load = useLoad(search.toString(), (signal) => api.get<Preview>(`api/preview?${search}`, signal));
  return (
    <>
      <p>
        The file channel <strong>{channel.label}</strong> and the Dropbox folder <strong>{folder}</strong>{' '}
        become the same: what is on one side is copied to the other, and later changes follow, both ways.
      </p>
      <LoadStates load={load} what="what both sides hold" />
      {load.value === null ? null : <Counts preview={load.value} />}
      <p class="small muted">
        Files with the same name and the same content are linked. Where the content differs, both versions are
        kept.
      </p>
    </>
  );
}

function Counts({ preview }: { readonly preview: Preview }) {
  const { dropbox, assembly, large, estimatedSeconds } = preview;
  return (
    <>
      <dl class="pair">
        <Side name="Assembly" side={assembly} />
        <Side name="Dropbox" side={dropbox} />
      </dl>
      {large ? (
        <Notice tone="warn" title="This is a large pair">
          <p>
            The first sync takes {duration(estimatedSeconds)} or more, and up to one call to Assembly for each
            file. You can close this page meanwhile, and pause at any moment.
          </p>
        </Notice>
      ) : null}
    </>
  );
}

function Side({ name, side }: { readonly name: string; readonly side: Preview['dropbox'] }) {
  const more = side.complete ? '' : 'more than ';
  return (
    <div>
      <dt class="label">{name}</dt>
      <dd>
        {side.files + side.folders === 0
          ? 'Empty'
          : `${more}${counted(side.files, 'file')} in ${counted(side.folders, 'folder')}`}
      </dd>
      <dd class="small muted">{side.bytes === 0 ? `${count(0)} bytes` : `${more}${bytes(side.bytes)}`}</dd>
    </div>
  );
}
