import { createErynoa } from '@erynoa/client';

/** The server that this app came from. */
export const erynoa = createErynoa();
