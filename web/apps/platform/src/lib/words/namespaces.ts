import { words } from '@erynoa/ui';

/** What kind of identity it is, by the word in its DID. */
export function namespaceWord(namespace: string): string {
	const w = words();
	const names: Readonly<Record<string, string>> = {
		self: w.person,
		guild: w.organisation,
		spirit: w.agent,
		thing: w.thing,
		vessel: w.vessel,
		source: w.source,
		craft: w.service,
		vault: w.vault,
		pact: w.contract,
		circle: w.group,
	};
	return names[namespace] ?? namespace;
}
