import * as data from '@erynoa/data';
import { erynoa } from '$lib/erynoa';

/** Names of what the log knows only by its id. */
export const peopleNames = data.peopleNames(erynoa.api);
export const realmNames = data.realmNames(erynoa.api);
