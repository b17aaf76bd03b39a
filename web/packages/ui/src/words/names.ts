import { shortDid } from '@erynoa/protocol';
import { words } from '../messages';

/** A self-chosen name, or what stands in for it. */
export function nameOr(name: string, did: string): string {
	if (name !== '') return name;
	try {
		return shortDid(did);
	} catch {
		return words().noName;
	}
}
