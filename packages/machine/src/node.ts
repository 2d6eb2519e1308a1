// What needs Node: clocks of the host, disks in files, networks. Everything else of this package runs in a browser as well.

export { nodeClock } from './node/clock.ts';
export { FileBlocks } from './node/file-blocks.ts';
export { FlashFile } from './node/flash-file.ts';
export { capture, type UserNetworkOptions, userNetwork } from './node/network.ts';
export { OverlayFile } from './node/overlay-file.ts';
