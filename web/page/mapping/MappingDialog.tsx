import { useState } from 'preact/hooks';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { useTask } from '../../ui/useTask';
import { usePage } from '../context';
import type { Channel, Sync } from '../json';
import { ChannelPicker } from './ChannelPicker';
import { FolderPicker } from './FolderPicker';
import { PairCount } from './PairCount';

const STEPS = ['Channel', 'Folder', 'Check'] as const;

/** Channel, folder, count, start. Nothing is written before the last button. */
export function MappingDialog({ onClose }: { readonly onClose: () => void }) {
  const { api, dispatch, announce } = usePage();
  const [step, setStep] = useState(0);
  const [channel, setChannel] = useState<Channel | null>(null);
  const [folder, setFolder] = useState<string | null>(null);
  const task = useTask();
  const start = () =>
    task.run(async () => {
      const body = { assemblyChannelId: channel?.id, dropboxPath: folder };
      dispatch({ type: 'sync', sync: await api.send<Sync>('POST', 'api/syncs', body) });
      announce(`${channel?.label} and ${folder} are becoming the same`);
      onClose();
    });
  const ready = step === 0 ? channel !== null : folder !== null;
  return (
    <Dialog
      title="Set up a sync"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {step > 0 ? <Button onClick={() => setStep(step - 1)}>Back</Button> : null}
          {step < 2 ? (
            <Button kind="primary" disabled={!ready} onClick={() => setStep(step + 1)}>
              Continue
            </Button>
          ) : (
            <Button kind="primary" busy={task.busy} onClick={() => void start()}>
              Start syncing
            </Button>
          )}
        </>
      }
    >
      <ol class="steps small">
        {STEPS.map((name, index) => (
          <li key={name} aria-current={index === step ? 'step' : undefined}>
            {name}
          </li>
        ))}
      </ol>
      {step === 0 ? <ChannelPicker chosen={channel} onChoose={setChannel} /> : null}
      {step === 1 ? <FolderPicker chosen={folder} onChoose={setFolder} /> : null}
      {step === 2 && channel !== null && folder !== null ? (
        <PairCount channel={channel} folder={folder} />
      ) : null}
      {task.error === null ? null : (
        <Notice tone="bad" title="The sync was not set up" alert>
          <p>{task.error}</p>
        </Notice>
      )}
    </Dialog>
  );
}
