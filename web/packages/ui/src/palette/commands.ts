import type { IconName } from '../icons';

/** Something that the palette can do or go to. */
export interface Command {
	/** Unique in the palette. */
	id: string;
	label: string;
	/** Smaller text beside the label: a short DID, the section. */
	hint?: string;
	icon?: IconName;
	/** Shows the identicon of this id or DID instead of an icon. */
	avatar?: string;
	/** Heading that the command stands under. */
	group: string;
	/** Further words that find it. */
	keywords?: readonly string[];
	/** Goes there … */
	href?: string;
	/** … or does this. */
	run?: () => void;
}

function plain(text: string): string {
	// Letters without accents, so that "ubersicht" finds "Übersicht".
	return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The commands that hold every word of the query, those that begin with it first. */
export function matching(commands: readonly Command[], query: string): Command[] {
	const parts = plain(query).split(/\s+/).filter(Boolean);
	if (parts.length === 0) return [...commands];
	const rank = (command: Command) => (plain(command.label).startsWith(parts[0] ?? '') ? 0 : 1);
	return commands
		.filter((command) => {
			const text = plain([command.label, command.hint ?? '', ...(command.keywords ?? [])].join(' '));
			return parts.every((part) => text.includes(part));
		})
		.sort((a, b) => rank(a) - rank(b));
}

/** The same commands by heading, headings in order of their first command. */
export function grouped(commands: readonly Command[]): [string, Command[]][] {
	const groups = new Map<string, Command[]>();
	for (const command of commands) {
		const group = groups.get(command.group);
		if (group) group.push(command);
		else groups.set(command.group, [command]);
	}
	return [...groups];
}
