import type { ComponentChildren } from 'preact';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Notice } from '../ui/Notice';
import { useTask } from '../ui/useTask';

interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What the button does, as a verb. */
  readonly action: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before something that can't be taken back. Stays open, with the reason, when it did not work. */
export function ConfirmDialog({ title, children, action, danger, onConfirm, onClose }: ConfirmDialogProps) {
  const task = useTask();
  const confirm = () =>
    task.run(async () => {
      await onConfirm();
      onClose();
    });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={danger === true ? 'danger' : 'primary'}
            busy={task.busy}
            onClick={() => void confirm()}
          >
            {action}
          </Button>
        </>
      }
    >
      {children}
      {task.error === null ? null : (
        <Notice tone="bad" title="This did not work" alert>
          <p>{task.error}</p>
        </Notice>
      )}
    </Dialog>
  );
}
