import { createErynoa } from '@erynoa/client';

/** The server that this app came from, with the session that the three apps share. Loaded when a call is tried. */
export const erynoa = createErynoa();
