import type { EventRecord } from '@erynoa/proto';
import { decodeEvent, ProtocolError, toHex } from '@erynoa/protocol';

/** An event as the picture needs it. */
export interface GraphEvent {
	id: string;
	sequence: bigint;
	/** Public key that signed it, hexadecimal: events of one key stand in one lane. */
	key: string;
	/** Previous event of the same key; empty in its first. */
	prev: string;
	parents: readonly string[];
}

/** An event in its place. */
export interface GraphNode<E extends GraphEvent = GraphEvent> {
	event: E;
	/** Position in the order of the log among the events that are shown, from 0. */
	column: number;
	lane: number;
}

/** A link between two events that are both shown; runs from the older to the newer one. */
export interface GraphEdge {
	kind: 'prev' | 'parent';
	from: string;
	to: string;
}

/** A link to an event that is not shown. */
export interface GraphStub {
	kind: 'prev' | 'parent';
	/** The event that is shown. */
	of: string;
	/** The one that is not. */
	missing: string;
}

/** The events of one key that are shown. */
export interface GraphChain {
	key: string;
	lane: number;
	first: number;
	last: number;
	/** Event at its beginning. */
	head: string;
}

export interface GraphLayout<E extends GraphEvent = GraphEvent> {
	/** By column. */
	nodes: GraphNode<E>[];
	edges: GraphEdge[];
	stubs: GraphStub[];
	chains: GraphChain[];
	lanes: number;
}

/** Free columns between two chains in one lane: room for the name of the second. */
export const CHAIN_GAP = 3;

/** Reads the links of a record; undefined when its bytes are not an event. */
export function graphEvent(record: EventRecord): (GraphEvent & { record: EventRecord }) | undefined {
	if (!record.signed) return undefined;
	try {
		const event = decodeEvent(record.signed.event);
		return {
			record,
			id: record.id,
			sequence: record.sequence,
			key: toHex(record.signed.publicKey),
			prev: toHex(event.prev),
			parents: event.parents.map(toHex),
		};
	} catch (error) {
		// Its own page says what is wrong with the bytes.
		if (error instanceof ProtocolError) return undefined;
		throw error;
	}
}

/**
 * Places events: columns in the order of the log, one lane for each key. A lane is used again once a chain
 * has ended, so that many keys with few events stay a small picture. The order of the input does not matter;
 * an event that is given twice is shown once.
 */
export function layoutGraph<E extends GraphEvent>(events: readonly E[]): GraphLayout<E> {
	const unique = [...new Map(events.map((event) => [event.id, event])).values()];
	unique.sort((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0));

	const chains = new Map<string, GraphChain>();
	unique.forEach((event, column) => {
		const chain = chains.get(event.key);
		if (chain) chain.last = column;
		else chains.set(event.key, { key: event.key, lane: 0, first: column, last: column, head: event.id });
	});
	// In the order of their beginnings, each into the first lane that is free by then.
	const ends: number[] = [];
	for (const chain of chains.values()) {
		const free = ends.findIndex((end) => end + CHAIN_GAP < chain.first);
		chain.lane = free < 0 ? ends.length : free;
		ends[chain.lane] = chain.last;
	}

	const nodes = unique.map((event, column) => ({ event, column, lane: chains.get(event.key)?.lane ?? 0 }));
	const shown = new Set(unique.map((event) => event.id));
	const edges: GraphEdge[] = [];
	const stubs: GraphStub[] = [];
	for (const event of unique) {
		const links = [
			...(event.prev === '' ? [] : [{ kind: 'prev' as const, id: event.prev }]),
			...event.parents.map((id) => ({ kind: 'parent' as const, id })),
		];
		for (const { kind, id } of links) {
			if (shown.has(id)) edges.push({ kind, from: id, to: event.id });
			else stubs.push({ kind, of: event.id, missing: id });
		}
	}
	return { nodes, edges, stubs, chains: [...chains.values()], lanes: ends.length };
}

/**
 * Ways to go on from an event: older and newer in the log, back and forth along the chain of its key, to an
 * event that caused it, to one that it caused.
 */
export type GraphStep = 'older' | 'newer' | 'prev' | 'next' | 'cause' | 'effect' | 'first' | 'last';

/** The event that a step leads to; undefined when there is none in the picture. */
export function stepFrom(layout: GraphLayout, id: string, step: GraphStep): string | undefined {
	const at = layout.nodes.findIndex((node) => node.event.id === id);
	switch (step) {
		case 'first':
			return layout.nodes[0]?.event.id;
		case 'last':
			return layout.nodes.at(-1)?.event.id;
		case 'older':
			return at < 0 ? undefined : layout.nodes[at - 1]?.event.id;
		case 'newer':
			return at < 0 ? undefined : layout.nodes[at + 1]?.event.id;
		case 'prev':
			return layout.edges.find((edge) => edge.kind === 'prev' && edge.to === id)?.from;
		case 'next':
			return layout.edges.find((edge) => edge.kind === 'prev' && edge.from === id)?.to;
		case 'cause':
			return layout.edges.find((edge) => edge.kind === 'parent' && edge.to === id)?.from;
		case 'effect':
			return layout.edges.find((edge) => edge.kind === 'parent' && edge.from === id)?.to;
	}
}
