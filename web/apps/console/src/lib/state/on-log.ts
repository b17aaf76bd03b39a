import type { MessageInitShape } from '@bufbuild/protobuf';
import { type EventFilterSchema, EventKind } from '@erynoa/proto';
import { erynoa } from '$lib/erynoa';

/** Events come in bunches and epochs one after the other; the page need not follow each. */
const SOON_MS = 700;

/** What a page follows the log for. */
export interface Interest {
	/** Events that change what is shown; without it only closed epochs do. */
	filter?: MessageInitShape<typeof EventFilterSchema>;
	/** Whether closed epochs change it, too. */
	epochs?: boolean;
}

/** Follows the log and calls `refresh` soon after something of interest, until the returned function is called. */
export function onLog({ filter, epochs = true }: Interest, refresh: () => void): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const soon = () => {
		timer ??= setTimeout(() => {
			timer = undefined;
			refresh();
		}, SOON_MS);
	};
	const watch = erynoa.watch({
		filter: filter ?? { kinds: [EventKind.EPOCH_CLOSED] },
		onGap: refresh,
		...(filter ? { onEvent: soon } : {}),
		...(epochs ? { onEpoch: soon } : {}),
	});
	return () => {
		watch.stop();
		clearTimeout(timer);
	};
}
