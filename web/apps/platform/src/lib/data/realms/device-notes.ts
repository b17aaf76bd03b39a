/** Notes that stay on this device: drafts and endorsements that have not been sent yet. */
const PREFIX = 'erynoa.realms.';

/** What was noted under a name; undefined when nothing was, or the browser keeps nothing. */
export function readNote(name: string): unknown {
	try {
		const text = localStorage.getItem(PREFIX + name);
		return text === null ? undefined : JSON.parse(text);
	} catch {
		// Storage is closed to this page, or somebody else has written there.
		return undefined;
	}
}

/** Notes something; false when the browser keeps nothing. */
export function writeNote(name: string, value: unknown): boolean {
	try {
		if (value === undefined) localStorage.removeItem(PREFIX + name);
		else localStorage.setItem(PREFIX + name, JSON.stringify(value));
		return true;
	} catch {
		return false;
	}
}
