/** What is known of the children of a realm. */
export interface Branch {
	/** Ids in the order of the tree, as far as they have been fetched. */
	children: readonly string[];
	/** Cursor of further children; empty when all are there. */
	next: string;
	state: 'busy' | 'ready' | 'failed';
}

/** One line of the tree as it stands on the screen. */
export type TreeRow =
	| {
			kind: 'realm';
			id: string;
			/** 1 for the root. */
			level: number;
			/** Place among its siblings, from 1, and how many they are. */
			position: number;
			siblings: number;
			/** Has children. */
			expandable: boolean;
			expanded: boolean;
	  }
	/** The children of `id` go on, are on their way, or could not be fetched. */
	| { kind: 'more' | 'busy' | 'failed'; id: string; level: number };

/** What the tree is drawn from. */
export interface TreeSource {
	root: string;
	/** How many children a realm has; 0 for one that is not known. */
	childCount: (id: string) => number;
	branch: (id: string) => Branch | undefined;
	isExpanded: (id: string) => boolean;
}

/** The lines from the root down; what is folded away is left out. */
export function treeRows(source: TreeSource): TreeRow[] {
	if (source.root === '') return [];
	const rows: TreeRow[] = [];
	const visit = (id: string, level: number, position: number, siblings: number): void => {
		const expandable = source.childCount(id) > 0;
		const expanded = expandable && source.isExpanded(id);
		rows.push({ kind: 'realm', id, level, position, siblings, expandable, expanded });
		if (!expanded) return;
		const branch = source.branch(id);
		const children = branch?.children ?? [];
		const count = Math.max(children.length, source.childCount(id));
		for (const [index, child] of children.entries()) visit(child, level + 1, index + 1, count);
		if (!branch || branch.state === 'busy') rows.push({ kind: 'busy', id, level: level + 1 });
		else if (branch.state === 'failed') rows.push({ kind: 'failed', id, level: level + 1 });
		else if (branch.next !== '') rows.push({ kind: 'more', id, level: level + 1 });
	};
	visit(source.root, 1, 1, 1);
	return rows;
}

/** What a key does in the tree: where the focus goes, or which realm opens or closes. */
export type TreeMove = { do: 'focus'; index: number } | { do: 'expand' | 'collapse'; id: string } | undefined;

/** The keys of a tree as the ARIA practices have them. */
export function treeMove(rows: readonly TreeRow[], at: number, key: string): TreeMove {
	const row = rows[at];
	if (!row) return undefined;
	const focus = (index: number): TreeMove =>
		index === at || index < 0 || index >= rows.length ? undefined : { do: 'focus', index };
	switch (key) {
		case 'ArrowDown':
			return focus(at + 1);
		case 'ArrowUp':
			return focus(at - 1);
		case 'Home':
			return focus(0);
		case 'End':
			return focus(rows.length - 1);
		case 'ArrowRight':
			if (row.kind !== 'realm' || !row.expandable) return undefined;
			return row.expanded ? focus(at + 1) : { do: 'expand', id: row.id };
		case 'ArrowLeft': {
			if (row.kind === 'realm' && row.expanded) return { do: 'collapse', id: row.id };
			const parent = rows.slice(0, at).findLastIndex((other) => other.level < row.level);
			return focus(parent);
		}
		default:
			return undefined;
	}
}
