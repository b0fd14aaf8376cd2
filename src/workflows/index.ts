/** Every workflow of Cairn: the one entry of the bundle. */
export { resync } from './resync';
export { sweep, sweepPortal } from './sweep';
export { syncChannel } from './syncChannel';
export { syncItem } from './syncItem';
