import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Branch, type TreeSource, treeMove, treeRows } from './realm-tree';

interface Node {
	id: string;
	children: Node[];
}

const tree: Node = {
	id: 'root',
	children: [
		{ id: 'a', children: [{ id: 'a1', children: [] }] },
		{ id: 'b', children: [] },
	],
};

function sourceOf(root: Node, expanded: ReadonlySet<string>, branches?: Map<string, Branch>): TreeSource {
	const nodes = new Map<string, Node>();
	const walk = (node: Node) => {
		nodes.set(node.id, node);
		node.children.forEach(walk);
	};
	walk(root);
	const ready = (id: string): Branch => ({
		children: (nodes.get(id)?.children ?? []).map((child) => child.id),
		next: '',
		state: 'ready',
	});
	return {
		root: root.id,
		childCount: (id) => nodes.get(id)?.children.length ?? 0,
		branch: (id) => (branches ? branches.get(id) : ready(id)),
		isExpanded: (id) => expanded.has(id),
	};
}

const anyTree = fc.letrec<{ node: Omit<Node, 'id'> }>((tie) => ({
	node: fc.record({
		children: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('node'), { maxLength: 4 })),
	}) as fc.Arbitrary<Omit<Node, 'id'>>,
}));

function named(shape: Omit<Node, 'id'>, id = 'r'): Node {
	return { id, children: shape.children.map((child, index) => named(child, `${id}.${index}`)) };
}

function ids(node: Node): string[] {
	return [node.id, ...node.children.flatMap(ids)];
}

describe('the tree of realms', () => {
	it('only_the_root_shows_while_all_is_folded', () => {
		expect(treeRows(sourceOf(tree, new Set()))).toEqual([
			{ kind: 'realm', id: 'root', level: 1, position: 1, siblings: 1, expandable: true, expanded: false },
		]);
	});

	it('nothing_shows_before_the_root_is_known', () => {
		expect(treeRows({ ...sourceOf(tree, new Set()), root: '' })).toEqual([]);
	});

	it('an_unfolded_realm_shows_its_children_one_level_deeper', () => {
		const rows = treeRows(sourceOf(tree, new Set(['root', 'a'])));
		expect(rows.map((row) => [row.id, row.level])).toEqual([
			['root', 1],
			['a', 2],
			['a1', 3],
			['b', 2],
		]);
		expect(rows[3]).toMatchObject({ position: 2, siblings: 2, expandable: false, expanded: false });
	});

	it('unfolded_whole_every_realm_stands_once_after_its_parent', () => {
		fc.assert(
			fc.property(anyTree.node, (shape) => {
				const root = named(shape);
				const rows = treeRows(sourceOf(root, new Set(ids(root))));
				expect(rows.map((row) => row.id)).toEqual(ids(root));
			}),
			{ numRuns: 1_000 },
		);
	});

	it('children_that_are_not_there_yet_have_a_line_of_their_own', () => {
		const open = new Set(['root']);
		const rowsWith = (branch?: Branch) =>
			treeRows(sourceOf(tree, open, new Map(branch ? [['root', branch]] : [])));
		expect(rowsWith().at(-1)).toEqual({ kind: 'busy', id: 'root', level: 2 });
		expect(rowsWith({ children: [], next: '', state: 'failed' }).at(-1)?.kind).toBe('failed');
		const more = rowsWith({ children: ['a'], next: 'cursor', state: 'ready' });
		expect(more.at(-1)).toEqual({ kind: 'more', id: 'root', level: 2 });
		// How many siblings there are is known before all of them are.
		expect(more[1]).toMatchObject({ id: 'a', position: 1, siblings: 2 });
	});
});

describe('keys in the tree', () => {
	const rows = treeRows(sourceOf(tree, new Set(['root', 'a'])));

	it('up_down_home_and_end_walk_along_the_lines_and_stop_at_the_ends', () => {
		expect(treeMove(rows, 0, 'ArrowDown')).toEqual({ do: 'focus', index: 1 });
		expect(treeMove(rows, 0, 'ArrowUp')).toBeUndefined();
		expect(treeMove(rows, 3, 'ArrowDown')).toBeUndefined();
		expect(treeMove(rows, 3, 'Home')).toEqual({ do: 'focus', index: 0 });
		expect(treeMove(rows, 0, 'End')).toEqual({ do: 'focus', index: 3 });
	});

	it('right_unfolds_and_then_goes_to_the_first_child', () => {
		const folded = treeRows(sourceOf(tree, new Set()));
		expect(treeMove(folded, 0, 'ArrowRight')).toEqual({ do: 'expand', id: 'root' });
		expect(treeMove(rows, 0, 'ArrowRight')).toEqual({ do: 'focus', index: 1 });
		expect(treeMove(rows, 3, 'ArrowRight')).toBeUndefined();
	});

	it('left_folds_and_then_goes_to_the_parent', () => {
		expect(treeMove(rows, 1, 'ArrowLeft')).toEqual({ do: 'collapse', id: 'a' });
		expect(treeMove(rows, 2, 'ArrowLeft')).toEqual({ do: 'focus', index: 1 });
		expect(treeMove(rows, 3, 'ArrowLeft')).toEqual({ do: 'focus', index: 0 });
		expect(treeMove(treeRows(sourceOf(tree, new Set())), 0, 'ArrowLeft')).toBeUndefined();
	});

	it('other_keys_do_nothing', () => {
		expect(treeMove(rows, 0, 'a')).toBeUndefined();
		expect(treeMove(rows, 9, 'Home')).toBeUndefined();
	});
});
