import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import { EventOrder, type EventRecord } from '@erynoa/proto';
import { erynoa } from '$lib/erynoa';
import { type EventFilters, noFilters, requestOf } from '$lib/logic/filters';
import { type GraphLayout, graphEvent, layoutGraph } from '$lib/logic/graph';

type Drawn = NonNullable<ReturnType<typeof graphEvent>>;

/** More than this is no picture any more. */
export const MOST_EVENTS = 400;
const PAGE = 60;
const AFTER = 30;

/** The events in the picture. */
export class GraphEvents {
	records = $state.raw<readonly EventRecord[]>([]);
	/** Cursor of older events; empty at the beginning of the log. */
	next = $state('');
	ready = $state(false);
	busy = $state(false);
	error = $state.raw<ApiError>();
	readonly layout = $derived<GraphLayout<Drawn>>(
		layoutGraph(this.records.flatMap((record) => graphEvent(record) ?? [])),
	);
	#filters = noFilters;
	#filter = requestOf(noFilters);
	#focus = '';
	#turn = 0;

	get full(): boolean {
		return this.records.length >= MOST_EVENTS;
	}

	/** Starts anew: at the end of the log, or around the event `focus`. */
	start(filters: EventFilters, focus: string): void {
		this.#filters = filters;
		this.#filter = requestOf(filters);
		this.#focus = focus;
		this.ready = false;
		this.records = [];
		void this.#take(() => this.#first(focus), true);
	}

	retry = (): void => {
		if (this.ready) this.older();
		else this.start(this.#filters, this.#focus);
	};

	older = (): void => {
		if (this.next === '' || this.full) return;
		void this.#take(() => this.#page(this.next), true);
	};

	/** Takes up events that are there already; of too many the oldest go. */
	add(events: readonly EventRecord[]): void {
		const known = new Map(this.records.map((record) => [record.id, record]));
		for (const event of events) known.set(event.id, event);
		const sorted = [...known.values()].sort((a, b) => (a.sequence > b.sequence ? -1 : 1));
		this.records = sorted.slice(0, MOST_EVENTS);
	}

	/** Fetches one event that a link points to. True when it is in the picture then. */
	async bring(id: string): Promise<boolean> {
		if (this.full) return false;
		await this.#take(async () => {
			const { event } = await erynoa.api.events.get({ id });
			return { events: event ? [event] : [], next: this.next };
		}, false);
		return this.records.some((record) => record.id === id);
	}

	async #page(pageToken: string) {
		const answer = await erynoa.api.events.list({ filter: this.#filter, pageSize: PAGE, pageToken });
		return { events: answer.events, next: answer.nextPageToken };
	}

	async #first(focus: string) {
		if (focus === '') return this.#page('');
		const { event } = await erynoa.api.events.get({ id: focus });
		if (!event) return this.#page('');
		const after = erynoa.api.events.list({
			filter: { ...this.#filter, fromUs: event.wallUs },
			order: EventOrder.OLDEST_FIRST,
			pageSize: AFTER,
		});
		// A cursor belongs to its question, so older pages are asked for with this end, too.
		this.#filter = { ...this.#filter, untilUs: event.wallUs + 1n };
		const before = await this.#page('');
		return { events: [event, ...before.events, ...(await after).events], next: before.next };
	}

	async #take(
		ask: () => Promise<{ events: readonly EventRecord[]; next: string }>,
		keepsTurn: boolean,
	): Promise<void> {
		if (keepsTurn) this.#turn += 1;
		const turn = this.#turn;
		this.busy = true;
		this.error = undefined;
		try {
			const { events, next } = await ask();
			if (turn !== this.#turn) return;
			this.add(events);
			this.next = next;
			this.ready = true;
		} catch (reason) {
			if (turn === this.#turn) this.error = failureOf(reason);
		} finally {
			if (turn === this.#turn) this.busy = false;
		}
	}
}
