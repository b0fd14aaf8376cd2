import { useState } from 'preact/hooks';
import { Button } from '../../ui/Button';
import { usePage } from '../context';
import type { Channel, List } from '../json';
import { LoadStates } from './LoadStates';
import { useLoad } from './useLoad';

const SHOWN_AT_ONCE = 50;
const TYPES = { individual: 'Client', group: 'Group', company: 'Company' } as const;

interface ChannelPickerProps {
  readonly chosen: Channel | null;
  readonly onChoose: (channel: Channel) => void;
}

export function ChannelPicker({ chosen, onChoose }: ChannelPickerProps) {
  const { api } = usePage();
  const load = useLoad('channels', (signal) => api.get<List<Channel>>('api/assembly/channels', signal));
  const [query, setQuery] = useState('');
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  const wanted = query.trim().toLowerCase();
  const found = (load.value?.items ?? []).filter(({ label }) => label.toLowerCase().includes(wanted));
  return (
    <>
      <label class="field">
        <span>Search channels</span>
        <input
          class="input"
          type="search"
          autocomplete="off"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </label>
      <LoadStates load={load} what="the channels from Assembly" />
      {load.value === null ? null : (
        <fieldset class="choices">
          <legend class="label">File channel in Assembly</legend>
          {found.length === 0 ? (
            <p class="muted">
              {load.value.items.length === 0
                ? 'Assembly has no file channel here yet. Open the files of a client there once, then try again.'
                : 'No channel has this in its name.'}
            </p>
          ) : null}
          {found.slice(0, shown).map((channel) => (
            <label key={channel.id} class="choice">
              <input
                type="radio"
                name="channel"
                checked={chosen?.id === channel.id}
                disabled={channel.syncId !== null}
                onChange={() => onChoose(channel)}
              />
              <span>{channel.label}</span>
              <span class="small muted">
                {channel.syncId === null ? TYPES[channel.type] : 'Already synced'}
              </span>
            </label>
          ))}
          {found.length > shown ? (
            <Button kind="plain" onClick={() => setShown(shown + SHOWN_AT_ONCE)}>
              Show more
            </Button>
          ) : null}
        </fieldset>
      )}
    </>
  );
}
