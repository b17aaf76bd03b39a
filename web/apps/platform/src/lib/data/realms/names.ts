import * as data from '@erynoa/data';
import { erynoa } from '$lib/erynoa';

/** Names that stand in rules and proposals only as ids. */
export const peopleNames = data.peopleNames(erynoa.api);
export const realmNames = data.realmNames(erynoa.api);
